"""The broken line: one slope below a knee, another above, and a test of whether there is a knee."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, nan

import numpy as np
from jaxtyping import Bool, Float64, Int64

from fieldmark.records import Axis, DataError, Estimate, Vector, undefined
from fieldmark.statistics.ground.axes import from_axis
from fieldmark.statistics.ground.distributions import checked_level, percent_sure
from fieldmark.statistics.trends.families import model_weights
from fieldmark.statistics.trends.lines import FEWEST, Line, fit_line, on_axis, weighted_line

Shares = Float64[np.ndarray, " m"]
Others = Float64[np.ndarray, " k"]
Splits = Int64[np.ndarray, " s"]

_TRIM = 0.15
"""A searched knee leaves at least this share of the models on each side (Andrews 1993)."""
_FEWEST_SEARCHED = 4


@dataclass(frozen=True)
class BrokenLine:
    """Two lines, each fitted to the models on its side of a knee; they need not meet.

    Args:
        knee: Where the line breaks, an accuracy on the reference; it has ends if it was searched.
        below: Fitted to the models below the knee.
        above: Fitted to those above it.
        slope_below: With its interval, ``n`` counting the models of that side.
        slope_above: The same above the knee.
        change: Slope above minus slope below.
        p: Of "there is no knee: one line fits all"; NaN where undefined.
        reason: Why it is undefined, or "".
    """

    knee: Estimate
    below: Line
    above: Line
    slope_below: Estimate
    slope_above: Estimate
    change: Estimate
    p: float
    reason: str = ""

    @property
    def defined(self) -> bool:
        """Are there two lines?"""
        return not self.reason

    def predict(self, x: Vector) -> Vector:
        """What the line of its side expects at the accuracies ``x``, float64 (n,)."""
        under = x < self.knee.value
        return np.asarray(np.where(under, self.below.predict(x), self.above.predict(x)))


def broken_line(
    x: Shares,
    y: Others,
    *,
    axis: Axis,
    counted: tuple[int, int],
    rng: np.random.Generator,
    knee: float | None = None,
    families: Sequence[str] | None = None,
    draws: int = 1000,
    level: float = 0.95,
) -> BrokenLine:
    """Two least-squares lines of y on x, one on each side of a knee that is given or searched.

    A searched knee is the split with the smallest sum of squares, among those that leave 15 % of
    the models, and at least four, on each side. The test compares the two lines with one: the
    largest F over all splits, against its distribution when the residuals of the one line get
    random signs. So it allows for the search, and for residuals that are larger at one end.

    Args:
        x: Accuracies on the reference, in [0, 1].
        y: Accuracies on the other condition, in [0, 1].
        axis: "linear", "logit" or "probit"; the knee is an accuracy, whichever axis.
        counted: How many answers each x and each y is a share of.
        rng: Source of chance.
        knee: Where the line breaks, if that is known from elsewhere (an adversarial filter's own
            model); models exactly there belong to neither side. None: it is searched.
        families: The family of each model: with five or more, whole families are drawn.
        draws: Number of bootstrap draws, for the intervals and for the test.
        level: Confidence level in (0, 1): percentiles over drawn models, each with its own knee
            where it is searched.

    Returns:
        The two lines; undefined, with the reason, where a side has too few models.

    Raises:
        DataError: Lengths differ, an accuracy is no number in [0, 1], or no draws.

    Source:
        Andrews 1993, doi:10.2307/2951764 (sup-F, trimming); Hansen 1996, doi:10.2307/2171789 and
        Liu 1988, doi:10.1214/aos/1176351062 (its distribution by a wild bootstrap).

    Example:
        >>> x = np.linspace(0.5, 0.9, 41)
        >>> y = np.where(x < 0.7, 0.2, 0.2 + 2 * (x - 0.7)) + 0.002 * np.cos(np.arange(41))
        >>> found = broken_line(x, y, axis="linear", counted=(1000, 1000), draws=199,
        ...                     rng=np.random.Generator(np.random.PCG64(0)))
        >>> abs(found.knee.value - 0.7) < 0.03, abs(found.slope_above.value - 2) < 0.1, found.p
        (True, True, 0.005)
    """
    _check(x, y, knee, draws)
    if families is not None and len(families) != len(x):
        raise DataError(f"{len(families)} families for {len(x)} models")
    method = f"bootstrap over models {percent_sure(checked_level(level))}"
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    kin = None if families is None else [families[row] for row in order]
    u, v = on_axis(x, axis, counted[0]), on_axis(y, axis, counted[1])
    used, splits, reason = _sides(u, x, knee)
    if reason:
        return _undefined(x, axis, counted, knee, method, reason)
    x, y, u, v = x[used], y[used], u[used], v[used]
    kin = None if kin is None else [name for name, there in zip(kin, used, strict=True) if there]
    u, v = u - u.mean(), v - v.mean()
    ones = np.ones((1, len(u)))
    best = int(splits[int(np.argmin(_pieces(u, v[None], ones, splits)[0][0]))])
    weights = model_weights(np.ones(len(u), np.bool_), kin, draws=draws, rng=rng)
    drawn = _drawn(u, v, weights, splits, level)
    below, above = (
        fit_line(x[side], y[side], axis=axis, counted=counted)
        for side in (slice(0, best), slice(best, None))
    )
    m = len(u)
    place = knee if knee is not None else _between(x[best - 1 : best + 1], axis, counted[0])
    ends = (nan, nan) if knee is not None else _ends_of_knee(x, drawn[3], axis, counted[0], level)
    where = "given" if knee is not None else f"searched, {method}"
    return BrokenLine(
        knee=Estimate(place, *ends, n=m, method=where),
        below=below,
        above=above,
        slope_below=_estimate(below.slope, drawn[0], best, method),
        slope_above=_estimate(above.slope, drawn[1], m - best, method),
        change=_estimate(above.slope - below.slope, drawn[2], m, method),
        p=_no_knee(u, v, splits, draws, rng),
    )


def _check(x: np.ndarray, y: np.ndarray, knee: float | None, draws: int) -> None:
    if len(x) != len(y):
        raise DataError(f"{len(x)} accuracies against {len(y)}: a line needs pairs")
    for side in (x, y):
        if not ((side >= 0) & (side <= 1)).all():
            raise DataError("an accuracy is missing or outside [0, 1]: leave that model out")
    if knee is not None and not 0 <= knee <= 1:
        raise DataError(f"a knee is an accuracy on the reference, in [0, 1], got {knee:g}")
    if draws < 1:
        raise DataError(f"a bootstrap needs at least one draw, got {draws}")


def _sides(
    u: np.ndarray, x: np.ndarray, knee: float | None
) -> tuple[Bool[np.ndarray, " m"], Splits, str]:
    """(which models are used, where they may be split, why they cannot be)."""
    used = np.ones(len(x), np.bool_) if knee is None else x != knee
    if knee is not None:
        split = int((x < knee).sum())
        sides = (len(np.unique(u[:split])), len(np.unique(u[used][split:])))
        short = min(sides) < FEWEST
        why = f"each side needs {FEWEST} models; {sides[0]} lie below the knee, {sides[1]} above"
        return used, np.array([split]), why if short else ""
    least = max(_FEWEST_SEARCHED, ceil(_TRIM * len(u)))
    splits = np.array([i for i in range(least, len(u) - least + 1) if u[i - 1] < u[i]], np.int64)
    why = f"a knee is searched among at least {2 * _FEWEST_SEARCHED} different models"
    return used, splits, "" if len(splits) else f"{why}, got {len(np.unique(u))}"


def _pieces(
    u: np.ndarray, v: np.ndarray, weights: np.ndarray, splits: Splits
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(sum of squares, slope below, slope above) of each draw at each split, (draws, splits).

    Args:
        u: Places on the axis, sorted and centred.
        v: The other coordinate, one row per draw or one for all.
        weights: How often each model counts, one row per draw or one for all.
        splits: How many models lie below.
    """
    terms = np.stack(
        np.broadcast_arrays(
            weights, weights * u, weights * v, weights * u * u, weights * u * v, weights * v * v
        )
    )
    sums = terms.cumsum(axis=-1)
    below = sums[..., splits - 1]
    parts = (below, sums[..., -1:] - below)
    squares, slopes = zip(*(_piece(part) for part in parts), strict=True)
    return np.asarray(squares[0] + squares[1]), slopes[0], slopes[1]


def _piece(sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(sum of squares about the line, slope); infinite and NaN where there is no line."""
    slope, intercept = weighted_line(sums[:5])
    squares = sums[5] - slope * sums[4] - intercept * sums[2]
    return np.where(np.isnan(slope), np.inf, np.maximum(squares, 0.0)), slope


def _drawn(
    u: np.ndarray, v: np.ndarray, weights: np.ndarray, splits: Splits, level: float
) -> tuple[tuple[float, float], tuple[float, float], tuple[float, float], np.ndarray]:
    """Ends of both slopes and of their difference over drawn models, and the splits drawn."""
    squares, under, over = _pieces(u, v[None], weights, splits)
    choice = np.argmin(squares, axis=1)
    rows = np.arange(len(choice))
    there = np.isfinite(squares[rows, choice])
    first, second = under[rows, choice][there], over[rows, choice][there]
    return (
        _ends(first, level),
        _ends(second, level),
        _ends(second - first, level),
        splits[choice[there]],
    )


def _no_knee(
    u: np.ndarray, v: np.ndarray, splits: Splits, draws: int, rng: np.random.Generator
) -> float:
    """The p-value of the largest F, by random signs of the residuals of the one line."""
    slope = (u @ v) / (u @ u)
    rest = v - slope * u
    if rest @ rest <= 1e-20 * max(v @ v, 1e-300):
        return 1.0  # one line fits without a residual
    leverage = 1 / len(u) + u**2 / (u @ u)
    signs = 2.0 * rng.integers(2, size=(draws, len(u))) - 1.0
    seen = _largest_f(u, rest[None], splits)[0]
    made = _largest_f(u, signs * (rest / np.sqrt(np.maximum(1 - leverage, 1e-9))), splits)
    return float((1 + (made >= seen * (1 - 1e-12)).sum()) / (1 + draws))


def _largest_f(u: np.ndarray, v: np.ndarray, splits: Splits) -> np.ndarray:
    centred = v - v.mean(axis=1, keepdims=True)
    one = (centred**2).sum(axis=1) - (centred @ u) ** 2 / (u @ u)
    two = _pieces(u, centred, np.ones((1, len(u))), splits)[0].min(axis=1)
    return np.asarray((one - two) / np.maximum(two, 1e-300) * (len(u) - 4) / 2)


def _ends(drawn: np.ndarray, level: float) -> tuple[float, float]:
    if len(drawn) < 2:
        return nan, nan
    low, high = np.percentile(drawn, [50 * (1 - level), 50 * (1 + level)])
    return float(low), float(high)


def _ends_of_knee(
    x: np.ndarray, drawn: np.ndarray, axis: Axis, n: int, level: float
) -> tuple[float, float]:
    knees = np.array([_between(x[split - 1 : split + 1], axis, n) for split in drawn])
    return _ends(knees, level)


def _between(two: np.ndarray, axis: Axis, n: int) -> float:
    """Halfway on the axis."""
    return float(from_axis(np.array([on_axis(two, axis, n).mean()]), axis)[0])


def _estimate(value: float, ends: tuple[float, float], n: int, method: str) -> Estimate:
    return Estimate(float(value), *ends, n=n, method=method)


def _undefined(
    x: np.ndarray,
    axis: Axis,
    counted: tuple[int, int],
    knee: float | None,
    method: str,
    reason: str,
) -> BrokenLine:
    line = Line(nan, nan, nan, len(x), axis, counted, reason)
    none = undefined(method, n=len(x))
    place = none if knee is None else Estimate(knee, nan, nan, n=len(x), method="given")
    return BrokenLine(place, line, line, none, none, none, nan, reason)
