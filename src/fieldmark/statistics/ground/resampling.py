"""Bootstrap draws as weights: a draw says how often each row counts, and a mean is a product."""

import numpy as np
from jaxtyping import Float64

from fieldmark.records import DataError

_BLOCK = 4_000_000
"""Weights held at once (32 MB), whatever the number of examples."""


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
    rows = rng.integers(n, size=(draws, n)) + n * np.arange(draws)[:, None]
    return np.bincount(rows.ravel(), minlength=draws * n).reshape(draws, n).astype(np.float64)


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
