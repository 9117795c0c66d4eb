"""Weights: how much of which pixels goes into each pixel of a scaled side, as Pillow has them.

Pillow's resize is what published accuracies were measured with, so its arithmetic is kept to the
bit: a filter as wide as the scale, cut off at the picture's edge, in fixed point of 22 bits.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from types import MappingProxyType

import numpy as np
from jaxtyping import Float64, Int32, Int64

BITS = 22
"""Binary places of a weight: 32 less 8 of a grey level and 2 for what overshoots."""

_MOST = 2**20  # weights of one side; a picture of sane proportions has some thousands

_Filter = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Weights:
    """Pixel i of the scaled side is the sum of ``parts[i]`` times ``counts[i]`` pixels.

    Args:
        starts: The first of them.
        counts: How many they are.
        parts: Their weights, times 2**BITS; 0 behind the last.
    """

    starts: Int64[np.ndarray, " n"]
    counts: Int64[np.ndarray, " n"]
    parts: Int32[np.ndarray, "n k"]

    @property
    def span(self) -> tuple[int, int]:
        """The first pixel that any of them needs, and the one behind the last."""
        return int(self.starts[0]), int(self.starts[-1] + self.counts[-1])


@lru_cache(maxsize=64)
def weights(size: int, scaled: int, first: int, n: int, interpolation: str) -> Weights:
    """The weights of ``n`` pixels, from ``first`` on, of a side that is scaled.

    Args:
        size: Pixels that it has.
        scaled: Pixels that it gets.
        first: The first of these that is wanted.
        n: How many are wanted.
        interpolation: Anything but "nearest".

    Raises:
        ValueError: They would fill the memory.

    Example:
        >>> half = weights(4, 2, 0, 2, "box")
        >>> half.starts.tolist(), (half.parts[0] / 2**BITS).tolist()
        ([0, 2], [0.5, 0.5, 0.0])
    """
    reach, filter = _FILTERS[interpolation]
    scale = size / scaled
    wide = max(scale, 1.0)
    support = reach * wide
    k = ceil(support) * 2 + 1
    if n * k > _MOST:
        raise ValueError(f"too long and thin to be scaled from {size:,} to {scaled:,} pixels")
    middles = (np.arange(first, first + n) + 0.5) * scale
    starts = np.maximum((middles - support + 0.5).astype(np.int64), 0)
    counts = np.minimum((middles + support + 0.5).astype(np.int64), size) - starts
    places = np.arange(k)
    away = (places + starts[:, None] - middles[:, None] + 0.5) * (1.0 / wide)
    raw = np.where(places < counts[:, None], filter(away), 0.0)
    total = np.cumsum(raw, axis=1)[:, -1:]  # one after the other, as Pillow adds them up
    fixed = raw / np.where(total == 0, 1.0, total) * (1 << BITS)
    parts = np.trunc(fixed + np.where(fixed < 0, -0.5, 0.5)).astype(np.int32)
    return Weights(starts, counts, parts)


def _box(x: Float64[np.ndarray, "n k"]) -> Float64[np.ndarray, "n k"]:
    return np.where((x > -0.5) & (x <= 0.5), 1.0, 0.0)


def _bilinear(x: Float64[np.ndarray, "n k"]) -> Float64[np.ndarray, "n k"]:
    return np.maximum(1.0 - np.abs(x), 0.0)


def _bicubic(x: Float64[np.ndarray, "n k"]) -> Float64[np.ndarray, "n k"]:
    x = np.abs(x)
    near = (1.5 * x - 2.5) * x * x + 1
    far = (((x - 5) * x + 8) * x - 4) * -0.5
    return np.where(x < 1, near, np.where(x < 2, far, 0.0))


def _lanczos(x: Float64[np.ndarray, "n k"]) -> Float64[np.ndarray, "n k"]:
    return np.where((x >= -3) & (x < 3), _sinc(x) * _sinc(x / 3), 0.0)


def _sinc(x: Float64[np.ndarray, "n k"]) -> Float64[np.ndarray, "n k"]:
    angle = np.where(x == 0, 1.0, x * np.pi)
    return np.where(x == 0, 1.0, np.sin(angle) / angle)


_FILTERS: Mapping[str, tuple[float, _Filter]] = MappingProxyType(
    {
        "box": (0.5, _box),
        "bilinear": (1.0, _bilinear),
        "bicubic": (2.0, _bicubic),
        "lanczos": (3.0, _lanczos),
    }
)
"""From an interpolation to how far it reaches and its filter."""
