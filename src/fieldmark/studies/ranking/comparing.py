"""Two subjects on the same examples: who is better, and can it be told?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fieldmark.records import (
    Bar,
    Cell,
    Column,
    ConfigError,
    Estimate,
    Figure,
    Finding,
    Forest,
    NotKeptError,
    Table,
    Value,
)
from fieldmark.statistics import Paired, holm, mcnemar, two_share_z
from fieldmark.studies.answers.board import Board, board
from fieldmark.studies.answers.kept import Kept
from fieldmark.studies.answers.threats import SHOWN_ITS_OWN, attack_caveats
from fieldmark.studies.answers.words import (
    accuracy_of,
    direction,
    listing,
    many,
    p_value,
    points,
    sentence,
)

COLUMNS = (
    Column("condition", "Condition", "What both were asked."),
    Column("first", "First", "The one subject."),
    Column("second", "Second", "The other."),
    Column("first_accuracy", "Accuracy of the first", "Share of labelled examples."),
    Column("second_accuracy", "Accuracy of the second", "Share of labelled examples."),
    Column("only_first", "Only the first", "Examples that only the first answered correctly."),
    Column("only_second", "Only the second", "Examples that only the second answered correctly."),
    Column("difference", "Difference", "Accuracy of the first minus that of the second."),
    Column("p_exact", "p (exact)", "Two-sided exact McNemar test of no difference."),
    Column("p_mid", "p (mid-p)", "The same test, less timid."),
    Column("p_holm", "p (Holm)", "The exact test, adjusted for all conditions of this table."),
    Column(
        "p_unpaired",
        "p (unpaired)",
        "What a z test would say that does not know the examples are the same; for contrast only.",
    ),
)

_ALPHA = 0.05


@dataclass(frozen=True)
class _Comparison:
    """What came out on one condition; the p-values beyond McNemar's are added for the table."""

    condition: str
    own: Estimate
    other: Estimate
    paired: Paired
    p_holm: float
    p_unpaired: float

    @property
    def winner(self) -> int:
        """1 where the first is better, -1 where the second is, 0 where it cannot be told."""
        if not self.p_holm <= _ALPHA:
            return 0
        return 1 if self.paired.only_a > self.paired.only_b else -1


def compare(store: Kept, first: str, second: str, *, condition: str = "") -> Finding:
    """Which of two subjects is more accurate, judged on the same examples.

    Args:
        store: Where answers are kept.
        first: One subject.
        second: Another.
        condition: What both were asked; "" for every condition that both finished, with p-values
            adjusted for their number (Holm).

    Raises:
        ConfigError: The two are the same.
        UnknownNameError: The store has no such subject or condition.
        NotKeptError: One of the two has no answers to it, or they have no condition in common.
    """
    cells = board(store)
    if first == second:
        raise ConfigError(f"{first} cannot be compared with itself: name two subjects")
    names = _conditions(cells, first, second, condition)
    found = _compared(cells, first, second, names)
    told = _one if condition else _all
    return Finding(
        study="compare",
        title=f"{first} and {second}" + (f" on {condition}" if condition else ""),
        statement=told(first, second, found),
        table=Table(COLUMNS, tuple(_row(first, second, one) for one in found)),
        figures=() if condition else _forest(cells, first, second, found),
        caveats=_caveats(cells, names),
    )


def _conditions(cells: Board, first: str, second: str, condition: str) -> tuple[str, ...]:
    for name in (first, second):
        cells.subject(name)
    if condition:
        for name in (first, second):
            _insist(cells, Cell(name, cells.condition(condition)))
        return (condition,)
    both = tuple(
        name
        for name in cells.conditions
        if cells.done(Cell(first, name)) and cells.done(Cell(second, name))
    )
    if not both:
        raise NotKeptError(
            f"there is no condition that both {first} and {second} finished: run them on one"
        )
    return both


def _insist(cells: Board, cell: Cell) -> None:
    if cell.subject in cells.choosers(cell.condition):
        raise NotKeptError(
            f"the answers of {cell.subject} decided which examples {cell.condition} has, so its "
            "accuracy there says nothing; compare it on the whole set"
        )
    if not cells.done(cell):
        header = cells.headers.get(cell)
        why = f"{header.status}: {header.reason}" if header else "it has not been run"
        raise NotKeptError(f"there are no answers of {cell} ({why})")


def _compared(
    cells: Board, first: str, second: str, conditions: Sequence[str]
) -> tuple[_Comparison, ...]:
    own, other, paired = [], [], []
    for name in conditions:
        answered = cells.answered(name)
        rows = [answered.correct[answered.subjects.index(one)] for one in (first, second)]
        own.append(answered.accuracy(first))
        other.append(answered.accuracy(second))
        paired.append(mcnemar(rows[0], rows[1]))
    adjusted = holm(np.array([one.p_exact for one in paired]))
    unpaired = two_share_z(*_counts(own), *_counts(other))[1]
    return tuple(
        _Comparison(*one)
        for one in zip(
            conditions, own, other, paired, adjusted.tolist(), unpaired.tolist(), strict=True
        )
    )


def _counts(accuracies: Sequence[Estimate]) -> tuple[np.ndarray, np.ndarray]:
    n = np.array([one.n for one in accuracies])
    shares = np.array([one.value if one.defined else 0.0 for one in accuracies])
    return np.rint(shares * n).astype(np.int64), n


def _row(first: str, second: str, one: _Comparison) -> tuple[Value, ...]:
    return (
        one.condition,
        first,
        second,
        one.own,
        one.other,
        one.paired.only_a,
        one.paired.only_b,
        one.paired.difference,
        one.paired.p_exact,
        one.paired.p_mid,
        one.p_holm,
        one.p_unpaired,
    )


def _one(first: str, second: str, found: Sequence[_Comparison]) -> str:
    (only,) = found
    return sentence(
        f"On {only.condition} ({many(only.own.n, 'labelled example')}), {first} is right on "
        f"{accuracy_of(only.own)} and {second} on {accuracy_of(only.other)}.",
        _verdict(first, second, only.paired),
        _unpaired_words(only),
    )


def _verdict(first: str, second: str, paired: Paired) -> str:
    if not paired.difference.defined:
        return "Without labelled examples, which of the two is better is undefined."
    sign = direction(paired.difference)
    better, worse = (first, second) if sign > 0 else (second, first)
    alone = (
        f"Only {first} is right on {many(paired.only_a, 'example')}, only {second} on "
        f"{many(paired.only_b, 'example')}"
    )
    size = points(paired.difference, signed=sign == 0)
    told = (
        f"{better} is {size} more accurate than {worse}"
        if sign
        else f"which of the two is more accurate cannot be told (difference {size})"
    )
    tests = f"exact McNemar p {p_value(paired.p_exact)}, mid-p {p_value(paired.p_mid)}"
    return f"{alone}; {told}; {tests}."


def _unpaired_words(one: _Comparison) -> str:
    if one.paired.p_exact <= _ALPHA < one.p_unpaired:
        return (
            f"An unpaired z test would have missed it (p {p_value(one.p_unpaired)}): "
            "it does not know that the examples are the same."
        )
    return ""


def _all(first: str, second: str, found: Sequence[_Comparison]) -> str:
    labelled = [one for one in found if one.paired.difference.defined]
    if not labelled:
        return "Without labelled examples, which of the two is better is undefined."
    if len(labelled) == 1:
        return _one(first, second, labelled)
    missed = [one.condition for one in labelled if one.winner and one.p_unpaired > _ALPHA]
    return sentence(
        f"{first} and {second} answered {many(len(labelled), 'condition')} with labels.",
        _tally(first, second, labelled),
        _widest(first, second, labelled),
        f"An unpaired z test would not have told them apart on {listing(missed)}, although the "
        "paired one does."
        if missed
        else "",
    )


def _tally(first: str, second: str, found: Sequence[_Comparison]) -> str:
    """On how many conditions which of the two is better."""
    winners = [one.winner for one in found]
    parts = [
        f"{name} is more accurate on {winners.count(sign)}"
        for name, sign in ((first, 1), (second, -1))
        if sign in winners
    ]
    if not parts:
        return "On none of them can it be told which is more accurate (exact McNemar, Holm, 5 %)."
    if 0 in winners:
        parts.append(f"on {winners.count(0)} it cannot be told")
    return f"{listing(parts)} (exact McNemar tests, adjusted by Holm, 5 %)."


def _widest(first: str, second: str, found: Sequence[_Comparison]) -> str:
    told = [one for one in found if one.winner]
    if not told:
        return ""
    most = max(told, key=lambda one: abs(one.paired.difference.value))
    better, worse = (first, second) if most.winner > 0 else (second, first)
    return (
        f"The difference is largest on {most.condition}, where {better} is "
        f"{points(most.paired.difference, signed=False)} more accurate than {worse}."
    )


def _forest(
    cells: Board, first: str, second: str, found: Sequence[_Comparison]
) -> tuple[Figure, ...]:
    bars = tuple(
        Bar(
            one.condition,
            cells.conditions[one.condition].kind,
            one.paired.difference,
            f"p {p_value(one.paired.p_exact)}, Holm {p_value(one.p_holm)}",
        )
        for one in found
        if one.paired.difference.defined
    )
    return (
        Forest(
            title=f"{first} minus {second}",
            x_title=f"accuracy of {first} minus accuracy of {second}, in points",
            bars=bars,
            unit="points",
            caption=(
                f"Right of the line {first} is more accurate, left of it {second}. Each interval "
                "(Tango, 95 %) holds for its own condition; the Holm column of the table "
                "allows for their number."
            ),
            mark=0.0,
        ),
    )


def _caveats(cells: Board, conditions: Sequence[str]) -> tuple[str, ...]:
    lines = [
        "The comparison holds for these two subjects as they were trained, not for their kinds; "
        "of many comparisons, some will differ by chance."
    ]
    if attacked := attack_caveats(cells, conditions):
        lines += [*attacked, SHOWN_ITS_OWN]
    if grouped := _grouped(cells, conditions):
        lines.append(
            f"The examples of {listing(grouped)} come in groups (frames of a video, say), and the "
            "tests take them as independent: there they are too sure."
        )
    return tuple(lines)


def _grouped(cells: Board, conditions: Sequence[str]) -> list[str]:
    """The sets of examples that come in groups, each asked for once."""
    sets = {cells.conditions[name].examples.card.name: name for name in conditions}
    return [one for one, name in sets.items() if cells.store.examples(name).groups]
