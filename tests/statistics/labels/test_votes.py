"""Votes and their majority: what is refused, and ties that stay ties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.records import DataError
from fieldmark.statistics import TIED, Votes, majority, votes_of


def votes(item, worker, answer, **more) -> Votes:
    names = [tuple(f"{kind}{i}" for i in range(4)) for kind in "iwa"]
    rows = [np.array(some, np.int64) for some in (item, worker, answer)]
    return Votes(*names, *rows, **more)


def test_a_worker_votes_once_unless_told_otherwise():
    with pytest.raises(DataError, match=r"'w1' answered twice about 'i2'.*repeats=True"):
        votes([2, 2], [1, 1], [0, 1])
    assert len(votes([2, 2], [1, 1], [0, 1], repeats=True)) == 2


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (([], [], []), "no votes"),
        (([0], [0], [-1]), "Leave out votes without answer"),
        (([0], [4], [0]), "number 4"),
    ],
)
def test_hostile_votes_are_refused(rows, words):
    with pytest.raises(DataError, match=words):
        votes(*rows)


def test_names_do_not_repeat_and_long_ones_are_cut():
    rows = [np.zeros(1, np.int64)] * 3
    with pytest.raises(DataError, match="two items of these votes have the same name"):
        Votes(("a", "a"), ("w",), ("x",), *rows)
    long = "x" * 100_000
    with pytest.raises(DataError) as caught:
        votes_of([long, long], ["w", "w"], ["yes", "no"])
    assert len(str(caught.value)) < 400


def test_answers_that_nobody_offered_are_refused():
    with pytest.raises(DataError, match="'perhaps' is none of the 2 possible answers"):
        votes_of(["a"], ["w"], ["perhaps"], names=("no", "yes"))


def test_columns_of_numbers_are_names_too():
    made = votes_of(np.array([7, 7, 3]), np.array([1, 2, 1]), np.array([0, 1, 1]))
    assert made.items == ("3", "7")
    assert made.counts().tolist() == [[0, 1], [1, 1]]


def test_a_tie_is_reported_and_not_broken():
    found = majority(votes([0, 0, 1, 1, 1], [0, 1, 0, 1, 2], [0, 1, 2, 2, 0]))
    assert found.answer.tolist() == [TIED, 2, TIED, TIED]
    assert found.tied.tolist() == [True, False, False, False]
    assert found.voted.tolist() == [True, True, False, False]
    assert (found.ties.value, found.ties.n, found.ties.missing) == (0.5, 2, 2)
    assert np.isnan(found.share[2:]).all()


@given(st.lists(st.tuples(*[st.integers(0, 3)] * 3), min_size=1, max_size=30), st.randoms())
def test_the_order_of_votes_does_not_matter(rows, chance):
    before = majority(votes(*zip(*rows, strict=True), repeats=True))
    chance.shuffle(rows)
    after = majority(votes(*zip(*rows, strict=True), repeats=True))
    assert before.answer.tolist() == after.answer.tolist()
