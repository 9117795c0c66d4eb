"""Paired comparison: two subjects on the same examples differ only where one of them is wrong."""

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
from jaxtyping import Bool

from fieldmark.records import DataError, Estimate, undefined
from fieldmark.statistics.ground.belonging import insist_on_counts, insist_on_one_each
from fieldmark.statistics.ground.distributions import (
    checked_level,
    fair_coin_tail,
    normal_quantile,
    percent_sure,
)

Hits = Bool[np.ndarray, " n"]


@dataclass(frozen=True)
class Paired:
    """What a paired comparison of two subjects found.

    Args:
        only_a: Examples that only the first answered correctly.
        only_b: Examples that only the second answered correctly.
        difference: Accuracy of the first minus accuracy of the second.
        p_exact: Two-sided exact McNemar p-value; NaN without examples.
        p_mid: The mid-p version: nearly exact, and less timid.
    """

    only_a: int
    only_b: int
    difference: Estimate
    p_exact: float
    p_mid: float


def mcnemar(a: Hits, b: Hits, *, labelled: Hits | None = None, level: float = 0.95) -> Paired:
    """The difference in accuracy of two subjects on the same examples, with McNemar's test.

    Args:
        a: Was the first subject right? One value per example.
        b: Was the second? The same examples in the same order.
        labelled: Has the example a label? None when all have.
        level: Confidence level in (0, 1) of the difference's interval.

    Returns:
        The comparison; its difference is undefined when no example is labelled.

    Raises:
        DataError: The two did not answer as many examples, or an impossible level.

    Source:
        McNemar 1947, doi:10.1007/BF02295996; mid-p: Fagerland, Lydersen & Laake 2013,
        doi:10.1186/1471-2288-13-91; interval: see ``paired_difference``.

    Example:
        >>> a = np.repeat([True, True, False], [5, 6, 1])
        >>> b = np.repeat([True, False, True], [5, 6, 1])
        >>> paired = mcnemar(a, b)
        >>> paired.only_a, paired.only_b, round(paired.p_exact, 3), round(paired.p_mid, 3)
        (6, 1, 0.125, 0.07)
    """
    counted = np.ones_like(a) if labelled is None else labelled
    insist_on_one_each("answers of two subjects, and labels,", a, b, counted)
    only_a, only_b = int((a & ~b & counted).sum()), int((b & ~a & counted).sum())
    n = int(counted.sum())
    difference = paired_difference(only_a, only_b, n, missing=len(a) - n, level=level)
    if n == 0:
        return Paired(only_a, only_b, difference, nan, nan)
    tail, point = fair_coin_tail(min(only_a, only_b), only_a + only_b)
    return Paired(only_a, only_b, difference, min(1.0, 2 * tail), min(1.0, 2 * tail - point))


def paired_difference(
    only_a: int, only_b: int, n: int, *, missing: int = 0, level: float = 0.95
) -> Estimate:
    """The difference of two paired proportions with Tango's score interval.

    It leaves 0 out exactly where McNemar's chi-squared test (without continuity correction)
    rejects, stays inside [-1, 1], and has a width when the two never disagree.

    Args:
        only_a: Pairs in which only the first succeeded.
        only_b: Pairs in which only the second succeeded.
        n: All pairs, only_a + only_b <= n.
        missing: Pairs that should have been counted and could not be.
        level: Confidence level in (0, 1).

    Raises:
        DataError: Impossible counts, or an impossible level.

    Source:
        Tango 1998, Statistics in Medicine 17:891-908, solved by bisection.

    Example:
        >>> str(paired_difference(1, 7, 21))
        '-0.286 [-0.517, -0.026] (n=21)'
    """
    z = normal_quantile((1 + checked_level(level)) / 2)
    method = f"Tango {percent_sure(level)}"
    if only_a < 0 or only_b < 0 or only_a + only_b > n:
        raise DataError(f"{only_a} and {only_b} discordant pairs cannot come from {n} pairs")
    insist_on_counts("missing pairs", missing)
    if n == 0:
        return undefined(method, missing=missing)
    low, high = -_tango_high(only_b, only_a, n, z), _tango_high(only_a, only_b, n, z)
    return Estimate((only_a - only_b) / n, low, high, n=n, method=method, missing=missing)


def _tango_high(only_a: int, only_b: int, n: int, z: float) -> float:
    """The largest difference that the score test does not reject."""
    inside, outside = (only_a - only_b) / n, 1.0
    if inside == 1.0:
        return 1.0
    for _ in range(60):  # halves the interval each time: far below the spacing of floats
        middle = (inside + outside) / 2
        distance = only_a - only_b - n * middle
        if distance**2 <= z**2 * n * _null_variance(only_a, only_b, n, middle):
            inside = middle
        else:
            outside = middle
    return inside


def _null_variance(only_a: int, only_b: int, n: int, delta: float) -> float:
    """N times the variance of the difference when it is ``delta``, at the likeliest nuisance."""
    half_b = -only_a - only_b + (2 * n - only_a + only_b) * delta
    product = -only_b * delta * (1 - delta)
    only_second = (sqrt(max(half_b**2 - 8 * n * product, 0.0)) - half_b) / (4 * n)
    return 2 * only_second + delta * (1 - delta)
