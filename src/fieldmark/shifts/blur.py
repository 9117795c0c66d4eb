"""Blur: what an unfocused lens or a rough pane takes away, as a Gaussian of neighbours."""

from functools import lru_cache

import numpy as np
from jaxtyping import Float64

from fieldmark.records import Pixels, Seeds, compiled
from fieldmark.shifts.pixels import unit

CUT_OFF = 4.0
"""The kernel ends at this many standard deviations."""

EDGES = "nearest"
"""Beyond the edge the nearest pixel goes on."""

NUDGE = np.float32(2.0**-12)
"""Added, in grey levels, before the levels that were summed up in 32 bits are cut off.

Such sums err by less than this; without it the last bit would make blurred white 254.
"""


def gaussian_blur(images: Pixels, seeds: Seeds, *, strength: float) -> Pixels:
    """Images blurred with a Gaussian of standard deviation ``strength`` pixels.

    Source:
        Hendrycks & Dietterich 2019, arXiv:1903.12261, "Gaussian blur" (extra corruption).
    """
    return softened(images, sigma=strength, nudge=1e-6)


def softened(images: Pixels, *, sigma: float, nudge: float) -> Pixels:
    """Images blurred with a Gaussian of standard deviation ``sigma`` pixels, cut off.

    Sums are in 64 bits and in SciPy's order, so that levels are SciPy's to the last bit.

    Args:
        images: What is blurred.
        sigma: In pixels.
        nudge: Added, in grey levels, before levels are cut off: 1e-6 makes blurred white 255, 0
            leaves that to the last bit, as the published code does.

    Example:
        >>> point = np.zeros((1, 16, 16, 1), np.uint8)
        >>> point[0, 8, 8] = 100
        >>> softened(point, sigma=0.5, nudge=0.0)[0, 8, 6:11, 0].tolist()
        [0, 8, 61, 8, 0]
    """
    result = np.array(images, order="C")
    for image in result:
        _soften(image, unit(image), _one_side(sigma), nudge)
    return result


@lru_cache(maxsize=64)
def _one_side(sigma: float) -> Float64[np.ndarray, " taps"]:
    """The middle of the kernel and what is to one side of it; the whole sums to 1."""
    radius = int(CUT_OFF * sigma + 0.5)
    weights = np.exp(-0.5 / (sigma * sigma) * np.arange(-radius, radius + 1) ** 2)
    return (weights / weights.sum())[radius:]


@compiled
def _soften(image: np.ndarray, units: np.ndarray, weights: np.ndarray, nudge: float) -> None:
    """Down into a row with margins, which stays in the fastest memory, and across out of it."""
    height, width, channels = image.shape
    radius = len(weights) - 1
    margin, length = radius * channels, width * channels
    picture, result = units.reshape(height, length), image.reshape(height, length)
    framed = np.empty(length + 2 * margin, np.float64)
    middle = framed[margin : margin + length]
    total = np.empty(length, np.float64)
    for y in range(height):
        own, weight = picture[y], weights[0]
        for j in range(length):
            middle[j] = own[j] * weight
        for k in range(radius, 0, -1):
            above, below = picture[max(y - k, 0)], picture[min(y + k, height - 1)]
            weight = weights[k]
            for j in range(length):
                middle[j] += (above[j] + below[j]) * weight
        for j in range(margin):
            framed[j] = middle[j % channels]
            framed[margin + length + j] = middle[length - channels + j % channels]
        weight = weights[0]
        for j in range(length):
            total[j] = middle[j] * weight
        for k in range(radius, 0, -1):
            before = framed[margin - k * channels : margin - k * channels + length]
            after = framed[margin + k * channels : margin + k * channels + length]
            weight = weights[k]
            for j in range(length):
                total[j] += (before[j] + after[j]) * weight
        line = result[y]
        for j in range(length):
            line[j] = np.uint8(np.int32(min(total[j], 1.0) * 255.0 + nudge))
