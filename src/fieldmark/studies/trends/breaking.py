"""The broken line: does accuracy beyond some point on the reference pay more elsewhere, or less?"""

from typing import Literal

import numpy as np

from fieldmark.records import (
    Axis,
    Column,
    ConfigError,
    Finding,
    Point,
    Scatter,
    Scores,
    Table,
    Trend,
    UnknownNameError,
    Value,
    generator,
    seed_of,
)
from fieldmark.statistics import BrokenLine, fit_line
from fieldmark.statistics import broken_line as fit_broken_line
from fieldmark.studies.answers.board import board
from fieldmark.studies.answers.kept import Kept
from fieldmark.studies.answers.words import (
    capital,
    direction,
    listing,
    many,
    p_value,
    percent,
    sentence,
)
from fieldmark.studies.trends.held_words import number
from fieldmark.studies.trends.pairs import Pairs, score_pairs, store_pairs
from fieldmark.studies.trends.trends import grid_between, trend_of

COLUMNS = (
    Column("quantity", "Quantity", "What was estimated."),
    Column("number", "Number", "Its estimate, or a p-value."),
)


def broken_line(
    store: Kept,
    *,
    on: str,
    reference: str | None = None,
    subject: str | None = None,
    axis: Axis = "logit",
    draws: int = 1000,
    seed: int = 0,
) -> Finding:
    """Whether the line through the standard subjects has a knee, and its slopes on both sides.

    Args:
        store: Where answers are kept.
        on: A condition, or "corruptions" for the mean over all shifts of the reference.
        reference: The in-distribution condition; None takes the one that ``on`` comes from.
        subject: Whose reference accuracy is the knee, where that is known beforehand, such as the
            model that an adversarial filter used. None: the knee is searched.
        axis: Where the lines are straight: "logit", "probit" or "linear".
        draws: Number of bootstrap draws.
        seed: Where the bootstrap's chance comes from.

    Raises:
        UnknownNameError: The store has no such condition or subject.
        ConfigError: ``on`` is a reference itself.
        NotKeptError: The store is empty, lacks the reference, or holds no shifts.

    Source:
        Taori et al. 2020, arXiv:2007.00644, appendix (ImageNet-A); the test is ours.
    """
    pairs, _, _ = store_pairs(board(store), on, reference)
    return _finding(pairs, subject, axis, draws, seed)


def published_broken_line(
    scores: Scores,
    *,
    on: str,
    reference: str,
    subject: str | None = None,
    axis: Axis = "logit",
    draws: int = 1000,
    seed: int = 0,
) -> Finding:
    """The same for a published table of accuracies.

    Args:
        scores: The table.
        on: The condition in question.
        reference: The in-distribution condition.
        subject: Whose reference accuracy is the knee; None: it is searched.
        axis: Where the lines are straight: "logit", "probit" or "linear".
        draws: Number of bootstrap draws.
        seed: Where the bootstrap's chance comes from.

    Raises:
        UnknownNameError: The table has no such condition or subject.
        ConfigError: The two conditions are the same.

    Source:
        Taori et al. 2020, arXiv:2007.00644, appendix (ImageNet-A); the test is ours.
    """
    return _finding(score_pairs(scores, on, reference), subject, axis, draws, seed)


def _finding(pairs: Pairs, subject: str | None, axis: Axis, draws: int, seed: int) -> Finding:
    if subject is not None and subject not in pairs.subjects:
        raise UnknownNameError("subject with answers to both", subject, pairs.subjects)
    x, y = (side[pairs.mask] for side in pairs.shares)
    if np.isnan(x).any() or np.isnan(y).any():
        raise ConfigError(f"{pairs.here} or {pairs.there} has no labelled examples, so no accuracy")
    knee = None if subject is None else float(pairs.shares[0][pairs.subjects.index(subject)])
    kin = [one for one, there in zip(pairs.families, pairs.fitted, strict=True) if there]
    found = fit_broken_line(
        x,
        y,
        axis=axis,
        counted=pairs.counted,
        knee=knee,
        families=kin,
        draws=draws,
        rng=generator(seed_of(seed, "broken-line", pairs.here, pairs.there, subject or "", axis)),
    )
    return Finding(
        study="broken-line",
        title=f"Is there a knee in {pairs.here} against {pairs.there}?",
        statement=_statement(pairs, found, subject, axis),
        table=Table(COLUMNS, _rows(pairs, found, axis)),
        figures=(_scatter(pairs, found, subject, axis, seed),),
        caveats=_caveats(pairs, axis),
    )


def _rows(pairs: Pairs, found: BrokenLine, axis: Axis) -> tuple[tuple[Value, ...], ...]:
    x, y = (side[pairs.mask] for side in pairs.shares)
    one = fit_line(x, y, axis=axis, counted=pairs.counted)
    return (
        ("knee (reference accuracy)", found.knee),
        ("slope below", found.slope_below),
        ("slope above", found.slope_above),
        ("slope above minus slope below", found.change),
        ("p of no knee", None if np.isnan(found.p) else found.p),
        ("slope of one line through all", one.slope if one.defined else None),
    )


def _statement(pairs: Pairs, found: BrokenLine, subject: str | None, axis: Axis) -> str:
    if not found.defined:
        return f"Whether there is a knee on {pairs.here} is undefined: {found.reason}."
    place = percent(found.knee.value)
    where = f"{place}, the accuracy of {subject}" if subject else f"{place}, the best place found"
    parted = (
        f"Parted at {where} on {pairs.there}, {many(found.slope_below.n, 'standard subject')} "
        f"below it {_follow(found.slope_below.n)} a line of slope {number(found.slope_below)} on "
        f"the {axis} axis, and {found.slope_above.n} above it one of slope "
        f"{number(found.slope_above)}."
    )
    test = f"p {p_value(found.p)}"
    if found.p >= 0.05:
        return sentence(parted, f"Whether there is a knee cannot be told ({test}).")
    sign = direction(found.change)
    told = {
        1: f"One line does not fit these subjects ({test}): it is steeper above the knee.",
        -1: f"One line does not fit these subjects ({test}): it is flatter above the knee.",
        0: f"One line does not fit these subjects ({test}), but which side is steeper cannot be "
        "told.",
    }
    return sentence(parted, told[sign])


def _follow(number: int) -> str:
    return "follows" if number == 1 else "follow"


def _scatter(
    pairs: Pairs, found: BrokenLine, subject: str | None, axis: Axis, seed: int
) -> Scatter:
    return Scatter(
        title=f"{capital(f'accuracy on {pairs.here}')} against accuracy on {pairs.there}",
        x_title=f"accuracy on {pairs.there}",
        y_title=f"accuracy on {pairs.here}",
        points=tuple(
            Point(
                name=name,
                family="standard" if fitted else "not standard",
                x=x,
                y=y,
                fitted=fitted,
                shown=_shown(name, subject, pairs),
            )
            for name, fitted, x, y in zip(
                pairs.subjects, pairs.fitted, pairs.x, pairs.y, strict=True
            )
        ),
        trend=_trend(pairs, found, axis, seed) if found.defined else None,
        axis=axis,
        caption=(
            "One point per subject with its 95 % intervals; the dashed line is y = x. Two lines "
            "are fitted to the standard subjects, below and above the knee; they need not meet. "
            "Their bands are the middle 95 % of bootstrap samples of the subjects on that side."
        ),
    )


def _shown(name: str, subject: str | None, pairs: Pairs) -> Literal["dot", "named", "outside"]:
    if name in pairs.outside:
        return "outside"
    return "named" if name == subject else "dot"


def _trend(pairs: Pairs, found: BrokenLine, axis: Axis, seed: int) -> Trend | None:
    """Both lines, one after the other; at the knee the drawn line jumps."""
    x, y = (side[pairs.mask] for side in pairs.shares)
    knee = found.knee.value
    pieces = [
        trend_of(
            x[side],
            y[side],
            grid_between(*sorted((knee, float(end))), axis=axis, counted=pairs.counted[0]),
            axis=axis,
            counted=pairs.counted,
            rng=generator(seed_of(seed, "broken band", name, pairs.here)),
        )
        for name, side, end in (("below", x < knee, x.min()), ("above", x > knee, x.max()))
    ]
    known = [piece for piece in pieces if piece is not None]
    if not known:
        return None
    return Trend(
        title=f"fitted to {many(int(pairs.mask.sum()), 'standard subject')} in two pieces",
        x=tuple(one for piece in known for one in piece.x),
        y=tuple(one for piece in known for one in piece.y),
        low=tuple(one for piece in known for one in piece.low),
        high=tuple(one for piece in known for one in piece.high),
    )


def _caveats(pairs: Pairs, axis: Axis) -> tuple[str, ...]:
    lines = [
        "Slopes and knee have percentile intervals over drawn subjects; the noise of the examples "
        "is in the scatter of the subjects. The test gives the residuals of one line random signs "
        "and, where the knee is searched, searches again each time.",
        "The test takes what is left of each subject as independent. Subjects err on the same "
        "examples, so with few examples a bend may belong to them: ask again with others.",
        "A line that bends gently has a knee too by this test: it says that one straight line does "
        "not fit, not that something happens at one point.",
    ]
    if pairs.lacking:
        lines.append(f"Left out for lack of answers: {listing(pairs.lacking)}.")
    if axis != "linear" and any(((side == 0) | (side == 1)).any() for side in pairs.shares):
        lines.append(
            "Accuracies of 0 and 1 have no place on this axis; for the fit they count as "
            "(k + 1/2) / (n + 1)."
        )
    return tuple(lines)
