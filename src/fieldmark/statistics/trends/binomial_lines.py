"""A line fitted to counts: binomial regression, in which 0 and 1 need no moving off the edge."""

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
from jaxtyping import Float64, Int64

from fieldmark.records import Axis, ConfigError, DataError, Estimate, Vector, undefined
from fieldmark.statistics.ground.axes import from_axis
from fieldmark.statistics.ground.distributions import checked_level, percent_sure, t_quantile
from fieldmark.statistics.trends.lines import FEWEST, on_axis

Hits = Int64[np.ndarray, " k"]
Sizes = Int64[np.ndarray, " s"]
Shares = Float64[np.ndarray, " m"]

_MOST_STEPS = 100
_FAR = 30.0  # beyond this a fitted share is 0 or 1 to the last bit: the line runs to infinity


@dataclass(frozen=True)
class BinomialLine:
    """A line fitted to right answers: E[k] = n · h⁻¹(slope · h(x) + intercept).

    Args:
        slope: With its interval, widened by the dispersion; ``n`` counts models.
        intercept: The same for where the line crosses 0 of the axis.
        dispersion: Pearson's chi-squared by its degrees of freedom: 1 when models scatter about
            the line as independent answers would, larger when they differ among themselves.
        explained: Share of the null deviance that the line takes away.
        axis: Where it is a line.
        counted: How many answers each x is a share of.
        reason: Why it is undefined, or "".
    """

    slope: Estimate
    intercept: Estimate
    dispersion: float
    explained: float
    axis: Axis
    counted: int
    reason: str = ""

    @property
    def defined(self) -> bool:
        """Is there a line at all?"""
        return not self.reason

    def predict(self, x: Vector) -> Vector:
        """What the line expects at the accuracies ``x``, float64 (n,); NaN when undefined."""
        places = on_axis(x, self.axis, self.counted)
        return from_axis(self.slope.value * places + self.intercept.value, self.axis)


def fit_binomial_line(
    x: Shares, hits: Hits, sizes: Sizes, *, axis: Axis, counted: int, level: float = 0.95
) -> BinomialLine:
    """The likeliest line through counts of right answers, one point per model.

    Args:
        x: Accuracies on the reference, in [0, 1]; there 0 and 1 are still moved to
            (k + 1/2) / (n + 1), for x has to have a place on the axis.
        hits: Right answers on the other condition; 0 and all are as good as any other count.
        sizes: Of how many, at least 1 each.
        axis: "logit" or "probit".
        counted: How many answers each x is a share of.
        level: Confidence level in (0, 1): Student's t with m - 2 degrees of freedom, and a
            standard error that is multiplied by the root of the dispersion.

    Returns:
        The line; undefined, with the reason, for fewer than three models, for models of one
        accuracy, and where no finite line is the likeliest (all right, all wrong, or parted by x).

    Raises:
        DataError: Lengths differ, a count is impossible, an accuracy lies outside [0, 1].
        ConfigError: The axis is linear: nothing keeps a straight line inside [0, 1].

    Source:
        McCullagh & Nelder 1989, Generalized Linear Models, 2nd ed., sections 2.5 (iteratively
        reweighted least squares) and 4.5 (over-dispersion).

    Example:
        >>> x = np.array([0.5, 0.6, 0.7, 0.8])
        >>> hits = np.array([40, 52, 58, 71])
        >>> line = fit_binomial_line(x, hits, np.full(4, 100), axis="logit", counted=1000)
        >>> str(line.slope), round(line.dispersion, 2)
        ('0.899 [0.538, 1.260] (n=4)', 0.17)
    """
    if axis == "linear":
        raise ConfigError("a binomial line needs the logit or the probit axis, not the linear one")
    _check(x, hits, sizes)
    method = f"binomial regression {percent_sure(checked_level(level))}"
    u = on_axis(x, axis, counted)
    if reason := _hopeless(u, hits, sizes):
        return _undefined(len(x), axis, counted, method, reason)
    fit = _likeliest(u, hits.astype(np.float64), sizes.astype(np.float64), axis)
    if fit is None:
        reason = "no finite line is the likeliest: x parts the right answers from the wrong ones"
        return _undefined(len(x), axis, counted, method, reason)
    (intercept, slope), inverse = fit
    shares = np.asarray(from_axis(intercept + slope * u, axis))
    n = len(x)
    pearson = ((hits - sizes * shares) ** 2 / (sizes * shares * (1 - shares))).sum()
    dispersion = float(pearson / (n - 2))
    far = t_quantile((1 + level) / 2, float(n - 2)) * sqrt(dispersion)
    ends = [
        Estimate(value, value - far * sqrt(spread), value + far * sqrt(spread), n=n, method=method)
        for value, spread in ((slope, inverse[1]), (intercept, inverse[0]))
    ]
    null = _deviance(hits, sizes, np.full(n, hits.sum() / sizes.sum()))
    left = _deviance(hits, sizes, shares)
    gone = float(1 - left / null) if null > 0 else nan
    return BinomialLine(ends[0], ends[1], dispersion, gone, axis, counted)


def _check(x: np.ndarray, hits: np.ndarray, sizes: np.ndarray) -> None:
    if not len(x) == len(hits) == len(sizes):
        raise DataError(f"{len(x)} accuracies, {len(hits)} counts, {len(sizes)} sizes: one each")
    if (sizes < 1).any() or (hits < 0).any() or (hits > sizes).any():
        raise DataError("right answers lie between 0 and their number, which is at least 1")
    if not np.isfinite(x).all():
        raise DataError("an accuracy on the reference is missing: leave that model out")


def _hopeless(u: np.ndarray, hits: np.ndarray, sizes: np.ndarray) -> str:
    """Why there can be no line, before trying; or ""."""
    if len(u) < FEWEST:
        return f"a line needs at least {FEWEST} models, got {len(u)}"
    if np.ptp(u) <= 1e-12 * np.abs(u).max():
        return f"all {len(u)} models have the same accuracy"
    if hits.sum() in (0, sizes.sum()):
        return "every answer is wrong" if hits.sum() == 0 else "every answer is right"
    return ""


def _likeliest(
    u: np.ndarray, hits: np.ndarray, sizes: np.ndarray, axis: Axis
) -> tuple[tuple[float, float], np.ndarray] | None:
    """(intercept, slope) and the diagonal of the inverse information; None when at infinity."""
    start = (hits + 0.5) / (sizes + 1)
    place = on_axis(start, axis, 10**9)
    design = np.stack([np.ones_like(u), u], axis=1)
    beta = np.linalg.lstsq(design, place, rcond=None)[0]
    for _ in range(_MOST_STEPS):
        place = np.clip(design @ beta, -_FAR, _FAR)
        share = np.clip(np.asarray(from_axis(place, axis)), 1e-12, 1 - 1e-12)
        slant = _slant(place, share, axis)
        weight = sizes * slant**2 / (share * (1 - share))
        information = design.T @ (weight[:, None] * design)
        if np.linalg.cond(information) > 1e14:
            return None
        step = np.linalg.solve(information, design.T @ ((hits / sizes - share) / slant * weight))
        beta = beta + step
        if np.abs(step).max() <= 1e-10 * (1 + np.abs(beta).max()):
            if np.abs(design @ beta).min() > _FAR:
                return None
            return (float(beta[0]), float(beta[1])), np.diag(np.linalg.inv(information))
    return None


def _slant(place: np.ndarray, share: np.ndarray, axis: Axis) -> np.ndarray:
    """How fast the share rises along the axis."""
    if axis == "logit":
        return np.asarray(share * (1 - share))
    return np.maximum(np.exp(-(place**2) / 2) / sqrt(2 * np.pi), 1e-12)


def _deviance(hits: np.ndarray, sizes: np.ndarray, shares: np.ndarray) -> float:
    """Twice the log-likelihood lost against each model's own share."""
    from scipy.special import xlogy

    wrong = sizes - hits
    own = xlogy(hits, hits / sizes) + xlogy(wrong, wrong / sizes)
    fit = xlogy(hits, shares) + xlogy(wrong, 1 - shares)
    return float(2 * (own - fit).sum())


def _undefined(n: int, axis: Axis, counted: int, method: str, reason: str) -> BinomialLine:
    none = undefined(method, n=n)
    return BinomialLine(none, none, nan, nan, axis, counted, reason)
