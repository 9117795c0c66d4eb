"""Effective and relative robustness of a store's subjects, as numbers; words are made elsewhere."""

from dataclasses import dataclass

import numpy as np

from fieldmark.records import Axis, Estimate, ModelCard, generator, seed_of
from fieldmark.statistics import (
    EffectiveRobustness,
    effective_robustness,
    mcnemar,
    mean_difference,
)
from fieldmark.studies.board import Board
from fieldmark.studies.sides import Side, above_chance, reference_of, side


@dataclass(frozen=True)
class Measured:
    """Every subject's place beside the line.

    Args:
        reference: The in-distribution side, for the subjects that have both.
        other: The side in question, for the same subjects.
        cards: Of these subjects.
        above: Can its reference accuracy be told from chance?
        fitted: Is the line fitted to it? Standard, and above chance on the reference.
        robustness: The line, and how far each subject is from it.
        relative: (twin, gain over it) of subjects with an intervention whose twin is kept.
        lacking: Subjects without answers to one of the sides.
        axis: Where the line is a line.
        paired: Do both sides show the same examples?
        seed: Where the bootstrap took its chance from.
    """

    reference: Side
    other: Side
    cards: tuple[ModelCard, ...]
    above: tuple[bool, ...]
    fitted: tuple[bool, ...]
    robustness: EffectiveRobustness
    relative: tuple[tuple[str, Estimate] | None, ...]
    lacking: tuple[str, ...]
    axis: Axis
    paired: bool
    seed: int

    @property
    def subjects(self) -> tuple[str, ...]:
        """Those that have both sides."""
        return self.other.subjects

    @property
    def above_chance(self) -> tuple[str, ...]:
        """The subjects whose reference accuracy can be told from chance."""
        return tuple(name for name, above in zip(self.subjects, self.above, strict=True) if above)

    @property
    def at_chance(self) -> tuple[str, ...]:
        """The others."""
        return tuple(name for name in self.subjects if name not in self.above_chance)


def measure(
    board: Board, on: str, *, reference: str | None, axis: Axis, draws: int, seed: int
) -> Measured:
    """Every subject's effective and relative robustness on a condition or a group of them.

    Args:
        board: The store's cells.
        on: A condition, or "corruptions".
        reference: The in-distribution condition; None takes the one that ``on`` comes from.
        axis: "linear", "logit" or "probit".
        draws: Number of bootstrap draws.
        seed: Where the bootstrap's chance comes from.

    Raises:
        UnknownNameError: The store has no such condition.
        ConfigError: ``on`` is a reference itself.
        NotKeptError: The store lacks the reference, or holds no shifts.
    """
    whole = side(board, on, reference)
    name = reference or reference_of(board, whole)
    start = side(board, name, None)
    both = tuple(one for one in whole.subjects if one in start.subjects)
    first, second = start.of(both), whole.of(both)
    cards = tuple(board.subjects[one] for one in both)
    above = above_chance(board, first)
    fitted = tuple(
        there and not card.intervention for there, card in zip(above, cards, strict=True)
    )
    paired = first.ids == second.ids
    return Measured(
        reference=first,
        other=second,
        cards=cards,
        above=above,
        fitted=fitted,
        robustness=effective_robustness(
            first.shares,
            second.shares,
            np.array(fitted, np.bool_),
            axis=axis,
            paired=paired,
            counted=(max(first.counted, 1), max(second.counted, 1)),
            draws=draws,
            rng=generator(seed_of(seed, "effective-robustness", on, name, axis)),
        ),
        relative=tuple(_relative(board, second, row) for row in range(len(both))),
        lacking=tuple(one for one in board.subjects if one not in both),
        axis=axis,
        paired=paired,
        seed=seed,
    )


def twin_of(name: str, board: Board) -> str | None:
    """The standard subject that a robust one was made from, by name: without its last parts.

    "cnn-medium-adversarial" has the twin "cnn-medium", if that is kept and has no intervention.
    """
    while "-" in name:
        name = name.rpartition("-")[0]
        if name in board.subjects and not board.subjects[name].intervention:
            return name
    return None


def _relative(board: Board, other: Side, row: int) -> tuple[str, Estimate] | None:
    """(twin, accuracy gained over it) on the same examples, where there is a twin."""
    name = other.subjects[row]
    twin = twin_of(name, board) if board.subjects[name].intervention else None
    if twin is None or twin not in other.subjects:
        return None
    mine, its = other.shares[row], other.shares[other.subjects.index(twin)]
    if len(other.conditions) == 1:
        return twin, mcnemar(mine == 1, its == 1).difference
    return twin, mean_difference(its, mine, paired=True)
