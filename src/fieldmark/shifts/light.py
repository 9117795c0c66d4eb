"""Light: brightness, contrast and colour, as the hour, the weather and the exposure change them.

At fixed hue, HSV moves a pixel's channels along a line: with V the largest and m the smallest of
them, saturation is (V - m) / V. So a new V multiplies all channels by the same number, and a new
saturation multiplies each channel's distance from V by the same number; no angle of hue is needed.
"""

from functools import lru_cache

import numpy as np
from jaxtyping import Float64, UInt8

from fieldmark.records import Pixels, Seeds, compiled
from fieldmark.shifts.pixels import truncated, unit

_LEVELS = np.arange(256, dtype=np.uint8)


def brightness(images: Pixels, seeds: Seeds, *, strength: float) -> Pixels:
    """Images with ``strength`` added to the value of HSV; hue and saturation stay.

    For grey images this is plain addition.

    Source:
        Hendrycks & Dietterich 2019, arXiv:1903.12261, "brightness".
    """
    table = _brighter(strength)
    if images.shape[3] == 1:
        return table.diagonal()[images]
    result = np.array(images, order="C")
    _look_up_by_value(result.reshape(-1, 3), table)
    return result


def contrast(images: Pixels, seeds: Seeds, *, strength: float) -> Pixels:
    """Images drawn towards the mean of each channel, by the factor ``strength``.

    Source:
        Hendrycks & Dietterich 2019, arXiv:1903.12261, "contrast".
    """
    from cv2 import LUT, sumElems

    result = np.array(images, order="C")
    _, height, width, channels = images.shape
    for image in result:
        # Sums of whole numbers: exact, so that no order of summation can show.
        means = np.array(sumElems(image)[:channels]) / (255.0 * height * width)
        tables = truncated((unit(_LEVELS)[:, None] - means) * strength + means)
        image[:] = LUT(image, tables[None]).reshape(image.shape)
    return result


def saturate(images: Pixels, seeds: Seeds, *, strength: tuple[float, float]) -> Pixels:
    """Images whose saturation in HSV is multiplied by one number, and another added to it.

    A pixel without colour counts as red, as it does in the published sets: where something is
    added, grey turns reddish. In one channel there is no colour: grey images stay as they are.

    Source:
        Hendrycks & Dietterich 2019, arXiv:1903.12261, "saturate" (extra corruption).
    """
    result = np.array(images, order="C")
    if images.shape[3] == 3:
        _move_from_value(result.reshape(-1, 3), *_more_colour(*strength))
    return result


@lru_cache(maxsize=16)
def _brighter(strength: float) -> UInt8[np.ndarray, "256 256"]:
    """Row V, column x: what a channel of level x becomes in a pixel of value V."""
    value, level = unit(_LEVELS)[:, None], unit(_LEVELS)[None]
    brighter = np.minimum(value + strength, 1.0)
    # Black has no hue and turns grey.
    ratio = np.divide(level, value, out=np.ones((256, 256)), where=value > 0)
    return truncated(ratio * brighter)


@lru_cache(maxsize=16)
def _more_colour(
    factor: float, more: float
) -> tuple[Float64[np.ndarray, "256 256"], UInt8[np.ndarray, "256"]]:
    """By what a distance from V is multiplied (row V, column m); what V without colour becomes."""
    value, least = np.meshgrid(_LEVELS * 1.0, _LEVELS * 1.0, indexing="ij")
    distance = np.maximum(value - least, 0.0)
    old = np.divide(distance, value, out=np.zeros_like(value), where=value > 0)
    new = np.clip(old * factor + more, 0.0, 1.0)
    ratio = np.divide(new, old, out=np.zeros_like(value), where=old > 0)
    reddish = truncated(unit(_LEVELS) * (1.0 - np.clip(more, 0.0, 1.0)))
    return ratio, reddish


@compiled
def _look_up_by_value(pixels: np.ndarray, table: np.ndarray) -> None:
    for place in range(len(pixels)):
        red, green, blue = pixels[place, 0], pixels[place, 1], pixels[place, 2]
        value = max(red, max(green, blue))
        pixels[place, 0] = table[value, red]
        pixels[place, 1] = table[value, green]
        pixels[place, 2] = table[value, blue]


@compiled
def _move_from_value(pixels: np.ndarray, ratio: np.ndarray, reddish: np.ndarray) -> None:
    for place in range(len(pixels)):
        red, green, blue = pixels[place, 0], pixels[place, 1], pixels[place, 2]
        value, least = max(red, max(green, blue)), min(red, min(green, blue))
        if value == least:
            pixels[place, 1] = pixels[place, 2] = reddish[value]
        else:
            factor = ratio[value, least]
            top = value + 1e-6
            pixels[place, 0] = np.uint8(top - (np.float64(value) - red) * factor)
            pixels[place, 1] = np.uint8(top - (np.float64(value) - green) * factor)
            pixels[place, 2] = np.uint8(top - (np.float64(value) - blue) * factor)
