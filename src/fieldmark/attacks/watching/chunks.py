"""Chunks: models are shown batches of one shape, so that no example's outcome hangs on another.

Arithmetic on a batch of another shape may differ in the last bit. So whatever is asked, the model
is shown whole chunks, the last one filled up with repeats.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from fieldmark.records import Rows

if TYPE_CHECKING:
    import torch

CHUNK = 32
"""How many pictures a model is shown at a time on a CPU while it is attacked and judged."""

SMALL_CHUNK = 16
"""The same for pictures of many values: they keep a CPU busy, and less is filled up in vain."""

MANY_VALUES = 2048
"""A grey picture of 28 × 28 pixels has fewer, one of 32 × 32 pixels in colour has more."""

GPU_CHUNK = 256
"""The same on a GPU, which idles with less."""


def chunk_on(device: "torch.device", values: int) -> int:
    """How many pictures of so many values a model on ``device`` is shown at a time."""
    if device.type != "cpu":
        return GPU_CHUNK
    return SMALL_CHUNK if values > MANY_VALUES else CHUNK


def chunks(count: int, size: int) -> Iterator[Rows]:
    """``count`` rows in chunks of ``size``; the last one is filled up with its own first row.

    Example:
        >>> [rows.tolist() for rows in chunks(5, 3)]
        [[0, 1, 2], [3, 4, 3]]
    """
    for start in range(0, count, size):
        rows = np.arange(start, start + size)
        yield np.where(rows < count, rows, start)
