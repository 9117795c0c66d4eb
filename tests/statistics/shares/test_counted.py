import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldmark.records import DataError
from fieldmark.statistics import accuracy, counted_accuracies

CELL = st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 5))


@settings(deadline=None)  # the first example loads SciPy
@given(st.lists(CELL, min_size=1, max_size=6), st.sampled_from([0.5, 0.95]))
def test_a_grid_gives_what_each_cell_gives_alone(cells, level):
    hits, wrong, missing = np.array(cells, np.int64).T
    found = counted_accuracies(hits, hits + wrong, missing, level=level)
    for one, (right, rest, lacking) in zip(found, cells, strict=True):
        correct = np.arange(right + rest + lacking) < right
        labelled = np.arange(right + rest + lacking) < right + rest
        alone = accuracy(correct, labelled=labelled, level=level)
        assert str(one) == str(alone)
        assert (one.n, one.missing, one.method) == (alone.n, alone.missing, alone.method)
        np.testing.assert_equal(
            [one.value, one.low, one.high], [alone.value, alone.low, alone.high]
        )


def test_no_cells_give_no_estimates():
    nothing = np.empty(0, np.int64)
    assert counted_accuracies(nothing, nothing, nothing) == ()


@pytest.mark.parametrize(
    ("hits", "labelled", "missing", "words"),
    [(3, 2, 0, "hits lie between"), (-1, 2, 0, "hits lie"), (1, 2, -1, "is not negative, got -1")],
)
def test_impossible_counts_are_refused(hits, labelled, missing, words):
    with pytest.raises(DataError, match=words):
        counted_accuracies(np.array([hits]), np.array([labelled]), np.array([missing]))
