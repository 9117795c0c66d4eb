"""Bootstrap draws of many subjects' hits, or errors, on the same examples, as matrix products.

A draw says how often each example counts; all subjects are judged by the same draw, so what they
have in common cancels. Examples are taken chunk by chunk: first how many of the n come from each
chunk (multinomial), then which ones. That is the ordinary bootstrap, only in another order, and
memory does not grow with the number of examples.
"""

import numpy as np
from jaxtyping import Int64, UInt8

from fieldmark.records import Correct, DataError

_CHUNK = 1 << 13
"""Examples at a time: their counts stay in fast memory."""

_DRAWS = 512
"""Draws at a time: 16 MB of counts."""

_ROWS = 512
"""Rows of values at a time: 16 MB of them."""


def resampled_hits(
    correct: Correct, *, draws: int, rng: np.random.Generator
) -> Int64[np.ndarray, "draws s"]:
    """How many of n examples, drawn with replacement, each subject has right.

    Args:
        correct: Was subject s right on example n?
        draws: Number of bootstrap samples, the same for all subjects.
        rng: Source of chance.

    Raises:
        DataError: There are no examples, or no draws.

    Example:
        >>> two = np.array([[True] * 6, [True, False] * 3])
        >>> hits = resampled_hits(two, draws=4, rng=np.random.Generator(np.random.PCG64(0)))
        >>> hits[:, 0].tolist(), bool((hits[:, 1] < 6).any())
        ([6, 6, 6, 6], True)
    """
    return resampled_sums(correct.view(np.uint8), draws=draws, rng=rng)


def resampled_sums(
    values: UInt8[np.ndarray, "m n"], *, draws: int, rng: np.random.Generator
) -> Int64[np.ndarray, "draws m"]:
    """The sum of each row over n examples, drawn with replacement and jointly for all rows.

    Args:
        values: Small whole numbers, such as how often a subject erred on an example.
        draws: Number of bootstrap samples, the same for all rows.
        rng: Source of chance.

    Raises:
        DataError: There are no examples, or no draws.

    Example:
        >>> values = np.array([[3] * 6, [0, 6] * 3], np.uint8)
        >>> sums = resampled_sums(values, draws=4, rng=np.random.Generator(np.random.PCG64(0)))
        >>> sums[:, 0].tolist(), bool((sums[:, 1] % 6 == 0).all())
        ([18, 18, 18, 18], True)
    """
    rows, n = values.shape
    if n < 1 or draws < 1:
        raise DataError(f"cannot take {draws} samples of {n} examples")
    starts = range(0, n, _CHUNK)
    sizes = [min(_CHUNK, n - start) for start in starts]
    # From one chunk on the examples are equally likely, so only the chunk's total is needed.
    totals = rng.multinomial(n, np.array(sizes) / n, size=draws)
    sums = np.zeros((draws, rows), np.int64)
    for column, (start, size) in enumerate(zip(starts, sizes, strict=True)):
        for first in range(0, draws, _DRAWS):
            some = slice(first, first + _DRAWS)
            counts = _counts(totals[some, column], size, rng)
            for row in range(0, rows, _ROWS):
                part = values[row : row + _ROWS, start : start + size].astype(np.float32)
                # float32 adds whole numbers without rounding up to 2**24, and a chunk's sums are
                # far below it.
                sums[some, row : row + _ROWS] += (counts @ part.T).astype(np.int64)
    return sums


def _counts(totals: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """How often each of ``size`` examples comes in as many drawings as ``totals`` says."""
    counts = np.empty((len(totals), size), np.float32)
    for row, total in enumerate(totals):
        drawn = rng.integers(size, size=total, dtype=np.uint16)
        counts[row] = np.bincount(drawn, minlength=size)
    return counts
