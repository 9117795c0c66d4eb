"""Candidates: for each picture the few of another set that look most like it from afar."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int64, UInt8

Descriptors = Float32[np.ndarray, "n d"]
Others = Float32[np.ndarray, "m d"]

SIDE = 16
_BLOCK = 512
_FLAT = 2.0  # grey levels; what varies less has nothing to be recognised by


@dataclass(frozen=True)
class Near:
    """The pictures of one set that are nearest to each of another.

    Args:
        rows: Rows of the first set, int64 (m, k), nearest first; -1 where there is none.
        likeness: Correlations of the descriptors, float32 (m, k).
    """

    rows: Int64[np.ndarray, "m k"]
    likeness: Float32[np.ndarray, "m k"]


def descriptors(greys: UInt8[np.ndarray, "n s s"]) -> Descriptors:
    """16 × 16 grey levels of each picture, without their mean and of unit length, float32 (n, 256).

    So a change of brightness or contrast changes nothing, and the product of two descriptors is
    the correlation of the two pictures. One that is flat gets zeros: it is like nothing.
    """
    import cv2

    small = np.stack(
        [cv2.resize(one, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for one in greys]
        if greys.shape[1] > SIDE
        else list(greys)
    ).astype(np.float32)
    flat = small.reshape(len(small), -1)
    flat -= flat.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(flat, axis=1, keepdims=True)
    told = lengths > _FLAT * np.sqrt(flat.shape[1])
    return np.where(told, flat / np.where(told, lengths, 1), 0).astype(np.float32)


def nearest(first: Descriptors, second: Others, k: int, *, itself: bool = False) -> Near:
    """The ``k`` rows of ``first`` that correlate most with each row of ``second``.

    Every pair is compared, in blocks of matrix products: 50,000 × 10,000 are 5 · 10⁸ pairs.

    Args:
        first: Descriptors that are searched.
        second: Those that are looked for.
        k: How many.
        itself: Are both the same set? Then a row is not its own neighbour.

    Example:
        >>> near = nearest(np.eye(3, dtype=np.float32), np.float32([[0, 0.8, 0.6]]), 2)
        >>> near.rows.tolist()
        [[1, 2]]
    """
    k = min(k, len(first))
    rows = np.empty((len(second), k), np.int64)
    likeness = np.empty((len(second), k), np.float32)
    for start in range(0, len(second), _BLOCK):
        block = second[start : start + _BLOCK] @ first.T
        if itself:
            own = np.arange(len(block))
            block[own, start + own] = -np.inf
        best = np.argpartition(block, -k, axis=1)[:, -k:]
        alike = np.take_along_axis(block, best, axis=1)
        order = np.argsort(-alike, axis=1, kind="stable")
        rows[start : start + _BLOCK] = np.take_along_axis(best, order, axis=1)
        likeness[start : start + _BLOCK] = np.take_along_axis(alike, order, axis=1)
    return Near(rows, likeness)
