"""Macro averages: the mean over classes of each class's accuracy, however common the class."""

from math import nan, sqrt

import numpy as np
from jaxtyping import Bool, Int64

from fieldmark.records import DataError, Estimate, undefined
from fieldmark.statistics.ground.distributions import checked_level, normal_quantile, percent_sure

Hits = Int64[np.ndarray, " k"]
Sizes = Int64[np.ndarray, " c"]

_BLOCK = 4_000_000
"""Binomial draws held at once (32 MB)."""


def class_counts(
    correct: Bool[np.ndarray, " n"], labels: Int64[np.ndarray, " m"], *, classes: int
) -> tuple[Hits, Sizes]:
    """(right answers, examples) of each class; the counts of two halves add up.

    Args:
        correct: Was the answer right? One value per example.
        labels: Each example's class in [0, classes); -1 where it has none. Those are left out.
        classes: How many classes there are.

    Returns:
        Two int64 arrays (classes,).

    Raises:
        DataError: As many answers as labels are wanted, and labels that are classes.

    Example:
        >>> right = np.array([True, False, True, True])
        >>> hits, n = class_counts(right, np.array([0, 0, 2, -1]), classes=3)
        >>> hits.tolist(), n.tolist()
        ([1, 0, 1], [2, 0, 1])
    """
    if len(correct) != len(labels):
        raise DataError(f"{len(correct)} answers for {len(labels)} labels")
    outside = (labels < -1) | (labels >= classes)
    if outside.any():
        raise DataError(f"labels lie between 0 and {classes - 1}, got {labels[outside][0]}")
    kept = labels >= 0
    n = np.bincount(labels[kept], minlength=classes)
    hits = np.bincount(labels[kept & correct], minlength=classes)
    return hits.astype(np.int64), n.astype(np.int64)


def macro_accuracy(hits: Hits, n: Sizes, *, level: float = 0.95) -> Estimate:
    """The mean over classes of each class's accuracy, with its interval by the delta method.

    The variance is the sum over the K classes of p (1 - p) / (n - 1), divided by K² (with n - 1
    it is right on average, which matters with ten examples a class). A class in which all answers
    are right, or all wrong, would seem to have none: no class counts with less than
    p' (1 - p') / n, with p' = (hits + 1/2) / (n + 1) as Jeffreys' prior has it. One example
    alone shows no spread: it counts with the most there can be, 1/4.

    Args:
        hits: Right answers of each class.
        n: Examples of each class.
        level: Confidence level in (0, 1).

    Returns:
        The estimate; its ``n`` counts the classes that have examples, ``missing`` those that have
        none. Undefined when no class has any.

    Raises:
        DataError: Impossible counts, or an impossible level.

    Example:
        >>> str(macro_accuracy(np.array([90, 5, 0]), np.array([100, 10, 0])))
        '0.700 [0.534, 0.866] (n=2, 1 missing)'
    """
    method = f"delta method {percent_sure(checked_level(level))}, mean over classes"
    shares, sizes, absent = _classes(hits, n)
    if not len(shares):
        return undefined(method, missing=absent)
    variance = float(_variances(shares, sizes).sum()) / len(shares) ** 2
    half = normal_quantile((1 + level) / 2) * sqrt(variance)
    value = float(shares.mean())
    return Estimate(
        value,
        max(0.0, value - half),
        min(1.0, value + half),
        n=len(shares),
        method=method,
        missing=absent,
    )


def macro_accuracy_bootstrap(
    hits: Hits,
    n: Sizes,
    *,
    rng: np.random.Generator,
    draws: int = 2000,
    level: float = 0.95,
) -> Estimate:
    """The same mean, with percentiles of a bootstrap that resamples within each class.

    Each draw takes n - 1 of a class's n examples with replacement, so that the spread within
    small classes is not too small by (n - 1) / n. A class with one example shows no spread at
    all: with many of those, prefer ``macro_accuracy``.

    Args:
        hits: Right answers of each class.
        n: Examples of each class.
        rng: Source of chance.
        draws: Number of bootstrap samples.
        level: Share of the draws between low and high.

    Returns:
        The estimate, counted as in ``macro_accuracy``; its ends are NaN where no class shows any
        spread.

    Raises:
        DataError: Impossible counts, an impossible level, or no draws.

    Source:
        Rao & Wu 1988, doi:10.1080/01621459.1988.10478591, with n - 1 draws per stratum.

    Example:
        >>> rng = np.random.Generator(np.random.PCG64(0))
        >>> str(macro_accuracy_bootstrap(np.array([90, 5]), np.array([100, 10]), rng=rng))
        '0.700 [0.535, 0.859] (n=2)'
    """
    method = f"stratified bootstrap {percent_sure(checked_level(level))}, mean over classes"
    if draws < 1:
        raise DataError(f"a bootstrap needs at least one draw, got {draws}")
    shares, sizes, absent = _classes(hits, n)
    if not len(shares):
        return undefined(method, missing=absent)
    value, low, high = float(shares.mean()), nan, nan
    if ((shares * (1 - shares) > 0) & (sizes > 1)).any():
        means = _drawn_means(shares, sizes.astype(np.int64), draws, rng)
        low, high = (float(one) for one in np.percentile(means, [50 - 50 * level, 50 + 50 * level]))
    return Estimate(value, low, high, n=len(shares), method=method, missing=absent)


def _classes(hits: Hits, n: Sizes) -> tuple[np.ndarray, np.ndarray, int]:
    """Accuracies and sizes of the classes that have examples, and how many have none."""
    if len(hits) != len(n):
        raise DataError(f"right answers of {len(hits)} classes, examples of {len(n)}")
    wrong = (hits < 0) | (hits > n)
    if wrong.any():
        raise DataError(f"got {hits[wrong][0]} right answers to {n[wrong][0]} examples of a class")
    there = n > 0
    return hits[there] / n[there], n[there].astype(np.float64), int((~there).sum())


def _variances(shares: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Of each class's accuracy: unbiased, with Jeffreys' floor; 1/4 for a single example."""
    pulled_in = (shares * sizes + 0.5) / (sizes + 1)
    floor = pulled_in * (1 - pulled_in) / sizes
    seen = shares * (1 - shares) / np.maximum(sizes - 1, 1)
    return np.where(sizes == 1, 0.25, np.maximum(seen, floor))


def _drawn_means(
    shares: np.ndarray, sizes: np.ndarray, draws: int, rng: np.random.Generator
) -> np.ndarray:
    taken = np.maximum(sizes - 1, 1)
    # Resampling right and wrong answers is drawing from a binomial; one answer stays as it is.
    chances = np.where(sizes > 1, shares, np.round(shares))
    block = max(1, _BLOCK // len(shares))
    return np.concatenate(
        [
            (
                rng.binomial(taken, chances, size=(min(block, draws - start), len(shares))) / taken
            ).mean(axis=1)
            for start in range(0, draws, block)
        ]
    )
