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

LADDER = (64, 32, 16)
"""How many where it says the same in all of these shapes: large ones cost less for each picture,
and small ones leave less to be filled up."""

SMALL_CHUNK = 16
"""How many pictures of many values: they keep a CPU busy, and less is filled up in vain."""

MANY_VALUES = 4096
"""A picture of 32 × 32 pixels in colour has fewer."""

GPU_CHUNK = 256
"""How many on a GPU, which idles with less."""


def chunk_on(device: "torch.device", values: int) -> int:
    """How many pictures of so many values a model on ``device`` is shown at a time."""
    if device.type != "cpu":
        return GPU_CHUNK
    return SMALL_CHUNK if values > MANY_VALUES else CHUNK


def chunks(count: int, *sizes: int) -> Iterator[Rows]:
    """``count`` rows in chunks; the last one is filled up with its own first row.

    Args:
        count: How many rows.
        sizes: Of chunks, the largest first, each a multiple of the smallest, to which the rows
            are filled up.

    Example:
        >>> [rows.tolist() for rows in chunks(5, 3)]
        [[0, 1, 2], [3, 4, 3]]
        >>> [[len(rows) for rows in chunks(count, 64, 32, 16)] for count in (107, 50)]
        [[64, 32, 16], [64]]
    """
    start, padded = 0, -(-count // sizes[-1]) * sizes[-1]
    while start < padded:
        size = next(size for size in sizes if size <= padded - start)
        rows = np.arange(start, start + size)
        yield np.where(rows < count, rows, start)
        start += size
