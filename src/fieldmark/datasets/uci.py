"""UCI digits: other people's handwriting, brought into MNIST's frame."""

from functools import cache
from math import floor

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from fieldmark.datasets.held import held
from fieldmark.datasets.mnist import DIGITS
from fieldmark.datasets.packaged import packaged_table
from fieldmark.records import DatasetCard, Examples

_FULL = 16  # dots in a block of 4×4
_INK, _FRAME, _MIDDLE = 20, 28, 14  # MNIST: ink fits 20×20, its centre of mass is on pixel 14

_CARD = DatasetCard(
    name="uci-digits",
    title="1,797 digits of other writers, in MNIST's frame",
    source="Optical Recognition of Handwritten Digits (Alpaydin, Kaynak 1998), UCI Machine "
    "Learning Repository, doi:10.24432/C50P49: its test part, as scikit-learn carries it",
    licence="CC BY 4.0 (UCI Machine Learning Repository)",
    collected="Made at Boğaziçi University, Istanbul, from the forms of 43 people; these digits "
    "are by the 13 of them who wrote none of the set's training part. NIST's programs made 32×32 "
    "bitmaps of them, in which 4×4 blocks were counted: 8×8 values of 0..16. Here each is treated "
    "as MNIST's digits were: the box around its ink is scaled to fit 20×20, keeping its aspect "
    "ratio (bicubic, 16 dots are level 255), and set into 28×28 with its centre of mass on pixel "
    "14. What differs from mnist-test is the writers and how they were taught (a 1 with a flag, a "
    "crossed 7, a curled 9), the scanner, the coarse sampling, and the width: in the bitmaps every "
    "digit fills all 8 rows of blocks and most fill 6 columns, so that a 1 is wider than MNIST's",
    not_for="telling the effect of handwriting from that of the coarse 8×8 sampling, or an even "
    "judgement of writers: who wrote which digit is not known",
    reference="mnist-test",
)


@cache
def uci_digits() -> Examples:
    """The 1,797 UCI test digits in MNIST's frame, 28×28 grey: a natural shift of ``mnist_test``.

    Raises:
        DataError: The installed scikit-learn carries no digits, or others.

    Source:
        Alpaydin, Kaynak 1998, doi:10.24432/C50P49. Theirs are 8×8; the card says how these came.

    Example:
        >>> digits = uci_digits()
        >>> len(digits), digits.frame, digits.card.reference
        (1797, (28, 28, 1), 'mnist-test')
    """
    table = packaged_table(
        "sklearn", "datasets/data/digits.csv.gz", columns=65, content="0576743f8bb5067f"
    )
    pixels = np.stack([in_mnist_frame(blocks) for blocks in table[:, :-1].reshape(-1, 8, 8)])
    ids = tuple(f"uci-{row:04d}" for row in range(len(table)))
    return held(_CARD, DIGITS, ids, table[:, -1].astype(np.int64), pixels[..., np.newaxis])


def in_mnist_frame(blocks: UInt8[np.ndarray, "8 8"]) -> UInt8[np.ndarray, "28 28"]:
    """One digit, given as dots per block (0..16), as MNIST would have framed it.

    Example:
        >>> dot = np.zeros((8, 8), np.uint8)
        >>> dot[0, 0] = 16
        >>> rows, columns = np.nonzero(in_mnist_frame(dot))
        >>> int(rows.min() + rows.max()) // 2, int(columns.min() + columns.max()) // 2
        (14, 14)
    """
    levels = (blocks.astype(np.uint16) * 255 + _FULL // 2) // _FULL
    return in_frame(_scaled(levels.astype(np.uint8)))


def in_frame(tile: UInt8[np.ndarray, "20 20"]) -> UInt8[np.ndarray, "28 28"]:
    """A digit drawn at 20×20, set into 28×28 with its centre of mass in the middle."""
    mass = tile.astype(np.float64)
    top, left = (
        # Ink at one edge of the tile cannot push the tile out of the frame.
        min(max(floor(_MIDDLE - _centre(mass.sum(axis=axis)) + 0.5), 0), _FRAME - _INK)
        for axis in (1, 0)
    )
    frame = np.zeros((_FRAME, _FRAME), dtype=np.uint8)
    frame[top : top + _INK, left : left + _INK] = tile
    return frame


def _scaled(levels: UInt8[np.ndarray, "8 8"]) -> UInt8[np.ndarray, "20 20"]:
    """The smallest square around the ink, drawn at 20×20.

    8-bit resampling is whole-number arithmetic in Pillow, so every machine gets the same picture.
    """
    rows, columns = np.flatnonzero(levels.any(axis=1)), np.flatnonzero(levels.any(axis=0))
    half = max(rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1) / 2
    margin = len(levels)  # blank paper around it: the square may reach over the edge
    y, x = (margin + (ink[0] + ink[-1] + 1) / 2 for ink in (rows, columns))
    paper = Image.fromarray(np.pad(levels, margin))
    box = (float(x - half), float(y - half), float(x + half), float(y + half))
    return np.asarray(paper.resize((_INK, _INK), Image.Resampling.BICUBIC, box=box))


def _centre(mass: np.ndarray) -> float:
    return float(mass @ np.arange(len(mass)) / mass.sum())
