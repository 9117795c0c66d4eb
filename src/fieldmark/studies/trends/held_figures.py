"""The figures of subjects held against a line: the scatter, and effective robustness sorted."""

import numpy as np

from fieldmark.records import Bar, Forest, Point, Scatter, Trend, generator, seed_of
from fieldmark.studies.answers.words import capital, listing, many, percent, points
from fieldmark.studies.trends.held import VERDICTS, Held, budget_note, verdict
from fieldmark.studies.trends.trends import grid_between, trend_of

_MOST_COLOURS = 9


def scatter(found: Held, draws: int, *, attacked: bool = False) -> Scatter:
    """Accuracy against accuracy, with the line that is fitted and its band."""
    here, there = f"accuracy on {found.pairs.here}", f"accuracy on {found.pairs.there}"
    if attacked:
        here = f"robust accuracy under {found.pairs.here}"
    groups = _groups(found)
    above = " above chance" if found.pairs.outside else ""
    return Scatter(
        title=f"{capital(here)} against {there}",
        x_title=there,
        y_title=f"{here} (upper bound)" if attacked else here,
        points=tuple(_point(found, row, groups[row]) for row in range(len(found.subjects))),
        trend=_trend(found, draws),
        axis=found.axis,
        caption=(
            "One point per subject with its 95 % intervals; the dashed line is y = x. The line is "
            f"fitted to the standard subjects{above}, its band is the "
            f"middle 95 % of {draws:,} bootstrap samples of them.{_outside_words(found)}"
        ),
    )


def forest(found: Held) -> tuple[Forest, ...]:
    """Effective robustness from the highest to the lowest; nothing where it is undefined."""
    groups, here, there = _groups(found), found.pairs.here, found.pairs.there
    bars = [
        Bar(name, groups[row], effective, budget_note(found, row))
        for row, (name, effective) in enumerate(
            zip(found.subjects, found.robustness.effective, strict=True)
        )
        if effective.defined
    ]
    if not bars:
        return ()
    lost = len(found.subjects) - len(bars)
    left = f" Not drawn, being undefined: {many(lost, 'subject')}." if lost else ""
    return (
        Forest(
            title=f"Effective robustness on {here}",
            x_title=f"accuracy on {here} minus what accuracy on {there} predicts",
            bars=tuple(sorted(bars, key=lambda bar: (-bar.estimate.value, bar.name))),
            unit="points",
            caption=(
                "Highest first; 0 is the line. The intervals hold for all subjects at once "
                f"(95 %), so the first may be picked for being first.{left}"
            ),
            mark=0.0,
        ),
    )


def _groups(found: Held) -> tuple[str, ...]:
    """What colours a subject: its family, or, of very many families, whether it is fitted."""
    if len(set(found.pairs.families)) <= _MOST_COLOURS:
        return found.pairs.families
    return tuple("standard" if fitted else "not standard" for fitted in found.pairs.fitted)


def _outside_words(found: Held) -> str:
    """Whom the figure leaves out, so as not to stretch its axes, and where they would lie."""
    told = [
        f"{name} ({percent(x.value)}, {percent(y.value)})"
        for name, x, y in zip(found.subjects, found.pairs.x, found.pairs.y, strict=True)
        if name in found.pairs.outside and x.defined and y.defined
    ]
    return f" Outside the figure, for not being above chance: {listing(told)}." if told else ""


def _point(found: Held, row: int, group: str) -> Point:
    effective = found.robustness.effective[row]
    beside = verdict(effective) in (VERDICTS[1], VERDICTS[-1])
    outside = found.subjects[row] in found.pairs.outside
    return Point(
        name=found.subjects[row],
        family=group,
        x=found.pairs.x[row],
        y=found.pairs.y[row],
        fitted=found.pairs.fitted[row],
        note=f"effective robustness {points(effective)}: {verdict(effective)}",
        shown="outside" if outside else "named" if beside else "dot",
    )


def _trend(found: Held, draws: int) -> Trend | None:
    """The line over the reference accuracies that are drawn."""
    pairs = found.pairs
    x, y = pairs.shares
    shown = x[np.array([name not in pairs.outside for name in found.subjects], np.bool_)]
    if not found.robustness.line.defined:
        return None
    return trend_of(
        x[pairs.mask],
        y[pairs.mask],
        grid_between(
            float(shown.min()), float(shown.max()), axis=found.axis, counted=pairs.counted[0]
        ),
        axis=found.axis,
        counted=pairs.counted,
        draws=draws,
        rng=generator(seed_of(found.seed, "band", pairs.here, pairs.there)),
    )
