"""Multi-label accuracy in its variants, against hand counts and plain Python."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.records import DataError
from fieldmark.statistics import among, multi_label

SETS = np.array([[0, 1], [0, -1], [1, 2], [2, -1], [-1, -1]])
ORIGINAL = np.array([0, 0, 1, 1, 2])
ANSWERS = np.array([1, 0, 1, 0, 2])


def test_each_variant_counts_what_it_says():
    found = multi_label(ANSWERS, SETS, original=ORIGINAL, unclear=np.array([[-1]] * 3 + [[0]] * 2))
    assert (found.micro.value, found.micro.n, found.micro.missing) == (0.75, 4, 1)
    assert found.micro_unclear.value == 1.0
    assert found.macro.value == 1.0  # classes 0 and 1; class 2 has no picture with a label
    assert (found.macro.n, found.macro.missing) == (2, 0)
    assert found.first.value == 0.5
    assert found.original.value == 0.5


def test_micro_and_macro_differ_where_classes_do():
    answers, sets = np.array([0, 0, 0, 5]), np.array([[0], [0], [0], [1]])
    found = multi_label(answers, sets, original=sets[:, 0])
    assert (found.micro.value, found.macro.value) == (0.75, 0.5)


@given(
    st.lists(
        st.tuples(st.integers(-1, 4), st.sets(st.integers(0, 4), max_size=3)),
        min_size=1,
        max_size=20,
    )
)
def test_among_is_membership(rows):
    answers = np.array([answer for answer, _ in rows])
    sets = np.array([(sorted(some) + [-1] * 3)[:3] for _, some in rows])
    assert among(answers, sets).tolist() == [answer in some for answer, some in rows]


def test_nothing_labelled_is_undefined():
    found = multi_label(np.array([0, 1]), np.full((2, 3), -1), original=np.array([0, 1]))
    assert not found.micro.defined
    assert not found.macro.defined
    assert found.micro.missing == 2


def test_lengths_must_agree():
    with pytest.raises(DataError, match="3 answers to 5 examples"):
        multi_label(ANSWERS[:3], SETS)
    with pytest.raises(DataError, match="2 original labels for 5 answers"):
        multi_label(ANSWERS, SETS, original=ORIGINAL[:2])
