"""Frost: photographs of an iced window, laid over the picture."""

from functools import partial

import numpy as np
from jaxtyping import UInt8

from fieldmark.records import Pixels, Seeds, compiled, generator
from fieldmark.shifts.overlays import CHECKSUMS, COMMIT, MARGIN, Overlays
from fieldmark.shifts.pixels import PixelShift
from fieldmark.shifts.published import corruption


def frost(severity: int, overlays: Overlays | None = None) -> PixelShift:
    """Frost at the published strength; overlays are looked for when the first picture is made.

    Args:
        severity: 1 to 5.
        overlays: Where the published photographs come from; None for the user's cache, then the
            network.

    Raises:
        ConfigError: The severity is not 1 to 5.

    Source:
        Hendrycks & Dietterich 2019, arXiv:1903.12261, "frost", as their own script defines it:
        for 224 pixels the overlay keeps its size.
    """
    return corruption(
        "frost",
        partial(frosted, overlays=overlays or Overlays()),
        strengths="weight of the image, weight of the overlay, scale of the overlay",
        overlays=f"frost1 to frost5 of hendrycks/robustness at {COMMIT}",
        if_too_small=f"enlarged to {MARGIN} times what covers the image",
        grey_levels="cut off, as in the published sets",
        one_channel="the overlay's luma",
    )(severity)


def frosted(
    images: Pixels, seeds: Seeds, *, strength: tuple[float, float, float], overlays: Overlays
) -> Pixels:
    """Weighted sums of images and of parts of overlays, chosen at random.

    Raises:
        DataError: An overlay is nowhere to be had.
    """
    *weights, scale = strength
    result = np.array(images, order="C")
    _, height, width, channels = images.shape
    for image, seed in zip(result, seeds, strict=True):
        stream = generator(seed)
        overlay = overlays.one(
            int(stream.integers(len(CHECKSUMS))), scale=scale, height=height, width=width
        )
        top = int(stream.integers(len(overlay) - height))
        left = int(stream.integers(overlay.shape[1] - width))
        part = overlay[top : top + height, left : left + width]
        freeze(image, part if channels == 3 else _luma(part), weights=(weights[0], weights[1]))
    return result


def freeze(
    image: UInt8[np.ndarray, "h w c"],
    overlay: UInt8[np.ndarray, "h w c"],
    *,
    weights: tuple[float, float],
) -> None:
    """Write the weighted sum of the image and the overlay into the image."""
    _add_up(image, overlay, np.float32(weights[0]), np.float32(weights[1]))


def _luma(overlay: UInt8[np.ndarray, "h w 3"]) -> UInt8[np.ndarray, "h w 1"]:
    from cv2 import COLOR_RGB2GRAY, cvtColor

    return cvtColor(np.ascontiguousarray(overlay), COLOR_RGB2GRAY)[:, :, None]


@compiled
def _add_up(image: np.ndarray, overlay: np.ndarray, own: np.float32, other: np.float32) -> None:
    height, width, channels = image.shape
    white, nearly = np.float32(255.0), np.float32(1e-3)  # what float32 may lack of a whole level
    for row in range(height):
        line, ice = image[row].reshape(-1), np.ascontiguousarray(overlay[row]).reshape(-1)
        for place in range(width * channels):
            line[place] = np.uint8(min(own * line[place] + other * ice[place] + nearly, white))
