"""Bootstrap draws as weights: a draw says how often each row counts, and a mean is a product."""

from math import nan

import numpy as np
from jaxtyping import Float64

from fieldmark.records import DataError
from fieldmark.statistics.ground.distributions import checked_level

_BLOCK = 4_000_000
"""Weights held at once (32 MB), whatever the number of examples."""

_FEW = 300
"""Rows from which on counting draw by draw, in fast memory, beats counting all draws at once."""


def resampled_counts(
    n: int, *, draws: int, rng: np.random.Generator
) -> Float64[np.ndarray, "draws n"]:
    """How often each of n rows comes in each of ``draws`` samples of n with replacement.

    Raises:
        DataError: Nothing to draw from, or no draws.

    Example:
        >>> counts = resampled_counts(5, draws=3, rng=np.random.Generator(np.random.PCG64(0)))
        >>> counts.sum(axis=1).tolist()
        [5.0, 5.0, 5.0]
    """
    if n < 1 or draws < 1:
        raise DataError(f"cannot take {draws} samples of {n} rows")
    rows = rng.integers(n, size=(draws, n))
    if n < _FEW:
        rows += n * np.arange(draws)[:, None]
        return np.bincount(rows.ravel(), minlength=draws * n).reshape(draws, n).astype(np.float64)
    counts = np.empty((draws, n))
    for draw, drawn in enumerate(rows):
        counts[draw] = np.bincount(drawn, minlength=n)
    return counts


def resampled_means(
    values: Float64[np.ndarray, "m n"], *, draws: int, rng: np.random.Generator
) -> Float64[np.ndarray, "draws m"]:
    """The mean of each row of ``values`` in each draw, all rows resampled jointly.

    Args:
        values: One row per model, one column per example.
        draws: Number of bootstrap samples of the examples.
        rng: Source of chance.

    Raises:
        DataError: There are no examples, or no draws.
    """
    n = values.shape[1]
    block = max(1, _BLOCK // max(n, 1))
    sizes = [min(block, draws - start) for start in range(0, max(draws, 1), block)]
    columns = np.ascontiguousarray(values.T)
    return np.concatenate(
        [resampled_counts(n, draws=size, rng=rng) @ columns / n for size in sizes]
    )


def middle_of(drawn: Float64[np.ndarray, " draws"], level: float) -> tuple[float, float]:
    """(low, high): between them lies the middle ``level`` of what was drawn.

    Draws that all say the same do not say that there is no spread: they were drawn from too few
    examples, or from examples that are all alike. An interval of no width would claim the
    opposite.

    Args:
        drawn: One number per draw.
        level: Share of the draws between low and high, in (0, 1).

    Returns:
        Both NaN for fewer than two draws, where a draw is NaN, and where all are the same up to
        rounding.

    Raises:
        DataError: An impossible level.

    Example:
        >>> middle_of(np.arange(101.0), 0.5)
        (25.0, 75.0)
        >>> middle_of(np.ones(100), 0.9)
        (nan, nan)
    """
    checked_level(level)
    if len(drawn) < 2 or not np.isfinite(drawn).all():
        return nan, nan
    if np.ptp(drawn) <= 1e-12 * max(1.0, float(np.abs(drawn).max())):
        return nan, nan
    low, high = np.percentile(drawn, [50 * (1 - level), 50 * (1 + level)])
    return float(low), float(high)
