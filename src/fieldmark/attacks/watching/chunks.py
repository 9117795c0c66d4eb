"""Chunks: models are shown batches of few shapes, so that no example's outcome hangs on another.

Arithmetic on a batch of another shape may differ in the last bit. So whatever is asked, the model
is shown whole chunks, the last one filled up with repeats; of several shapes only where the model
was seen to say the same in all of them, bit for bit.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from fieldmark.records import Rows

if TYPE_CHECKING:
    import torch

CHUNK = 32
"""How many pictures a model is shown at a time on a CPU while it is attacked and judged."""

LADDER = (256, 128, 64, 32, 16, 8)
"""How many where it says the same in all of these shapes: large ones cost less for each picture,
and small ones leave less to be filled up."""

MOST_VALUES = 2**18
"""How many values such a chunk may have: more do not stay near a CPU."""

SMALL_CHUNK = 16
"""How many pictures of many values: they keep a CPU busy, and less is filled up in vain."""

MANY_VALUES = 4096
"""A picture of 32 × 32 pixels in colour has fewer."""

GPU_CHUNK = 256
"""How many on a GPU, which idles with less."""


ENOUGH = 0.85
"""The share of a chunk that must not be filling, or smaller ones are taken in its place."""


def chunk_on(device: "torch.device", values: int) -> int:
    """How many pictures of so many values a model on ``device`` is shown at a time."""
    if device.type != "cpu":
        return GPU_CHUNK
    return SMALL_CHUNK if values > MANY_VALUES else CHUNK


def ladder(values: int) -> tuple[int, ...]:
    """The chunks of pictures of so many values that are tried on a CPU, the largest first.

    Example:
        >>> ladder(28 * 28), ladder(3 * 32 * 32)
        ((256, 128, 64, 32, 16, 8), (64, 32, 16, 8))
    """
    return tuple(size for size in LADDER if size <= CHUNK or size * values <= MOST_VALUES)


def chunks(count: int, *sizes: int) -> Iterator[Rows]:
    """``count`` rows in chunks; the last one is filled up with its own first row.

    Args:
        count: How many rows.
        sizes: Of chunks, the largest first, each a multiple of the smallest, to which the rows
            are filled up.

    Example:
        >>> [rows.tolist() for rows in chunks(5, 3)]
        [[0, 1, 2], [3, 4, 3]]
        >>> [[len(rows) for rows in chunks(count, 128, 64, 32, 16)] for count in (50, 90, 107)]
        [[64], [64, 32], [128]]
    """
    start, padded = 0, -(-count // sizes[-1]) * sizes[-1]
    while start < padded:
        size = next((size for size in sizes if padded - start >= ENOUGH * size), sizes[-1])
        rows = np.arange(start, start + size)
        yield np.where(rows < count, rows, start)
        start += size
