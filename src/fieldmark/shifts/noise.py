"""Noise: what a sensor or a wire adds; every image has a stream of random numbers of its own."""

import numpy as np

from fieldmark.records import Pixels, Seeds, generator
from fieldmark.shifts.pixels import truncated, unit


def gaussian_noise(images: Pixels, seeds: Seeds, *, strength: float) -> Pixels:
    """Images with independent Gaussian noise of standard deviation ``strength`` on every value.

    Source:
        Hendrycks & Dietterich 2019, arXiv:1903.12261, "Gaussian noise".
    """
    noisy = np.empty_like(images)
    for row, seed in enumerate(seeds):
        noise = generator(seed).normal(scale=strength, size=images.shape[1:])
        noisy[row] = truncated(unit(images[row]) + noise)
    return noisy


def impulse_noise(images: Pixels, seeds: Seeds, *, strength: float) -> Pixels:
    """Images with a share ``strength`` of their values turned to black or white, half and half.

    Channels are hit independently, as in the published sets.

    Source:
        Hendrycks & Dietterich 2019, arXiv:1903.12261, "impulse noise" (salt and pepper).
    """
    noisy = images.copy()
    for row, seed in enumerate(seeds):
        stream = generator(seed)
        hit = stream.random(images.shape[1:]) < strength
        salt = stream.random(images.shape[1:]) < 0.5
        noisy[row][hit] = np.where(salt[hit], np.uint8(255), np.uint8(0))
    return noisy
