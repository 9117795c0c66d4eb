"""Digital: what is lost when a picture is stored or sent in fewer pixels."""

import numpy as np
from jaxtyping import UInt8

from fieldmark.records import Pixels, Seeds


def pixelate(images: Pixels, seeds: Seeds, *, strength: float) -> Pixels:
    """Images shrunk to ``strength`` times their sides and enlarged again, both by box filter.

    Source:
        Hendrycks & Dietterich 2019, arXiv:1903.12261, "pixelate".
    """
    coarse = np.empty_like(images)
    for row, image in enumerate(images):
        coarse[row] = _coarse(image, strength)
    return coarse


def _coarse(image: UInt8[np.ndarray, "h w c"], strength: float) -> UInt8[np.ndarray, "h w c"]:
    from PIL import Image

    height, width, channels = image.shape
    picture = Image.fromarray(image[:, :, 0] if channels == 1 else image)
    small = picture.resize((int(width * strength), int(height * strength)), Image.Resampling.BOX)
    large = small.resize((width, height), Image.Resampling.BOX)
    return np.asarray(large).reshape(image.shape)
