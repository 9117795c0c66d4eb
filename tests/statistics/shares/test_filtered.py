"""Filtered examples: by hand, at the ends, and how often the interval holds."""

import numpy as np
import pytest

from fieldmark.records import DataError, generator
from fieldmark.statistics import filtered_accuracy, wrong_for


def test_by_hand():
    classes = np.array([0, 0, 0, 0, 1, 1, -1])
    right = np.array([1, 1, 0, 0, 1, 0, 1], bool)
    kept = np.array([1, 0, 1, 1, 1, 0, 1], bool)
    found = filtered_accuracy(right, kept, classes)
    assert (found.whole.value, found.whole.n, found.whole.missing) == (0.5, 6, 1)
    assert (found.kept.value, found.kept.n) == (0.5, 4)
    assert found.expected.value == pytest.approx(0.75 * 0.5 + 0.25 * 0.5)
    assert found.shared.value == pytest.approx(0.0)
    assert found.shared.low < 0 < found.shared.high


def test_nothing_kept_is_undefined_and_all_kept_has_nothing_beside_it():
    right, classes = np.array([True, False]), np.zeros(2, np.int64)
    nothing = filtered_accuracy(right, np.zeros(2, bool), classes)
    assert not nothing.kept.defined
    assert not nothing.shared.defined
    everything = filtered_accuracy(right, np.ones(2, bool), classes)
    assert everything.shared.value == 0.0
    assert np.isnan(everything.shared.low)


def test_the_interval_covers_zero_where_errors_are_independent():
    rng, inside = generator(3), 0
    for _ in range(300):
        classes = rng.integers(5, size=400)
        ease = np.linspace(0.5, 0.95, 5)[classes]
        first, second = rng.random(400) < ease, rng.random(400) < ease
        found = filtered_accuracy(second, ~first, classes.astype(np.int64)).shared
        inside += found.low <= 0 <= found.high
    assert 0.92 <= inside / 300 <= 0.99


def test_errors_in_common_are_found():
    rng = generator(4)
    hard = rng.random(2000)
    first, second = (hard + 0.2 * rng.random(2000) < 0.9 for _ in range(2))
    found = filtered_accuracy(second, ~first, np.zeros(2000, np.int64))
    assert found.shared.high < -0.3


def test_how_many_must_be_wrong():
    right = np.array([[1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0]], bool)
    labelled = np.array([True, True, True, False])
    for need, kept in ((1, [1, 2]), (2, [2]), (3, [])):
        assert np.flatnonzero(wrong_for(right, labelled, at_least=need)).tolist() == kept
    for need in (0, 4):
        with pytest.raises(DataError, match="of 3 subjects cannot be wrong"):
            wrong_for(right, labelled, at_least=need)
