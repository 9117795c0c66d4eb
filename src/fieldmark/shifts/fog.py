"""Fog: a cloud drawn by the diamond-square algorithm, laid over the picture."""

import numpy as np
from jaxtyping import Float, Float32, UInt8

from fieldmark.records import Pixels, Seeds, compiled
from fieldmark.shifts.numbers import even


def fog(images: Pixels, seeds: Seeds, *, strength: tuple[float, float]) -> Pixels:
    """Images behind fog of a thickness; by the second number, its detail fades from step to step.

    A picture's brightest value stays the brightest there is. Fog has no colour: a grey image is
    treated as one channel of a colour image is.

    Source:
        Hendrycks & Dietterich 2019, arXiv:1903.12261, "fog".
    """
    thickness, fading = strength
    side = cloud_side(*images.shape[1:3])
    result = np.array(images, order="C")
    for image, seed in zip(result, seeds, strict=True):
        cloud = diamond_square(even(seed, side * side - 1), side=side, fading=fading)
        lay_fog(image, cloud, thickness=thickness)
    return result


def cloud_side(height: int, width: int) -> int:
    """The power of two that covers an image: the side of its cloud.

    Example:
        >>> cloud_side(224, 224), cloud_side(28, 32)
        (256, 32)
    """
    return 1 << (max(height, width) - 1).bit_length()


def diamond_square(
    numbers: Float[np.ndarray, " numbers"], *, side: int, fading: float
) -> Float32[np.ndarray, "side side"]:
    """A cloud from 0 to 1 that goes on across its edges.

    Args:
        numbers: ``side² - 1`` numbers in [0, 1), for each step first those of the squares, then of
            the diamonds on the rows of their corners, then of the others.
        side: A power of two.
        fading: The detail of each step is weaker than that of the one before by its square.

    Source:
        Fournier, Fussell & Carpenter 1982, "Computer rendering of stochastic models".
    """
    cloud = np.zeros((side, side), np.float32)
    _fill(cloud, numbers.astype(np.float32, copy=False), np.float32(fading**2))
    cloud -= cloud.min()
    cloud /= cloud.max()
    return cloud


def lay_fog(
    image: UInt8[np.ndarray, "h w c"], cloud: Float32[np.ndarray, "s s"], *, thickness: float
) -> None:
    """Write fog into the image; the cloud is at least as large."""
    brightest = image.max() / 255.0
    fade = brightest / (brightest + thickness)
    _lay(image, cloud, np.float32(fade), np.float32(255.0 * fade * thickness))


@compiled
def _fill(cloud: np.ndarray, numbers: np.ndarray, fading: np.float32) -> None:
    side = len(cloud)
    around = side - 1  # positions are taken modulo the side, a power of two
    height = np.float32(1.0)
    quarter, two, one = np.float32(0.25), np.float32(2.0), np.float32(1.0)
    drawn, step = 0, side
    while step >= 2:
        half = step // 2
        for row in range(0, side, step):
            below = (row + step) & around
            for left in range(0, side, step):
                right = (left + step) & around
                total = cloud[row, left] + cloud[below, left]
                total += cloud[row, right] + cloud[below, right]
                wobble = height * (two * numbers[drawn] - one)
                cloud[row + half, left + half] = quarter * total + wobble
                drawn += 1
        for row in range(0, side, step):
            for left in range(0, side, step):
                right = (left + step) & around
                total = cloud[row + half, left + half] + cloud[(row - half) & around, left + half]
                total += cloud[row, left] + cloud[row, right]
                wobble = height * (two * numbers[drawn] - one)
                cloud[row, left + half] = quarter * total + wobble
                drawn += 1
        for row in range(0, side, step):
            below = (row + step) & around
            for left in range(0, side, step):
                total = cloud[row + half, left + half] + cloud[row + half, (left - half) & around]
                total += cloud[row, left] + cloud[below, left]
                wobble = height * (two * numbers[drawn] - one)
                cloud[row + half, left] = quarter * total + wobble
                drawn += 1
        step = half
        height /= fading


@compiled
def _lay(image: np.ndarray, cloud: np.ndarray, fade: np.float32, white: np.float32) -> None:
    height, width, channels = image.shape
    nearly = np.float32(1e-3)  # what float32 may lack of a whole level
    for row in range(height):
        for column in range(width if channels == 3 else 0):  # written out: many pixels at once
            veil = white * cloud[row, column] + nearly
            image[row, column, 0] = np.uint8(fade * image[row, column, 0] + veil)
            image[row, column, 1] = np.uint8(fade * image[row, column, 1] + veil)
            image[row, column, 2] = np.uint8(fade * image[row, column, 2] + veil)
        for column in range(width if channels == 1 else 0):
            veil = white * cloud[row, column] + nearly
            image[row, column, 0] = np.uint8(fade * image[row, column, 0] + veil)
