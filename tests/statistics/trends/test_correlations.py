"""Pearson's r against scipy, its square, and the permutation test."""

from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import pearsonr

from fieldmark.records import DataError, Estimate, generator
from fieldmark.statistics import explained, pearson, permutation_p


@pytest.mark.parametrize("seed", range(5))
def test_scipy_agrees(seed):
    rng = generator(seed)
    x = rng.normal(size=15)
    y = 0.5 * x + rng.normal(size=15)
    ours, theirs = pearson(x, y, level=0.9), pearsonr(x, y)
    ends = theirs.confidence_interval(0.9)
    assert ours.value == pytest.approx(theirs.statistic)
    assert (ours.low, ours.high) == pytest.approx((ends.low, ends.high))
    p = permutation_p(x, y, rng=rng, draws=4000)
    assert p == pytest.approx(theirs.pvalue, abs=0.03)


@given(st.integers(0, 10_000), st.floats(0.1, 10), st.floats(-5, 5))
def test_scale_and_place_do_not_matter(seed, scale, place):
    rng = generator(seed)
    x, y = rng.normal(size=8), rng.normal(size=8)
    assert pearson(scale * x + place, y).value == pytest.approx(pearson(x, y).value, abs=1e-9)
    assert pearson(-x, y).value == pytest.approx(-pearson(x, y).value, abs=1e-12)


def test_explained_is_the_square_and_never_below_zero():
    across = explained(Estimate(-0.3, -0.7, 0.2, n=20, method="Fisher 95 %"))
    assert (across.value, across.low, across.high) == pytest.approx((0.09, 0.0, 0.49))
    aside = explained(Estimate(-0.8, -0.9, -0.5, n=20, method="Fisher 95 %"))
    assert (aside.low, aside.high) == pytest.approx((0.25, 0.81))
    assert isnan(explained(pearson(np.ones(9), np.arange(9.0))).low)


def test_constant_few_and_perfect():
    x = np.arange(6.0)
    assert not pearson(x, np.full(6, 0.1 + 0.2)).defined
    assert not pearson(x[:3], x[:3]).defined
    assert isnan(permutation_p(x, np.full(6, 0.3), rng=generator(0), draws=9))
    perfect = pearson(x, 2 * x)
    assert perfect.value == pytest.approx(1)
    assert isnan(perfect.low)


def test_a_permutation_test_is_never_zero_and_uniform_without_correlation():
    x = np.arange(9.0)
    assert permutation_p(x, x, rng=generator(0), draws=99) == 0.01
    ps = [
        permutation_p(
            generator(seed).normal(size=7),
            generator(seed + 999).normal(size=7),
            rng=generator(seed),
            draws=99,
        )
        for seed in range(300)
    ]
    assert np.mean(np.array(ps) <= 0.2) == pytest.approx(0.2, abs=0.07)


def test_what_is_no_pair_of_numbers_is_refused():
    with pytest.raises(DataError, match="3 numbers against 2"):
        pearson(np.zeros(3), np.zeros(2))
    with pytest.raises(DataError, match="finite numbers"):
        pearson(np.array([1.0, np.nan, 2.0]), np.zeros(3))
    with pytest.raises(DataError, match="at least one draw"):
        permutation_p(np.arange(4.0), np.arange(4.0), rng=generator(0), draws=0)
