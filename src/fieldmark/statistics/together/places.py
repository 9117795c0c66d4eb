"""Tie groups: which subjects cannot be told apart, when every pair is compared at once."""

from dataclasses import dataclass
from math import isinf, nan

import numpy as np
from jaxtyping import Bool, Float64, Int64

from fieldmark.records import Estimate, undefined
from fieldmark.statistics.ground.distributions import checked_level, percent_sure
from fieldmark.statistics.together.joint import level_each, pairwise_critical_value
from fieldmark.statistics.together.similarity import PairAgreement


@dataclass(frozen=True)
class TieGroups:
    """Who has been shown to be better than whom, and the places that follow.

    Args:
        better: Has the subject of the row been shown to be more accurate than that of the column?
        p: Exact McNemar p-value of each pair, float64 (s, s); 1 with oneself.
        threshold: A pair is told apart where its p-value is at most this.
        places: Per subject, the rank with the places it may take: the value is 1 + how many have
            been shown to be better, low is the same, high leaves room for all that have not been
            shown to be worse.
        comparisons: How many pairs were compared.
    """

    better: Bool[np.ndarray, "s s"]
    p: Float64[np.ndarray, "s s"]
    threshold: float
    places: tuple[Estimate, ...]
    comparisons: int

    @property
    def first(self) -> Int64[np.ndarray, " k"]:
        """The rows of those that share the first place: nobody has been shown to be better."""
        return np.flatnonzero(~self.better.any(axis=0))

    def tied_with(self, row: int) -> Int64[np.ndarray, " k"]:
        """The rows that cannot be told apart from ``row``, itself among them."""
        return np.flatnonzero(~(self.better[row] | self.better[:, row]))


def tie_groups(
    counts: PairAgreement,
    *,
    rng: np.random.Generator,
    draws: int = 10_000,
    level: float = 0.95,
) -> TieGroups:
    """Places on a leaderboard that are shared by those who cannot be told apart.

    The rule: every pair is compared on the same examples with McNemar's exact test. A pair is told
    apart where p is at most the level that the largest of all these correlated comparisons leaves
    to each, so that with a chance of at least ``level`` no pair of equals is told apart. A
    subject's place is 1 + the number of subjects shown to be better; those of one place form a
    group, and several may share the first. (Being tied is not handed on: a may be tied with b,
    and b with c, while a is shown to be better than c. Then b shares a's place or c's, or neither.)

    Args:
        counts: Who is right together with whom, see ``pair_agreement``.
        rng: Source of chance for the threshold.
        draws: Monte Carlo draws of the largest comparison.
        level: Confidence level in (0, 1), for all pairs and all places at once.

    Returns:
        The groups. ``places`` hold the true ranks of all subjects at once with confidence
        ``level``; they are undefined without examples.

    Raises:
        DataError: No draws, or an impossible level.

    Source:
        Mogstad, Romano, Shaikh & Wilhelm 2024, doi:10.1093/restud/rdad006, with McNemar's test in
        place of their studentised difference; the threshold is that of
        ``pairwise_critical_value``.

    Example:
        >>> from fieldmark.statistics import pair_agreement
        >>> rows = np.arange(60) < np.array([[59], [58], [20]])
        >>> found = tie_groups(pair_agreement(rows), rng=np.random.Generator(np.random.PCG64(0)))
        >>> [(int(one.value), int(one.high)) for one in found.places], found.first.tolist()
        ([(1, 2), (1, 2), (3, 3)], [0, 1])
    """
    checked_level(level)
    subjects = len(counts.both)
    p = mcnemar_pairs(counts)
    critical = pairwise_critical_value(counts, rng=rng, draws=draws, level=level)
    threshold = 0.0 if isinf(critical) else 1 - level_each(critical)
    only = counts.only_first
    better = (only > only.T) & (p <= threshold)
    beaten, beats = better.sum(axis=0), better.sum(axis=1)
    pairs = subjects * (subjects - 1) // 2
    method = f"exact McNemar tests of {pairs} pairs, {percent_sure(level)} for all at once"
    if counts.n == 0:
        places = tuple(undefined(method) for _ in range(subjects))
    else:
        places = tuple(
            Estimate(1.0 + above, 1.0 + above, float(subjects - below), counts.n, method)
            for above, below in zip(beaten.tolist(), beats.tolist(), strict=True)
        )
    return TieGroups(better, p, threshold, places, pairs)


def mcnemar_pairs(counts: PairAgreement) -> Float64[np.ndarray, "s s"]:
    """The exact two-sided McNemar p-value of every pair; 1 where two never differ.

    NaN without examples.

    Source:
        McNemar 1947, doi:10.1007/BF02295996; see ``mcnemar`` for one pair.
    """
    from scipy.special import bdtr

    only = counts.only_first
    if counts.n == 0:
        return np.full(only.shape, nan)
    fewer, either = np.minimum(only, only.T), only + only.T
    tail = bdtr(fewer.astype(np.float64), either, 0.5)
    return np.minimum(1.0, 2 * np.where(either > 0, tail, 1.0))
