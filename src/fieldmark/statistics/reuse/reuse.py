"""Was a test set worn out by re-use? What would show it, and how likely it would have."""

from dataclasses import dataclass
from math import nan

import numpy as np
from jaxtyping import Bool, Float, Float64

from fieldmark.records import Axis, DataError, Estimate, Vector, undefined
from fieldmark.statistics.ground.axes import from_axis
from fieldmark.statistics.ground.distributions import checked_level, percent_sure, t_quantile
from fieldmark.statistics.ground.resampling import middle_of, resampled_counts
from fieldmark.statistics.shares.intervals import wilson
from fieldmark.statistics.trends.lines import fit_line, moments, on_axis, weighted_line

Others = Float[np.ndarray, " k"]
Drawn = Float64[np.ndarray, "draws m"]


def slope_of_line(
    x: Vector,
    y: Others,
    *,
    axis: Axis,
    counted: tuple[int, int],
    rng: np.random.Generator,
    drawn: tuple[Drawn, Drawn] | None = None,
    draws: int = 1000,
    level: float = 0.95,
) -> Estimate:
    """The slope of new accuracy on old, with the middle of its bootstrap over models.

    Models that were tuned to the old test set gain less on the new one: then the line flattens
    at its upper end and the slope falls below 1. But 1 is a landmark on the linear axis only; on
    logit and probit a set of harder pictures may have any slope. Noise in the old accuracies
    flattens the line too.

    Args:
        x: Accuracies on the old set, in [0, 1].
        y: Accuracies on the new one.
        axis: "linear", "logit" or "probit".
        counted: How many answers each x and each y is a share of.
        rng: Source of chance.
        drawn: The accuracies in resamples of the examples (``resampled_means``), one row per
            draw; then chance in the examples is counted too. None: models only.
        draws: Number of bootstrap samples where ``drawn`` is None.
        level: Confidence level in (0, 1).

    Returns:
        The slope, ``n`` counting models; undefined where ``fit_line`` is. A line on which every
        model lies exactly has no ends.

    Raises:
        DataError: x and y differ in length, or draws do not fit them.

    Source:
        Recht et al. 2019, arXiv:1902.10811, sections 2 and 4.

    Example:
        >>> x, rng = np.linspace(0.5, 0.9, 30), np.random.Generator(np.random.PCG64(0))
        >>> steep = slope_of_line(x, 1.1 * x - 0.2, axis="linear", counted=(100, 100), rng=rng)
        >>> str(steep)
        '1.100 (n=30)'
    """
    what = "models and examples" if drawn is not None else "models"
    method = f"bootstrap over {what} {percent_sure(checked_level(level))}, {axis} axis"
    line = fit_line(x, y, axis=axis, counted=counted)
    if not line.defined:
        return undefined(method, n=line.n)
    xs, ys = drawn if drawn is not None else (x[None], y[None].astype(np.float64))
    if xs.shape != ys.shape or xs.shape[1] != len(x):
        raise DataError(f"draws of {xs.shape} and {ys.shape} do not fit {len(x)} models")
    weights = resampled_counts(len(x), draws=len(xs) if drawn is not None else draws, rng=rng)
    sums = moments(on_axis(xs, axis, counted[0]), on_axis(ys, axis, counted[1]), weights)
    slopes = weighted_line(sums)[0]
    ends = middle_of(slopes[~np.isnan(slopes)], level)
    return Estimate(line.slope, *ends, n=line.n, method=method)


def trend_beside_line(
    x: Vector,
    y: Others,
    along: Others,
    *,
    axis: Axis,
    counted: tuple[int, int],
    level: float = 0.95,
) -> Estimate:
    """What one unit of ``along`` changes of new accuracy, at the same old accuracy.

    With ``along`` the date of a model it is a trend in time; with 1 for the best third and 0 for
    the others it is how far the best bend away from the line of the others. Re-use makes it
    negative: later or better models gained on the old set what they do not have on the new.

    Args:
        x: Accuracies on the old set, in [0, 1].
        y: Accuracies on the new one.
        along: Date, place in the order, or 0 and 1; one per model.
        axis: Where old and new accuracy lie on a line.
        counted: How many answers each x and each y is a share of.
        level: Confidence level in (0, 1).

    Returns:
        A difference of shares (at the mean new accuracy), ``n`` counting models; undefined for
        fewer than four models, or where old accuracy or the line explains ``along`` completely.
        Where nothing is left unexplained it has no ends.

    Raises:
        DataError: Lengths differ.

    Source:
        Least squares of h(y) on h(x) and ``along`` with its t interval, carried to shares by h.

    Example:
        >>> x = np.array([0.5, 0.6, 0.7, 0.8, 0.9])
        >>> y = x - np.array([0.10, 0.11, 0.10, 0.16, 0.15])
        >>> best = np.array([0.0, 0.0, 0.0, 1.0, 1.0])
        >>> str(trend_beside_line(x, y, best, axis="linear", counted=(100, 100)))
        '-0.057 [-0.114, 0.001] (n=5)'
    """
    method = f"partial regression, t {percent_sure(checked_level(level))}, {axis} axis"
    if not len(x) == len(y) == len(along):
        raise DataError(f"{len(x)}, {len(y)} and {len(along)} values: one of each per model")
    if len(x) < 4:
        return undefined(method, n=len(x))
    u, v = on_axis(x, axis, counted[0]), on_axis(y, axis, counted[1])
    value, error = (float(one[0]) for one in _partial(u[None], v[None], along.astype(np.float64)))
    if not np.isfinite(value):
        return undefined(method, n=len(x))
    # Without residuals nothing is known of their spread.
    exact = error <= 1e-12 * max(1.0, float(np.abs(v).max()))
    half = nan if exact else t_quantile((1 + level) / 2, len(x) - 3.0) * error
    middle = float(v.mean())
    ends = from_axis(middle + np.array([0.0, value, value - half, value + half]), axis)
    here, there, low, high = (float(end) for end in ends)
    return Estimate(there - here, low - here, high - here, n=len(x), method=method)


@dataclass(frozen=True)
class ReusePower:
    """How likely the evidence would have shown a gain from re-use, had there been one.

    Args:
        gains: What the re-used models gained on the old set alone, as shares.
        slope: P[the slope is seen to be below 1], for each gain.
        beside: P[the re-used models are seen to lie below the line].
        either: P[one of the two is seen].
        smallest: The smallest gain that ``either`` shows four times in five; NaN where none does.
    """

    gains: tuple[float, ...]
    slope: tuple[Estimate, ...]
    beside: tuple[Estimate, ...]
    either: tuple[Estimate, ...]
    smallest: float


def reuse_power(
    x: Vector,
    y: Others,
    reused: Bool[np.ndarray, " m"],
    *,
    axis: Axis,
    counted: tuple[int, int],
    rng: np.random.Generator,
    along: Others | None = None,
    gains: tuple[float, ...] = (0.0, 0.001, 0.0025, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.08),
    draws: int = 1000,
    level: float = 0.95,
) -> ReusePower:
    """The power to see adaptivity: gains are planted in simulated worlds and looked for.

    In each world the models keep their old accuracies, but those of the re-used ones are taken to
    hold the gain. What they are without it lies with the new accuracies on a line of slope 1 on
    the axis, as far from it as models do in truth (residuals are drawn anew).

    Args:
        x: Accuracies on the old set, in [0, 1].
        y: Accuracies on the new one.
        reused: Who gains; usually the best or the newest third.
        axis: Where old and new accuracy lie on a line.
        counted: How many answers each x and each y is a share of.
        rng: Source of chance.
        along: What ``trend_beside_line`` is asked with; None: with ``reused``.
        gains: What is planted, as shares; the first may be 0, to see the false alarms.
        draws: Worlds for each gain.
        level: Confidence level of the two intervals that have to exclude "no re-use".

    Returns:
        A probability for each gain; all undefined where there is no line, or for fewer than four
        models.

    Raises:
        DataError: Lengths differ.

    Example:
        >>> rng = np.random.Generator(np.random.PCG64(0))
        >>> x = np.linspace(0.5, 0.9, 60)
        >>> y = x - 0.1 + rng.normal(0, 0.005, 60)
        >>> power = reuse_power(x, y, x > 0.76, axis="linear", counted=(9, 9), rng=rng, draws=200)
        >>> 0.003 < power.smallest < 0.008
        True
    """
    line = fit_line(x, y, axis=axis, counted=counted)
    if not len(x) == len(reused) or (along is not None and len(along) != len(x)):
        raise DataError(f"{len(x)} models, but {len(reused)} are said to gain or not")
    method = f"Wilson {percent_sure(checked_level(level))} over simulated worlds"
    if not line.defined or len(x) < 4:
        none = tuple(undefined(method, n=0) for _ in gains)
        return ReusePower(gains, none, none, none, nan)
    u, v = on_axis(x, axis, counted[0]), on_axis(y, axis, counted[1])
    far = (v - line.slope * u - line.intercept) * np.sqrt(len(x) / (len(x) - 2))
    noise = (v - u).mean() + rng.choice(far, size=(draws, len(x)))
    beside = (reused if along is None else along).astype(np.float64)
    seen = [
        _seen(u, on_axis(np.clip(x - gain * reused, 0, 1), axis, counted[0]) + noise, beside, level)
        for gain in gains
    ]
    slope, bend, either = (
        tuple(wilson(int(one[which].sum()), draws, level=level) for one in seen)
        for which in range(3)
    )
    return ReusePower(gains, slope, bend, either, _first_at(gains, either, 0.8))


def _seen(u: Vector, worlds: Drawn, beside: Vector, level: float) -> tuple[np.ndarray, ...]:
    """In which worlds is the slope below 1, are the models below the line, is it either?"""
    m = len(u)
    far = u - u.mean()
    slope = worlds @ far / (far @ far)
    rest = worlds - worlds.mean(axis=1)[:, None] - np.outer(slope, far)
    error = np.sqrt((rest**2).sum(axis=1) / (m - 2) / (far @ far))
    flat = slope + t_quantile((1 + level) / 2, m - 2.0) * error < 1
    value, its_error = _partial(np.broadcast_to(u, worlds.shape), worlds, beside)
    below = value + t_quantile((1 + level) / 2, m - 3.0) * its_error < 0
    return flat, below, flat | below


def _partial(u: Drawn, v: Drawn, along: Vector) -> tuple[np.ndarray, np.ndarray]:
    """(coefficient, standard error) of ``along`` in the regression of v on u and it, row by row."""
    m = len(along)
    far = u - u.mean(axis=1)[:, None]
    length = (far**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        w = along - along.mean()
        w = w - (far @ w / length)[:, None] * far
        rest = v - v.mean(axis=1)[:, None]
        rest = rest - ((rest * far).sum(axis=1) / length)[:, None] * far
        own = (w**2).sum(axis=1)
        own = np.where(
            own > 1e-10 * max(float(((along - along.mean()) ** 2).sum()), 1e-300), own, nan
        )
        value = (w * rest).sum(axis=1) / own
        left = ((rest - value[:, None] * w) ** 2).sum(axis=1)
    return value, np.sqrt(left / (m - 3) / own)


def _first_at(gains: tuple[float, ...], power: tuple[Estimate, ...], wanted: float) -> float:
    """The gain at which power reaches ``wanted``, between the planted ones in proportion."""
    for here in range(len(gains)):
        if power[here].value >= wanted:
            if here == 0:
                return gains[0]
            low, high = power[here - 1].value, power[here].value
            return gains[here - 1] + (gains[here] - gains[here - 1]) * (wanted - low) / (high - low)
    return nan
