"""Intervals of a proportion (Clopper-Pearson, Wilson, Jeffreys, mid-p), for one cell or a grid."""

import numpy as np
from jaxtyping import Float64, Int64

from fieldmark.records import DataError, Estimate, undefined
from fieldmark.statistics.ground.belonging import insist_on_counts
from fieldmark.statistics.ground.distributions import (
    beta_quantile,
    beta_share,
    checked_level,
    normal_quantile,
    percent_sure,
)

Counts = Int64[np.ndarray, "*grid"] | Float64[np.ndarray, "*grid"]
Bounds = Float64[np.ndarray, "*grid"]


def clopper_pearson(hits: int, n: int, *, missing: int = 0, level: float = 0.95) -> Estimate:
    """The share ``hits / n`` with its exact interval; undefined when n is 0.

    Args:
        hits: Number of successes, 0 <= hits <= n.
        n: Number of trials, >= 0.
        missing: Trials that should have been counted and could not be.
        level: Confidence level in (0, 1). The interval covers at least as often as it says.

    Raises:
        DataError: Impossible counts, or an impossible level.

    Source:
        Clopper & Pearson 1934, doi:10.1093/biomet/26.4.404.

    Example:
        >>> str(clopper_pearson(8, 10))
        '0.800 [0.444, 0.975] (n=10)'
        >>> str(clopper_pearson(0, 0, missing=3))
        'undefined (0 counted, 3 missing)'
    """
    low, high = clopper_pearson_bounds(np.array([hits]), np.array([n]), level=level)
    method = f"Clopper-Pearson {percent_sure(level)}"
    return _estimate(hits, n, float(low[0]), float(high[0]), method, missing)


def wilson(hits: int, n: int, *, missing: int = 0, level: float = 0.95) -> Estimate:
    """The share ``hits / n`` with its score interval; undefined when n is 0.

    Shorter than Clopper-Pearson, and right on average over shares rather than for each.

    Args:
        hits: Number of successes, 0 <= hits <= n.
        n: Number of trials, >= 0.
        missing: Trials that should have been counted and could not be.
        level: Confidence level in (0, 1).

    Raises:
        DataError: Impossible counts, or an impossible level.

    Source:
        Wilson 1927, doi:10.1080/01621459.1927.10502953.

    Example:
        >>> str(wilson(8, 10))
        '0.800 [0.490, 0.943] (n=10)'
    """
    low, high = wilson_bounds(np.array([hits]), np.array([n]), level=level)
    method = f"Wilson {percent_sure(level)}"
    return _estimate(hits, n, float(low[0]), float(high[0]), method, missing)


def jeffreys(hits: int, n: int, *, missing: int = 0, level: float = 0.95) -> Estimate:
    """The share ``hits / n`` with Jeffreys' interval; undefined when n is 0.

    The central part of the posterior under the prior Beta(1/2, 1/2): always inside
    Clopper-Pearson, and right on average over shares rather than for each.

    Args:
        hits: Number of successes, 0 <= hits <= n.
        n: Number of trials, >= 0.
        missing: Trials that should have been counted and could not be.
        level: Confidence level in (0, 1).

    Raises:
        DataError: Impossible counts, or an impossible level.

    Source:
        Brown, Cai & DasGupta 2001, doi:10.1214/ss/1009213286: equal tails, but from 0 where there
        are no hits and to 1 where all are.

    Example:
        >>> str(jeffreys(8, 10))
        '0.800 [0.497, 0.956] (n=10)'
    """
    low, high = jeffreys_bounds(np.array([hits]), np.array([n]), level=level)
    method = f"Jeffreys {percent_sure(level)}"
    return _estimate(hits, n, float(low[0]), float(high[0]), method, missing)


def mid_p(hits: int, n: int, *, missing: int = 0, level: float = 0.95) -> Estimate:
    """The share ``hits / n`` with the mid-p version of the exact interval; undefined when n is 0.

    Clopper-Pearson counts the observed outcome wholly into both tails, mid-p half: a little
    shorter, and close to what it says instead of always above.

    Args:
        hits: Number of successes, 0 <= hits <= n.
        n: Number of trials, >= 0.
        missing: Trials that should have been counted and could not be.
        level: Confidence level in (0, 1).

    Raises:
        DataError: Impossible counts, or an impossible level.

    Source:
        Berry & Armitage 1995, The Statistician 44:417-423.

    Example:
        >>> str(mid_p(8, 10))
        '0.800 [0.480, 0.965] (n=10)'
    """
    low, high = mid_p_bounds(np.array([hits]), np.array([n]), level=level)
    method = f"mid-p exact {percent_sure(level)}"
    return _estimate(hits, n, float(low[0]), float(high[0]), method, missing)


def clopper_pearson_bounds(
    hits: Counts, n: Counts, *, level: float = 0.95
) -> tuple[Bounds, Bounds]:
    """(low, high) of the exact interval for a whole grid of counts; NaN where n is 0.

    Args:
        hits: Successes, any shape; broken numbers are allowed (effective counts).
        n: Trials, the same shape.
        level: Confidence level in (0, 1).

    Raises:
        DataError: Impossible counts, or an impossible level.

    Example:
        >>> low, high = clopper_pearson_bounds(np.array([0, 10]), np.array([10, 10]))
        >>> low.round(3).tolist(), high.round(3).tolist()
        ([0.0, 0.692], [0.308, 1.0])
    """
    hits, n = _checked(hits, n)
    tail = (1 - checked_level(level)) / 2
    low = np.where(hits == 0, 0.0, beta_quantile(tail, hits, n - hits + 1))
    high = np.where(hits == n, 1.0, beta_quantile(1 - tail, hits + 1, n - hits))
    return np.where(n > 0, low, np.nan), np.where(n > 0, high, np.nan)


def wilson_bounds(hits: Counts, n: Counts, *, level: float = 0.95) -> tuple[Bounds, Bounds]:
    """(low, high) of the score interval for a whole grid of counts; NaN where n is 0.

    Args:
        hits: Successes, any shape.
        n: Trials, the same shape.
        level: Confidence level in (0, 1).

    Raises:
        DataError: Impossible counts, or an impossible level.
    """
    hits, n = _checked(hits, n)
    z = normal_quantile((1 + checked_level(level)) / 2)
    trials = np.where(n > 0, n, np.nan)
    share = hits / trials
    middle = (share + z**2 / (2 * trials)) / (1 + z**2 / trials)
    half = z * np.sqrt(share * (1 - share) / trials + (z / (2 * trials)) ** 2) / (1 + z**2 / trials)
    low = np.where(hits == 0, 0 * trials, middle - half)  # exactly 0 and 1, not 1e-17 beside them
    high = np.where(hits == n, 0 * trials + 1, middle + half)
    return low, high


def jeffreys_bounds(hits: Counts, n: Counts, *, level: float = 0.95) -> tuple[Bounds, Bounds]:
    """(low, high) of Jeffreys' interval for a whole grid of counts; NaN where n is 0.

    Args:
        hits: Successes, any shape; broken numbers are allowed.
        n: Trials, the same shape.
        level: Confidence level in (0, 1).

    Raises:
        DataError: Impossible counts, or an impossible level.
    """
    hits, n = _checked(hits, n)
    tail = (1 - checked_level(level)) / 2
    low = np.where(hits == 0, 0.0, beta_quantile(tail, hits + 0.5, n - hits + 0.5))
    high = np.where(hits == n, 1.0, beta_quantile(1 - tail, hits + 0.5, n - hits + 0.5))
    return np.where(n > 0, low, np.nan), np.where(n > 0, high, np.nan)


def mid_p_bounds(hits: Counts, n: Counts, *, level: float = 0.95) -> tuple[Bounds, Bounds]:
    """(low, high) of the mid-p exact interval for a whole grid of counts; NaN where n is 0.

    Args:
        hits: Successes, any shape; broken numbers are allowed.
        n: Trials, the same shape.
        level: Confidence level in (0, 1).

    Raises:
        DataError: Impossible counts, or an impossible level.

    Example:
        >>> low, high = mid_p_bounds(np.array([0, 10]), np.array([10, 10]))
        >>> low.round(3).tolist(), high.round(3).tolist()
        ([0.0, 0.741], [0.259, 1.0])
    """
    hits, n = _checked(hits, n)
    tail = (1 - checked_level(level)) / 2
    low, high = _mid_p_low(hits, n, tail), 1 - _mid_p_low(n - hits, n, tail)
    return np.where(n > 0, low, np.nan), np.where(n > 0, high, np.nan)


def _mid_p_low(hits: Bounds, n: Bounds, tail: float) -> Bounds:
    """Where P[X > hits] + P[X = hits] / 2 = tail, by bisection between two beta quantiles."""
    low = np.where(hits == 0, 0.0, beta_quantile(tail, hits, n - hits + 1))
    high = np.where(hits == n, 1.0, beta_quantile(tail, hits + 1, n - hits))
    for _ in range(36):  # leaves 1e-11 of a bracket that is narrow from the start
        middle = (low + high) / 2
        above = beta_share(middle, hits + 1, n - hits)
        chance = (above + beta_share(middle, hits, n - hits + 1)) / 2
        low, high = np.where(chance <= tail, middle, low), np.where(chance <= tail, high, middle)
    return np.where(hits == 0, 0.0, low)


def _checked(hits: Counts, n: Counts) -> tuple[Bounds, Bounds]:
    hits, n = hits.astype(np.float64), n.astype(np.float64)
    wrong = ~((hits >= 0) & (hits <= n))
    if wrong.any():
        raise DataError(
            f"hits lie between 0 and n, got {hits[wrong][0]:g} hits of {n[wrong][0]:g} trials"
        )
    return hits, n


def _estimate(hits: int, n: int, low: float, high: float, method: str, missing: int) -> Estimate:
    insist_on_counts("missing trials", missing)
    if n == 0:
        return undefined(method, missing=missing)
    return Estimate(hits / n, low, high, n=n, method=method, missing=missing)
