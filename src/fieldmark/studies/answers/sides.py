"""Sides: every subject's share of right answers to every example, for a condition or a group."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from fieldmark.records import ConfigError, Estimate, NotKeptError
from fieldmark.statistics import clustered_accuracy
from fieldmark.studies.answers.board import Board

CORRUPTIONS = "corruptions"
"""The name of the group of all shifts of one set of examples."""


@dataclass(frozen=True)
class Side:
    """One side of a comparison of conditions.

    Args:
        title: How people call it.
        conditions: The conditions that it is the mean of.
        subjects: Those that finished all of them.
        ids: The labelled examples.
        shares: Share of the conditions in which subject s was right on example n.
        accuracies: The mean of each row, with its interval.
    """

    title: str
    conditions: tuple[str, ...]
    subjects: tuple[str, ...]
    ids: tuple[str, ...]
    shares: Float64[np.ndarray, "s n"]
    accuracies: tuple[Estimate, ...]

    @property
    def counted(self) -> int:
        """How many answers an accuracy is a share of."""
        return len(self.ids) * len(self.conditions)

    def of(self, subjects: tuple[str, ...]) -> "Side":
        """The same for some of its subjects, in their order."""
        rows = [self.subjects.index(name) for name in subjects]
        some = tuple(self.accuracies[row] for row in rows)
        return Side(self.title, self.conditions, subjects, self.ids, self.shares[rows], some)

    def beside(self, other: "Side") -> "Side":
        """The same with its examples in the order of ``other``, where both show the same ones."""
        if self.ids == other.ids or set(self.ids) != set(other.ids):
            return self
        place = {one: column for column, one in enumerate(self.ids)}
        shares = self.shares[:, [place[one] for one in other.ids]]
        return Side(self.title, self.conditions, self.subjects, other.ids, shares, self.accuracies)


def side(board: Board, on: str, reference: str | None) -> Side:
    """The side called ``on``: a condition, or "corruptions" of the reference.

    Raises:
        UnknownNameError: The store has no such condition.
        NotKeptError: The store has no shifts.
    """
    if on == CORRUPTIONS:
        return _corruptions(board, reference)
    answered = board.answered(board.condition(on))
    estimates = tuple(answered.accuracies().values())
    shares = answered.correct.astype(np.float64)
    return Side(on, (on,), answered.subjects, answered.ids, shares, estimates)


def above_chance(board: Board, reference: Side) -> tuple[bool, ...]:
    """Can the accuracy of each subject of ``reference`` be told from guessing evenly?

    True where the lower end of its interval lies above 1 / number of classes.
    """
    chance = 1 / len(board.conditions[reference.conditions[0]].examples.classes)
    return tuple(one.low > chance for one in reference.accuracies)


def reference_of(board: Board, other: Side) -> str:
    """The in-distribution condition that a side is to be held against, if nobody says otherwise.

    Raises:
        ConfigError: It is a reference itself.
        NotKeptError: The store lacks its reference.
    """
    name = board.reference_of(other.conditions[0])
    if name not in board.conditions:
        raise NotKeptError(
            f"{other.title} is held against {name}, which this store lacks: run that condition too"
        )
    return name


def _corruptions(board: Board, reference: str | None) -> Side:
    shifts = board.of_kind("shift")
    owners = [board.conditions[name].base for name in shifts]
    if not owners or (reference is not None and reference not in owners):
        raise NotKeptError(
            f"this store holds no shifts{f' of {reference}' if reference else ''}: "
            "run conditions such as NAME+fog@3 first"
        )
    owner = reference or _first_reference(board, owners)
    conditions = tuple(name for name, one in zip(shifts, owners, strict=True) if one == owner)
    subjects = tuple(
        name
        for name in board.subjects
        if all(name in board.finished(condition) for condition in conditions)
    )
    answered = [board.answered(condition) for condition in conditions]
    if any(one.ids != answered[0].ids for one in answered):
        raise ConfigError(f"the shifts of {owner} do not show the same examples")
    cube = np.stack(
        [one.correct[[one.subjects.index(name) for name in subjects]] for one in answered]
    )
    known = np.arange(len(answered[0].ids) + answered[0].missing) < len(answered[0].ids)
    return Side(
        f"{len(conditions)} shifts of {owner}" if len(conditions) > 1 else conditions[0],
        conditions,
        subjects,
        answered[0].ids,
        cube.mean(axis=0),
        tuple(
            clustered_accuracy(_padded(cube[:, s], known), labelled=known)
            for s in range(len(subjects))
        ),
    )


def _padded(correct: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Answers with the unlabelled examples put back, so that they are counted as missing."""
    whole = np.zeros((len(correct), len(known)), np.bool_)
    whole[:, known] = correct
    return whole


def _first_reference(board: Board, owners: list[str]) -> str:
    """The first of ``owners`` that is a test set; any when none is."""
    tests = [name for name in owners if name in board.of_kind("test")]
    return (tests or owners)[0]
