"""Geometry: the thing turned, moved, sheared or scaled in its frame, each image its own way."""

from collections.abc import Callable, Mapping
from functools import partial
from math import cos, pi, radians, sin, tan
from types import MappingProxyType

import numpy as np

from fieldmark.records import Pixels, Seeds, generator
from fieldmark.shifts.pixels import PixelShift, at_severity

DEGREES = (10.0, 20.0, 30.0, 45.0, 60.0)
"""How far a rotation turns at severities 1 to 5."""

SHARES = (0.05, 0.10, 0.15, 0.20, 0.25)
"""How far a translation moves at severities 1 to 5, over the shorter side."""


LEANS = (5.0, 10.0, 15.0, 22.5, 30.0)
"""How far a shear leans, in degrees, at severities 1 to 5."""

FACTORS = (1.1, 1.2, 1.35, 1.5, 2.0)
"""How many times larger or smaller a scale makes at severities 1 to 5."""

FLIPS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {"left-right": (2,), "upside-down": (1,), "both": (1, 2)}
)
"""The axes of the array that a flip runs backwards, at each of its levels."""

_EVEN_ODDS = "either, at even odds for each example"
_SAMPLED = {"between pixels": "bilinear", "outside": "black", "grey levels": "rounded"}


def rotation(severity: int) -> PixelShift:
    """Every image turned about its middle, clockwise or not by the toss of its own coin.

    Values between pixels are bilinear, what comes in from outside is black (the ground of digits).

    Raises:
        ConfigError: The severity is not 1 to 5.
    """
    degrees = at_severity("rotation", severity, DEGREES)
    settings = {"degrees": degrees, "direction": _EVEN_ODDS, **_SAMPLED}
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


def shear(severity: int) -> PixelShift:
    """Every image leaning to the left or to the right by the toss of its own coin.

    Upright lines lean, level ones stay; between pixels and outside as in ``rotation``.

    Raises:
        ConfigError: The severity is not 1 to 5.
    """
    degrees = at_severity("shear", severity, LEANS)
    settings = {"degrees": degrees, "direction": _EVEN_ODDS, **_SAMPLED}
    return PixelShift("shear", severity, settings, partial(_sheared_either_way, degrees=degrees))


def scale(severity: int) -> PixelShift:
    """Every image enlarged or shrunk about its middle by the toss of its own coin.

    Between pixels and outside as in ``rotation``.

    Raises:
        ConfigError: The severity is not 1 to 5.
    """
    factor = at_severity("scale", severity, FACTORS)
    settings = {"factor": factor, "direction": "larger or smaller, at even odds", **_SAMPLED}
    return PixelShift("scale", severity, settings, partial(_scaled_either_way, factor=factor))


def flip(place: int) -> PixelShift:
    """Every image flipped: left for right, upside down, or both (half a turn).

    Raises:
        ConfigError: There is no such level.
    """
    level, axes = at_severity("flip", place, tuple(FLIPS.items()))
    settings = {"mirrored": " and ".join(("row", "column")[axis - 1] + "s" for axis in axes)}
    return PixelShift("flip", place, settings, partial(_flipped, axes=axes), level)


def turned(images: Pixels, *, degrees: float) -> Pixels:
    """Images turned about their middle, counter-clockwise as seen, by ``degrees``.

    Example:
        >>> corner = np.zeros((1, 16, 16, 1), np.uint8)
        >>> corner[0, 0, 0] = 200  # top left
        >>> int(turned(corner, degrees=90.0)[0, 15, 0, 0])  # bottom left
        200
    """
    cosine, sine = cos(radians(degrees)), sin(radians(degrees))
    return mapped(images, (cosine, sine, -sine, cosine))


def sheared(images: Pixels, *, degrees: float) -> Pixels:
    """Images whose upright lines lean by ``degrees``: what is above the middle moves right.

    Example:
        >>> post = np.zeros((1, 17, 17, 1), np.uint8)
        >>> post[0, :, 8] = 200  # upright through the middle
        >>> leaning = sheared(post, degrees=45.0)[0, :, :, 0]
        >>> int(leaning[0].argmax()), int(leaning[8].argmax()), int(leaning[16].argmax())
        (16, 8, 0)
    """
    return mapped(images, (1.0, 0.0, tan(radians(degrees)), 1.0))


def scaled(images: Pixels, *, factor: float) -> Pixels:
    """Images enlarged about their middle ``factor`` times; below 1 they shrink.

    Example:
        >>> dot = np.zeros((1, 17, 17, 1), np.uint8)
        >>> dot[0, 8, 12] = 200  # four to the right of the middle
        >>> int(scaled(dot, factor=2.0)[0, 8, :, 0].argmax())  # now eight
        16
    """
    return mapped(images, (1 / factor, 0.0, 0.0, 1 / factor))


def mapped(images: Pixels, back: tuple[float, float, float, float]) -> Pixels:
    """Images under a linear map about their middle; bilinear, black outside.

    Args:
        images: uint8 (n, h, w, c).
        back: The matrix, row by row, from (down, right) of a new pixel, measured from the middle,
            to the place in the old image that it comes from.
    """
    number, height, width, _ = images.shape
    middle_row, middle_column = (height - 1) / 2, (width - 1) / 2
    row, column = np.mgrid[:height, :width]
    down, right = row - middle_row, column - middle_column
    # Where each pixel of the new image comes from, in a frame with a black border of one pixel;
    # whatever lies further out is border too.
    from_row = np.clip(down * back[0] + right * back[1] + middle_row + 1, 0, height + 1)
    from_column = np.clip(right * back[3] + down * back[2] + middle_column + 1, 0, width + 1)
    top = np.minimum(from_row.astype(np.int64), height)
    left = np.minimum(from_column.astype(np.int64), width)
    below, beside = (from_row - top)[..., None], (from_column - left)[..., None]
    result = np.empty_like(images, order="C")
    for place in range(number):  # one at a time: floats of a whole batch would fill the memory
        framed = np.pad(images[place], ((1, 1), (1, 1), (0, 0)))
        values = framed[top, left] * ((1 - below) * (1 - beside))
        values += framed[top, left + 1] * ((1 - below) * beside)
        values += framed[top + 1, left] * (below * (1 - beside))
        values += framed[top + 1, left + 1] * (below * beside)
        result[place] = np.rint(values)
    return result


def _flipped(images: Pixels, seeds: Seeds, *, axes: tuple[int, ...]) -> Pixels:
    return np.ascontiguousarray(np.flip(images, axes))


def _turned_either_way(images: Pixels, seeds: Seeds, *, degrees: float) -> Pixels:
    return _either(
        images, seeds, partial(turned, degrees=-degrees), partial(turned, degrees=degrees)
    )


def _sheared_either_way(images: Pixels, seeds: Seeds, *, degrees: float) -> Pixels:
    return _either(
        images, seeds, partial(sheared, degrees=-degrees), partial(sheared, degrees=degrees)
    )


def _scaled_either_way(images: Pixels, seeds: Seeds, *, factor: float) -> Pixels:
    return _either(
        images, seeds, partial(scaled, factor=1 / factor), partial(scaled, factor=factor)
    )


def _either(
    images: Pixels,
    seeds: Seeds,
    heads: Callable[[Pixels], Pixels],
    tails: Callable[[Pixels], Pixels],
) -> Pixels:
    """Each image changed one way or the other, by the toss of its own coin."""
    tossed = np.array([generator(seed).random() < 0.5 for seed in seeds], dtype=bool)
    result = np.empty_like(images, order="C")
    result[tossed] = heads(images[tossed])
    result[~tossed] = tails(images[~tossed])
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


GEOMETRY: Mapping[str, Callable[[int], PixelShift]] = MappingProxyType(
    {"flip": flip, "rotation": rotation, "scale": scale, "shear": shear, "translation": translation}
)
"""From a name and a severity to the shift."""

GEOMETRY_LEVELS: Mapping[str, tuple[str, ...]] = MappingProxyType({"flip": tuple(FLIPS)})
"""From a name to its levels, where they are no severities."""
