"""Sequences: the frames of a condition that come in groups, and what subjects answered to them."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int64

from fieldmark.records import Cell, DataError, NotKeptError
from fieldmark.studies.answers.board import Board
from fieldmark.studies.answers.kept import KeptExamples

OFFSET = "offset"
"""The metadata that says how many frames a frame is away from the anchor of its video."""


@dataclass(frozen=True)
class Frames:
    """The frames of one condition, in the order in which they are kept: that of time.

    Args:
        condition: Its name.
        ids: One per frame.
        names: The name of each sequence.
        groups: Which sequence each frame belongs to, a position in ``names``.
        labels: Label sets of each frame, padded with -1.
        offsets: How many frames each is away from the anchor of its sequence, where that is known.
    """

    condition: str
    ids: tuple[str, ...]
    names: tuple[str, ...]
    groups: Int64[np.ndarray, " n"]
    labels: Int64[np.ndarray, "n m"]
    offsets: Int64[np.ndarray, " n"] | None = None

    @property
    def labelled(self) -> Bool[np.ndarray, " n"]:
        """Has the frame a label?"""
        return np.asarray((self.labels >= 0).any(axis=1))


def has_sequences(board: Board, condition: str) -> bool:
    """Does any group of this condition have several frames?"""
    groups = board.store.examples(condition).groups
    return len(set(groups)) < len(groups)


def frames(board: Board, condition: str) -> Frames:
    """The frames of a condition.

    Raises:
        UnknownNameError: The store has no such condition.
        NotKeptError: Its examples do not come in groups.
        DataError: An offset is no whole number.
    """
    kept: KeptExamples = board.store.examples(board.condition(condition))
    if len(set(kept.groups)) == len(kept.groups):
        some = [name for name in board.conditions if has_sequences(board, name)]
        there = f"ask about {some[0]}" if some else "no condition of this store has them"
        raise NotKeptError(f"the examples of {condition} are no frames of sequences: {there}")
    names, groups = np.unique(np.array(kept.groups), return_inverse=True)
    return Frames(
        condition,
        kept.ids,
        tuple(map(str, names)),
        groups.astype(np.int64),
        kept.labels.astype(np.int64),
        _offsets(kept, condition),
    )


def _offsets(kept: KeptExamples, condition: str) -> Int64[np.ndarray, " n"] | None:
    column = kept.metadata.get(OFFSET)
    if column is None:
        return None
    try:
        return np.array([int(one) for one in column], np.int64)
    except ValueError as error:
        raise DataError(f"an offset of frames of {condition} is no whole number: {error}") from None


def answers_to(board: Board, subject: str, condition: str) -> Int64[np.ndarray, "n k"]:
    """What a subject answered to every frame, best class first.

    Raises:
        NotKeptError: It has no answers.
    """
    kept = board.store.read(Cell(subject, condition)).answers
    if kept is None:
        raise NotKeptError(f"there are no answers of {Cell(subject, condition)}")
    return kept.classes.astype(np.int64)
