from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.attacks import PGD
from fieldmark.records import Budget, Condition
from fieldmark.testbed import Options
from fieldmark.testbed.parts import parts_of, pieces_of
from tests.testbed.bars import examples

BARS = examples(n=3)


def framed(n: int, side: int) -> Condition:
    """A condition of that many pictures, which are never made."""
    labels = np.zeros((n, 1), np.int64)
    ids = tuple(map(str, range(n)))
    return Condition(replace(BARS, ids=ids, labels=labels, frame=(side, side, 3)))


@given(
    n=st.integers(1, 5000),
    side=st.sampled_from([8, 32, 224, 600, 3000]),
    batch=st.integers(0, 300),
    part=st.integers(1, 3000),
)
def test_pieces_are_whole_batches_where_they_lie_in_the_part(n, side, batch, part):
    condition, options = framed(n, side), Options(batch=batch, part=part)
    size = options.batch_for((side, side, 3))
    parts = parts_of(condition, options)
    assert np.array_equal(np.concatenate([one.rows for one in parts]), np.arange(n))
    for one in parts:
        pieces = pieces_of(one, condition, options)
        assert np.array_equal(np.concatenate([piece.rows for piece in pieces]), one.rows)
        assert all((piece.start - one.start) % size == 0 for piece in pieces)
        assert all(len(piece.rows) <= size or 3 * side**2 * size <= 2**23 for piece in pieces)


def test_large_pictures_are_shown_few_at_once_unless_somebody_says_otherwise():
    assert [Options().batch_for((side, side, 3)) for side in (28, 224, 600, 3000)] == [
        250,
        32,
        4,
        1,
    ]
    assert Options(batch=64).batch_for((600, 600, 3)) == 64


def test_an_attack_takes_a_part_whole():
    condition = replace(framed(300, 224), change=PGD(Budget("linf", 0.1), steps=3))
    (first, *_) = parts_of(condition, Options())
    assert pieces_of(first, condition, Options()) == (first,)
