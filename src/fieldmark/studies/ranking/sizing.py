"""How large must the test set be? What this one could tell, from how its subjects disagree."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from fieldmark.records import Column, ConfigError, Finding, NotKeptError, Table, Value
from fieldmark.statistics import (
    clopper_pearson,
    minimum_difference,
    paired_difference,
    paired_size,
    unpaired_size,
)
from fieldmark.studies.answers.board import Answered, board
from fieldmark.studies.answers.kept import Kept
from fieldmark.studies.answers.words import many, percent, sentence
from fieldmark.studies.ranking.powering import (
    POINT,
    examples,
    power_lines,
    share_points,
    whole_percent,
)

COLUMNS = (
    Column("first", "First", "The more accurate one of two neighbours in the ranking."),
    Column("second", "Second", "The next one."),
    Column("difference", "Difference", "Accuracy of the first minus that of the second."),
    Column("discordance", "Discordance", "Share of examples on which exactly one is right."),
    Column("smallest", "Smallest difference told", "By this test set, at this discordance."),
    Column("needed", "Examples for this difference", "Empty: none, or more than 10⁹."),
    Column("needed_point", "Examples for one point", "At this discordance."),
    Column("needed_unpaired", "Each, unpaired", "If each of the two had examples of its own."),
)


@dataclass(frozen=True)
class _Pairs:
    """All pairs of subjects on one condition, the most accurate first."""

    subjects: tuple[str, ...]
    accuracies: Float64[np.ndarray, " s"]
    only: Float64[np.ndarray, "s s"]
    n: int

    @property
    def discordances(self) -> Float64[np.ndarray, " p"]:
        """Of each pair, the share of examples on which exactly one of the two is right."""
        upper = np.triu_indices(len(self.subjects), 1)
        return (self.only + self.only.T)[upper] / self.n


def size_of_test_set(store: Kept, *, on: str, power: float = 0.8) -> Finding:
    """What differences the examples of a condition can tell, and how many others would need.

    Two subjects are compared on the same examples (McNemar's exact test at the 5 % level), so
    what counts is on how many examples exactly one of them is right. That is taken from the
    store; everything else follows.

    Args:
        store: Where answers are kept.
        on: A condition that at least two subjects finished.
        power: Wanted chance of telling a difference that is there, in (0, 1).

    Raises:
        UnknownNameError: The store has no such condition.
        NotKeptError: Fewer than two subjects finished it, or no example has a label.
        ConfigError: An impossible power.

    Source:
        See ``statistics.paired_power``.
    """
    cells = board(store)
    pairs = _pairs(cells.answered(cells.condition(on)), on)
    typical = float(np.median(pairs.discordances))
    rows = [_row(pairs, place, power) for place in range(len(pairs.subjects) - 1)]
    figures = (
        (power_lines(typical, float(np.median(pairs.accuracies)), pairs.n, title=f"Power on {on}"),)
        if typical > 0
        else ()
    )
    return Finding(
        study="test-set-size",
        title=f"What {on} can tell, and how many examples it would take",
        statement=_statement(pairs, on, typical, power, rows),
        table=Table(COLUMNS, tuple(rows)),
        figures=figures,
        caveats=(
            "Power is about a comparison that was chosen beforehand. To rank many subjects, or to "
            "pick the best of them, takes more examples.",
            "The discordance is that of these subjects; subjects that resemble each other more "
            "(the same net with another seed) are told apart with fewer examples.",
            "Examples are taken as independent: frames of one video count for less.",
        ),
    )


def _pairs(answered: Answered, on: str) -> _Pairs:
    if len(answered.subjects) < 2:
        raise NotKeptError(
            f"a comparison needs two subjects, and {many(len(answered.subjects), 'subject')} "
            f"finished {on}"
        )
    if not answered.ids:
        raise NotKeptError(f"no example of {on} has a label, so nobody is right or wrong")
    right = answered.correct.astype(np.float32)
    hits = right.sum(axis=1)
    order = np.argsort(-hits, kind="stable")
    right, hits = right[order], hits[order].astype(np.float64)
    only = hits[:, None] - (right @ right.T).astype(np.float64)
    names = tuple(answered.subjects[place] for place in order)
    return _Pairs(names, hits / right.shape[1], only, right.shape[1])


def _row(pairs: _Pairs, place: int, power: float) -> tuple[Value, ...]:
    only_a, only_b = int(pairs.only[place, place + 1]), int(pairs.only[place + 1, place])
    better, worse = (float(one) for one in pairs.accuracies[place : place + 2])
    discordant = only_a + only_b
    discordance, difference = discordant / pairs.n, (only_a - only_b) / pairs.n
    return (
        pairs.subjects[place],
        pairs.subjects[place + 1],
        paired_difference(only_a, only_b, pairs.n),
        clopper_pearson(discordant, pairs.n),
        minimum_difference(pairs.n, discordance, power=power) if discordant else None,
        _needed(discordance, difference, power),
        _needed(discordance, POINT, power),
        _needed_each(better, worse, power),
    )


def _needed(discordance: float, difference: float, power: float) -> int | None:
    """How many examples; None where no number is enough, or none below 10⁹."""
    if not 0 < difference <= discordance:
        return None
    try:
        return paired_size(discordance, difference, power=power)
    except ConfigError:
        return None


def _needed_each(better: float, worse: float, power: float) -> int | None:
    if better == worse:
        return None
    try:
        return unpaired_size(better, worse, power=power)
    except ConfigError:
        return None


def _statement(
    pairs: _Pairs, on: str, typical: float, power: float, rows: Sequence[tuple[Value, ...]]
) -> str:
    number = len(pairs.discordances)
    opening = (
        f"On {on} ({many(pairs.n, 'labelled example')}), exactly one of two subjects is right on "
        f"{percent(typical)} of the examples"
    )
    opening += (
        f" (median of {many(number, 'pair')}; {percent(float(pairs.discordances.min()))} to "
        f"{percent(float(pairs.discordances.max()))})."
        if number > 1
        else "."
    )
    if typical == 0:
        return f"{opening} Subjects that never disagree cannot be told apart by any number."
    return sentence(
        opening,
        _told_words(pairs, typical, power),
        _point_words(pairs, typical, power),
        _neighbour_words(rows) if number > 1 else "",
    )


def _told_words(pairs: _Pairs, typical: float, power: float) -> str:
    smallest = minimum_difference(pairs.n, typical, power=power)
    if np.isnan(smallest):
        return (
            f"No difference at all would then be told with {whole_percent(power)} power: "
            "there are too few examples."
        )
    return (
        f"Then differences of {share_points(smallest)} and more are told with "
        f"{whole_percent(power)} power (McNemar's exact test, 5 %)."
    )


def _point_words(pairs: _Pairs, typical: float, power: float) -> str:
    point = _needed(typical, POINT, power)
    if point is None:
        return ""
    accuracy = float(np.median(pairs.accuracies))
    each = _needed_each(accuracy, accuracy - POINT if accuracy > 0.5 else accuracy + POINT, power)
    unpaired = f", on examples of their own {each:,} each" if each else ""
    return f"One point takes {examples(point)}{unpaired}."


def _neighbour_words(rows: Sequence[tuple[Value, ...]]) -> str:
    known = [row for row in rows if row[4] is not None]
    large = sum(_reaches(row) for row in known)
    verb = "is" if large == 1 else "are"
    none_or_some = f"{large}" if large else "none"
    return (
        f"Of {many(len(rows), 'difference')} between neighbours in the ranking, {none_or_some} "
        f"{verb} at least as large as what can be told of that pair."
    )


def _reaches(row: tuple[Value, ...]) -> bool:
    difference, smallest = row[2], row[4]
    return isinstance(smallest, float) and getattr(difference, "value", 0.0) >= smallest
