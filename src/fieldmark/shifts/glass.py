"""Glass: seen through a frosted pane, every pixel comes from somewhere near.

The published code means to swap two pixels, but writes ``x[a], x[b] = x[b], x[a]`` on an array,
where the right side is a look into it and no copy: both pixels end up as the second. ImageNet-C was
made that way, so it is done that way here. A grey image is treated as a colour image of equal
channels is.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Int8, UInt8

from fieldmark.records import Pixels, Seeds, compiled
from fieldmark.shifts.blur import softened
from fieldmark.shifts.numbers import drawn

AS_PUBLISHED = 0.0
"""Levels are cut off twice, and twice the last bit decides: plain white may become 253."""

SWAP = "both pixels become the second, as in the published sets"


class Glass(NamedTuple):
    """A pane: standard deviation of its blur, how far it scatters, and how often, in pixels."""

    sigma: float
    reach: int
    times: int


Offsets = Int8[np.ndarray, "times rows columns two"]
"""Where each pixel comes from, right and down, in the order in which the pixels are visited."""


def glass_blur(images: Pixels, seeds: Seeds, *, strength: tuple[float, int, int]) -> Pixels:
    """Images blurred, scattered pixel by pixel, and blurred once more.

    Source:
        Hendrycks & Dietterich 2019, arXiv:1903.12261, "frosted glass blur".
    """
    pane = Glass(*strength)
    result = softened(images, sigma=pane.sigma, nudge=AS_PUBLISHED)
    for image, seed in zip(result, seeds, strict=True):
        height, width, _ = image.shape
        _scatter(image, offsets(seed, height, width, pane), pane.reach)
    return softened(result, sigma=pane.sigma, nudge=AS_PUBLISHED)


def through_glass(
    image: UInt8[np.ndarray, "h w c"], places: Offsets, *, pane: Glass
) -> UInt8[np.ndarray, "h w c"]:
    """One image through ``pane``, whose every scattering is given."""
    result = softened(image[None], sigma=pane.sigma, nudge=AS_PUBLISHED)
    _scatter(result[0], places, pane.reach)
    return softened(result, sigma=pane.sigma, nudge=AS_PUBLISHED)[0]


def offsets(seed: int | np.uint64, height: int, width: int, pane: Glass) -> Offsets:
    """Where each pixel comes from: -reach to reach - 1, all (but for 1 in 10,000) equally likely.

    Example:
        >>> places = offsets(0, 20, 20, Glass(0.7, 2, 3))
        >>> places.shape, np.unique(places).tolist()
        ((3, 16, 16, 2), [-2, -1, 0, 1])
    """
    rows, columns = height - 2 * pane.reach, width - 2 * pane.reach
    number = pane.times * rows * columns
    numbers = drawn(seed, number).view(np.uint16)
    places = (numbers * np.uint32(2 * pane.reach) >> np.uint32(16)).astype(np.int8)
    places -= np.int8(pane.reach)
    return places.reshape(pane.times, rows, columns, 2)


@compiled
def _scatter(image: np.ndarray, places: np.ndarray, reach: int) -> None:
    """From the lower right to the upper left, each pixel taking what is there by now."""
    height, width, channels = image.shape
    for time in range(len(places)):
        for row in range(height - 2 * reach):
            y = height - reach - row
            for column in range(width - 2 * reach):
                x = width - reach - column
                right, down = places[time, row, column]
                for channel in range(channels):
                    image[y, x, channel] = image[y + down, x + right, channel]
