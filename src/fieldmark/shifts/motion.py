"""Motion: the camera moves while its shutter is open, to one side or towards the thing."""

from functools import lru_cache
from math import ceil
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32, Float64, Int64, UInt8

from fieldmark.records import Pixels, Seeds, compiled, generator
from fieldmark.shifts.blur import NUDGE

DIRECTIONS = (-45.0, 45.0)
"""Where the camera may move to, in degrees from the horizontal."""

ALONG = "whole pixels along the line, as ImageMagick takes them; the nearest pixel beyond the edge"


class Streak(NamedTuple):
    """The steps of a motion, and the weight of each; weights sum to 1."""

    down: Int64[np.ndarray, " steps"]
    right: Int64[np.ndarray, " steps"]
    weights: Float32[np.ndarray, " steps"]


def motion_blur(images: Pixels, seeds: Seeds, *, strength: tuple[int, float]) -> Pixels:
    """Images blurred to one side along a direction of their own.

    The published sets were made by ImageMagick's motion blur; this is its kernel, half a Gaussian
    of a spread over 2 radius + 1 pixels, and these are its steps.

    Source:
        Hendrycks & Dietterich 2019, arXiv:1903.12261, "motion blur".
    """
    radius, spread = strength
    result = np.array(images, order="C")
    for image, seed in zip(result, seeds, strict=True):
        degrees = generator(seed).uniform(*DIRECTIONS)
        _smear(image, streak(radius, spread, degrees))
    return result


def moved(
    image: UInt8[np.ndarray, "h w c"], *, radius: int, spread: float, degrees: float
) -> UInt8[np.ndarray, "h w c"]:
    """One image blurred along a direction that is given.

    Example:
        >>> point = np.zeros((16, 16, 1), np.uint8)
        >>> point[8, 8] = 200
        >>> moved(point, radius=1, spread=1.0, degrees=0.0)[8, 5:10, 0].tolist()
        [0, 15, 69, 114, 0]
    """
    result = np.array(image, order="C")
    _smear(result, streak(radius, spread, degrees))
    return result


def streak(radius: int, spread: float, degrees: float) -> Streak:
    """The steps of a motion of 2 radius + 1 pixels that fades with ``spread``, both in pixels."""
    taps = np.arange(2 * radius + 1)
    weights = np.exp(-(taps**2) / (2 * spread**2))
    angle = np.deg2rad(degrees)
    down = np.ceil(taps * np.sin(angle) - 0.5).astype(np.int64)
    right = np.ceil(taps * np.cos(angle) - 0.5).astype(np.int64)
    return Streak(down, right, (weights / weights.sum()).astype(np.float32))


def zoom_blur(images: Pixels, seeds: Seeds, *, strength: tuple[float, float]) -> Pixels:
    """The mean of the images and of enlargements of their middles, by 1 to ``strength[0]``.

    The enlargements go in steps of ``strength[1]`` as ``numpy.arange`` counts them, which by a
    rounding error sometimes takes the end in. The image itself counts twice: once more as the
    enlargement by 1.

    Source:
        Hendrycks & Dietterich 2019, arXiv:1903.12261, "zoom blur".
    """
    zooms = _zooms(*strength)
    result = np.array(images, order="C")
    for image in result:
        _draw_near(image, zooms)
    return result


@lru_cache(maxsize=32)
def _zooms(end: float, step: float) -> Float64[np.ndarray, " zooms"]:
    return np.arange(1, end, step)


def _smear(image: UInt8[np.ndarray, "h w c"], steps: Streak) -> None:
    from cv2 import BORDER_REPLICATE, copyMakeBorder

    height, _, channels = image.shape
    left, right = max(0, -int(steps.right.min())), max(0, int(steps.right.max()))
    # What lies beyond the sides is there to be read; beyond top and bottom rows are repeated.
    framed = copyMakeBorder(image, 0, 0, left, right, BORDER_REPLICATE).astype(np.float32)
    _add_up(
        image.reshape(height, -1),
        framed.reshape(height, -1),
        steps.down,
        (steps.right + left) * channels,
        steps.weights,
    )


@compiled
def _add_up(
    image: np.ndarray, framed: np.ndarray, down: np.ndarray, starts: np.ndarray, weights: np.ndarray
) -> None:
    """Two steps in one pass over a row of sums."""
    height, length = image.shape
    last = len(weights) - 1  # an odd number of steps
    total = np.empty(length, np.float32)
    for y in range(height):
        start, weight = starts[last], weights[last]
        one = framed[min(max(y + down[last], 0), height - 1), start : start + length]
        for j in range(length):
            total[j] = weight * one[j]
        for i in range(0, last, 2):
            start, other = starts[i], starts[i + 1]
            one = framed[min(max(y + down[i], 0), height - 1), start : start + length]
            two = framed[min(max(y + down[i + 1], 0), height - 1), other : other + length]
            weight, second = weights[i], weights[i + 1]
            for j in range(length):
                total[j] += weight * one[j] + second * two[j]
        line = image[y]
        for j in range(length):
            line[j] = np.uint8(np.int32(min(total[j] + NUDGE, np.float32(255.0))))


class Enlargement(NamedTuple):
    """Where the places of a side come from when its middle is enlarged.

    Corners stay on corners of the middle part, and what is too much at the end is dropped.

    Args:
        whole: The place below which, and the next one, each is between.
        beyond: How far it is on the way to the next.
        runs: Where neighbours stop coming from neighbours; the first is 0, the last is the side.
    """

    whole: Int64[np.ndarray, " side"]
    beyond: Float32[np.ndarray, " side"]
    runs: Int64[np.ndarray, " runs"]


@lru_cache(maxsize=512)
def _enlargement(side: int, zoom: float) -> Enlargement:
    part = ceil(side / zoom)
    places = np.arange(side) * ((part - 1) / max(round(part * zoom) - 1, 1))
    places = np.minimum(places, part - 1)
    whole = np.minimum(places.astype(np.int64), part - 2)
    breaks = np.flatnonzero(np.diff(whole) != 1) + 1
    beyond = (places - whole).astype(np.float32)
    return Enlargement(whole + (side - part) // 2, beyond, np.array([0, *breaks, side]))


def _draw_near(image: UInt8[np.ndarray, "h w c"], zooms: Float64[np.ndarray, " zooms"]) -> None:
    height, width, channels = image.shape
    total = image.astype(np.float32).reshape(height, -1)
    picture = image.reshape(height, -1)
    for zoom in zooms.tolist():
        down, across = _enlargement(height, zoom), _enlargement(width, zoom)
        _add_enlarged(
            total,
            picture,
            down.whole,
            down.beyond,
            across.whole * channels,
            across.beyond.repeat(channels),
            across.runs * channels,
            channels,
        )
    mean = total * np.float32(1 / (len(zooms) + 1)) + NUDGE
    np.minimum(mean, np.float32(255), out=picture, casting="unsafe")


@compiled
def _add_enlarged(
    total: np.ndarray,
    image: np.ndarray,
    rows: np.ndarray,
    below: np.ndarray,
    columns: np.ndarray,
    beside: np.ndarray,
    runs: np.ndarray,
    channels: int,
) -> None:
    """Where neighbours come from neighbours, a whole run of them is one sum of arrays."""
    height, length = image.shape
    row = np.empty(length, np.float32)
    for y in range(height):
        upper, lower, share = image[rows[y]], image[rows[y] + 1], below[y]
        for j in range(length):
            row[j] = np.float32(upper[j]) + share * (np.float32(lower[j]) - np.float32(upper[j]))
        line = total[y]
        for run in range(len(runs) - 1):
            first, many = runs[run], runs[run + 1] - runs[run]
            start = columns[first // channels]
            part, shares = line[first : first + many], beside[first : first + many]
            one = row[start : start + many]
            two = row[start + channels : start + channels + many]
            for j in range(many):
                part[j] += one[j] + shares[j] * (two[j] - one[j])
