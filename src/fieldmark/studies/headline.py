"""The headline: does it hold up in the field? One paragraph, every number with its interval."""

from dataclasses import dataclass

from fieldmark.records import Cell, Column, Estimate, Finding, Table, Value
from fieldmark.statistics import mean_difference
from fieldmark.studies.accuracy import (
    UPPER_BOUND,
    Accuracies,
    accuracies,
    best,
    without_answers,
)
from fieldmark.studies.board import Board, board, changes
from fieldmark.studies.curves import strongest_change
from fieldmark.studies.effective import VERDICTS, beside_the_line
from fieldmark.studies.kept import Kept
from fieldmark.studies.measured import Measured, measure
from fieldmark.studies.words import (
    accuracy_of,
    capital,
    direction,
    listing,
    many,
    points,
    sentence,
)

COLUMNS = (
    Column("condition", "Condition", "What was asked."),
    Column("quantity", "Quantity", "What was measured."),
    Column("about", "About", "Which subject or subjects it is about."),
    Column("estimate", "Estimate", "The number with its interval."),
)


@dataclass(frozen=True)
class _Part:
    """One sentence or two of the headline, and the numbers that it says."""

    words: str
    rows: tuple[tuple[Value, ...], ...] = ()


def headline(store: Kept, *, draws: int = 1000, seed: int = 0) -> Finding:
    """Does it hold up? Reference, natural shifts, shifts and attacks in one paragraph.

    Args:
        store: Where answers are kept.
        draws: Number of bootstrap draws for effective robustness.
        seed: Where the bootstrap's chance comes from.

    Raises:
        NotKeptError: The store is empty.
    """
    cells = board(store)
    parts = [
        *(_reference(cells, name) for name in cells.of_kind("test")),
        *_natural_shifts(cells, draws, seed),
        _shifts(cells),
        *(_attack(cells, steps) for steps in changes(cells, ("attack",)).values()),
    ]
    every = [Cell(row, column) for column in cells.conditions for row in cells.subjects]
    words = [part.words for part in parts]
    if not any(words):
        words = ["No subject has answers to anything, so nothing can be told."]
    attacked = bool(cells.of_kind("attack"))
    return Finding(
        study="headline",
        title="Does it hold up in the field?",
        statement=sentence(*words, without_answers(cells, every)),
        table=Table(COLUMNS, tuple(row for part in parts for row in part.rows)),
        caveats=(
            "Means over subjects are over these subjects, not over all that might be built. Each "
            "interval holds by itself; the highest and lowest of many were picked for being so.",
            *((UPPER_BOUND,) if attacked else ()),
        ),
    )


def _reference(cells: Board, condition: str) -> _Part:
    """From the lowest to the highest accuracy on a test set."""
    estimates = accuracies(cells, [condition])
    high = best(estimates, condition, cells.finished(condition))
    if high is None:
        return _Part(f"{condition} has no labelled examples, so accuracy on it is undefined.")
    low = min(sorted(estimates), key=lambda cell: estimates[cell].value)
    examples = many(estimates[high].n, "labelled example")
    row = (condition, "highest accuracy", high.subject, estimates[high])
    if len(estimates) == 1:
        words = f"On {condition} ({examples}) {high.subject} is right on {_of(estimates, high)}."
        return _Part(words, ((condition, "accuracy", *row[2:]),))
    words = (
        f"On {condition} ({examples}) {many(len(estimates), 'subject')} are right on between "
        f"{_of(estimates, low)} ({low.subject}) and {_of(estimates, high)} ({high.subject})."
    )
    return _Part(words, (row, (condition, "lowest accuracy", low.subject, estimates[low])))


def _of(estimates: Accuracies, cell: Cell) -> str:
    return accuracy_of(estimates[cell])


def _natural_shifts(cells: Board, draws: int, seed: int) -> list[_Part]:
    shifts = cells.of_kind("natural shift")
    held = [name for name in shifts if cells.reference_of(name) in cells.conditions]
    alone = [name for name in shifts if name not in held]
    parts = [
        _natural_shift(measure(cells, name, reference=None, axis="logit", draws=draws, seed=seed))
        for name in held
    ]
    if not shifts:
        parts.append(_Part("No natural shift is kept, so how it fares there cannot be told."))
    if alone:
        parts.append(_Part(f"Without their reference nothing is said of {listing(alone)}."))
    return parts


def _natural_shift(found: Measured) -> _Part:
    """How much is lost on a natural shift, and whether anybody loses less than expected."""
    here, there, n = found.other.title, found.reference.title, len(found.subjects)
    if not found.other.ids or not found.reference.ids or not n:
        return _Part(
            f"What {here} costs is undefined: it takes labelled examples and answers to "
            f"both it and {there}."
        )
    change = mean_difference(
        found.reference.shares.mean(axis=0), found.other.shares.mean(axis=0), paired=found.paired
    )
    who = found.subjects[0] if n == 1 else f"{n} subjects"
    rows: list[tuple[Value, ...]] = [(here, f"mean change from {there}", who, change)]
    line, slope = found.robustness.line, found.robustness.slope
    if line.defined:
        fitted = many(line.n, "fitted subject")
        rows.append((here, "slope of the line (logit axis)", fitted, slope))
        rows += [
            (here, f"effective robustness, {words}", name, _effective(found, name))
            for words in (VERDICTS[1], VERDICTS[-1])
            for name in beside_the_line(found, words)
        ]
    return _Part(sentence(_loss_words(found, change), _line_words(found)), tuple(rows))


def _loss_words(found: Measured, change: Estimate) -> str:
    n, here = len(found.subjects), found.other.title
    examples = many(len(found.other.ids), "labelled example")
    sign = direction(change)
    if sign:
        whom = f"{found.subjects[0]} is" if n == 1 else f"the {n} subjects are on average"
        return (
            f"On {here} ({examples}) {whom} {points(change, signed=False)} "
            f"{'more' if sign > 0 else 'less'} accurate than on {found.reference.title}."
        )
    whose = f"of {found.subjects[0]}" if n == 1 else f"of {n} subjects, on average,"
    return (
        f"Whether the accuracy {whose} changes from {found.reference.title} to {here} ({examples}) "
        f"cannot be told: the change is {points(change)}."
    )


def _line_words(found: Measured) -> str:
    effective = [one for one in found.robustness.effective if one.defined]
    if not effective:
        reason = found.robustness.line.reason or "it takes four standard subjects"
        return f"Whether any does better than its accuracy predicts is undefined: {reason}."
    above, below = (beside_the_line(found, VERDICTS[sign]) for sign in (1, -1))
    which = [f"{name} by {points(_effective(found, name), signed=False)}" for name in above]
    unsure = len(effective) - len(above) - len(below)
    does = f"{many(len(above), 'subject')} {'does' if len(above) == 1 else 'do'}"
    told = [
        f"{capital(does)} better there than the line through the standard subjects predicts"
        + (f" ({listing(which, most=3)})" if above else ""),
        *(
            [f"{many(len(below), 'subject')} {'does' if len(below) == 1 else 'do'} worse"]
            if below
            else []
        ),
        *([f"for {many(unsure, 'subject')} it cannot be told"] if unsure else []),
    ]
    return f"{listing(told)}."


def _effective(found: Measured, name: str) -> Estimate:
    return found.robustness.effective[found.subjects.index(name)]


def _shifts(cells: Board) -> _Part:
    """Which shifts cost most at their strongest."""
    ends = [
        end
        for steps in changes(cells, ("shift",)).values()
        if (end := strongest_change(cells, steps)) is not None and end[2].defined
    ]
    if not ends:
        return _Part("")
    ends.sort(key=lambda end: (end[2].value, end[0]))
    rows = tuple(
        (name, "mean change at the strongest level", many(n, "subject"), change)
        for name, n, change in ends
    )
    costly = [f"{name} ({points(change)})" for name, _, change in ends if direction(change) < 0]
    unsure = len(ends) - len(costly)
    if not costly:
        whose = "the one shift" if unsure == 1 else f"any of {unsure} shifts"
        words = f"Whether {whose} lowers the mean accuracy at its strongest cannot be told."
    elif len(ends) == 1:
        words = f"The one shift lowers the mean accuracy at its strongest: {costly[0]}."
    else:
        words = (
            f"Of {len(ends)} shifts at their strongest, {len(costly)} "
            f"{'lowers' if len(costly) == 1 else 'lower'} the mean accuracy: {_worst(costly)}."
        )
    return _Part(words, rows)


def _worst(costly: list[str]) -> str:
    return listing(costly) if len(costly) <= 3 else f"most of all {listing(costly[:3])}"


def _attack(cells: Board, steps: tuple[str, ...]) -> _Part:
    """How much the best subject keeps under the strongest budget: an upper bound."""
    strongest = steps[-1]
    estimates = accuracies(cells, [strongest])
    high = best(estimates, strongest, cells.finished(strongest))
    if high is None:
        return _Part("")
    n = len(estimates)
    attacked = (
        f"{high.subject}, the only subject attacked with {strongest}, keeps"
        if n == 1
        else f"Of {n} subjects attacked with {strongest}, none keeps more than {high.subject}:"
    )
    words = f"{attacked} a robust accuracy of at most {accuracy_of(estimates[high])}."
    return _Part(
        words, ((strongest, "highest robust accuracy, at most", high.subject, estimates[high]),)
    )
