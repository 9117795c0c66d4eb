"""Encoded pictures one after the other in one array of bytes, with the places where each begins."""

from dataclasses import dataclass

import numpy as np

from fieldmark.records import DataError


@dataclass(frozen=True)
class Blob:
    """From rows to slices of one array of bytes."""

    data: np.ndarray
    starts: np.ndarray

    def __call__(self, row: int) -> bytes:
        """The bytes of one row."""
        return self.data[self.starts[row] : self.starts[row + 1]].tobytes()


def blob(data: np.ndarray, starts: np.ndarray, *, file: str) -> Blob:
    """The pictures of an archive that keeps them in one array.

    Args:
        data: All bytes, uint8 (b,).
        starts: Where each picture begins, and where the last one ends, whole numbers (n + 1,).
        file: The archive, for messages.

    Raises:
        DataError: The arrays do not fit together.
    """
    if data.dtype != np.uint8 or data.ndim != 1:
        raise DataError(f"{file}: images are {data.dtype} {data.shape}; give bytes, uint8 (b,)")
    if not np.issubdtype(starts.dtype, np.integer) or starts.ndim != 1 or len(starts) < 2:
        raise DataError(f"{file}: offsets are {starts.dtype} {starts.shape}; give n + 1 places")
    begins, ends = int(starts[0]), int(starts[-1])
    if begins != 0 or ends != len(data) or (np.diff(starts.astype(np.int64)) < 0).any():
        raise DataError(
            f"{file}: offsets run from {begins} to {ends}, not upwards from 0 to {len(data)}, "
            "where the bytes end; write them again"
        )
    return Blob(data, starts.astype(np.int64))
