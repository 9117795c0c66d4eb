"""Beside the line: what the line through the other models expects, and intervals that all hold."""

import numpy as np
from jaxtyping import Float64

from fieldmark.records import Axis, Estimate, undefined
from fieldmark.statistics.ground.axes import from_axis
from fieldmark.statistics.trends.lines import moments, on_axis, weighted_line

Table = Float64[np.ndarray, "#draws m"]


def slopes_of(
    x: Table, y: Table, weights: Table, axis: Axis, counted: tuple[int, int]
) -> Float64[np.ndarray, " draws"]:
    """The slope of each draw's line, NaN where there is none."""
    slope: np.ndarray = weighted_line(moments(*_places(x, y, axis, counted), weights))[0]
    return slope


def expected_of_others(
    x: Table, y: Table, weights: Table, axis: Axis, counted: tuple[int, int]
) -> Float64[np.ndarray, "draws m"]:
    """What the line through the other models expects of each, as an accuracy.

    Args:
        x: Accuracies on the reference, one row per draw (or one for all), one column per model.
        y: Accuracies on the other condition.
        weights: How often each model counts in the line; each is left out of its own.
        axis: "linear", "logit" or "probit".
        counted: How many answers each x and each y is a share of.
    """
    u, v = _places(x, y, axis, counted)
    slope, intercept = weighted_line(moments(u, v, weights, without_each=True))
    return from_axis(slope * u + intercept, axis)


def beyond_the_others(
    x: Table, y: Table, weights: Table, axis: Axis, counted: tuple[int, int]
) -> Float64[np.ndarray, "draws m"]:
    """Effective robustness: accuracy minus ``expected_of_others``."""
    return np.asarray(y - expected_of_others(x, y, weights, axis, counted))


def simultaneous(
    values: np.ndarray, drawn: np.ndarray, level: float, counts: np.ndarray, method: str
) -> tuple[Estimate, ...]:
    """Estimates whose symmetric intervals hold together; draws without a line are left out.

    Args:
        values: The estimates, (m,); NaN where undefined.
        drawn: Their bootstrap draws, (draws, m).
        level: With which probability all of them hold.
        counts: What each is counted on, int64 (m,).
        method: What to call it.

    Source:
        Romano & Wolf 2005, doi:10.1198/016214504000000539, section 4 (max-t).
    """
    there = ~np.isnan(values)
    usable = drawn[:, there]
    usable = usable[~np.isnan(usable).any(axis=1)]
    if not there.any() or len(usable) < 2:
        return tuple(undefined(method, n=int(n)) for n in counts)
    spread = usable.std(axis=0, ddof=1)
    far = np.abs(usable - usable.mean(axis=0)) / np.where(spread > 0, spread, np.inf)
    half = np.zeros(len(values))
    half[there] = np.quantile(far.max(axis=1), level) * spread
    return tuple(
        Estimate(float(value), float(value - one), float(value + one), n=int(n), method=method)
        if defined
        else undefined(method, n=int(n))
        for value, one, defined, n in zip(values, half, there, counts, strict=True)
    )


def _places(
    x: Table, y: Table, axis: Axis, counted: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    return on_axis(x, axis, counted[0]), on_axis(y, axis, counted[1])
