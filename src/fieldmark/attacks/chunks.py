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

GPU_CHUNK = 256
"""The same on a GPU, which idles with less."""


def chunk_on(device: "torch.device") -> int:
    """How many pictures a model on ``device`` is shown at a time."""
    return CHUNK if device.type == "cpu" else GPU_CHUNK


def chunks(count: int, size: int) -> Iterator[Rows]:
    """``count`` rows in chunks of ``size``; the last one is filled up with its own first row.

    Example:
        >>> [rows.tolist() for rows in chunks(5, 3)]
        [[0, 1, 2], [3, 4, 3]]
    """
    for start in range(0, count, size):
        rows = np.arange(start, start + size)
        yield np.where(rows < count, rows, start)
