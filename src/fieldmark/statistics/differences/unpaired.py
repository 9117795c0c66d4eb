"""Unpaired comparison of two shares: a difference with its interval, z, and Fisher's exact test."""

from math import nan, sqrt

import numpy as np
from jaxtyping import Float64, Int64

from fieldmark.records import DataError, Estimate, undefined
from fieldmark.statistics.ground.distributions import checked_level, percent_sure
from fieldmark.statistics.shares.intervals import wilson_bounds

Counts = Int64[np.ndarray, "_"]
Values = Float64[np.ndarray, " s"]


def unpaired_difference(
    hits_a: int, n_a: int, hits_b: int, n_b: int, *, level: float = 0.95
) -> Estimate:
    """Share a minus share b of two independent samples, with Newcombe's hybrid score interval.

    Args:
        hits_a: Successes of the first, 0 <= hits_a <= n_a.
        n_a: Trials of the first.
        hits_b: Successes of the second.
        n_b: Trials of the second.
        level: Confidence level in (0, 1).

    Returns:
        The difference, ``n`` counting the trials of both; undefined where one has no trials.

    Raises:
        DataError: Impossible counts, or an impossible level.

    Source:
        Newcombe 1998, Statistics in Medicine 17:873-890, method 10.

    Example:
        >>> str(unpaired_difference(56, 70, 48, 80))
        '0.200 [0.052, 0.334] (n=150)'
    """
    hits, n = np.array([hits_a, hits_b]), np.array([n_a, n_b])
    low, high = wilson_bounds(hits, n, level=level)
    method = f"Newcombe {percent_sure(checked_level(level))}"
    if n.min() == 0:
        return undefined(method, n=int(n.sum()))
    share = hits / n
    down = sqrt((share[0] - low[0]) ** 2 + (high[1] - share[1]) ** 2)
    up = sqrt((high[0] - share[0]) ** 2 + (share[1] - low[1]) ** 2)
    value = float(share[0] - share[1])
    return Estimate(value, value - down, value + up, n=int(n.sum()), method=method)


def two_share_z(hits_a: Counts, n_a: Counts, hits_b: Counts, n_b: Counts) -> tuple[Values, Values]:
    """(z, two-sided p) of each pair of independent shares being equal, by the pooled z test.

    Args:
        hits_a: Successes of the first sample of each pair.
        n_a: Its trials.
        hits_b: Successes of the second.
        n_b: Its trials.

    Returns:
        Both float64 (s,); NaN where a sample is empty, or where all or none succeeded in both.

    Raises:
        DataError: Impossible counts.

    Example:
        >>> one = np.array([80]), np.array([100]), np.array([65]), np.array([100])
        >>> [round(float(each[0]), 4) for each in two_share_z(*one)]
        [2.3754, 0.0175]
    """
    from scipy.special import ndtr

    _check(hits_a, n_a, hits_b, n_b)
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = (hits_a + hits_b) / (n_a + n_b)
        error = np.sqrt(pooled * (1 - pooled) * (1 / n_a + 1 / n_b))
        z = np.where(error > 0, (hits_a / n_a - hits_b / n_b) / error, nan)
    return z, np.asarray(2 * ndtr(-np.abs(z)), dtype=np.float64)


def fisher_exact(hits_a: Counts, n_a: Counts, hits_b: Counts, n_b: Counts) -> Values:
    """Two-sided p of Fisher's exact test of each pair of independent shares being equal.

    Args:
        hits_a: Successes of the first sample of each pair.
        n_a: Its trials.
        hits_b: Successes of the second.
        n_b: Its trials.

    Returns:
        float64 (s,); 1 where there is nothing to compare (an empty sample, all or none right).

    Raises:
        DataError: Impossible counts.

    Source:
        Fisher 1934; two-sided as the sum over all tables that are no likelier than this one.

    Example:
        >>> one = np.array([3]), np.array([4]), np.array([1]), np.array([4])
        >>> round(float(fisher_exact(*one)[0]), 4)
        0.4857
    """
    _check(hits_a, n_a, hits_b, n_b)
    tables = zip(hits_a.tolist(), n_a.tolist(), hits_b.tolist(), n_b.tolist(), strict=True)
    return np.array([_fisher(*table) for table in tables], np.float64)


def _fisher(hits_a: int, n_a: int, hits_b: int, n_b: int) -> float:
    from scipy.special import betaln

    hits = hits_a + hits_b
    least = max(0, hits - n_b)
    x = np.arange(least, min(hits, n_a) + 1)
    # log C(n, k) = -log(n + 1) - betaln(n - k + 1, k + 1); what all tables share is left out.
    log_odds = -betaln(n_a - x + 1, x + 1) - betaln(n_b - hits + x + 1, hits - x + 1)
    weight = np.exp(log_odds - log_odds.max())
    as_unlikely = weight <= weight[hits_a - least] * (1 + 1e-7)
    return float(min(1.0, weight[as_unlikely].sum() / weight.sum()))


def _check(hits_a: Counts, n_a: Counts, hits_b: Counts, n_b: Counts) -> None:
    lengths = {len(one) for one in (hits_a, n_a, hits_b, n_b)}
    if len(lengths) > 1:
        raise DataError(f"counts of {sorted(lengths)} pairs: one of each kind per pair is needed")
    for hits, n in ((hits_a, n_a), (hits_b, n_b)):
        if ((hits < 0) | (hits > n)).any():
            wrong = int(np.argmax((hits < 0) | (hits > n)))
            raise DataError(f"{hits[wrong]} hits cannot come from {n[wrong]} trials")
