"""Items: what the examples of a test set tell about its subjects, as psychometrics would ask."""

from dataclasses import dataclass
from math import nan

import numpy as np
from jaxtyping import Bool, Float64, Int64

from fieldmark.records import DataError, Estimate, undefined
from fieldmark.statistics.ground.distributions import checked_level, percent_sure
from fieldmark.statistics.ground.multiplicity import holm
from fieldmark.statistics.shares.intervals import clopper_pearson

Correct = Bool[np.ndarray, "s n"]
_BLOCK = 8_000_000


@dataclass(frozen=True)
class Saturation:
    """What share of a test set still tells subjects apart.

    Args:
        everybody: Examples that every subject has right.
        nobody: Examples that every subject has wrong: too hard, or labelled wrongly.
        telling: The others.
    """

    everybody: Estimate
    nobody: Estimate
    telling: Estimate


@dataclass(frozen=True)
class Discrimination:
    """Which pairs of subjects a test set tells apart.

    Args:
        told: Share of the pairs; its interval is NaN, for pairs are no sample of anything.
        adjusted: float64 (pairs,): McNemar's exact p-values, adjusted by Holm over all pairs.
        first: int64 (pairs,): the one subject of each pair.
        second: int64 (pairs,): the other.
    """

    told: Estimate
    adjusted: Float64[np.ndarray, " p"]
    first: Int64[np.ndarray, " p"]
    second: Int64[np.ndarray, " p"]


def saturation(correct: Correct, *, level: float = 0.95) -> Saturation:
    """How many examples all subjects have right, none has right, and how many tell them apart.

    Args:
        correct: Was subject s right on labelled example n?
        level: Confidence level in (0, 1) of the exact intervals.

    Returns:
        Three shares that add up to 1; undefined without subjects or examples.

    Example:
        >>> saturation(np.array([[True, True, False], [True, False, False]])).telling.value
        0.3333333333333333
    """
    subjects, n = correct.shape
    if not subjects:
        none = undefined(f"Clopper-Pearson {percent_sure(checked_level(level))}")
        return Saturation(none, none, none)
    right = correct.sum(axis=0)
    everybody, nobody = int((right == subjects).sum()), int((right == 0).sum())
    return Saturation(
        *(
            clopper_pearson(hits, n, level=level)
            for hits in (everybody, nobody, n - everybody - nobody)
        )
    )


def discrimination(correct: Correct, *, level: float = 0.95) -> Discrimination:
    """Which pairs of subjects differ, by McNemar's exact test with Holm over all pairs.

    Args:
        correct: Was subject s right on labelled example n?
        level: A pair is told apart where its adjusted p-value is at most 1 - ``level``.

    Returns:
        The pairs; the share is undefined with fewer than two subjects, or no examples.

    Example:
        >>> good, bad = np.ones((1, 50), np.bool_), np.zeros((1, 50), np.bool_)
        >>> discrimination(np.concatenate([good, good, bad])).told.value
        0.6666666666666666
    """
    from scipy.special import bdtr

    method = f"McNemar exact with Holm, {percent_sure(checked_level(level))}"
    subjects, n = correct.shape
    first, second = np.triu_indices(subjects, 1)
    if not len(first) or not n:
        empty = np.full(len(first), nan)
        return Discrimination(undefined(method, n=len(first)), empty, first, second)
    right = correct.astype(np.float32)
    both = (right @ right.T).astype(np.float64)
    hits = np.diag(both)
    only_first = hits[first] - both[first, second]
    only_second = hits[second] - both[first, second]
    fewer, apart = np.minimum(only_first, only_second), only_first + only_second
    p = np.where(apart > 0, np.minimum(1.0, 2 * bdtr(fewer, apart.astype(np.int64), 0.5)), 1.0)
    adjusted = holm(p)
    told = float((adjusted <= 1 - level).mean())
    share = Estimate(told, nan, nan, n=len(first), method=method)
    return Discrimination(share, adjusted, first, second)


def reliability(
    correct: Correct, *, rng: np.random.Generator, draws: int = 1000, level: float = 0.95
) -> Estimate:
    """Cronbach's alpha of right and wrong answers (Kuder-Richardson 20): how repeatable is a score?

    Of the variance of the subjects' scores, the share that another test set of the same size from
    the same source would reproduce. The interval resamples examples (basic bootstrap).

    Args:
        correct: Was subject s right on labelled example n?
        rng: Source of chance.
        draws: Number of bootstrap draws.
        level: Confidence level in (0, 1).

    Returns:
        At most 1, the higher the better; undefined with fewer than two subjects or examples, or
        where all subjects score the same.

    Raises:
        DataError: Fewer than one draw.

    Source:
        Kuder & Richardson 1937, doi:10.1007/BF02288391, formula 20.

    Example:
        >>> levels = np.arange(50)[None] < np.array([[10], [25], [40]])
        >>> rng = np.random.Generator(np.random.PCG64(0))
        >>> round(reliability(levels, rng=rng).value, 3)
        0.975
    """
    method = f"KR-20, bootstrap over examples {percent_sure(checked_level(level))}"
    if draws < 1:
        raise DataError(f"cannot make {draws} draws")
    subjects, n = correct.shape
    if subjects < 2 or n < 2:
        return undefined(method, n=n)
    right = correct.astype(np.float64)
    spread = right.var(axis=0)
    value = float(_alpha(np.ones((1, n)), right, spread)[0])
    block = max(1, _BLOCK // n)
    drawn = np.concatenate(
        [
            _alpha(
                rng.multinomial(n, np.full(n, 1 / n), size=some).astype(np.float64), right, spread
            )
            for some in (min(block, draws - start) for start in range(0, draws, block))
        ]
    )
    drawn = drawn[np.isfinite(drawn)]
    if not np.isfinite(value) or not len(drawn):
        return undefined(method, n=n)
    # A resample holds copies of examples, whose spread looks like agreement: correct for the shift.
    low, high = value - (np.quantile(drawn, [(1 + level) / 2, (1 - level) / 2]) - drawn.mean())
    return Estimate(value, float(min(low, value)), float(min(max(high, value), 1.0)), n, method)


def _alpha(weights: np.ndarray, right: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """KR-20 for each row of weights of the examples, (draws,); NaN where scores do not differ."""
    total = weights.sum(axis=1)
    scores = (weights @ right.T).var(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        alpha = total / (total - 1) * (1 - weights @ spread / scores)
    return np.where(scores > 0, alpha, nan)
