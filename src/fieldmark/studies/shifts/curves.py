"""Robustness curves: how accuracy falls as a change grows stronger."""

from collections.abc import Iterable
from dataclasses import dataclass

from fieldmark.records import Cell, Column, Curves, Estimate, Finding, Panel, Series, Table, Value
from fieldmark.statistics import mean_difference
from fieldmark.studies.answers.accuracy import Accuracies, accuracies
from fieldmark.studies.answers.board import Board, axis_of, board, changes
from fieldmark.studies.answers.kept import Kept
from fieldmark.studies.answers.sides import above_chance, side
from fieldmark.studies.answers.threats import attack_caveats
from fieldmark.studies.answers.words import (
    averaged,
    capital,
    direction,
    listing,
    many,
    points,
    sentence,
)

COLUMNS = (
    Column("examples", "Examples", "What was changed."),
    Column("change", "Change", "What was done to it."),
    Column(
        "strength",
        "Strength",
        "Severity, what a change counts instead of severities, or budget in pixel units; "
        "0 is unchanged.",
    ),
    Column("condition", "Condition", "What was asked."),
    Column("subject", "Subject", "Who answered."),
    Column("family", "Family", "What kind of model it is."),
    Column("accuracy", "Accuracy", "Share of labelled examples answered correctly."),
)

Change = tuple[str, str]


@dataclass(frozen=True)
class Fall:
    """What a change at its strongest does to the mean accuracy of the subjects above chance.

    Args:
        condition: The change at its strongest.
        subjects: How many subjects the mean is over.
        left_out: How many answered too, but cannot be told from chance on the unchanged examples.
        change: Mean accuracy after minus before.
    """

    condition: str
    subjects: int
    left_out: int
    change: Estimate


def robustness_curves(store: Kept) -> Finding:
    """Accuracy along severity and budget, for every subject and every change that is kept.

    Args:
        store: Where answers are kept.

    Raises:
        NotKeptError: The store is empty.
    """
    cells = board(store)
    found = changes(cells, ("shift", "attack"))
    ladders = {key: _ladder(cells, key[0], steps) for key, steps in found.items()}
    asked = tuple(dict.fromkeys(step for steps in ladders.values() for step in steps))
    estimates = accuracies(cells, asked)
    rows = tuple(
        row for key, steps in ladders.items() for row in _rows(cells, key, steps, estimates)
    )
    panels = tuple(_panel(cells, key, steps, estimates, found) for key, steps in ladders.items())
    attacks = any(cells.conditions[step].kind == "attack" for step in asked)
    return Finding(
        study="robustness-curves",
        title="Accuracy as the change grows stronger",
        statement=_statement(cells, found),
        table=Table(COLUMNS, rows),
        figures=(
            Curves(
                title="Accuracy against strength",
                panels=panels,
                caption=(
                    "One line per subject with 95 % intervals; strength 0 is unchanged."
                    + (" Under attack, accuracy is an upper bound." if attacks else "")
                ),
            ),
        ),
        caveats=(
            "Severities of different changes are not comparable: each change has its own scale.",
            *attack_caveats(cells, tuple(steps[-1] for steps in found.values())),
        ),
    )


def strongest_change(cells: Board, steps: tuple[str, ...]) -> Fall | None:
    """What the last of ``steps``, weakest first, costs on average.

    The mean is over the subjects that answered both it and the unchanged examples and are above
    chance on these; None where there is none, no unchanged examples, or no label.
    """
    last = steps[-1]
    name = cells.conditions[last].base
    if name not in cells.conditions:
        return None
    before = side(cells, name, None)
    after = side(cells, last, None).beside(before)
    able = dict(zip(before.subjects, above_chance(cells, before), strict=True))
    both = [one for one in after.subjects if one in able]
    counted = tuple(one for one in both if able[one])
    if not counted or before.ids != after.ids:
        return None
    start, end = (one.of(counted).shares.mean(axis=0) for one in (before, after))
    change = mean_difference(start, end, paired=True)
    return Fall(last, len(counted), len(both) - len(counted), change)


def falls_of(cells: Board, ladders: Iterable[tuple[str, ...]]) -> list[Fall]:
    """What each of these changes costs at its strongest, the costliest first."""
    falls = (strongest_change(cells, steps) for steps in ladders)
    return sorted(
        (fall for fall in falls if fall is not None),
        key=lambda fall: (fall.change.value, fall.condition),
    )


def _ladder(cells: Board, examples: str, steps: tuple[str, ...]) -> tuple[str, ...]:
    """The steps of a change with the unchanged condition below them, where it is kept."""
    return ((examples,) if examples in cells.conditions else ()) + steps


def _rows(
    cells: Board, key: Change, steps: tuple[str, ...], estimates: Accuracies
) -> list[tuple[Value, ...]]:
    return [
        (*key, _strength(cells, step), step, name, cells.subjects[name].family, estimates[cell])
        for step in steps
        for name in cells.subjects
        if (cell := Cell(name, step)) in estimates
    ]


def _strength(cells: Board, condition: str) -> float:
    return float(cells.conditions[condition].strength)


def _panel(
    cells: Board,
    key: Change,
    steps: tuple[str, ...],
    estimates: Accuracies,
    found: dict[Change, tuple[str, ...]],
) -> Panel:
    strongest = cells.conditions[steps[-1]]
    attack = strongest.kind == "attack"
    several = len({examples for examples, _ in found}) > 1
    lines = []
    for name, card in cells.subjects.items():
        own = [step for step in steps if Cell(name, step) in estimates]
        if any(cells.conditions[step].change for step in own):
            places = tuple(_strength(cells, step) for step in own)
            values = tuple(estimates[Cell(name, step)] for step in own)
            lines.append(Series(name, card.family, places, values))
    return Panel(
        title=f"{key[1]} of {key[0]}" if several else key[1],
        x_title="budget, in pixel units" if attack else axis_of(strongest),
        series=tuple(lines),
    )


def _statement(cells: Board, found: dict[Change, tuple[str, ...]]) -> str:
    if not found:
        return "The store holds no changed or attacked conditions, so there is nothing to draw."
    kinds = {key: cells.conditions[steps[-1]].kind for key, steps in found.items()}
    shifts = [steps for key, steps in found.items() if kinds[key] == "shift"]
    attacks = [steps for key, steps in found.items() if kinds[key] == "attack"]
    return sentence(
        f"{_counted(shifts, attacks)} at rising strength.",
        _extremes(cells, shifts),
        *(_attack_words(cells, steps) for steps in attacks),
    )


def _counted(shifts: list[tuple[str, ...]], attacks: list[tuple[str, ...]]) -> str:
    told = [many(len(shifts), "shift")] if shifts else []
    told += [many(len(attacks), "attack")] if attacks else []
    return capital(listing(told))


def _extremes(cells: Board, shifts: list[tuple[str, ...]]) -> str:
    """Which shifts cost most and least at their strongest, on average over subjects."""
    falls = falls_of(cells, shifts)
    if not falls:
        return ""
    most, least = falls[0], falls[-1]
    if len(falls) == 1:
        return f"Under {most.condition}, {_change_words(most)}."
    return (
        f"Of {len(falls)} shifts at their strongest, {most.condition} costs most: "
        f"{_change_words(most)}; {least.condition} costs least: {_change_words(least)}."
    )


def _attack_words(cells: Board, steps: tuple[str, ...]) -> str:
    fall = strongest_change(cells, steps)
    return "" if fall is None else f"Under {fall.condition}, {_change_words(fall, 'by at least')}."


def _change_words(fall: Fall, by: str = "by") -> str:
    change = fall.change
    mean = "" if fall.subjects == 1 else "mean "
    whose = f"{mean}accuracy of {averaged(fall.subjects, fall.left_out)}"
    sign = direction(change)
    if not sign:
        return f"whether the {whose} changes cannot be told ({points(change)})"
    verb = "rises by" if sign > 0 else f"falls {by}"
    return f"the {whose} {verb} {points(change, signed=False)}"
