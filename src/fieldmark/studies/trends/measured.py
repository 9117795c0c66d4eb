"""Effective and relative robustness of a store's subjects, as numbers; words are made elsewhere."""

from dataclasses import dataclass

from fieldmark.records import Axis, Estimate, ModelCard, generator, seed_of
from fieldmark.statistics import (
    EffectiveRobustness,
    effective_robustness,
    mcnemar,
    mean_difference,
)
from fieldmark.studies.answers.board import Board
from fieldmark.studies.answers.sides import Side
from fieldmark.studies.trends.held import Held
from fieldmark.studies.trends.pairs import store_pairs


@dataclass(frozen=True)
class Measured:
    """Every subject's place beside the line.

    Args:
        held: Accuracies, line, and how far each subject lies from it.
        reference: The in-distribution side, for the subjects that have both.
        other: The side in question, for the same subjects.
        cards: Of these subjects.
        relative: (twin, gain over it) of subjects with an intervention whose twin is kept.
        paired: Do both sides show the same examples?
    """

    held: Held
    reference: Side
    other: Side
    cards: tuple[ModelCard, ...]
    relative: tuple[tuple[str, Estimate] | None, ...]
    paired: bool

    @property
    def subjects(self) -> tuple[str, ...]:
        """Those that have both sides."""
        return self.held.subjects

    @property
    def robustness(self) -> EffectiveRobustness:
        """The line, and how far each subject is from it."""
        return self.held.robustness

    @property
    def above_chance(self) -> tuple[str, ...]:
        """The subjects whose reference accuracy can be told from chance."""
        return tuple(name for name in self.subjects if name not in self.at_chance)

    @property
    def at_chance(self) -> tuple[str, ...]:
        """The others."""
        return self.held.pairs.outside


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
    pairs, first, second = store_pairs(board, on, reference)
    paired = first.ids == second.ids
    robustness = effective_robustness(
        first.shares,
        second.shares,
        pairs.mask,
        axis=axis,
        paired=paired,
        counted=pairs.counted,
        families=pairs.families,
        draws=draws,
        rng=generator(seed_of(seed, "effective-robustness", on, first.title, axis)),
    )
    return Measured(
        held=Held(pairs, robustness, axis, seed),
        reference=first,
        other=second,
        cards=tuple(board.subjects[one] for one in pairs.subjects),
        relative=tuple(_relative(board, second, row) for row in range(len(pairs.subjects))),
        paired=paired,
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
