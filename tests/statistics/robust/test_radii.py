"""Certified radii: closed forms, published values, statsmodels as oracle, and bad counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy.stats import binomtest, norm
from statsmodels.stats.proportion import proportion_confint

from fieldmark.records import DataError
from fieldmark.statistics import certified_radii, decided, mean_radius


def radius(hits, draws, sigma=1.0, **more):
    return float(certified_radii(np.array([hits]), draws, sigma, **more).radius[0])


@pytest.mark.parametrize("draws", [1, 10, 1000, 100_000])
def test_all_draws_agree_in_closed_form(draws):
    """The bound is alpha ** (1 / N); with one draw that proves nothing."""
    found = certified_radii(np.array([draws]), draws, 0.5)
    assert found.lower[0] == pytest.approx(0.001 ** (1 / draws))
    wanted = 0.5 * norm.ppf(0.001 ** (1 / draws))
    assert found.radius[0] == pytest.approx(max(wanted, 0.0), rel=1e-9)


def test_the_largest_radii_that_were_published():
    """The largest radii of locuslab/smoothing's file for CIFAR-10, ResNet-110,
    sigma 0.25 (data/certify/cifar10/resnet110/noise_0.25/test/sigma_0.25), as printed there.

    They are those of 100,000 draws of which 0, 1, 2, ... went astray, at alpha = 0.01.
    """
    printed = [0.978, 0.955, 0.941, 0.929, 0.92, 0.906, 0.894, 0.889]
    astray = [0, 1, 2, 3, 4, 6, 8, 9]
    found = certified_radii(100_000 - np.array(astray), 100_000, 0.25, alpha=0.01)
    assert [float(f"{one:.3g}") for one in found.radius] == printed


@given(some.integers(1, 400).flatmap(lambda n: some.tuples(some.integers(0, n), some.just(n))))
def test_the_bound_is_one_sided_clopper_pearson(counted):
    hits, draws = counted
    wanted = proportion_confint(hits, draws, alpha=0.002, method="beta")[0]
    found = certified_radii(np.array([hits]), draws, 1.0)
    assert found.lower[0] == pytest.approx(wanted, abs=1e-12)
    assert found.certified[0] == (wanted > 0.5)
    assert (found.radius[0] > 0) == found.certified[0]


def test_more_votes_prove_more_and_more_noise_reaches_further():
    every = certified_radii(np.arange(1001), 1000, 0.25).radius
    assert (np.diff(every) >= 0).all()
    assert radius(990, 1000, 0.5) == pytest.approx(2 * radius(990, 1000, 0.25))
    assert radius(990, 1000, alpha=0.05) > radius(990, 1000, alpha=0.001)


@given(some.integers(0, 60).flatmap(lambda a: some.tuples(some.just(a), some.integers(0, a))))
def test_predict_is_the_two_sided_binomial_test(votes):
    first, second = votes
    p = binomtest(first, first + second).pvalue if first else 1.0
    assert bool(decided(np.array([first]), np.array([second]), alpha=0.01)[0]) == (p <= 0.01)


def test_a_certificate_fails_at_most_as_often_as_it_says():
    rng = np.random.Generator(np.random.PCG64(1))
    truth = 0.9
    hits = rng.binomial(500, truth, size=20_000)
    found = certified_radii(hits, 500, 1.0, alpha=0.01)
    assert (found.radius > norm.ppf(truth)).mean() <= 0.01


def test_the_mean_radius_by_hand():
    found = mean_radius(np.array([1.0, 2.0, 3.0]))
    assert (found.value, found.high) == (2.0, pytest.approx(2 + 4.302653 / 3**0.5))
    assert np.isnan(mean_radius(np.zeros(5)).low)
    assert not mean_radius(np.zeros(0)).defined


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"hits": [5], "draws": 4}, "hits lie between 0 and n"),
        ({"hits": [-1], "draws": 4}, "hits lie between 0 and n"),
        ({"hits": [0], "draws": 0}, "at least one draw"),
        ({"hits": [1], "draws": 4, "sigma": 0.0}, "above 0, got sigma = 0"),
        ({"hits": [1], "draws": 4, "sigma": float("nan")}, "got sigma = nan"),
        ({"hits": [1], "draws": 4, "alpha": 0.5}, "alpha lies between 0 and 1/2"),
    ],
)
def test_bad_counts_are_refused(told, words):
    hits = np.array(told["hits"])
    with pytest.raises(DataError, match=words):
        certified_radii(hits, told["draws"], told.get("sigma", 1.0), alpha=told.get("alpha", 0.001))


def test_votes_that_cannot_be():
    with pytest.raises(DataError, match="votes are counts"):
        decided(np.array([1]), np.array([2]))
    with pytest.raises(DataError, match="finite number"):
        mean_radius(np.array([-np.inf]))
