"""The line that models follow: accuracy on one condition against accuracy on another."""

from dataclasses import dataclass
from math import isnan, nan

import numpy as np
from jaxtyping import Float, Float64

from fieldmark.records import Axis, DataError, Vector
from fieldmark.statistics.ground.axes import from_axis, off_the_edges, to_axis
from fieldmark.statistics.ground.resampling import resampled_counts

Others = Float[np.ndarray, " k"]

FEWEST = 3
"""Through two points there is always a line, so it says nothing."""


@dataclass(frozen=True)
class Line:
    """A line fitted on an axis: h(y) = slope · h(x) + intercept.

    Args:
        slope: NaN when undefined, like the next two.
        intercept: Where the line crosses 0 of the axis (an accuracy of 1/2 on logit and probit).
        r2: Share of the variance on the axis that it explains.
        n: How many models it was fitted to.
        axis: Where it is a line.
        counted: How many answers each x and each y is a share of.
        reason: Why it is undefined, or "".
    """

    slope: float
    intercept: float
    r2: float
    n: int
    axis: Axis
    counted: tuple[int, int]
    reason: str = ""

    @property
    def defined(self) -> bool:
        """Is there a line at all?"""
        return not self.reason

    def predict(self, x: Vector) -> Vector:
        """What the line expects at the accuracies ``x``, float64 (n,); NaN when undefined."""
        places = on_axis(x, self.axis, self.counted[0])
        return from_axis(self.slope * places + self.intercept, self.axis)


def fit_line(x: Vector, y: Others, *, axis: Axis, counted: tuple[int, int]) -> Line:
    """The least-squares line of y on x, one point per model, both on ``axis``.

    Accuracies of 0 and 1 have no logit: they are moved to (k + 1/2) / (n + 1).

    Args:
        x: Accuracies on the reference, in [0, 1].
        y: Accuracies on the other condition, in [0, 1].
        axis: "linear", "logit" or "probit".
        counted: How many answers each x and each y is a share of.

    Returns:
        The line; undefined, with the reason, for fewer than three models or equal ones, and where
        an accuracy is NaN.

    Raises:
        DataError: x and y differ in length, or an accuracy lies outside [0, 1].

    Source:
        Taori et al. 2020, arXiv:2007.00644, section 2 (logit); Miller et al. 2021,
        arXiv:2107.04649 (probit).

    Example:
        >>> x = np.array([0.6, 0.8, 0.9])
        >>> line = fit_line(x, x, axis="logit", counted=(100, 100))
        >>> round(line.slope, 6), round(line.r2, 6), line.predict(np.array([0.7])).round(6).tolist()
        (1.0, 1.0, [0.7])
    """
    if len(x) != len(y):
        raise DataError(f"{len(x)} accuracies against {len(y)}: a line needs pairs")
    if len(x) < FEWEST:
        reason = f"a line needs at least {FEWEST} models, got {len(x)}"
        return Line(nan, nan, nan, len(x), axis, counted, reason)
    if np.isnan(x).any() or np.isnan(y).any():
        return Line(nan, nan, nan, len(x), axis, counted, "an accuracy is missing")
    u, v = on_axis(x, axis, counted[0]), on_axis(y, axis, counted[1])
    slope, intercept = (
        float(one[0]) for one in weighted_line(moments(u[None], v[None], np.ones((1, len(x)))))
    )
    if isnan(slope):
        reason = f"all {len(x)} models have the same accuracy"
        return Line(nan, nan, nan, len(x), axis, counted, reason)
    rest = v - slope * u - intercept
    spread = ((v - v.mean()) ** 2).sum()
    r2 = float(1 - (rest**2).sum() / spread) if spread > 0 else nan
    return Line(slope, intercept, r2, len(x), axis, counted)


def line_band(
    x: Vector,
    y: Others,
    grid: Float64[np.ndarray, " g"],
    *,
    axis: Axis,
    counted: tuple[int, int],
    rng: np.random.Generator,
    draws: int = 1000,
    level: float = 0.95,
) -> tuple[Float64[np.ndarray, " g"], Float64[np.ndarray, " g"]]:
    """(low, high) of the fitted line at each of ``grid``: percentiles over resampled models.

    Draws that hold one model only, and so no line, are left out.

    Args:
        x: Accuracies on the reference, in [0, 1].
        y: Accuracies on the other condition, in [0, 1].
        grid: Where the band is wanted, accuracies in [0, 1].
        axis: "linear", "logit" or "probit".
        counted: How many answers each x and each y is a share of.
        rng: Source of chance.
        draws: Number of bootstrap samples.
        level: Share of the draws between low and high.

    Returns:
        Two float64 arrays; NaN where ``fit_line`` is undefined.

    Source:
        Taori et al. 2020, arXiv:2007.00644, appendix: bootstrap over models.
    """
    if not fit_line(x, y, axis=axis, counted=counted).defined:
        return np.full(len(grid), nan), np.full(len(grid), nan)
    u, v = on_axis(x, axis, counted[0]), on_axis(y, axis, counted[1])
    weights = resampled_counts(len(x), draws=draws, rng=rng)
    slope, intercept = weighted_line(moments(u[None], v[None], weights))
    kept = ~np.isnan(slope)
    places = on_axis(grid, axis, counted[0])
    lines = from_axis(np.outer(slope[kept], places) + intercept[kept, None], axis)
    low, high = np.percentile(lines, [50 * (1 - level), 50 * (1 + level)], axis=0)
    return low, high


def on_axis(shares: np.ndarray, axis: Axis, n: int) -> np.ndarray:
    """Shares of n answers, any shape, as places on the axis, finite everywhere."""
    shares = shares.astype(np.float64)
    return to_axis(shares if axis == "linear" else off_the_edges(shares, n), axis)


def moments(
    u: Float64[np.ndarray, "#draws m"],
    v: Float64[np.ndarray, "#draws m"],
    weights: Float64[np.ndarray, "#draws m"],
    *,
    without_each: bool = False,
) -> np.ndarray:
    """The five weighted sums that decide a line: of 1, u, v, uu and uv.

    Args:
        u: Places on the axis, one row per draw (or one for all), one column per model.
        v: The other coordinate.
        weights: How often each model counts.
        without_each: Give the sums once per model, each time leaving that model out.

    Returns:
        float64 (5, draws), or (5, draws, models).
    """
    terms = np.stack(
        np.broadcast_arrays(weights, weights * u, weights * v, weights * u * u, weights * u * v)
    )
    total = terms.sum(axis=-1)
    return total[..., None] - terms if without_each else total


def weighted_line(sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(slope, intercept) from ``moments``; NaN where all that counts has one x."""
    weight, u, v, uu, uv = sums
    spread = weight * uu - u**2
    there = spread > 1e-10 * np.maximum(weight * uu, 1e-300)  # what rounding leaves of nothing
    slope = np.where(there, (weight * uv - u * v) / np.where(there, spread, 1.0), nan)
    return slope, (v - slope * u) / np.where(weight > 0, weight, nan)
