"""Light: brightness and contrast, as the hour, the weather and the exposure change them."""

import numpy as np

from fieldmark.records import Pixels, Seeds
from fieldmark.shifts.pixels import truncated, unit


def brightness(images: Pixels, seeds: Seeds, *, strength: float) -> Pixels:
    """Images with ``strength`` added to the value of HSV; hue and saturation stay.

    For grey images this is plain addition.

    Source:
        Hendrycks & Dietterich 2019, arXiv:1903.12261, "brightness".
    """
    pixels = unit(images)
    value = pixels.max(axis=3, keepdims=True)
    brighter = np.minimum(value + strength, 1.0)
    # At fixed hue and saturation all channels grow in proportion; black has no hue and turns grey.
    ratio = np.divide(pixels, value, out=np.ones_like(pixels), where=value > 0)
    return truncated(ratio * brighter)


def contrast(images: Pixels, seeds: Seeds, *, strength: float) -> Pixels:
    """Images drawn towards the mean of each channel, by the factor ``strength``.

    Source:
        Hendrycks & Dietterich 2019, arXiv:1903.12261, "contrast".
    """
    _, height, width, _ = images.shape
    # Summed as whole numbers: exact, so that no order of summation can show.
    totals = images.sum(axis=(1, 2), keepdims=True, dtype=np.int64)
    means = totals / (255.0 * height * width)
    return truncated((unit(images) - means) * strength + means)
