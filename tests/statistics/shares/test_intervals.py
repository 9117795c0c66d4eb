"""Intervals of a proportion, against statsmodels and by their coverage."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, binom
from statsmodels.stats.proportion import proportion_confint

from fieldmark.records import DataError
from fieldmark.statistics import (
    clopper_pearson,
    clopper_pearson_bounds,
    jeffreys,
    jeffreys_bounds,
    mid_p,
    mid_p_bounds,
    wilson,
    wilson_bounds,
)

EVERY = (clopper_pearson, wilson, jeffreys, mid_p)
COUNTS = st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
LEVELS = st.sampled_from([0.8, 0.95, 0.995])


@given(COUNTS, LEVELS)
def test_both_intervals_equal_those_of_statsmodels(counts, level):
    hits, n = counts
    for ours, theirs in ((clopper_pearson, "beta"), (wilson, "wilson")):
        estimate = ours(hits, n, level=level)
        low, high = proportion_confint(hits, n, alpha=1 - level, method=theirs)
        assert estimate.low == pytest.approx(max(low, 0.0), abs=1e-9)
        assert estimate.high == pytest.approx(min(high, 1.0), abs=1e-9)
        assert estimate.low <= estimate.value <= estimate.high


@given(COUNTS, LEVELS)
def test_jeffreys_is_the_posterior_of_half_and_half(counts, level):
    hits, n = counts
    estimate = jeffreys(hits, n, level=level)
    low, high = beta.interval(level, hits + 0.5, n - hits + 0.5)
    assert estimate.low == pytest.approx(low if hits else 0.0, abs=1e-9)
    assert estimate.high == pytest.approx(high if hits < n else 1.0, abs=1e-9)


@given(COUNTS, LEVELS)
def test_the_mid_p_ends_are_where_the_mid_p_value_is_the_tail(counts, level):
    hits, n = counts
    estimate, tail = mid_p(hits, n, level=level), (1 - level) / 2
    if hits:
        above = binom.sf(hits, n, estimate.low) + binom.pmf(hits, n, estimate.low) / 2
        assert above == pytest.approx(tail, abs=1e-7)
    if hits < n:
        below = binom.cdf(hits, n, estimate.high) - binom.pmf(hits, n, estimate.high) / 2
        assert below == pytest.approx(tail, abs=1e-7)


@settings(max_examples=30)  # mid-p asks for many beta shares
@given(COUNTS, LEVELS)
def test_jeffreys_and_mid_p_lie_inside_the_exact_interval(counts, level):
    exact = clopper_pearson(*counts, level=level)
    for interval in (jeffreys, mid_p):
        inner = interval(*counts, level=level)
        assert exact.low - 1e-12 <= inner.low <= inner.value <= inner.high <= exact.high + 1e-12


@settings(max_examples=30)  # mid-p asks for many beta shares
@given(COUNTS)
def test_a_higher_level_gives_an_interval_around_the_lower_one(counts):
    for interval in EVERY:
        narrow, wide = interval(*counts, level=0.9), interval(*counts, level=0.99)
        assert wide.low <= narrow.low <= narrow.high <= wide.high


@settings(max_examples=30)  # mid-p asks for many beta shares
@given(COUNTS)
def test_counting_wrong_answers_instead_mirrors_the_interval(counts):
    hits, n = counts
    for interval in EVERY:
        right, wrong = interval(hits, n), interval(n - hits, n)
        assert right.low == pytest.approx(1 - wrong.high, abs=1e-9)
        assert right.high == pytest.approx(1 - wrong.low, abs=1e-9)


def test_the_ends_at_no_and_all_hits_are_in_closed_form():
    low, high = clopper_pearson_bounds(np.array([0, 20]), np.array([20, 20]))
    assert (low[0], high[1]) == (0.0, 1.0)
    assert high[0] == pytest.approx(1 - 0.025 ** (1 / 20))
    assert low[1] == pytest.approx(0.025 ** (1 / 20))
    low, high = mid_p_bounds(np.array([0, 20]), np.array([20, 20]))
    assert high[0] == pytest.approx(1 - 0.05 ** (1 / 20))
    for bounds in (wilson_bounds, jeffreys_bounds, mid_p_bounds):
        low, high = bounds(np.array([0, 20]), np.array([20, 20]))
        assert (low[0], high[1]) == (0.0, 1.0)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.9, 0.995])
def test_the_exact_interval_covers_at_least_as_often_as_it_says(share):
    n = 120
    hits = np.arange(n + 1)
    low, high = clopper_pearson_bounds(hits, np.full(n + 1, n))
    covered = binom.pmf(hits, n, share)[(low <= share) & (share <= high)].sum()
    assert 0.95 <= covered <= 1


@pytest.mark.parametrize("bounds", [wilson_bounds, jeffreys_bounds, mid_p_bounds])
def test_the_shorter_intervals_cover_as_often_as_they_say_on_average(bounds):
    n, shares = 60, np.linspace(0.01, 0.99, 197)
    hits = np.arange(n + 1)
    low, high = bounds(hits, np.full(n + 1, n))
    inside = (low[:, None] <= shares) & (shares <= high[:, None])
    covered = (binom.pmf(hits[:, None], n, shares) * inside).sum(axis=0)
    assert covered.mean() == pytest.approx(0.95, abs=0.005)


def test_a_whole_grid_equals_its_cells():
    n = np.array([[0, 1, 7], [40, 1000, 3]])
    hits = n // 2
    for bounds, interval in (
        (clopper_pearson_bounds, clopper_pearson),
        (jeffreys_bounds, jeffreys),
        (mid_p_bounds, mid_p),
        (wilson_bounds, wilson),
    ):
        low, high = bounds(hits, n)
        for place in np.ndindex(n.shape):
            cell = interval(int(hits[place]), int(n[place]))
            np.testing.assert_equal((low[place], high[place]), (cell.low, cell.high))


def test_no_trials_is_undefined_and_not_zero():
    for interval in EVERY:
        nothing = interval(0, 0, missing=4)
        assert not nothing.defined
        assert nothing.as_json()["value"] is None
        assert str(nothing) == "undefined (0 counted, 4 missing)"


def test_impossible_counts_and_levels_are_refused():
    with pytest.raises(DataError, match="between 0 and n, got 5 hits of 3 trials"):
        clopper_pearson(5, 3)
    for interval in EVERY:
        with pytest.raises(DataError, match="got -1 hits of 3 trials"):
            interval(-1, 3)
    with pytest.raises(DataError, match=r"got 95\.0; write 0.95 for 95 %"):
        clopper_pearson(1, 3, level=95.0)
