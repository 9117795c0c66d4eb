"""Trends: a fitted line with its band, evenly spaced on the axis, ready to be drawn."""

import numpy as np
from jaxtyping import Float64

from fieldmark.records import Axis, Trend
from fieldmark.statistics import fit_line, from_axis, line_band, off_the_edges, to_axis
from fieldmark.studies.answers.words import many

Shares = Float64[np.ndarray, " s"]

_POINTS = 60


def grid_between(low: float, high: float, *, axis: Axis, counted: int) -> Float64[np.ndarray, " g"]:
    """Accuracies from ``low`` to ``high``, evenly spaced on the axis.

    Example:
        >>> grid_between(0.5, 0.9, axis="linear", counted=10)[[0, -1]].tolist()
        [0.5, 0.9]
    """
    ends = np.array([low, high])
    ends = to_axis(ends if axis == "linear" else off_the_edges(ends, counted), axis)
    return from_axis(np.linspace(ends[0], ends[1], _POINTS), axis)


def trend_of(
    x: Shares,
    y: Shares,
    grid: Float64[np.ndarray, " g"],
    *,
    axis: Axis,
    counted: tuple[int, int],
    rng: np.random.Generator,
    draws: int = 1000,
) -> Trend | None:
    """The line of y on x over ``grid`` with its 95 % band; None where there is no line.

    Args:
        x: Accuracies on the reference of the fitted subjects.
        y: Their accuracies on the other condition.
        grid: Accuracies at which it is drawn.
        axis: "linear", "logit" or "probit".
        counted: How many answers each x and each y is a share of.
        rng: Source of chance of the band.
        draws: Number of bootstrap draws.
    """
    line = fit_line(x, y, axis=axis, counted=counted)
    if not line.defined:
        return None
    low, high = line_band(x, y, grid, axis=axis, counted=counted, draws=draws, rng=rng)
    return Trend(
        title=f"fitted to {many(line.n, 'standard subject')}",
        x=tuple(grid.tolist()),
        y=tuple(line.predict(grid).tolist()),
        low=tuple(low.tolist()),
        high=tuple(high.tolist()),
    )
