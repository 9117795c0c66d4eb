"""Differences of means against SciPy's t intervals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_ind, ttest_rel

from fieldmark.records import DataError, generator
from fieldmark.statistics import mean_difference


@given(st.integers(0, 2**32), st.integers(2, 50), st.integers(2, 50))
def test_unpaired_equals_welch(seed, a, b):
    rng = generator(seed)
    first, second = rng.random(a), rng.random(b) ** 2
    estimate = mean_difference(first, second, paired=False)
    expected = ttest_ind(second, first, equal_var=False).confidence_interval()
    assert (estimate.low, estimate.high) == pytest.approx((expected.low, expected.high))
    assert estimate.value == pytest.approx(second.mean() - first.mean())
    assert estimate.n == b


@given(st.integers(0, 2**32), st.integers(2, 50))
def test_paired_equals_the_paired_t(seed, n):
    rng = generator(seed)
    first, second = rng.random(n), rng.random(n)
    estimate = mean_difference(first, second, paired=True)
    expected = ttest_rel(second, first).confidence_interval()
    assert (estimate.low, estimate.high) == pytest.approx((expected.low, expected.high))


def test_without_spread_there_is_a_value_and_no_interval():
    flat = mean_difference(np.ones(4), np.zeros(4), paired=True)
    assert flat.value == -1.0
    assert np.isnan([flat.low, flat.high]).all()
    assert np.isnan(mean_difference(np.ones(4), np.zeros(3), paired=False).low)
    assert np.isnan(mean_difference(np.ones(1), np.zeros(1), paired=True).low)


def test_nothing_is_undefined_and_unequal_pairs_are_refused():
    assert not mean_difference(np.ones(0), np.ones(3), paired=False).defined
    with pytest.raises(DataError, match="3 and 4 examples cannot be paired"):
        mean_difference(np.ones(3), np.ones(4), paired=True)
