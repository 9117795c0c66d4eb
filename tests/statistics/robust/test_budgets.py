"""Accuracy-budget curves: counts by hand, coverage of the bands, exact medians, bad norms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from hypothesis.extra.numpy import arrays

from fieldmark.records import DataError, generator
from fieldmark.statistics import (
    budget_curve,
    certified_curve,
    curve_difference,
    every_budget,
    median_norm,
    wilson,
)

INF = np.inf
norms = arrays(
    np.float64, some.integers(1, 30), elements=some.sampled_from([0.0, 0.1, 0.25, 0.5, 2.0, INF])
)
AT = np.array([0.0, 0.1, 0.2, 0.5, 1.0, 3.0])


@given(norms)
def test_a_curve_counts_what_is_left(some_norms):
    curve = budget_curve(some_norms, AT)
    for budget, share in zip(AT, curve.shares, strict=True):
        assert share == wilson(int((some_norms > budget).sum()), len(some_norms))
    values = np.array([one.value for one in curve.shares])
    assert (np.diff(values) <= 0).all()
    assert (curve.low <= values).all()
    assert (values <= curve.high).all()


@given(norms)
def test_what_is_proved_counts_at_its_own_radius(radii):
    proved = np.where(radii == 0, -INF, radii)
    curve = certified_curve(proved, AT)
    assert [one.value for one in curve.shares] == [(proved >= at).mean() for at in AT]


def test_no_examples_leave_everything_undefined():
    curve = budget_curve(np.zeros(0), AT)
    assert not any(one.defined for one in curve.shares)
    assert np.isnan(curve.low).all()
    assert not median_norm(np.zeros(0)).defined


def test_the_band_holds_everywhere_at_once():
    """Exponential norms: the truth is exp(-budget); asked at 200 budgets, 400 times."""
    rng = generator(3)
    at = np.linspace(0, 4, 200)
    held = [
        ((curve.low <= np.exp(-at)) & (np.exp(-at) <= curve.high)).all()
        for curve in (budget_curve(rng.exponential(size=80), at) for _ in range(400))
    ]
    assert 0.93 <= np.mean(held) <= 1.0


def test_the_band_of_a_difference_holds_everywhere_at_once():
    rng, at = generator(5), np.linspace(0.05, 3, 10)
    truth = np.exp(-at / 1.5) - np.exp(-at)
    held = []
    for _ in range(100):
        shared = rng.exponential(size=100)
        found = curve_difference(1.5 * shared, shared, at, rng=rng, draws=400)
        held.append(bool(((found.low <= truth) & (truth <= found.high)).all()))
    assert np.mean(held) >= 0.91


def test_two_that_are_the_same_differ_nowhere():
    one = generator(1).exponential(size=100)
    found = curve_difference(one, one, AT, rng=generator(2), draws=50)
    assert [each.value for each in found.differences] == [0.0] * len(AT)
    assert not found.apart().any()
    assert (found.low < 0).all()


def test_a_difference_changes_sign_with_the_order():
    rng = generator(4)
    one, other = rng.exponential(size=60), 2 * rng.exponential(size=60)
    here = curve_difference(one, other, AT, rng=generator(7), draws=200)
    there = curve_difference(other, one, AT, rng=generator(7), draws=200)
    np.testing.assert_allclose(here.low, -there.high, atol=1e-9)
    swapped = [-each.value for each in there.differences]
    assert [each.value for each in here.differences] == pytest.approx(swapped)


def test_the_median_of_censored_norms():
    found = median_norm(np.array([0.0, 0.1, 0.2, 0.3, 0.4, 0.5, INF, INF]))
    assert (found.value, found.n, found.missing) == (0.3, 8, 0)
    assert np.isnan(found.low)  # it would reach to examples that were never broken
    never = median_norm(np.array([0.1, INF, INF]))
    assert (never.defined, never.n, never.missing) == (False, 1, 2)


def test_the_median_s_interval_covers():
    rng = generator(9)
    truth = np.log(2)
    found = [median_norm(rng.exponential(size=40)) for _ in range(600)]
    assert 0.94 <= np.mean([one.low <= truth <= one.high for one in found]) <= 0.99


def test_all_budgets_are_those_at_which_somebody_breaks():
    assert every_budget(np.array([INF])).tolist() == [0.0]
    many = every_budget(generator(0).random(1000), most=50)
    assert len(many) == 50
    assert many[0] == 0.0


@pytest.mark.parametrize("bad", [[-0.1], [np.nan]])
def test_norms_that_are_none(bad):
    for ask in (lambda x: budget_curve(x, AT), median_norm, every_budget):
        with pytest.raises(DataError, match="a norm is a number >= 0"):
            ask(np.array(bad))


@pytest.mark.parametrize("bad", [[0.2, 0.1], [0.1, 0.1], [-1.0], [np.nan], [INF]])
def test_budgets_that_do_not_rise(bad):
    with pytest.raises(DataError, match="in rising order"):
        budget_curve(np.zeros(3), np.array(bad))


def test_curves_of_different_examples_are_not_subtracted():
    with pytest.raises(DataError, match="at least one draw"):
        curve_difference(np.zeros(2), np.zeros(2), AT, rng=generator(0), draws=0)
    with pytest.raises(DataError, match="at least two budgets"):
        every_budget(np.zeros(2), most=1)
    with pytest.raises(DataError, match="is a number"):
        certified_curve(np.array([np.nan]), AT)
