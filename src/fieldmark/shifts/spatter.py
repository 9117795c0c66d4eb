"""Spatter: drops of water, or of mud, on the lens."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32, UInt8

from fieldmark.records import Pixels, Seeds, compiled
from fieldmark.shifts.numbers import normal

WATER = (175, 238, 238)
"""Pale turquoise."""

MUD = (63, 42, 20)
"""Brown."""

LUMA = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in the grey of a single channel (ITU-R BT.601)."""


class Spatter(NamedTuple):
    """How it spatters: see ``spatter``."""

    mean: float
    deviation: float
    blur: float
    threshold: float
    last: float
    is_mud: int


def spatter(
    images: Pixels, seeds: Seeds, *, strength: tuple[float, float, float, float, float, int]
) -> Pixels:
    """Images behind drops: where blurred Gaussian noise exceeds a threshold.

    Water shines at the edges of its drops and is added to the picture; mud hides it. In a single
    channel the drops have the luma of their colour.

    Source:
        Hendrycks & Dietterich 2019, arXiv:1903.12261, "spatter" (extra corruption).
    """
    how = Spatter(*strength)
    result = np.array(images, order="C")
    for image, seed in zip(result, seeds, strict=True):
        splash(image, normal(seed, *image.shape[:2]), how=how)
    return result


def splash(
    image: UInt8[np.ndarray, "h w c"], noise: Float[np.ndarray, "h w"], *, how: Spatter
) -> None:
    """Write drops into the image, from standard normal numbers."""
    layer = noise.astype(np.float32) * np.float32(how.deviation) + np.float32(how.mean)
    liquid = _blurred(layer, how.blur)
    if how.is_mud:
        cover = _blurred((liquid > how.threshold).astype(np.float32), how.last)
        cover[cover < 0.8] = 0
        _paint(image, 1 - cover, cover, _colour(MUD, image.shape[2]))
    else:
        liquid[liquid < how.threshold] = 0
        shine = _shine(liquid)
        if shine.any():
            shine *= np.float32(how.last) / shine.max()
            _paint(image, np.ones_like(shine), shine, _colour(WATER, image.shape[2]))


def _shine(liquid: Float32[np.ndarray, "h w"]) -> Float32[np.ndarray, "h w"]:
    """How bright water is: by its depth, and by the distance from the drop's edge, in relief."""
    import cv2

    depth = (liquid * np.float32(255)).astype(np.uint8)
    distance = cv2.distanceTransform(255 - cv2.Canny(depth, 50, 150), cv2.DIST_L2, 5)
    near = cv2.blur(np.minimum(distance, np.float32(20)), (3, 3)).astype(np.uint8)
    light_from_a_corner = np.array([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]])
    relief = cv2.filter2D(cv2.equalizeHist(near), cv2.CV_8U, light_from_a_corner)
    return depth * cv2.blur(relief, (3, 3)).astype(np.float32)


def _blurred(layer: Float32[np.ndarray, "h w"], sigma: float) -> Float32[np.ndarray, "h w"]:
    from cv2 import BORDER_REPLICATE, GaussianBlur

    side = 2 * int(4 * sigma + 0.5) + 1
    return GaussianBlur(layer, (side, side), sigma, borderType=BORDER_REPLICATE)


def _colour(levels: tuple[int, int, int], channels: int) -> Float32[np.ndarray, " channels"]:
    colour = np.array(levels, np.float32)
    return colour if channels == 3 else np.array([colour @ LUMA], np.float32)


@compiled
def _paint(image: np.ndarray, kept: np.ndarray, cover: np.ndarray, colour: np.ndarray) -> None:
    height, width, channels = image.shape
    white, nearly = np.float32(255.0), np.float32(1e-3)
    for row in range(height):
        for column in range(width if channels == 3 else 0):  # written out: many pixels at once
            keep, more = kept[row, column], cover[row, column]
            red = keep * image[row, column, 0] + more * colour[0] + nearly
            green = keep * image[row, column, 1] + more * colour[1] + nearly
            blue = keep * image[row, column, 2] + more * colour[2] + nearly
            image[row, column, 0] = np.uint8(min(red, white))
            image[row, column, 1] = np.uint8(min(green, white))
            image[row, column, 2] = np.uint8(min(blue, white))
        for column in range(width if channels == 1 else 0):
            grey = kept[row, column] * image[row, column, 0] + cover[row, column] * colour[0]
            image[row, column, 0] = np.uint8(min(grey + nearly, white))
