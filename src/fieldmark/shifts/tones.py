"""Tones: grey levels bent or made fewer, by a display curve that was forgotten or a flat file."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from fieldmark.shifts.accidents import Accident, Picture, printed

EXPONENTS = printed(1.1, 1.25, 1.5, 1.8, 2.2)
"""Exponent on levels in [0, 1]; 2.2 is a display curve too many."""

DEPTHS = printed(7, 6, 5, 4, 3)
"""Bits per channel."""


def darker(picture: Picture, *, exponent: float) -> Picture:
    """The picture with every level in [0, 1] raised to ``exponent``, rounded.

    Example:
        >>> darker(np.array([[[0], [128], [255]]], np.uint8), exponent=2.2).ravel().tolist()
        [0, 56, 255]
    """
    return _looked_up(picture, (np.arange(256) / 255.0) ** exponent)


def lighter(picture: Picture, *, exponent: float) -> Picture:
    """The picture with every level in [0, 1] raised to 1 / ``exponent``, rounded."""
    return _looked_up(picture, (np.arange(256) / 255.0) ** (1 / exponent))


def shallower(picture: Picture, *, bits: int) -> Picture:
    """The picture in 2^``bits`` levels from black to white, the nearest of them each time.

    Example:
        >>> shallower(np.array([[[0], [100], [255]]], np.uint8), bits=3).ravel().tolist()
        [0, 109, 255]
    """
    steps = 2**bits - 1
    return _looked_up(picture, np.rint(np.arange(256) * (steps / 255.0)) / steps)


def _looked_up(picture: Picture, curve: np.ndarray) -> Picture:
    # The margin keeps halves, which a power may miss by its last bit, on one side.
    return np.floor(curve * 255.0 + 0.5 + 1e-9).astype(np.uint8)[picture]


TONES: Mapping[str, Accident] = MappingProxyType(
    {
        one.name: one
        for one in (
            Accident("gamma-dark", darker, "exponent", EXPONENTS),
            Accident("gamma-light", lighter, "exponent", EXPONENTS, {"exponent is": "a root"}),
            Accident("bit-depth", shallower, "bits", DEPTHS, {"levels": "nearest"}),
        )
    }
)
"""From a name to how it is made at each of its levels."""
