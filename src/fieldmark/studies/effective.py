"""Effective robustness: is a subject better in the field than its accuracy in the lab predicts?"""

from math import isnan

import numpy as np

from fieldmark.records import (
    Axis,
    Column,
    Estimate,
    Finding,
    Point,
    Scatter,
    Table,
    Trend,
    Value,
    generator,
    seed_of,
)
from fieldmark.statistics import Line, from_axis, line_band, off_the_edges, to_axis
from fieldmark.studies.accuracy import UPPER_BOUND
from fieldmark.studies.board import Board, board
from fieldmark.studies.kept import Kept
from fieldmark.studies.measured import Measured, measure
from fieldmark.studies.words import capital, direction, listing, many, percent, points, sentence

COLUMNS = (
    Column("subject", "Subject", "Who answered."),
    Column("family", "Family", "What kind of model it is."),
    Column("intervention", "Intervention", "What was done to make it robust; empty if nothing."),
    Column("fitted", "Fitted", "Is the line fitted to it?"),
    Column("reference", "Reference accuracy", "On the in-distribution examples."),
    Column("accuracy", "Accuracy", "On the condition in question."),
    Column("predicted", "Predicted", "What the line (through the other subjects) expects."),
    Column("effective", "Effective robustness", "Accuracy minus predicted accuracy."),
    Column("verdict", "Verdict", "Where the interval of effective robustness lies."),
    Column("relative", "Relative robustness", "Accuracy minus that of its standard twin."),
    Column("twin", "Twin", "The standard subject that it is compared with."),
)

VERDICTS = {1: "above the line", -1: "below the line", 0: "cannot be told"}
_GRID = 60


def effective_robustness(
    store: Kept,
    *,
    on: str,
    reference: str | None = None,
    axis: Axis = "logit",
    draws: int = 1000,
    seed: int = 0,
) -> Finding:
    """How far each subject lies above the accuracy that its reference accuracy predicts.

    The line is fitted to standard subjects (no intervention on their card) whose reference
    accuracy is above chance. Verdicts hold for all subjects at once with 95 % confidence.

    Args:
        store: Where answers are kept.
        on: A condition, or "corruptions" for the mean over all shifts of the reference.
        reference: The in-distribution condition; None takes the one that ``on`` comes from.
        axis: Where the line is straight: "logit", "probit" or "linear".
        draws: Number of bootstrap draws.
        seed: Where the bootstrap's chance comes from.

    Raises:
        UnknownNameError: The store has no such condition.
        ConfigError: ``on`` is a reference itself.
        NotKeptError: The store is empty, lacks the reference, or holds no shifts.

    Source:
        Taori et al. 2020, arXiv:2007.00644.
    """
    cells = board(store)
    found = measure(cells, on, reference=reference, axis=axis, draws=draws, seed=seed)
    return Finding(
        study="effective-robustness",
        title=f"Effective robustness on {found.other.title}",
        statement=_statement(found),
        table=Table(COLUMNS, tuple(_row(found, row) for row in range(len(found.subjects)))),
        figures=(_scatter(found, draws, attacked=_attacked(found, cells)),),
        caveats=_caveats(found, cells),
    )


def verdict(effective: Estimate) -> str:
    """Where the interval of an effective robustness lies."""
    return VERDICTS[direction(effective)] if effective.defined else "undefined"


def beside_the_line(found: Measured, words: str) -> tuple[str, ...]:
    """The subjects of one verdict, the farthest from the line first."""
    far = sorted(
        zip(found.robustness.effective, found.subjects, strict=True),
        key=lambda pair: (-abs(pair[0].value) if pair[0].defined else 0.0, pair[1]),
    )
    return tuple(name for estimate, name in far if verdict(estimate) == words)


def _row(found: Measured, row: int) -> tuple[Value, ...]:
    card, effective = found.cards[row], found.robustness.effective[row]
    twin, relative = found.relative[row] or ("", None)
    return (
        found.subjects[row],
        card.family,
        card.intervention,
        found.fitted[row],
        found.reference.accuracies[row],
        found.other.accuracies[row],
        found.robustness.predicted[row],
        effective,
        verdict(effective),
        relative,
        twin,
    )


def _statement(found: Measured) -> str:
    here, there = found.other.title, found.reference.title
    line, slope = found.robustness.line, found.robustness.slope
    if not found.subjects:
        return f"No subject has answers to both {there} and {here}, so nothing can be told."
    if not line.defined:
        return sentence(
            f"Effective robustness on {here} is undefined: {line.reason}.", _relative_words(found)
        )
    return sentence(
        f"A line on the {found.axis} axis, fitted to {many(line.n, 'standard subject')}, predicts "
        f"accuracy on {here} from accuracy on {there}: {_fit_words(line)} its slope is "
        f"{_number(slope)}.",
        _verdict_words(found),
        _relative_words(found),
    )


def _fit_words(line: Line) -> str:
    if isnan(line.r2):  # every fitted subject is as accurate as the others there
        return "there is no variance to explain;"
    return f"it explains {percent(line.r2)} of the variance;"


def _number(estimate: Estimate) -> str:
    if not estimate.defined:
        return "undefined"
    return f"{estimate.value:.2f} [{estimate.low:.2f}, {estimate.high:.2f}]".replace("-", "−")


def _verdict_words(found: Measured) -> str:
    effective = dict(zip(found.subjects, found.robustness.effective, strict=True))
    told = []
    for words, verb, verbs in (
        (VERDICTS[1], "lies above it", "lie above it"),
        (VERDICTS[-1], "lies below it", "lie below it"),
    ):
        names = beside_the_line(found, words)
        which = listing([f"{name} by {points(effective[name], signed=False)}" for name in names], 3)
        told.append(
            f"{many(len(names), 'subject')} {verb if len(names) == 1 else verbs}"
            + (f" ({which})" if names else "")
        )
    measured = sum(one.defined for one in effective.values())
    if not measured:
        return "No subject can be held against a line through at least three others."
    if unsure := len(beside_the_line(found, VERDICTS[0])):
        told.append(f"for {many(unsure, 'subject')} it cannot be told")
    if lost := len(effective) - measured:
        told.append(f"for {many(lost, 'subject')} it is undefined, for want of three others")
    at_once = "with 95 % confidence" + (f" for all {measured} at once" if measured > 1 else "")
    return f"Held against it, {listing(told)}, {at_once}."


def _relative_words(found: Measured) -> str:
    told = [
        f"{name} is {points(gain[1], signed=False)} "
        f"{'more' if gain[1].value >= 0 else 'less'} accurate than {gain[0]}"
        + ("" if direction(gain[1]) else " (which of the two is better cannot be told)")
        for name, gain in zip(found.subjects, found.relative, strict=True)
        if gain is not None and gain[1].defined
    ]
    return f"Against their standard twins: {listing(told)}." if told else ""


def _scatter(found: Measured, draws: int, *, attacked: bool) -> Scatter:
    here, there = f"accuracy on {found.other.title}", f"accuracy on {found.reference.title}"
    if attacked:
        here = f"robust accuracy under {found.other.title}"
    return Scatter(
        title=f"{capital(here)} against {there}",
        x_title=there,
        y_title=f"{here} (upper bound)" if attacked else here,
        points=tuple(_point(found, row) for row in range(len(found.subjects))),
        trend=_trend(found, draws) if found.robustness.line.defined else None,
        axis=found.axis,
        caption=(
            "One point per subject with its 95 % intervals; the dashed line is y = x. The line is "
            "fitted to the standard subjects above chance, its band is the middle 95 % of "
            f"{draws:,} bootstrap samples of them.{_outside_words(found)}"
        ),
    )


def _outside_words(found: Measured) -> str:
    """Whom the figure leaves out, so as not to stretch its axes, and where they would lie."""
    told = [
        f"{name} ({percent(x.value)}, {percent(y.value)})"
        for name, x, y in zip(
            found.subjects, found.reference.accuracies, found.other.accuracies, strict=True
        )
        if name in found.at_chance and x.defined and y.defined
    ]
    return f" Outside the figure, for not being above chance: {listing(told)}." if told else ""


def _point(found: Measured, row: int) -> Point:
    effective = found.robustness.effective[row]
    beside = verdict(effective) in (VERDICTS[1], VERDICTS[-1])
    return Point(
        name=found.subjects[row],
        family=found.cards[row].family,
        x=found.reference.accuracies[row],
        y=found.other.accuracies[row],
        fitted=found.fitted[row],
        note=f"effective robustness {points(effective)}: {verdict(effective)}",
        shown="outside" if not found.above[row] else "named" if beside else "dot",
    )


def _trend(found: Measured, draws: int) -> Trend:
    """The line over the reference accuracies above chance, evenly spaced on the axis."""
    counted = (found.reference.counted, found.other.counted)
    x = np.array([one.value for one in found.reference.accuracies])
    y = np.array([one.value for one in found.other.accuracies])
    shown = x[np.array(found.above, np.bool_)]
    ends = to_axis(off_the_edges(np.array([shown.min(), shown.max()]), counted[0]), found.axis)
    grid = from_axis(np.linspace(ends[0], ends[1], _GRID), found.axis)
    fitted = np.array(found.fitted, np.bool_)
    low, high = line_band(
        x[fitted],
        y[fitted],
        grid,
        axis=found.axis,
        counted=counted,
        draws=draws,
        rng=generator(seed_of(found.seed, "band", found.other.title, found.reference.title)),
    )
    line = found.robustness.line
    return Trend(
        title=f"fitted to {many(line.n, 'standard subject')}",
        x=tuple(grid.tolist()),
        y=tuple(line.predict(grid).tolist()),
        low=tuple(low.tolist()),
        high=tuple(high.tolist()),
    )


def _attacked(found: Measured, cells: Board) -> bool:
    return any(cells.conditions[name].kind == "attack" for name in found.other.conditions)


def _caveats(found: Measured, cells: Board) -> tuple[str, ...]:
    changed = [
        name
        for name, card, above in zip(found.subjects, found.cards, found.above, strict=True)
        if card.intervention and above
    ]
    missing = [
        side.accuracies[0].missing for side in (found.reference, found.other) if side.accuracies
    ]
    lines = [
        "The intervals of effective robustness hold for all subjects at once (95 %): examples "
        f"{'(the same ones on both sides) ' if found.paired else ''}and fitted subjects were "
        "resampled. A fitted subject is held against the line through the others.",
        "Noise in the reference accuracies makes the fitted line a little too flat, and the line "
        "is only as good as the standard subjects that it was fitted to.",
    ]
    if _attacked(found, cells):
        lines.append(UPPER_BOUND)
    if changed:
        lines.append(f"Drawn but not fitted, for their intervention: {listing(changed)}.")
    if found.at_chance:
        lines.append(
            "Neither fitted nor drawn, for not being above chance on the reference: "
            f"{listing(found.at_chance)}."
        )
    if any(found.relative):
        lines.append("The intervals of relative robustness hold one at a time (95 %).")
    if found.lacking:
        lines.append(f"Left out for lack of answers: {listing(found.lacking, most=20)}.")
    if any(missing):
        lines.append(f"{sum(missing):,} examples without a label are not counted.")
    values = {one.value for side in (found.reference, found.other) for one in side.accuracies}
    if found.axis != "linear" and values & {0.0, 1.0}:
        lines.append(
            "Accuracies of 0 and 1 have no place on this axis; for the fit they count as "
            "(k + 1/2) / (n + 1)."
        )
    return tuple(lines)
