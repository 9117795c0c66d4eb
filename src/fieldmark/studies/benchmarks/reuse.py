"""Test-set re-use: did years of looking at the old test set make its scores too good?"""

from math import isnan

import numpy as np

from fieldmark.records import (
    Axis,
    Column,
    ConfigError,
    Estimate,
    Finding,
    Lines,
    Scatter,
    Scores,
    Table,
    Track,
    Value,
)
from fieldmark.statistics import fit_line
from fieldmark.studies.answers.dates import Dates, dates_of
from fieldmark.studies.answers.kept import Kept
from fieldmark.studies.answers.words import percent
from fieldmark.studies.benchmarks.both import Both, both_of, points_of, trend_of
from fieldmark.studies.benchmarks.reuse_evidence import Evidence, evidence
from fieldmark.studies.benchmarks.reuse_words import reading, statement

COLUMNS = (
    Column("part", "Part", "A subject, the gap of all, evidence about re-use, or its power."),
    Column("about", "About", "Which subject, or how many."),
    Column("quantity", "Quantity", "What was measured."),
    Column("unit", "Unit", "A share, a difference of shares, a slope, a correlation or years."),
    Column("estimate", "Estimate", "The number with its interval."),
    Column("reading", "Reading", "What it says about re-use."),
)
_AXES: tuple[Axis, ...] = ("linear", "logit", "probit")
_Numbers = tuple[float, ...]


def reuse_of_test_set(
    store: Kept | Scores,
    *,
    on: str,
    reference: str | None = None,
    axis: Axis = "linear",
    dates: Dates | None = None,
    draws: int = 1000,
    seed: int = 0,
) -> Finding:
    """What subjects lose from an old test set to a new one, and whether re-use is to blame.

    The gap is taken apart into what chance in drawing the new set can do (exact), what other
    shares of the same classes do, and the rest: adaptivity and distribution together. Against
    adaptivity stand the slope of new on old accuracy, a bend among the best, a trend in time and
    the order of the subjects, with the power that all this had to show it.

    Args:
        store: Where answers are kept, or a table of scores.
        on: The new test set.
        reference: The old one; None takes the one that ``on`` comes from.
        axis: Where bend, trend and power are sought: "linear", "logit" or "probit".
        dates: When each subject was made or handed in: {"net-l": 2016.5}, or "net-l=2016.5" words.
        draws: Number of bootstrap draws and of simulated worlds.
        seed: Where chance comes from.

    Raises:
        UnknownNameError: There is no such condition or subject.
        ConfigError: Old and new set are one or share examples, or a date is no number.
        NotKeptError: No subject has both.

    Source:
        Recht et al. 2019, arXiv:1902.10811. The bend and the power are ours.
    """
    both = both_of(store, on=on, reference=reference)
    if both.shares is not None and not isinstance(store, Scores):
        _insist_on_new(store, both)
    when = None if dates is None else dates_of(dates, (*both.subjects, *both.lacking))
    found = evidence(both, axis, when, draws, seed)
    return Finding(
        study="test-set-reuse",
        title=f"Has {both.titles[0]} been worn out? New examples: {on}",
        statement=statement(found),
        table=Table(COLUMNS, _rows(found)),
        figures=(_scatter(found, draws, seed), *_power_lines(found)),
        caveats=_caveats(found),
    )


def _insist_on_new(store: Kept, both: Both) -> None:
    old, new = (set(store.correct(name).ids) for name in both.titles)
    if old & new:
        raise ConfigError(
            f"{both.titles[1]} shows {len(old & new):,} of the examples of {both.titles[0]}: "
            "re-use can only be told from examples that nobody has used"
        )


def _rows(found: Evidence) -> tuple[tuple[Value, ...], ...]:
    both, rows = found.both, list[tuple[Value, ...]]()
    for name, old, new, gap in zip(both.subjects, both.old, both.new, found.gaps, strict=True):
        rows.append(("subject", name, "old accuracy", "share", old, ""))
        rows.append(("subject", name, "new accuracy", "share", new, ""))
        if gap is not None:
            rows.append(("subject", name, "old minus new", "difference", gap.total, ""))
            chance = "generalisation gap: chance in drawing the new set"
            rows.append(("subject", name, chance, "difference", gap.generalisation, ""))
    many = f"{len(both.rows)} fitted subjects"
    rows.append(("gap", many, "mean new minus old", "difference", found.mean, ""))
    if found.composition is not None:
        what = "of the mean gap, from other shares of the same classes"
        rows.append(("gap", many, what, "difference", found.composition, ""))
    for axis, slope in found.slopes.items():
        told = reading("slope", slope) if axis == "linear" else "1 is no landmark on this axis"
        rows.append(("evidence", many, f"slope, {axis} axis", "slope", slope, told))
    bend = f"best third beside the line of the others, {found.axis} axis"
    rows.append(("evidence", many, bend, "difference", found.bend, reading("beside", found.bend)))
    if found.trend is not None:
        what = f"change beside the line per unit of time, {found.axis} axis"
        told = reading("beside", found.trend)
        rows.append(("evidence", many, what, "difference", found.trend, told))
    for estimate, name in zip(found.ranks, ("Spearman", "Kendall"), strict=True):
        rows.append(("evidence", many, f"{name}'s rank correlation", "correlation", estimate, ""))
    third = "newest" if found.newest else "best"
    for gain, seen in zip(found.power.gains, found.power.either, strict=True):
        what = f"P[seen] if re-use had given the {third} third {100 * gain:g} points"
        rows.append(("power", many, what, "share", seen, "false alarms" if gain == 0 else ""))
    return tuple(rows)


def _scatter(found: Evidence, draws: int, seed: int) -> Scatter:
    both = found.both
    notes = tuple(
        "" if gap is None else f"loses {100 * gap.total.value:.1f} points" for gap in found.gaps
    )
    order = np.argsort(-both.x)
    named = tuple(both.subjects[row] for row in (*order[:1], *order[-1:]))
    trend = trend_of(both, axis=found.axis, draws=draws, seed=seed, study="test-set-reuse")
    return Scatter(
        title=f"Accuracy on {both.titles[1]} against {both.titles[0]}",
        x_title=f"accuracy on {both.titles[0]} (old)",
        y_title=f"accuracy on {both.titles[1]} (new)",
        points=points_of(both, notes, named=named),
        trend=trend,
        axis=found.axis,
        caption=(
            "One point per subject with its exact 95 % intervals; the dashed line is y = x. Re-use "
            "would bend the points away from the line at its upper end, downwards. The band is "
            f"the middle 95 % of {draws:,} bootstrap samples of the fitted subjects."
        ),
    )


def _power_lines(found: Evidence) -> tuple[Lines, ...]:
    power = found.power
    if not all(one.defined for one in power.either):
        return ()
    third = "newest" if found.newest else "best"
    beside = "trend in time" if found.newest else "bend among the best"
    certain = [place for place, one in enumerate(power.either) if one.value > 0.995]
    shown = slice(0, certain[0] + 1 if certain else None)
    gains = tuple(100 * gain for gain in power.gains[shown])
    tracks = (
        Track("either", gains, *_band(power.either[shown])),
        Track("slope below 1", gains, *_band(power.slope[shown]), style="dashed"),
        Track(beside, gains, *_band(power.beside[shown]), style="dashed"),
    )
    return (
        Lines(
            title="What would have been seen of re-use",
            x_title=f"points that re-use gave the {third} third of subjects",
            y_title="probability that the evidence shows it",
            tracks=tracks,
            unit="share",
            caption=(
                "Gains were planted in simulated worlds whose subjects otherwise lie on a line of "
                f"slope 1 ({found.axis} axis) with the residuals found here. At 0 stand the false "
                "alarms; bands are Wilson 95 %."
            ),
        ),
    )


def _band(some: tuple[Estimate, ...]) -> tuple[_Numbers, _Numbers, _Numbers]:
    """(values, low ends, high ends)."""
    return (
        tuple(one.value for one in some),
        tuple(one.low for one in some),
        tuple(one.high for one in some),
    )


def _straightness(found: Evidence) -> list[str]:
    """Where another axis makes a straighter line, the bend had better be sought there."""
    x, y = found.both.x[found.both.rows], found.both.y[found.both.rows]
    fits = {axis: fit_line(x, y, axis=axis, counted=found.both.counted).r2 for axis in found.slopes}
    best = max(fits, key=lambda axis: -1.0 if isnan(fits[axis]) else fits[axis])
    if isnan(fits[best]) or isnan(fits[found.axis]) or fits[best] - fits[found.axis] < 0.005:
        return []
    return [
        f"On the {found.axis} axis the line explains {percent(fits[found.axis])} of the variance, "
        f"on the {best} axis {percent(fits[best])}: judge bend and trend there too."
    ]


def _caveats(found: Evidence) -> tuple[str, ...]:
    both = found.both
    lines = [
        "Adaptivity and a shift of distribution are identified only as a sum. A gain from re-use "
        "that is the same for all subjects moves the whole line, and no evidence here shows it.",
        "A slope of 1 is a landmark on the linear axis only. On logit and probit, and where the "
        "subjects span a wide range, harder examples alone may give any slope.",
        "Noise in the old accuracies flattens the line. Rank correlations and power take subjects "
        "as independent, which relatives are not.",
    ]
    if found.trend is None:
        lines.append("A trend in time was not asked for: no dates were given.")
    if both.shares is None:
        lines.append(
            "From a table of scores: the examples are not known, so slopes carry the chance of "
            "drawing models only, and nothing could be re-weighted."
        )
    if not all(one.defined for one in found.power.either):
        lines.append(f"Too few fitted subjects ({len(both.rows)}) for a line or for power.")
    lines += _straightness(found)
    if both.lacking:
        lines.append(f"Left out for lack of answers: {len(both.lacking)} subjects.")
    worst = [one for one in both.old if isnan(one.low)]
    if worst:
        lines.append(f"{len(worst)} scores were published without their number of examples.")
    return tuple(lines)
