"""Elastic: the picture on a rubber sheet that is pulled, as a whole and here and there."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32, Float64, Int64, UInt8

from fieldmark.records import Pixels, Seeds, compiled, generator
from fieldmark.shifts.blur import NUDGE
from fieldmark.shifts.numbers import even

CUT_OFF = 3.0
"""The kernel that smooths the pulls ends at this many standard deviations."""

EDGES = "mirrored"

HELD = 0.005
"""How far a pull of ``elastic_in_place`` goes before smoothing, over the height."""

HELD_SIGMA = 0.01
"""Standard deviation of its smoothing, over the sides."""

Field = Float32[np.ndarray, "h w"]
"""A number of pixels for every place."""


class Pulls(NamedTuple):
    """What chance decides: how far three corners go, in pixels (x, y), and raw pulls in [-1, 1]."""

    corners: Float64[np.ndarray, "3 2"]
    right: Field
    down: Field


def elastic_transform(
    images: Pixels, seeds: Seeds, *, strength: tuple[float, float, float]
) -> Pixels:
    """Images pulled at three corners and, softly, everywhere; constants are in pixels.

    The pulls are even noise, smoothed with a Gaussian of standard deviation ``strength[1]`` and
    multiplied by ``strength[0]``; the three corners go by up to ``strength[2]`` each way.

    Source:
        Hendrycks & Dietterich 2019, arXiv:1903.12261, "elastic".
    """
    amplitude, sigma, reach = strength
    result = np.array(images, order="C")
    for image, seed in zip(result, seeds, strict=True):
        corners = generator(seed).uniform(-reach, reach, size=(3, 2))
        right, down = raw_pulls(seed, *image.shape[:2])
        image[:] = pulled(image, Pulls(corners, right, down), amplitude=amplitude, sigma=sigma)
    return result


def elastic_in_place(images: Pixels, seeds: Seeds, *, strength: float) -> Pixels:
    """Images pulled everywhere but at no corner, so that things stay where they are.

    The pulls are even noise of up to 0.005 times the height, smoothed with a Gaussian of 0.01
    times the sides and multiplied by ``strength``.

    Source:
        Michaelis et al. 2019, arXiv:1907.07484 (COCO-C, Pascal-C, Cityscapes-C), whose boxes and
        masks have to stay right.
    """
    result = np.array(images, order="C")
    for image, seed in zip(result, seeds, strict=True):
        right, down = raw_pulls(seed, *image.shape[:2])
        image[:] = pulled_in_place(image, right, down, strength=strength)
    return result


def pulled(
    image: UInt8[np.ndarray, "h w c"], pulls: Pulls, *, amplitude: float, sigma: float
) -> UInt8[np.ndarray, "h w c"]:
    """One image whose every pull is given."""
    height, width, _ = image.shape
    levels = np.empty(image.shape, np.float32)
    _stretch(levels, image.astype(np.float32), _backwards(height, width, pulls.corners))
    return _settled(levels, pulls.right, pulls.down, (sigma, sigma), amplitude)


def pulled_in_place(
    image: UInt8[np.ndarray, "h w c"], right: Field, down: Field, *, strength: float
) -> UInt8[np.ndarray, "h w c"]:
    """One image whose every pull, before it is smoothed, is given in [-1, 1]."""
    height, width, _ = image.shape
    sigmas = (HELD_SIGMA * height, HELD_SIGMA * width)
    return _settled(image.astype(np.float32), right, down, sigmas, strength * HELD * height)


def raw_pulls(seed: int | np.uint64, height: int, width: int) -> tuple[Field, Field]:
    """Even noise in [-1, 1): to the right, and down."""
    noise = even(seed, 2 * height * width).reshape(2, height, width) * np.float32(2) - np.float32(1)
    return noise[0], noise[1]


def smoothed(field: Float[np.ndarray, "h w"], sigmas: tuple[float, float]) -> Field:
    """A field smoothed down and across with Gaussians, mirrored at its edges; 0 leaves it be.

    Example:
        >>> smoothed(np.eye(3), (0.0, 50.0))[0].astype(float).round(3).tolist()
        [0.333, 0.333, 0.333]
    """
    once = field.astype(np.float32)
    for sigma in sigmas:
        turned = np.empty((once.shape[1], once.shape[0]), np.float32)
        _mix_rows(turned, once, *_weights(once.shape[0], sigma))
        once = turned
    return once


def _settled(
    levels: Float32[np.ndarray, "h w c"],
    right: Field,
    down: Field,
    sigmas: tuple[float, float],
    amplitude: float,
) -> UInt8[np.ndarray, "h w c"]:
    result = np.empty(levels.shape, np.uint8)
    far = np.float32(amplitude)
    if amplitude == 0:
        np.minimum(levels + NUDGE, np.float32(255), out=result, casting="unsafe")
        return result
    _look_up(result, levels, smoothed(down, sigmas) * far, smoothed(right, sigmas) * far)
    return result


def _backwards(
    height: int, width: int, moves: Float64[np.ndarray, "3 2"]
) -> Float64[np.ndarray, "2 3"]:
    """Where a pixel of the stretched image comes from: x and y by rows, from (x, y, 1).

    The corners are those of a square in the middle, of two thirds of the shorter side.
    """
    middle, third = np.array([width // 2, height // 2]), min(height, width) // 3
    corners = middle + third * np.array([[1, 1], [1, -1], [-1, -1]])
    # The sets were made in 32 bits up to here.
    before, after = np.float32(corners), np.float32(corners) + np.float32(moves)
    targets = np.column_stack([after, np.ones(3)]).astype(np.float64)
    return np.linalg.solve(targets, before.astype(np.float64)).T


@lru_cache(maxsize=32)
def _weights(
    side: int, sigma: float
) -> tuple[Float32[np.ndarray, "n n"], Int64[np.ndarray, " n"], Int64[np.ndarray, " n"]]:
    """Row i: the share of every place in the smoothed place i, and where the shares begin and end.

    Mirroring is folded into the shares, so that a kernel may be wider than the field.
    """
    radius = int(CUT_OFF * sigma + 0.5)
    offsets = np.arange(-radius, radius + 1)
    kernel = np.exp(-0.5 * (offsets / max(sigma, 1e-9)) ** 2)
    places = (np.arange(side)[:, None] + offsets) % (2 * side)
    places = np.minimum(places, 2 * side - 1 - places)
    shares = np.zeros((side, side))
    np.add.at(shares, (np.arange(side)[:, None], places), kernel / kernel.sum())
    begin = (shares > 0).argmax(axis=1)
    end = side - (shares > 0)[:, ::-1].argmax(axis=1)
    return shares.astype(np.float32), begin, end


@compiled
def _mix_rows(
    turned: np.ndarray, field: np.ndarray, shares: np.ndarray, begin: np.ndarray, end: np.ndarray
) -> None:
    """Mix the rows of ``field``, and write the outcome down as columns."""
    height, width = field.shape
    total = np.empty(width, np.float32)
    for y in range(height):
        total[:] = np.float32(0.0)
        for k in range(begin[y], end[y]):
            share, row = shares[y, k], field[k]
            for x in range(width):
                total[x] += share * row[x]
        for x in range(width):
            turned[x, y] = total[x]


@compiled
def _stretch(result: np.ndarray, image: np.ndarray, backwards: np.ndarray) -> None:
    """Linear between pixels, mirrored at the middle of the outermost ones."""
    height, width, channels = image.shape
    for y in range(height):
        for x in range(width):
            across = backwards[0, 0] * x + backwards[0, 1] * y + backwards[0, 2]
            along = backwards[1, 0] * x + backwards[1, 1] * y + backwards[1, 2]
            left, top = int(np.floor(across)), int(np.floor(along))
            beyond, below = np.float32(across - left), np.float32(along - top)
            right, bottom = left + 1, top + 1
            if left < 0 or top < 0 or right >= width or bottom >= height:
                left, right = abs(left) % (2 * width - 2), abs(right) % (2 * width - 2)
                top, bottom = abs(top) % (2 * height - 2), abs(bottom) % (2 * height - 2)
                left, right = min(left, 2 * width - 2 - left), min(right, 2 * width - 2 - right)
                top, bottom = min(top, 2 * height - 2 - top), min(bottom, 2 * height - 2 - bottom)
            for c in range(channels):
                high = image[top, left, c] + beyond * (image[top, right, c] - image[top, left, c])
                low = image[bottom, left, c]
                low += beyond * (image[bottom, right, c] - low)
                result[y, x, c] = high + below * (low - high)


@compiled
def _look_up(result: np.ndarray, image: np.ndarray, downs: np.ndarray, rights: np.ndarray) -> None:
    """Linear between pixels, mirrored at the outer edge of the outermost ones, cut off."""
    height, width, channels = image.shape
    for y in range(height):
        for x in range(width):
            whole_right, whole_down = np.floor(rights[y, x]), np.floor(downs[y, x])
            beyond, below = rights[y, x] - whole_right, downs[y, x] - whole_down
            left, top = x + int(whole_right), y + int(whole_down)
            right, bottom = left + 1, top + 1
            if left < 0 or top < 0 or right >= width or bottom >= height:
                left, right = left % (2 * width), right % (2 * width)
                top, bottom = top % (2 * height), bottom % (2 * height)
                left, right = min(left, 2 * width - 1 - left), min(right, 2 * width - 1 - right)
                top, bottom = min(top, 2 * height - 1 - top), min(bottom, 2 * height - 1 - bottom)
            for c in range(channels):
                high = image[top, left, c] + beyond * (image[top, right, c] - image[top, left, c])
                low = image[bottom, left, c]
                low += beyond * (image[bottom, right, c] - low)
                level = high + below * (low - high)
                result[y, x, c] = np.uint8(np.int32(min(level + NUDGE, np.float32(255.0))))
