"""pm-k: by hand, by brute force, and falling with k."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.records import DataError
from fieldmark.statistics import neighbourhood, pm_k


def by_hand(correct, groups, k, labelled):
    """The definition, frame by frame."""
    alone, together = [], []
    for name in np.unique(groups):
        rows = np.flatnonzero(groups == name)
        middle = len(rows) // 2
        if not labelled[rows[middle]]:
            continue
        near = [rows[at] for at in range(len(rows)) if abs(at - middle) <= k]
        alone.append(bool(correct[rows[middle]]))
        together.append(alone[-1] and all(correct[row] for row in near if labelled[row]))
    return alone, together


@given(st.integers(0, 2**32), st.integers(1, 30), st.integers(0, 6))
def test_it_is_the_definition_and_order_within_the_store_does_not_matter(seed, n, k):
    rng = np.random.Generator(np.random.PCG64(seed))
    groups = rng.integers(0, 5, size=n)
    correct, labelled = rng.random(n) < 0.8, rng.random(n) < 0.9
    alone, together = by_hand(correct, groups, k, labelled)
    found = pm_k(correct, neighbourhood(groups, k), labelled=labelled)
    assert found.anchors.n == len(alone)
    assert found.anchors.missing == len(np.unique(groups)) - len(alone)
    if alone:
        assert found.anchors.value == pytest.approx(np.mean(alone))
        assert found.neighbours.value == pytest.approx(np.mean(together))
        assert found.drop.value == pytest.approx(np.mean(together) - np.mean(alone))
    assert found.anchors.defined == bool(alone)


@given(st.integers(0, 2**32))
def test_more_neighbours_are_never_easier(seed):
    rng = np.random.Generator(np.random.PCG64(seed))
    groups, correct = np.repeat(np.arange(8), 7), rng.random(56) < 0.9
    values = [pm_k(correct, neighbourhood(groups, k)).neighbours.value for k in range(5)]
    assert values == sorted(values, reverse=True)
    assert values[0] == pm_k(correct, neighbourhood(groups, 3)).anchors.value
    assert values[3] == values[4]  # the videos have three frames on each side


def test_the_interval_of_the_drop_is_paired():
    groups, correct = np.repeat(np.arange(50), 3), np.ones(150, np.bool_)
    correct[0:30:3] = False
    found = pm_k(correct, neighbourhood(groups, 1))
    assert found.drop.value == pytest.approx(-0.2)
    assert found.drop.high < 0
    assert found.anchors.value == 1.0


def test_bad_input_is_refused_and_nothing_is_undefined():
    with pytest.raises(DataError, match="at least 0 frames away, got -1"):
        neighbourhood(np.zeros(3, np.int64), -1)
    with pytest.raises(DataError, match="2 answers and 2 labels for 3 frames"):
        pm_k(np.ones(2, np.bool_), neighbourhood(np.zeros(3, np.int64), 1))
    empty = neighbourhood(np.zeros(0, np.int64), 1)
    assert not pm_k(np.zeros(0, np.bool_), empty).anchors.defined
