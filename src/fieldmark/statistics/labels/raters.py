"""Agreement of many raters: Fleiss' kappa and Krippendorff's alpha, with intervals over items."""

from collections.abc import Callable
from math import nan

import numpy as np
from jaxtyping import Float64, Int64

from fieldmark.records import DataError, Estimate, undefined
from fieldmark.statistics.ground.distributions import checked_level, percent_sure
from fieldmark.statistics.ground.resampling import middle_of

Counts = Int64[np.ndarray, "n k"]
Sums = Float64[np.ndarray, "draws k_and_more"]
_BLOCK = 4_000_000
"""Numbers drawn at once (32 MB), whatever the number of items."""


def fleiss_kappa(
    counts: Counts, *, rng: np.random.Generator, draws: int = 1000, level: float = 0.95
) -> Estimate:
    """Agreement beyond chance of raters of whom equally many answered about each item.

    Args:
        counts: How many raters chose each category for each item, (items, categories).
        rng: Source of chance.
        draws: Bootstrap samples of the items.
        level: Share of the draws inside the interval.

    Returns:
        The kappa, ``n`` counting items; items without answers are missing. Undefined with fewer
        than two raters an item, and when one category takes every answer: then chance agrees
        perfectly as well.

    Raises:
        DataError: Negative counts, or items with different numbers of raters: alpha allows that.

    Source:
        Fleiss 1971, doi:10.1037/h0031619.

    Example:
        >>> counts = np.array([[3, 0], [0, 3], [2, 1], [3, 0]])
        >>> rng = np.random.Generator(np.random.PCG64(0))
        >>> round(fleiss_kappa(counts, rng=rng).value, 3)
        0.625
    """
    asked = _checked(counts).sum(axis=1)
    if len(np.unique(asked[asked > 0])) > 1:
        raise DataError(
            f"between {asked[asked > 0].min()} and {asked.max()} raters answered about an item: "
            "Fleiss' kappa needs equally many, Krippendorff's alpha does not"
        )
    return _chance_corrected(counts, "Fleiss", _kappas, rng, draws, level)


def krippendorff_alpha(
    counts: Counts, *, rng: np.random.Generator, draws: int = 1000, level: float = 0.95
) -> Estimate:
    """Agreement beyond chance for nominal categories, whoever answered about what.

    Args:
        counts: How many raters chose each category for each item, (items, categories).
        rng: Source of chance.
        draws: Bootstrap samples of the items.
        level: Share of the draws inside the interval.

    Returns:
        The alpha, ``n`` counting items with two answers or more; the others are missing. Undefined
        without such items, and when one category takes every answer.

    Raises:
        DataError: Negative counts.

    Source:
        Krippendorff 2011, "Computing Krippendorff's alpha-reliability", section C; the interval is
        a percentile bootstrap over items (his resamples pairs, as if they were independent).

    Example:
        >>> counts = np.array([[2, 0], [0, 3], [1, 1], [1, 0]])
        >>> rng = np.random.Generator(np.random.PCG64(0))
        >>> found = krippendorff_alpha(counts, rng=rng)
        >>> round(found.value, 3), found.n, found.missing
        (0.5, 3, 1)
    """
    return _chance_corrected(_checked(counts), "Krippendorff", _alphas, rng, draws, level)


def _chance_corrected(
    counts: Counts,
    name: str,
    coefficient: Callable[[np.ndarray], np.ndarray],
    rng: np.random.Generator,
    draws: int,
    level: float,
) -> Estimate:
    """The coefficient of all items, and of resampled ones."""
    method = f"{name}, bootstrap over items, percentile {percent_sure(checked_level(level))}"
    kept = counts[counts.sum(axis=1) >= 2]
    n, missing = len(kept), len(counts) - len(kept)
    if draws < 1:
        raise DataError(f"at least one bootstrap sample is needed, got {draws}")
    if n == 0:
        return undefined(method, missing=missing)
    # Items with the same counts are the same item: draw how often each kind comes.
    kinds, often = np.unique(kept, axis=0, return_counts=True)
    parts = _parts(kinds)
    value = float(coefficient(often.astype(np.float64)[None] @ parts)[0])
    if np.isnan(value):
        return undefined(method, n=n, missing=missing)
    block = max(1, _BLOCK // len(often))
    sizes = [min(block, draws - done) for done in range(0, draws, block)]
    sums = [rng.multinomial(n, often / n, size=size) @ parts for size in sizes]
    drawn = coefficient(np.concatenate(sums))
    ends = middle_of(drawn[~np.isnan(drawn)], level)
    return Estimate(value, *ends, n=n, method=method, missing=missing)


def _parts(kinds: Counts) -> Float64[np.ndarray, "n k_and_more"]:
    """Per item what both coefficients add up: one, pairs in disagreement, answers by category."""
    asked = kinds.sum(axis=1)
    apart = (asked**2 - (kinds**2).sum(axis=1)) / (asked - 1)
    return np.column_stack([np.ones(len(kinds)), apart, kinds]).astype(np.float64)


def _alphas(sums: Sums) -> np.ndarray:
    """1 - observed / expected disagreement, without replacement."""
    apart, totals = sums[:, 1], sums[:, 2:]
    answers = totals.sum(axis=1)
    by_chance = (answers**2 - (totals**2).sum(axis=1)) / (answers - 1)
    return np.where(by_chance > 0, 1 - apart / np.where(by_chance > 0, by_chance, 1), nan)


def _kappas(sums: Sums) -> np.ndarray:
    """1 - observed / expected disagreement, with replacement."""
    apart, totals = sums[:, 1], sums[:, 2:]
    answers = totals.sum(axis=1)
    by_chance = (answers**2 - (totals**2).sum(axis=1)) / answers
    return np.where(by_chance > 0, 1 - apart / np.where(by_chance > 0, by_chance, 1), nan)


def _checked(counts: Counts) -> Counts:
    if (counts < 0).any():
        raise DataError(f"how many raters chose a category is not negative, got {counts.min()}")
    return counts
