"""Blur: what an unfocused lens takes away."""

from fieldmark.records import Pixels, Seeds
from fieldmark.shifts.pixels import truncated, unit

CUT_OFF = 4.0
"""The kernel ends at this many standard deviations."""

EDGES = "nearest"
"""Beyond the edge the nearest pixel goes on."""


def gaussian_blur(images: Pixels, seeds: Seeds, *, strength: float) -> Pixels:
    """Images blurred with a Gaussian of standard deviation ``strength`` pixels.

    Source:
        Hendrycks & Dietterich 2019, arXiv:1903.12261, "Gaussian blur" (extra corruption).
    """
    from scipy.ndimage import gaussian_filter

    sigmas = (0.0, strength, strength, 0.0)
    return truncated(gaussian_filter(unit(images), sigmas, mode=EDGES, truncate=CUT_OFF))
