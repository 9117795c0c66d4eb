"""Geometry: the thing turned or moved in its frame, each image in a direction of its own."""

from functools import partial
from math import cos, pi, radians, sin

import numpy as np

from fieldmark.records import Pixels, Seeds, generator
from fieldmark.shifts.pixels import PixelShift, at_severity

DEGREES = (10.0, 20.0, 30.0, 45.0, 60.0)
"""How far a rotation turns at severities 1 to 5."""

SHARES = (0.05, 0.10, 0.15, 0.20, 0.25)
"""How far a translation moves at severities 1 to 5, over the shorter side."""


def rotation(severity: int) -> PixelShift:
    """Every image turned about its middle, clockwise or not by the toss of its own coin.

    Values between pixels are bilinear, what comes in from outside is black (the ground of digits).

    Raises:
        ConfigError: The severity is not 1 to 5.
    """
    degrees = at_severity("rotation", severity, DEGREES)
    settings = {
        "degrees": degrees,
        "direction": "either, at even odds for each example",
        "between pixels": "bilinear",
        "outside": "black",
        "grey levels": "rounded",
    }
    return PixelShift("rotation", severity, settings, partial(_turned_either_way, degrees=degrees))


def translation(severity: int) -> PixelShift:
    """Every image moved in a direction of its own by whole pixels, so that nothing is blurred.

    What comes in from outside is black (the ground of digits).

    Raises:
        ConfigError: The severity is not 1 to 5.
    """
    share = at_severity("translation", severity, SHARES)
    settings = {
        "share of the shorter side": share,
        "direction": "uniform on the circle for each example",
        "between pixels": "none, both steps are rounded to whole pixels",
        "outside": "black",
    }
    return PixelShift("translation", severity, settings, partial(_moved, share=share))


def turned(images: Pixels, *, degrees: float) -> Pixels:
    """Images turned about their middle, counter-clockwise as seen, by ``degrees``.

    Example:
        >>> corner = np.zeros((1, 16, 16, 1), np.uint8)
        >>> corner[0, 0, 0] = 200  # top left
        >>> int(turned(corner, degrees=90.0)[0, 15, 0, 0])  # bottom left
        200
    """
    _, height, width, _ = images.shape
    middle_row, middle_column = (height - 1) / 2, (width - 1) / 2
    row, column = np.mgrid[:height, :width]
    down, right = row - middle_row, column - middle_column
    cosine, sine = cos(radians(degrees)), sin(radians(degrees))
    # Where each pixel of the turned image comes from, in a frame with a black border of one pixel;
    # whatever lies further out is border too.
    from_row = np.clip(down * cosine + right * sine + middle_row + 1, 0, height + 1)
    from_column = np.clip(right * cosine - down * sine + middle_column + 1, 0, width + 1)
    top = np.minimum(from_row.astype(np.int64), height)
    left = np.minimum(from_column.astype(np.int64), width)
    below, beside = (from_row - top)[..., None], (from_column - left)[..., None]
    framed = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    values = framed[:, top, left] * ((1 - below) * (1 - beside))
    values += framed[:, top, left + 1] * ((1 - below) * beside)
    values += framed[:, top + 1, left] * (below * (1 - beside))
    values += framed[:, top + 1, left + 1] * (below * beside)
    return np.rint(values).astype(np.uint8)


def _turned_either_way(images: Pixels, seeds: Seeds, *, degrees: float) -> Pixels:
    clockwise = np.array([generator(seed).random() < 0.5 for seed in seeds], dtype=bool)
    result = np.empty_like(images)
    result[clockwise] = turned(images[clockwise], degrees=-degrees)
    result[~clockwise] = turned(images[~clockwise], degrees=degrees)
    return result


def _moved(images: Pixels, seeds: Seeds, *, share: float) -> Pixels:
    _, height, width, _ = images.shape
    length = share * min(height, width)
    result = np.zeros_like(images)
    for row, seed in enumerate(seeds):
        angle = 2 * pi * generator(seed).random()
        down, right = round(length * sin(angle)), round(length * cos(angle))
        source = images[row, _kept(-down, height), _kept(-right, width)]
        result[row, _kept(down, height), _kept(right, width)] = source
    return result


def _kept(step: int, side: int) -> slice:
    """The part of a side that a move by ``step`` still fills."""
    return slice(max(step, 0), side + min(step, 0))
