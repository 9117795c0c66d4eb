"""Ranks: which places subjects take when the test set is drawn again and again."""

from dataclasses import dataclass
from math import nan

import numpy as np
from jaxtyping import Float64, Int64

from fieldmark.records import Correct, Estimate, undefined
from fieldmark.statistics.ground.distributions import checked_level, percent_sure
from fieldmark.statistics.ground.shared_draws import resampled_hits

Hits = Int64[np.ndarray, "draws s"]


@dataclass(frozen=True)
class Ranks:
    """The ranks of several subjects on one test set, 1 for the best.

    Args:
        ranks: Per subject, 1 + how many are strictly better, with its interval.
        best: Per subject, the chance of being the best, float64 (s,); they add up to 1. NaN
            without at least two examples.
        draws: How many bootstrap draws stand behind it.
    """

    ranks: tuple[Estimate, ...]
    best: Float64[np.ndarray, " s"]
    draws: int


def rank_intervals(
    correct: Correct, *, rng: np.random.Generator, draws: int = 1000, level: float = 0.95
) -> Ranks:
    """Rank intervals and chances of being the best, by a bootstrap of the examples.

    Every draw judges all subjects on the same resampled examples. Ties: the rank is the best one
    that the tie allows; the interval begins at the best ranks and ends at the worst ranks that ties
    allow, so copies of one subject get one interval that holds all their places; a shared first
    place is divided evenly.

    Args:
        correct: Was subject s right on example n? The same examples for all.
        rng: Source of chance.
        draws: Number of bootstrap draws.
        level: Share of the draws inside each interval, at least; one subject at a time.

    Returns:
        The ranks; undefined without examples. From a single example they have no ends and nobody
        has a chance: every draw is that example.

    Raises:
        DataError: No draws, or an impossible level.

    Source:
        Goldstein & Spiegelhalter 1996, doi:10.2307/2983325. The interval says how ranks scatter
        over test sets of this size; for what has been *shown*, see ``tie_groups``.

    Example:
        >>> clear = np.array([[True] * 50, [False] * 50, [True] * 40 + [False] * 10])
        >>> found = rank_intervals(clear, rng=np.random.Generator(np.random.PCG64(0)), draws=200)
        >>> [(one.value, one.low, one.high) for one in found.ranks], found.best.tolist()
        ([(1.0, 1.0, 1.0), (3.0, 3.0, 3.0), (2.0, 2.0, 2.0)], [1.0, 0.0, 0.0])
    """
    subjects, n = correct.shape
    method = f"paired bootstrap {percent_sure(checked_level(level))}, {draws:,} draws"
    if n == 0:
        nothing = tuple(undefined(method) for _ in range(subjects))
        return Ranks(nothing, np.full(subjects, nan), draws)
    own = ranks_of(correct.sum(axis=1, dtype=np.int64)[None])[0][0]
    if n == 1:
        alone = tuple(Estimate(float(one), nan, nan, n=1, method=method) for one in own)
        return Ranks(alone, np.full(subjects, nan), draws)
    hits = resampled_hits(correct, draws=draws, rng=rng)
    least, most = ranks_of(hits)
    shares = [(1 - level) / 2, (1 + level) / 2]
    low = np.quantile(least, shares[0], axis=0, method="inverted_cdf")
    high = np.quantile(most, shares[1], axis=0, method="inverted_cdf")
    first = least == 1
    ranks = tuple(
        Estimate(float(value), float(min(value, a)), float(max(value, b)), n=n, method=method)
        for value, a, b in zip(own, low, high, strict=True)
    )
    return Ranks(ranks, (first / first.sum(axis=1, keepdims=True)).mean(axis=0), draws)


def ranks_of(hits: Hits) -> tuple[Int64[np.ndarray, "draws s"], Int64[np.ndarray, "draws s"]]:
    """(best, worst) rank that ties allow, in each draw: 1 + how many are better, or at least equal.

    Example:
        >>> best, worst = ranks_of(np.array([[5, 9, 5]]))
        >>> best.tolist(), worst.tolist()
        ([[2, 1, 2]], [[3, 1, 3]])
    """
    draws, subjects = hits.shape
    ascending = np.sort(hits, axis=1)
    best, worst = np.empty_like(hits), np.empty_like(hits)
    for row in range(draws):
        best[row] = subjects + 1 - np.searchsorted(ascending[row], hits[row], side="right")
        worst[row] = subjects - np.searchsorted(ascending[row], hits[row], side="left")
    return best, worst
