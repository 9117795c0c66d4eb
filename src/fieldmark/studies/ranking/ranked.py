"""What a leaderboard rests on: bands, ranks, places and comparisons with the leader, as numbers."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from fieldmark.records import ConfigError, Correct, Estimate, NotKeptError, generator, seed_of
from fieldmark.statistics import (
    PairAgreement,
    Ranks,
    Simultaneous,
    TieGroups,
    holm,
    pair_agreement,
    paired_difference,
    rank_intervals,
    simultaneous_accuracies,
    tie_groups,
)
from fieldmark.studies.answers.board import Answered, Board


@dataclass(frozen=True)
class Ranked:
    """Subjects on one condition, the most accurate first, equals by name.

    Args:
        subjects: Their names.
        counts: Who is right together with whom.
        missing: How many examples have no label.
        bands: Accuracies that hold for all at once.
        ranks: How ranks scatter when the examples are drawn anew.
        groups: Who has been shown to be better than whom.
        behind: Accuracy of each minus that of the leader, the leader's own 0 included.
        p_leader: Adjusted p-values of each against the leader; NaN for the leader.
    """

    subjects: tuple[str, ...]
    counts: PairAgreement
    missing: int
    bands: Simultaneous
    ranks: Ranks
    groups: TieGroups
    behind: tuple[Estimate, ...]
    p_leader: Float64[np.ndarray, " s"]

    @property
    def n(self) -> int:
        """How many labelled examples were answered."""
        return self.counts.n

    @property
    def first(self) -> tuple[str, ...]:
        """Those that share the first place, in the order of their accuracies."""
        return tuple(self.subjects[row] for row in self.groups.first)

    @property
    def places(self) -> tuple[int, ...]:
        """The place of each."""
        return tuple(int(one.value) for one in self.groups.places)


def ranked(cells: Board, on: str, *, draws: int, level: float, seed: int) -> Ranked:
    """The leaderboard of a condition.

    Raises:
        UnknownNameError: The store has no such condition.
        NotKeptError: No example of it has a label.
        ConfigError: Fewer than two subjects have answered it.
    """
    answered = several_on(cells, on, "a leaderboard")
    hits = answered.correct.sum(axis=1)
    order = sorted(range(len(hits)), key=lambda row: (-int(hits[row]), answered.subjects[row]))
    correct: Correct = answered.correct[order]
    counts = pair_agreement(correct)
    chance = [generator(seed_of(seed, "leaderboard", on, use)) for use in ("band", "rank", "tie")]
    groups = tie_groups(counts, rng=chance[2], level=level)
    return Ranked(
        subjects=tuple(answered.subjects[row] for row in order),
        counts=counts,
        missing=answered.missing,
        bands=simultaneous_accuracies(counts, rng=chance[0], missing=answered.missing, level=level),
        ranks=rank_intervals(correct, rng=chance[1], draws=draws, level=level),
        groups=groups,
        behind=tuple(_behind(counts, row, answered.missing, level) for row in range(len(order))),
        p_leader=holm(np.concatenate([[np.nan], groups.p[0, 1:]])),
    )


def several_on(cells: Board, on: str, what: str) -> Answered:
    """The answers to a condition, if at least two subjects gave some and some have labels.

    Raises:
        UnknownNameError: The store has no such condition.
        NotKeptError: No example of it has a label.
        ConfigError: Fewer than two subjects have answered it.
    """
    answered = cells.answered(cells.condition(on))
    if len(answered.subjects) < 2:
        who = f"only {answered.subjects[0]}" if answered.subjects else "nobody"
        raise ConfigError(f"{what} needs at least two subjects on {on}; {who} has answered it")
    if not answered.ids:
        raise NotKeptError(f"no example of {on} has a label, so nobody is right or wrong on it")
    return answered


def _behind(counts: PairAgreement, row: int, missing: int, level: float) -> Estimate:
    only = counts.only_first
    return paired_difference(
        int(only[row, 0]), int(only[0, row]), counts.n, missing=missing, level=level
    )
