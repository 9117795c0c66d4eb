"""Draws: random numbers by their place in a stream, for many examples at once.

A generator object per example and query would cost more than the query. Here number i of an
example's stream is a function of its seed and i alone, so a whole block comes from one expression.
"""

import numpy as np
from jaxtyping import Float64, UInt64

from fieldmark.records import Seeds

GAMMA = np.uint64(0x9E3779B97F4A7C15)
FIRST = np.uint64(0xBF58476D1CE4E5B9)
SECOND = np.uint64(0x94D049BB133111EB)


def uniforms(seeds: Seeds, start: int | Seeds, count: int) -> Float64[np.ndarray, "n count"]:
    """Numbers ``start`` to ``start + count`` of the stream of each seed, uniform in [0, 1).

    Args:
        seeds: One for each stream, uint64 (n,).
        start: The place of the first, from 0; one for all streams or uint64 (n,).
        count: How many.

    Source:
        SplitMix64: Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators",
        doi:10.1145/2660193.2660195.

    Example:
        >>> both = uniforms(np.array([0, 1], dtype=np.uint64), 0, 4)
        >>> bool((uniforms(np.array([1], dtype=np.uint64), 2, 2) == both[1, 2:]).all())
        True
    """
    numbers: Float64[np.ndarray, "n count"] = (
        words(seeds, start, count) >> np.uint64(11)
    ) * 2.0**-53
    return numbers


def words(seeds: Seeds, start: int | Seeds, count: int) -> UInt64[np.ndarray, "n count"]:
    """The same as 64-bit words.

    Example:
        >>> hex(words(np.array([0], dtype=np.uint64), 0, 1)[0, 0])
        '0xe220a8397b1dcdaf'
    """
    first = np.atleast_1d(np.asarray(start, dtype=np.uint64))[:, None]
    word: UInt64[np.ndarray, "n count"] = (
        seeds[:, None] + (first + np.arange(1, count + 1, dtype=np.uint64)) * GAMMA
    )
    word = (word ^ (word >> np.uint64(30))) * FIRST
    word = (word ^ (word >> np.uint64(27))) * SECOND
    return word ^ (word >> np.uint64(31))
