"""Robustness curves: how accuracy falls as a change grows stronger."""

from fieldmark.records import Cell, Column, Curves, Estimate, Finding, Panel, Series, Table, Value
from fieldmark.statistics import mean_difference
from fieldmark.studies.accuracy import UPPER_BOUND, Accuracies, accuracies
from fieldmark.studies.board import Board, board, changes
from fieldmark.studies.kept import Kept
from fieldmark.studies.sides import side
from fieldmark.studies.words import capital, direction, listing, many, points, sentence

COLUMNS = (
    Column("examples", "Examples", "What was changed."),
    Column("change", "Change", "What was done to it."),
    Column("strength", "Strength", "Severity, or budget in pixel units; 0 is unchanged."),
    Column("condition", "Condition", "What was asked."),
    Column("subject", "Subject", "Who answered."),
    Column("family", "Family", "What kind of model it is."),
    Column("accuracy", "Accuracy", "Share of labelled examples answered correctly."),
)

Change = tuple[str, str]


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
                caption="One line per subject with 95 % intervals; strength 0 is unchanged.",
            ),
        ),
        caveats=(
            "Severities of different changes are not comparable: each change has its own scale.",
            *((UPPER_BOUND,) if attacks else ()),
        ),
    )


def strongest_change(cells: Board, steps: tuple[str, ...]) -> tuple[str, int, Estimate] | None:
    """(condition, subjects, mean change in accuracy) at the last of ``steps``, weakest first.

    The mean is over the subjects that answered both it and the unchanged examples; None where
    there is none, or no unchanged examples.
    """
    last = steps[-1]
    name = cells.conditions[last].examples.card.name
    if name not in cells.conditions:
        return None
    before, after = side(cells, name, None), side(cells, last, None)
    both = tuple(one for one in after.subjects if one in before.subjects)
    if not both or before.ids != after.ids:
        return None
    start, end = (one.of(both).shares.mean(axis=0) for one in (before, after))
    return last, len(both), mean_difference(start, end, paired=True)


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
    attack = cells.conditions[steps[-1]].kind == "attack"
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
        x_title="budget, in pixel units" if attack else "severity",
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
    ends = [end for steps in shifts if (end := strongest_change(cells, steps)) is not None]
    ends = sorted((end for end in ends if end[2].defined), key=lambda end: end[2].value)
    if not ends:
        return ""
    if len(ends) == 1:
        return f"Under {ends[0][0]}, {_change_words(*ends[0][1:])}."
    return (
        f"Of {len(ends)} shifts at their strongest, {ends[0][0]} costs most: "
        f"{_change_words(*ends[0][1:])}; {ends[-1][0]} costs least: {_change_words(*ends[-1][1:])}."
    )


def _attack_words(cells: Board, steps: tuple[str, ...]) -> str:
    end = strongest_change(cells, steps)
    if end is None or not end[2].defined:
        return ""
    return f"Under {end[0]}, {_change_words(*end[1:], by='by at least')}."


def _change_words(subjects: int, change: Estimate, by: str = "by") -> str:
    whose = "accuracy of one subject" if subjects == 1 else f"mean accuracy of {subjects} subjects"
    sign = direction(change)
    if not sign:
        return f"whether the {whose} changes cannot be told ({points(change)})"
    verb = "rises by" if sign > 0 else f"falls {by}"
    return f"the {whose} {verb} {points(change, signed=False)}"
