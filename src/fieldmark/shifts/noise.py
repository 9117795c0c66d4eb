"""Noise: what a sensor or a wire adds; every image has a stream of random numbers of its own.

Each of these treats every value by itself, so each is a table of chances (see ``chances.py``); a
grey image is treated as one channel of a colour image is.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType

import numpy as np

from fieldmark.records import Pixels, Seeds
from fieldmark.shifts.chances import DRAWN, Chances, cumulative, noisy
from fieldmark.shifts.pixels import PixelShift
from fieldmark.shifts.published import corruption


def gaussian_noise(images: Pixels, seeds: Seeds, *, strength: float) -> Pixels:
    """Images with independent Gaussian noise of standard deviation ``strength`` on every value.

    Source:
        Hendrycks & Dietterich 2019, arXiv:1903.12261, "Gaussian noise".
    """
    return noisy(images, seeds, gaussian_chances(strength))


def shot_noise(images: Pixels, seeds: Seeds, *, strength: int) -> Pixels:
    """Images counted in photons, ``strength`` of which make white: dark places, few photons.

    Source:
        Hendrycks & Dietterich 2019, arXiv:1903.12261, "shot noise" (Poisson).
    """
    return noisy(images, seeds, shot_chances(strength))


def impulse_noise(images: Pixels, seeds: Seeds, *, strength: float) -> Pixels:
    """Images with a share ``strength`` of their values turned to black or white, half and half.

    Channels are hit independently, as in the published sets.

    Source:
        Hendrycks & Dietterich 2019, arXiv:1903.12261, "impulse noise" (salt and pepper).
    """
    return noisy(images, seeds, impulse_chances(strength))


def speckle_noise(images: Pixels, seeds: Seeds, *, strength: float) -> Pixels:
    """Images whose every value is multiplied by 1 + Gaussian noise of deviation ``strength``.

    Source:
        Hendrycks & Dietterich 2019, arXiv:1903.12261, "speckle noise" (extra corruption).
    """
    return noisy(images, seeds, speckle_chances(strength))


@lru_cache(maxsize=16)
def gaussian_chances(strength: float) -> Chances:
    """Level x becomes y or less where ``x + 255 strength z < y + 1``: values are cut off."""
    from scipy.special import ndtr

    return Chances.of(cumulative(lambda x, y: ndtr((y + 1 - x) / (255 * strength))))


@lru_cache(maxsize=16)
def speckle_chances(strength: float) -> Chances:
    """Level x becomes y or less where ``x + x strength z < y + 1``; black stays black."""
    from scipy.special import ndtr

    return Chances.of(cumulative(lambda x, y: ndtr((y + 1 - x) / (np.maximum(x, 1e-9) * strength))))


@lru_cache(maxsize=16)
def shot_chances(strength: int) -> Chances:
    """Level x becomes y or less where ``255 photons / strength < y + 1``."""
    from scipy.special import pdtr

    def chance(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        most = np.floor(((y + 1) * strength - 1) / 255)  # whole numbers: no rounding error
        return pdtr(most, x / 255 * strength)

    return Chances.of(cumulative(chance))


@lru_cache(maxsize=16)
def impulse_chances(strength: float) -> Chances:
    """Half of ``strength`` becomes black, half white, the rest stays."""
    return Chances.of(cumulative(lambda x, y: strength / 2 + (1 - strength) * (y >= x)))


_HOW = {"random_numbers": DRAWN, "grey_levels": "cut off, as in the published sets"}

NOISES: Mapping[str, Callable[[int], PixelShift]] = MappingProxyType(
    {
        "gaussian-noise": corruption("gaussian-noise", gaussian_noise, **_HOW),
        "impulse-noise": corruption("impulse-noise", impulse_noise, **_HOW),
        "shot-noise": corruption("shot-noise", shot_noise, **_HOW),
        "speckle-noise": corruption("speckle-noise", speckle_noise, **_HOW),
    }
)
"""From a name and a severity to the shift."""
