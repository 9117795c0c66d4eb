"""The gap taken apart, and the evidence about re-use, against worlds whose truth is known."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.regression.linear_model import OLS
from statsmodels.tools import add_constant

from fieldmark.records import DataError, generator
from fieldmark.statistics import (
    clopper_pearson,
    composition_gap,
    decompose_gap,
    rank_correlation,
    resampled_means,
    reuse_power,
    slope_of_line,
    to_axis,
    trend_beside_line,
)

N = (1000, 1000)


def cloud(seed, m=40, noise=0.01):
    rng = generator(seed)
    x = rng.uniform(0.5, 0.9, m)
    return x, np.clip(1.1 * x - 0.15 + rng.normal(0, noise, m), 0.05, 0.95)


@given(st.integers(0, 300), st.integers(0, 200))
def test_the_terms_add_up_to_the_gap(hits_old, hits_new):
    found = decompose_gap(hits_old, 300, hits_new, 200)
    exact = clopper_pearson(hits_new, 200)
    assert found.total.value == pytest.approx(found.old.value - found.new.value)
    assert found.total.low == pytest.approx(found.old.value - exact.high)
    # Total = (first + second) + third, at both ends of what chance may have done.
    assert found.total.high + found.generalisation.low == pytest.approx(found.total.value)
    assert found.generalisation.low <= 0 <= found.generalisation.high


def test_an_empty_new_set_leaves_the_gap_undefined():
    found = decompose_gap(3, 4, 0, 0)
    assert not found.total.defined
    assert not found.generalisation.defined


def test_only_other_shares_of_the_same_strata_are_a_gap_of_composition():
    rng = generator(3)
    difficulty = np.array([0.95, 0.8, 0.4])
    old_strata = rng.choice(3, 3000, p=[0.5, 0.3, 0.2])
    old = (rng.random(3000) < difficulty[old_strata]).astype(np.float64)
    new_strata = rng.choice(3, 2000, p=[0.3, 0.3, 0.4])
    found = composition_gap(old, old_strata, new_strata)
    truth = np.array([0.2, 0.0, -0.2]) @ difficulty
    assert found.low < truth < found.high
    assert found.high - found.low < 0.05
    same = composition_gap(old, old_strata, old_strata)
    assert same.value == pytest.approx(0)


def test_the_interval_of_the_composition_covers():
    rng, inside = generator(4), 0
    difficulty = np.array([0.9, 0.5])
    for _ in range(400):
        a, b = rng.choice(2, 300, p=[0.7, 0.3]), rng.choice(2, 200, p=[0.4, 0.6])
        right = (rng.random(300) < difficulty[a]).astype(np.float64)
        found = composition_gap(right, a, b)
        inside += found.low <= 0.3 * 0.4 <= found.high
    assert inside / 400 == pytest.approx(0.95, abs=0.03)


def test_strata_that_only_the_new_set_has_are_counted_as_missing():
    old, here = np.array([1.0, 0.0]), np.array([0, 0])
    found = composition_gap(old, here, np.array([0, 0, 7]))
    assert (found.value, found.n, found.missing) == (0.0, 2, 1)
    assert not composition_gap(old, here, np.array([5, 6])).defined
    with pytest.raises(DataError, match="number from 0 on"):
        composition_gap(old, here, np.array([-1]))


@pytest.mark.parametrize("axis", ["linear", "logit", "probit"])
def test_the_trend_is_partial_regression(axis):
    x, y = cloud(1)
    along = generator(2).normal(size=len(x))
    found = trend_beside_line(x, y, along, axis=axis, counted=N)
    columns = np.stack([to_axis(x, axis), along], axis=1)
    fit = OLS(to_axis(y, axis), add_constant(columns)).fit()
    low, high = fit.conf_int()[2]
    # To shares and back: compare on the axis.
    v = to_axis(y, axis).mean()
    here = {"linear": v, "logit": 1 / (1 + np.exp(-v)), "probit": stats.norm.cdf(v)}[axis]
    ends = to_axis(here + np.array([found.value, found.low, found.high]), axis) - v
    assert ends == pytest.approx([fit.params[2], low, high])


def test_models_that_gained_by_reuse_lie_below_the_line_of_the_others():
    x, y = cloud(5, m=60, noise=0.004)
    best = x > np.quantile(x, 2 / 3)
    honest = trend_beside_line(x, y, best.astype(np.float64), axis="linear", counted=N)
    tuned = trend_beside_line(x + 0.03 * best, y, best.astype(np.float64), axis="linear", counted=N)
    assert honest.low < 0 < honest.high
    assert tuned.high < 0
    assert tuned.value == pytest.approx(-0.033, abs=0.01)


def test_a_trend_that_the_line_explains_is_undefined():
    x, y = cloud(6)
    assert not trend_beside_line(x, y, 2 * x + 1, axis="linear", counted=N).defined
    assert not trend_beside_line(x[:3], y[:3], y[:3], axis="linear", counted=N).defined


def test_the_slope_has_an_interval_over_models_and_over_examples():
    x, y = cloud(7)
    rng = generator(0)
    over_models = slope_of_line(x, y, axis="linear", counted=N, rng=rng)
    assert over_models.value == pytest.approx(stats.linregress(x, y).slope)
    by_formula = 1.96 * stats.linregress(x, y).stderr
    assert (over_models.high - over_models.low) / 2 == pytest.approx(by_formula, rel=0.3)
    answers = [(rng.random((len(x), 1000)) < one[:, None]).astype(np.float64) for one in (x, y)]
    drawn = tuple(resampled_means(one, draws=500, rng=rng) for one in answers)
    both = slope_of_line(
        answers[0].mean(axis=1),
        answers[1].mean(axis=1),
        axis="linear",
        counted=N,
        rng=rng,
        drawn=drawn,
    )
    assert both.high - both.low > over_models.high - over_models.low
    assert "examples" in both.method


def test_without_a_line_there_is_no_slope_and_no_power():
    x, rng = np.array([0.5, 0.6]), generator(0)
    assert not slope_of_line(x, x, axis="logit", counted=N, rng=rng).defined
    power = reuse_power(x, x, x > 0.5, axis="linear", counted=N, rng=rng)
    assert np.isnan(power.smallest)
    assert not power.either[0].defined
    with pytest.raises(DataError, match="do not fit 3 models"):
        slope_of_line(*cloud(0, 3), axis="linear", counted=N, rng=rng, drawn=(np.ones((3, 2)),) * 2)


def test_power_rises_with_the_gain_and_false_alarms_are_as_rare_as_promised():
    x, y = cloud(8)
    power = reuse_power(
        x, y, x > np.quantile(x, 2 / 3), axis="linear", counted=N, rng=generator(1), draws=3000
    )
    either = [one.value for one in power.either]
    assert power.slope[0].value == pytest.approx(0.025, abs=0.012)
    assert power.beside[0].value == pytest.approx(0.025, abs=0.012)
    assert all(a <= b + 0.01 for a, b in pairwise(either))
    assert either[-1] > 0.99
    assert power.gains[1] < power.smallest < power.gains[-1]
    for one, two, both in zip(power.slope, power.beside, power.either, strict=True):
        assert max(one.value, two.value) <= both.value <= one.value + two.value + 1e-9


@given(st.integers(0, 2**32))
def test_rank_correlations_are_scipys_and_follow_the_order_alone(seed):
    x, y = cloud(seed, m=15, noise=0.05)
    for kind, theirs in (("Spearman", stats.spearmanr), ("Kendall", stats.kendalltau)):
        mine = rank_correlation(x, y, kind=kind)
        assert mine.value == pytest.approx(theirs(x, y).statistic)
        assert rank_correlation(x**3, y, kind=kind) == mine
        if abs(mine.value) < 1:
            assert -1 < mine.low < mine.value < mine.high < 1


def test_the_interval_of_spearman_covers():
    rng, inside = generator(9), 0
    truth = 6 / np.pi * np.arcsin(0.8 / 2)  # of a bivariate normal with correlation 0.8
    for _ in range(600):
        one, two = rng.normal(size=(2, 30))
        found = rank_correlation(one, 0.8 * one + 0.6 * two, kind="Spearman")
        inside += found.low <= truth <= found.high
    assert inside / 600 == pytest.approx(0.95, abs=0.025)


def test_no_order_no_correlation():
    flat = np.full(5, 0.7)
    assert not rank_correlation(flat, flat, kind="Kendall").defined
    perfect = rank_correlation(np.arange(6.0), np.arange(6.0), kind="Spearman")
    assert perfect.value == 1.0
    assert np.isnan(perfect.low)
    with pytest.raises(DataError, match="got NaN"):
        rank_correlation(np.array([1.0, np.nan, 2.0]), flat[:3], kind="Spearman")
