"""Pixels as numbers: uint8 grey levels and floats in [0, 1] are brought to one form, here alone."""

import numpy as np
from jaxtyping import Float32

from fieldmark.records import FloatImages, Images


def unit_pixels(images: Images) -> FloatImages:
    """The images as float32 in [0, 1], same shape; grey level g becomes g / 255.

    Example:
        >>> unit_pixels(np.full((1, 1, 2, 1), 255, np.uint8)).ravel().tolist()
        [1.0, 1.0]
    """
    if images.dtype == np.uint8:
        return images.astype(np.float32) / np.float32(255)
    return images


def flat_pixels(images: Images) -> Float32[np.ndarray, "n d"]:
    """The images as rows of float32 pixels in [0, 1], (n, h * w * c)."""
    return unit_pixels(images).reshape(len(images), int(np.prod(images.shape[1:])))
