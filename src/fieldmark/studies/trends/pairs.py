"""Pairs: every subject's accuracy on a reference and on another condition, from store or table."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

from fieldmark.records import ConfigError, Estimate, Scores, UnknownNameError
from fieldmark.statistics import clopper_pearson_bounds
from fieldmark.studies.answers.board import Board
from fieldmark.studies.answers.sides import Side, above_chance, reference_of, side

UNKNOWN = 1_000_000
"""Stands for "very many" where nobody says how many answers an accuracy is a share of."""


@dataclass(frozen=True)
class Pairs:
    """Accuracies of the same subjects on two conditions.

    Args:
        here: The condition in question, as people call it.
        there: The reference.
        subjects: Who has an accuracy on both.
        families: What kind each is.
        fitted: Is a line fitted to it? A standard model, above chance; never a person.
        x: Accuracies on the reference.
        y: Accuracies on the condition in question.
        counted: How many answers an accuracy is a share of, on each side, at least 1.
        sizes: The same for each subject, int64 (subjects,); 0 where nobody says.
        outside: Subjects that no figure draws, for being at chance.
        lacking: Subjects without an accuracy on one of the two.
    """

    here: str
    there: str
    subjects: tuple[str, ...]
    families: tuple[str, ...]
    fitted: tuple[bool, ...]
    x: tuple[Estimate, ...]
    y: tuple[Estimate, ...]
    counted: tuple[int, int]
    sizes: tuple[Int64[np.ndarray, " s"], Int64[np.ndarray, " s"]]
    outside: tuple[str, ...]
    lacking: tuple[str, ...]

    @property
    def mask(self) -> Bool[np.ndarray, " s"]:
        """``fitted`` as an array."""
        return np.array(self.fitted, np.bool_)

    @property
    def shares(self) -> tuple[Float64[np.ndarray, " s"], Float64[np.ndarray, " s"]]:
        """Accuracies on both sides, without their intervals."""
        first, second = (
            np.array([one.value for one in side], np.float64) for side in (self.x, self.y)
        )
        return first, second


def store_pairs(board: Board, on: str, reference: str | None) -> tuple[Pairs, Side, Side]:
    """(pairs, reference side, other side) of a store; both sides for the subjects of the pairs.

    Args:
        board: The store's cells.
        on: A condition, or "corruptions".
        reference: The in-distribution condition; None takes the one that ``on`` comes from.

    Raises:
        UnknownNameError: The store has no such condition.
        ConfigError: ``on`` is a reference itself.
        NotKeptError: The store lacks the reference, or holds no shifts.
    """
    whole = side(board, on, reference)
    start = side(board, reference or reference_of(board, whole), None)
    both = tuple(one for one in whole.subjects if one in start.subjects)
    first, second = start.of(both), whole.beside(start).of(both)
    cards = [board.subjects[one] for one in both]
    above = above_chance(board, first)
    pairs = Pairs(
        here=second.title,
        there=first.title,
        subjects=both,
        families=tuple(card.family for card in cards),
        fitted=tuple(
            there and not card.intervention and not card.is_person
            for there, card in zip(above, cards, strict=True)
        ),
        x=first.accuracies,
        y=second.accuracies,
        counted=(max(first.counted, 1), max(second.counted, 1)),
        sizes=(_alike(first, both), _alike(second, both)),
        outside=tuple(one for one, there in zip(both, above, strict=True) if not there),
        lacking=tuple(one for one in board.subjects if one not in both),
    )
    return pairs, first, second


def score_pairs(scores: Scores, on: str, reference: str) -> Pairs:
    """The pairs of a published table; to all its subjects a line is fitted if nobody says.

    Raises:
        UnknownNameError: The table has no such condition.
        ConfigError: The two conditions are the same.
    """
    x, y = published_column(scores, reference), published_column(scores, on)
    if on == reference:
        raise ConfigError(f"{on} cannot be held against itself: name another reference")
    there = ~(np.isnan(x) | np.isnan(y))
    rows = np.flatnonzero(there).tolist()
    families = scores.families or ("",) * len(scores.subjects)
    standard = scores.standard or (True,) * len(scores.subjects)
    sizes = (scores.sizes(reference)[there], scores.sizes(on)[there])
    return Pairs(
        here=on,
        there=reference,
        subjects=tuple(scores.subjects[row] for row in rows),
        families=tuple(families[row] for row in rows),
        fitted=tuple(standard[row] for row in rows),
        x=published_estimates(x[there], sizes[0]),
        y=published_estimates(y[there], sizes[1]),
        counted=(fewest(sizes[0]), fewest(sizes[1])),
        sizes=sizes,
        outside=(),
        lacking=tuple(
            name for name, both in zip(scores.subjects, there.tolist(), strict=True) if not both
        ),
    )


def published_column(scores: Scores, condition: str) -> Float64[np.ndarray, " s"]:
    """Every subject's share on a condition of a published table.

    Raises:
        UnknownNameError: It has no such condition.
    """
    if condition not in scores.conditions:
        raise UnknownNameError("condition", condition, scores.conditions)
    return scores.column(condition)


def published_estimates(
    shares: Float64[np.ndarray, " s"], sizes: Int64[np.ndarray, " s"]
) -> tuple[Estimate, ...]:
    """Published shares with exact intervals, where it is said of how many they are."""
    known = np.maximum(sizes, 1)
    low, high = clopper_pearson_bounds(np.rint(shares * known).astype(np.int64), known)
    return tuple(
        Estimate(float(share), float(a), float(b), n=int(n), method="Clopper-Pearson 95 %")
        if n
        else Estimate(float(share), float("nan"), float("nan"), n=0, method="as published")
        for share, a, b, n in zip(shares, low, high, sizes, strict=True)
    )


def fewest(sizes: Int64[np.ndarray, " s"]) -> int:
    """The smallest known number of answers; ``UNKNOWN`` where none is."""
    known = sizes[sizes > 0]
    return int(known.min()) if len(known) else UNKNOWN


def _alike(one: Side, subjects: tuple[str, ...]) -> Int64[np.ndarray, " s"]:
    return np.full(len(subjects), one.counted, np.int64)
