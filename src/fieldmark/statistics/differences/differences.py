"""Differences of means: what is lost between two conditions, over the same examples or others."""

from math import nan, sqrt

import numpy as np
from jaxtyping import Float64

from fieldmark.records import DataError, Estimate, undefined
from fieldmark.statistics.ground.distributions import checked_level, percent_sure, t_quantile


def mean_difference(
    first: Float64[np.ndarray, " a"],
    second: Float64[np.ndarray, " b"],
    *,
    paired: bool,
    level: float = 0.95,
) -> Estimate:
    """The mean of ``second`` minus the mean of ``first``, one value per example.

    A value is an example's share of right answers: over several subjects, several changes, or
    both. These are taken as given; chance is in which examples were drawn.

    Args:
        first: Values on the one condition, at least two.
        second: Values on the other.
        paired: Are the two the same examples in the same order? (Paired t.) Otherwise they are
            independent draws (Welch's t).
        level: Confidence level in (0, 1).

    Returns:
        The difference, ``n`` counting the examples of ``second``; undefined when either is empty
        or holds a NaN.
        Its ends are NaN where nothing can be said about the spread.

    Raises:
        DataError: ``paired`` and the lengths differ, or a value is infinite.

    Source:
        Welch 1947, doi:10.1093/biomet/34.1-2.28.

    Example:
        >>> str(mean_difference(np.array([1., 1., 0.]), np.array([0., .5, 0.]), paired=True))
        '-0.500 [-1.742, 0.742] (n=3)'
    """
    share = (1 + checked_level(level)) / 2
    method = f"{'paired t' if paired else 'Welch t'} {percent_sure(level)}, by example"
    if paired and len(first) != len(second):
        raise DataError(f"{len(first)} and {len(second)} examples cannot be paired")
    if np.isinf(first).any() or np.isinf(second).any():
        raise DataError("some values are infinite: a mean of them is no number")
    if not len(first) or not len(second):
        return undefined(method, n=len(second))
    value = float(second.mean() - first.mean())
    error, freedom = _paired(second - first) if paired else _welch(first, second)
    # What rounding leaves of values that are all the same is not a spread.
    half = t_quantile(share, freedom) * error if error > 1e-12 else nan
    return Estimate(value, value - half, value + half, n=len(second), method=method)


def _paired(change: Float64[np.ndarray, " n"]) -> tuple[float, float]:
    """Standard error and degrees of freedom; an error of 0 where there is no spread."""
    if len(change) < 2:
        return 0.0, nan
    return sqrt(change.var(ddof=1) / len(change)), len(change) - 1.0


def _welch(
    first: Float64[np.ndarray, " a"], second: Float64[np.ndarray, " b"]
) -> tuple[float, float]:
    if min(len(first), len(second)) < 2:
        return 0.0, nan
    one, two = first.var(ddof=1) / len(first), second.var(ddof=1) / len(second)
    if one + two == 0:
        return 0.0, nan
    freedom = (one + two) ** 2 / (one**2 / (len(first) - 1) + two**2 / (len(second) - 1))
    return sqrt(one + two), float(freedom)
