"""Flips and top-5 distances: by hand, and in the form of the published program."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.records import DataError
from fieldmark.statistics import (
    flipped,
    mean_over_sequences,
    pairs_with_first,
    rate_over_baseline,
    successive_pairs,
    top5_distance,
)

GROUPS = np.array([0, 0, 0, 0, 9, 9, 9, 9])
ANSWERS = np.array([1, 2, 1, 1, 5, 5, 5, 6])


def chance(seed=0):
    return np.random.Generator(np.random.PCG64(seed))


def test_flips_by_hand():
    # the published formula: 1 / (m (n - 1)) times the number of changes
    along = flipped(ANSWERS, successive_pairs(GROUPS))
    assert along.mean() == pytest.approx((2 + 1) / (2 * 3))
    first = flipped(ANSWERS, pairs_with_first(GROUPS))
    assert first.mean() == pytest.approx((1 + 1) / (2 * 3))


def test_frames_need_not_lie_side_by_side():
    mixed = np.array([0, 4, 1, 5, 2, 6, 3, 7])
    for pairs in (successive_pairs, pairs_with_first):
        found = flipped(ANSWERS[mixed], pairs(GROUPS[mixed]))
        assert found.mean() == flipped(ANSWERS, pairs(GROUPS)).mean()


def test_a_stride_pools_the_sub_sequences():
    assert successive_pairs(GROUPS, stride=2).tolist() == [[0, 2], [1, 3], [4, 6], [5, 7]]
    assert successive_pairs(GROUPS, stride=9).shape == (0, 2)
    with pytest.raises(DataError, match="at least 1 apart, got 0"):
        successive_pairs(GROUPS, stride=0)


def test_frames_on_their_own_have_no_pairs():
    assert successive_pairs(np.arange(4)).shape == (0, 2)
    assert pairs_with_first(np.arange(4)).shape == (0, 2)
    assert pairs_with_first(np.zeros(0, np.int64)).shape == (0, 2)


def as_published(first, second):
    """The cumulative form of the published program, on whole rankings."""
    steps = np.minimum(np.arange(first.shape[1] + 1), 5)
    ranks = np.argsort(second, axis=1)
    sigma = np.take_along_axis(ranks, first, axis=1)
    return np.abs(steps[:5] - steps[sigma[:, :5]]).sum(axis=1)


def as_printed(first, second):
    """The double sum of the paper, term by term."""
    found = []
    for one, other in zip(first.tolist(), second.tolist(), strict=True):
        total = 0
        for i in range(1, 6):
            sigma = other.index(one[i - 1]) + 1
            total += sum(1 <= j - 1 <= 5 for j in range(min(i, sigma) + 1, max(i, sigma) + 1))
        found.append(total)
    return np.array(found)


@given(st.integers(0, 2**32), st.integers(5, 12))
def test_all_forms_of_the_top_5_distance_are_equal(seed, classes):
    rng = chance(seed)
    first = np.argsort(rng.random((20, classes)), axis=1)
    second = np.argsort(rng.random((20, classes)), axis=1)
    ours = top5_distance(first, second)
    np.testing.assert_array_equal(ours, as_published(first, second))
    np.testing.assert_array_equal(ours, as_printed(first, second))
    names = rng.permutation(classes)
    np.testing.assert_array_equal(ours, top5_distance(names[first], names[second]))


def test_top_5_distances_by_hand():
    one = np.array([[0, 1, 2, 3, 4]])
    assert top5_distance(one, one).tolist() == [0.0]
    assert top5_distance(one, one + 5).tolist() == [15.0]
    assert top5_distance(one, one[:, ::-1].copy()).tolist() == [12.0]
    with pytest.raises(DataError, match="needs five classes of each"):
        top5_distance(one[:, :4], one[:, :4])


def test_means_are_clustered_by_sequence():
    values, groups = np.repeat([0.0, 1.0, 0.0, 1.0], 10), np.repeat(np.arange(4), 10)
    together = mean_over_sequences(values, groups)
    apart = mean_over_sequences(values, np.arange(40))
    assert together.value == apart.value == 0.5
    assert together.high > apart.high
    assert together.method.endswith("4 sequences")


def test_means_that_say_nothing_of_their_spread():
    assert not mean_over_sequences(np.zeros(0), np.zeros(0, np.int64)).defined
    one = mean_over_sequences(np.array([0.0, 1.0]), np.array([3, 3]))
    assert one.value == 0.5
    assert np.isnan(one.low)
    same = mean_over_sequences(np.zeros(4), np.array([0, 0, 1, 1]))
    assert (same.value, np.isnan(same.high)) == (0.0, True)


def test_a_rate_over_itself_is_one_and_has_no_interval():
    rng = chance()
    values = (rng.random((3, 200)) < 0.3).astype(np.float64)
    groups = np.repeat(np.arange(20), 10)
    found = rate_over_baseline(values, values, groups, rng=chance(), draws=50)
    assert found.value == pytest.approx(1.0)
    assert np.isnan([found.low, found.high]).all()


def test_the_mean_flip_rate_is_a_mean_of_ratios():
    mine = np.array([[1.0, 0, 0, 0], [1.0, 1, 0, 0]])
    its = np.array([[1.0, 1, 0, 0], [1.0, 1, 1, 1]])
    found = rate_over_baseline(mine, its, np.array([0, 0, 1, 1]), rng=chance(), draws=10)
    assert found.value == pytest.approx((0.25 / 0.5 + 0.5 / 1.0) / 2)


def test_nothing_to_divide_by_is_undefined():
    mine, groups = np.ones((1, 4)), np.array([0, 0, 1, 1])
    assert not rate_over_baseline(mine, np.zeros((1, 4)), groups, rng=chance()).defined
    assert not rate_over_baseline(mine[:, :0], mine[:, :0], groups[:0], rng=chance()).defined
    alone = rate_over_baseline(mine, mine, np.zeros(4, np.int64), rng=chance())
    assert (alone.value, np.isnan(alone.low)) == (1.0, True)
    with pytest.raises(DataError, match="3 pairs"):
        rate_over_baseline(mine, mine, groups[:3], rng=chance())
    with pytest.raises(DataError, match="not numbers"):
        rate_over_baseline(mine * np.nan, mine, groups, rng=chance())
