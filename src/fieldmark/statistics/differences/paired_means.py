"""Paired comparison of any measure: a bootstrap of the difference, and a test by flipping signs."""

from dataclasses import dataclass
from math import nan

import numpy as np
from jaxtyping import Float64

from fieldmark.records import DataError, Estimate, undefined
from fieldmark.statistics.ground.distributions import checked_level, percent_sure

First = Float64[np.ndarray, " n"]
Second = Float64[np.ndarray, " m"]

_BLOCK = 4_000_000
"""Counts held at once (32 MB)."""

_MOST_OUTCOMES = 100_000
"""Up to here every outcome is gone through instead of drawing some."""


@dataclass(frozen=True)
class SignFlips:
    """What a test by flipping signs found.

    Args:
        difference: Mean of the first minus mean of the second; NaN without examples.
        p: Two-sided p-value; NaN without examples.
        exact: Was every outcome counted, or were some drawn?
        outcomes: How many were counted or drawn.
    """

    difference: float
    p: float
    exact: bool
    outcomes: int


def paired_bootstrap(
    first: First,
    second: Second,
    *,
    rng: np.random.Generator,
    draws: int = 2000,
    level: float = 0.95,
) -> Estimate:
    """The mean of ``first`` minus the mean of ``second``, with percentiles of a paired bootstrap.

    The examples are resampled, each with both of its values. With few examples it is too short;
    for right and wrong answers ``paired_difference`` is better.

    Args:
        first: A measure of the one subject, one number per example.
        second: The same measure of the other, on the same examples in the same order.
        rng: Source of chance.
        draws: Number of bootstrap samples.
        level: Share of the draws between low and high.

    Returns:
        The difference; undefined without examples. Its ends are NaN where all examples show the
        same difference: resampling them says nothing about the spread.

    Raises:
        DataError: Lengths that differ, values that are no numbers, an impossible level, no draws.

    Source:
        Efron & Tibshirani 1993, An Introduction to the Bootstrap, sections 8.3 and 13.3.

    Example:
        >>> rng = np.random.Generator(np.random.PCG64(0))
        >>> one, other = np.array([0.9, 0.8, 0.4, 0.7]), np.array([0.7, 0.8, 0.3, 0.6])
        >>> str(paired_bootstrap(one, other, rng=rng))
        '0.100 [0.025, 0.175] (n=4)'
    """
    method = f"paired bootstrap {percent_sure(checked_level(level))}"
    changes = _differences(first, second)
    if draws < 1:
        raise DataError(f"a bootstrap needs at least one draw, got {draws}")
    n = len(changes)
    if not n:
        return undefined(method)
    value, low, high = float(changes.mean()), nan, nan
    # Examples with the same difference are as good as one with a weight: three for hits.
    values, counts = np.unique(changes, return_counts=True)
    if len(values) > 1:
        sizes = _blocks(draws, len(values))
        means = np.concatenate(
            [rng.multinomial(n, counts / n, size=size) @ values / n for size in sizes]
        )
        low, high = (float(one) for one in np.percentile(means, [50 - 50 * level, 50 + 50 * level]))
    return Estimate(value, low, high, n=n, method=method)


def sign_flip_test(
    first: First, second: Second, *, rng: np.random.Generator, draws: int = 9999
) -> SignFlips:
    """The permutation test of no difference between two subjects on the same examples.

    If it did not matter who answered, each example's difference could as well have the other
    sign. The p-value is the share of all assignments of signs whose mean is at least as far from
    0 as what was found. All of them are counted where 100,000 outcomes are enough: with few
    discordant examples, and for right and wrong answers always (it is then McNemar's exact test).
    Otherwise ``draws`` of them are drawn and p = (as far + 1) / (draws + 1), which is never 0.

    Args:
        first: A measure of the one subject, one number per example.
        second: The same measure of the other, on the same examples in the same order.
        rng: Source of chance; unused where the test is exact.
        draws: How many assignments are drawn where there are too many to count.

    Returns:
        The test; difference and p are NaN without examples.

    Raises:
        DataError: Lengths that differ, values that are no numbers, or no draws.

    Source:
        Fisher 1935, The Design of Experiments, section 21; (b + 1) / (m + 1): Phipson & Smyth
        2010, doi:10.2202/1544-6115.1585.

    Example:
        >>> rng = np.random.Generator(np.random.PCG64(0))
        >>> one, other = np.array([0.9, 0.8, 0.4, 0.7]), np.array([0.7, 0.8, 0.3, 0.6])
        >>> sign_flip_test(one, other, rng=rng).p
        0.25
    """
    changes = _differences(first, second)
    if draws < 1:
        raise DataError(f"a permutation test needs at least one draw, got {draws}")
    if not len(changes):
        return SignFlips(nan, nan, True, 0)
    sizes, counts = np.unique(np.abs(changes[changes != 0]), return_counts=True)
    observed = abs(float(changes.sum()))
    limit = observed - 1e-9 * max(observed, float(sizes @ counts))  # equal up to rounding
    difference = float(changes.mean())
    if len(sizes) <= 1 or np.log(counts + 1.0).sum() <= np.log(_MOST_OUTCOMES):
        sums, chances = _every_outcome(sizes, counts)
        p = min(1.0, float(chances[np.abs(sums) >= limit].sum()))
        return SignFlips(difference, p, True, len(sums))
    far = sum(
        int(
            (
                np.abs((2 * rng.binomial(counts, 0.5, (size, len(sizes))) - counts) @ sizes)
                >= limit
            ).sum()
        )
        for size in _blocks(draws, len(sizes))
    )
    return SignFlips(difference, (far + 1) / (draws + 1), False, draws)


def _every_outcome(sizes: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The sum of the differences for every number of positive ones of each size; its chance."""
    from scipy.special import bdtr

    sums, chances = np.zeros(1), np.ones(1)
    for size, count in zip(sizes, counts, strict=True):
        positive = np.arange(count + 1)
        below = np.diff(bdtr(positive, count, 0.5), prepend=0.0)
        chance = below[np.minimum(positive, count - positive)]  # the upper tail rounds to nothing
        sums = (sums[:, None] + size * (2 * positive - count)).ravel()
        chances = np.outer(chances, chance).ravel()
    return sums, chances


def _differences(first: First, second: Second) -> np.ndarray:
    if len(first) != len(second):
        raise DataError(f"{len(first)} and {len(second)} examples cannot be paired")
    changes = first - second
    if not np.isfinite(changes).all():
        raise DataError("some values are not numbers: leave those examples out first")
    return changes


def _blocks(draws: int, width: int) -> list[int]:
    block = max(1, _BLOCK // max(width, 1))
    return [min(block, draws - start) for start in range(0, draws, block)]
