"""Noise of the laboratory: on grey pictures of 30 per cent contrast, so that little is cut off."""

import numpy as np
from jaxtyping import Float

from fieldmark.records import Pixels, Seeds
from fieldmark.shifts.greys import Grey, drawn_to_grey, grey_of, shown
from fieldmark.shifts.numbers import even

CONTRAST = 0.3
"""What is left of a picture's contrast before noise is added."""

Numbers = Float[np.ndarray, "n h w"]
"""One number in [0, 1) for each pixel."""


def uniform_noise(images: Pixels, seeds: Seeds, *, width: float) -> Pixels:
    """Grey pictures of low contrast with uniform noise from ``-width`` to ``width`` on each pixel.

    Source:
        Geirhos et al. 2018, arXiv:1808.08750, "uniform noise".
    """
    grey = drawn_to_grey(grey_of(images), CONTRAST)
    return shown(with_noise(grey, _numbers(grey, seeds), width=width), images.shape[3])


def salt_and_pepper(images: Pixels, seeds: Seeds, *, share: float) -> Pixels:
    """Grey pictures of low contrast, a ``share`` of whose pixels is black or white, half and half.

    Source:
        Geirhos et al. 2018, arXiv:1808.08750, "salt-and-pepper noise".
    """
    grey = drawn_to_grey(grey_of(images), CONTRAST)
    return shown(salted(grey, _numbers(grey, seeds), share=share), images.shape[3])


def with_noise(grey: Grey, numbers: Numbers, *, width: float) -> Grey:
    """Pictures plus noise: the number 0 takes ``width`` away, the number 1 would add it."""
    return grey + (2.0 * numbers - 1.0) * width


def salted(grey: Grey, numbers: Numbers, *, share: float) -> Grey:
    """Pictures with pixels below share/2 turned black, from 1 - share/2 on turned white."""
    white, black = numbers >= 1.0 - share / 2.0, numbers < share / 2.0
    return np.where(white, 1.0, np.where(black, 0.0, grey))


def _numbers(grey: Grey, seeds: Seeds) -> Numbers:
    _, height, width = grey.shape
    numbers = np.empty(grey.shape, dtype=np.float32)
    for row, seed in enumerate(seeds):
        numbers[row] = even(seed, height * width).reshape(height, width)
    return numbers
