"""Relabelled: two conditions that show the same examples, with other labels."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int64

from fieldmark.records import (
    NO_ANSWER,
    Cell,
    ConfigError,
    LabelSets,
    ModelCard,
    NotKeptError,
)
from fieldmark.statistics import among
from fieldmark.studies.answers.board import Board
from fieldmark.studies.answers.words import many


@dataclass(frozen=True)
class Relabelled:
    """The same examples under two labellings, and what everybody answered.

    Args:
        on: The condition with the labels in question.
        reference: The condition with the labels to hold them against.
        subjects: Who finished both, with their cards.
        new: Label sets of ``on``, int64 (n, m), padded with -1.
        old: Label sets of ``reference``, the same examples in the same order, int64 (n, o).
        answers: Best classes under ``on``, int64 (subjects, n); -1 for no answer.
        old_answers: Best classes under ``reference``.
    """

    on: str
    reference: str
    subjects: dict[str, ModelCard]
    new: LabelSets
    old: Int64[np.ndarray, "n o"]
    answers: Int64[np.ndarray, "s n"]
    old_answers: Int64[np.ndarray, "s n"]

    @property
    def in_both(self) -> Bool[np.ndarray, " n"]:
        """Has the example a label here and there?"""
        return np.asarray((self.new >= 0).any(axis=1) & (self.old >= 0).any(axis=1))

    def hits(self) -> Bool[np.ndarray, "s n"]:
        """Was each subject right by the labels of ``on``?"""
        return np.stack([among(row, self.new) for row in self.answers])

    def old_hits(self) -> Bool[np.ndarray, "s n"]:
        """Was each subject right by the labels of ``reference``?"""
        return np.stack([among(row, self.old) for row in self.old_answers])


def relabelled(board: Board, on: str, reference: str) -> Relabelled:
    """The two conditions, their examples brought into one order.

    Raises:
        UnknownNameError: The store has no such condition.
        ConfigError: They are the same, show different examples, or refer to other classes.
        NotKeptError: No subject has answers to both.
    """
    if board.condition(on) == board.condition(reference):
        raise ConfigError(f"{on} cannot be held against itself: name two labellings")
    first, second = (board.store.examples(name) for name in (on, reference))
    if first.classes.names != second.classes.names:
        raise ConfigError(f"{on} and {reference} do not have the same classes")
    _insist_on_the_same(on, first.ids, reference, second.ids)
    subjects = [name for name in board.finished(on) if name in board.finished(reference)]
    if not subjects:
        raise NotKeptError(f"no subject has answers to both {on} and {reference}")
    places = {example: row for row, example in enumerate(second.ids)}
    order = np.array([places[example] for example in first.ids], np.int64)
    return Relabelled(
        on,
        reference,
        {name: board.subjects[name] for name in subjects},
        first.labels,
        second.labels[order],
        np.stack([_best(board, Cell(name, on)) for name in subjects]),
        np.stack([_best(board, Cell(name, reference))[order] for name in subjects]),
    )


def _insist_on_the_same(
    on: str, ids: tuple[str, ...], reference: str, others: tuple[str, ...]
) -> None:
    alone, missing = set(ids) - set(others), set(others) - set(ids)
    if alone or missing:
        raise ConfigError(
            f"{on} and {reference} do not show the same examples: "
            f"{many(len(alone), 'example')} only in {on}, {many(len(missing), 'example')} only in "
            f"{reference}. Name two labellings of one set"
        )


def _best(board: Board, cell: Cell) -> np.ndarray:
    answers = board.store.read(cell).answers
    assert answers is not None, cell  # the board says it is finished
    best = answers.classes[:, 0].astype(np.int64)
    return np.where(best == NO_ANSWER, -1, best)
