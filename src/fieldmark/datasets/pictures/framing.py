"""Framing: a picture of any size, scaled and cropped as published pipelines do it."""

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from fieldmark.datasets.pictures.resampling import resampled
from fieldmark.datasets.pictures.weights import weights
from fieldmark.records import Framing

_MOST_SCALED = 2**27  # pixels


def framed(
    pixels: UInt8[np.ndarray, "h w c"], framing: Framing
) -> UInt8[np.ndarray, "height width c"]:
    """Scaled to whole pixels and cropped around its middle, in as many channels as it has.

    To the bit what Pillow gives where it scales all of the picture, rows before columns, and what
    is cropped afterwards as torchvision's ``CenterCrop`` does.

    Raises:
        ValueError: It is so long and thin that scaling it would fill the memory.
    """
    height, width, _ = pixels.shape
    wide, high = scaled_size(width, height, framing)
    left, top = framing.corner(wide, high)
    crop = slice(top, top + framing.height), slice(left, left + framing.width)
    if (wide, high) == (width, height):
        return pixels[crop]
    if framing.interpolation == "nearest":
        return _nearest(pixels, wide, high)[crop]
    across = weights(width, wide, left, framing.width, framing.interpolation)
    down = weights(height, high, top, framing.height, framing.interpolation)
    return resampled(pixels, across, down)


def scaled_size(width: int, height: int, framing: Framing) -> tuple[int, int]:
    """(width, height) that a picture is scaled to: the side that is not given is cut to whole.

    Example:
        >>> scaled_size(500, 375, Framing(224, 224, shorter=256))
        (341, 256)
    """
    if framing.fit == "squash":
        return framing.shorter or framing.width, framing.shorter or framing.height
    if framing.shorter:
        by_width, length = width <= height, (framing.shorter, framing.shorter)
    else:
        by_width = framing.width * height >= framing.height * width
        length = framing.width, framing.height
    if by_width:
        return length[0], length[0] * height // width
    return length[1] * width // height, length[1]


def _nearest(pixels: np.ndarray, wide: int, high: int) -> np.ndarray:
    """Pillow itself: its places are sums of steps, whose rounding decides ties."""
    if wide * high > _MOST_SCALED:
        raise ValueError(f"too long and thin to be scaled to {wide:,}×{high:,}")
    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    scaled = image.resize((wide, high), Image.Resampling.NEAREST)
    return np.asarray(scaled).reshape(high, wide, -1)
