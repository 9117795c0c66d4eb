"""Greys: pictures without colour, as most experiments with people show them; their contrast, turn.

Experiments on what people recognise are done on greyscale pictures: colour is taken away first,
whatever comes next, and what comes out of a colour picture keeps three channels, all alike.
"""

import numpy as np
from jaxtyping import Float64

from fieldmark.records import Pixels, Seeds

WEIGHTS = (0.2125, 0.7154, 0.0721)
"""Shares of red, green and blue in grey: the luminance of ITU-R BT.709."""

Grey = Float64[np.ndarray, "n h w"]
"""Greyscale pictures in [0, 1]."""


def grey_of(images: Pixels) -> Grey:
    """The pictures without colour, float64 (n, h, w) in [0, 1]; nothing is rounded.

    Example:
        >>> float(grey_of(np.full((1, 1, 1, 3), (255, 0, 0), np.uint8))[0, 0, 0])
        0.2125
    """
    if images.shape[3] == 1:
        return images[..., 0] / 255.0
    red, green, blue = (images[..., channel] / 255.0 for channel in range(3))
    return WEIGHTS[0] * red + WEIGHTS[1] * green + WEIGHTS[2] * blue


def shown(grey: Grey, channels: int) -> Pixels:
    """Grey pictures as grey levels 0..255 in one channel, or in three that are alike.

    Values are clipped to [0, 1] and rounded, as the stimuli were when they were saved. Halves go
    up, and so does what is less than a millionth of a level below: the last bit of a sum, which
    differs between machines, does not decide.

    Example:
        >>> shown(np.array([[[-1.0, 0.5, 2.0]]]), 3)[0, 0].tolist()
        [[0, 0, 0], [128, 128, 128], [255, 255, 255]]
    """
    levels = np.floor(np.clip(grey, 0.0, 1.0) * 255.0 + (0.5 + 1e-6)).astype(np.uint8)
    return np.repeat(levels[..., None], channels, axis=3)


def greyscale(images: Pixels, seeds: Seeds) -> Pixels:
    """The pictures without their colour; grey ones as they are.

    Source:
        Geirhos et al. 2018, arXiv:1808.08750, "colour".
    """
    return shown(grey_of(images), images.shape[3])


def nominal_contrast(images: Pixels, seeds: Seeds, *, percent: float) -> Pixels:
    """Grey pictures drawn towards middle grey (0.5), of whose contrast ``percent`` is left.

    The corruption ``contrast`` is another one: it draws every channel towards the picture's mean.

    Source:
        Geirhos et al. 2018, arXiv:1808.08750, "contrast".
    """
    return shown(drawn_to_grey(grey_of(images), percent / 100.0), images.shape[3])


def drawn_to_grey(grey: Grey, contrast: float) -> Grey:
    """Pictures drawn towards 0.5 so that the share ``contrast`` of their contrast is left."""
    return (1.0 - contrast) / 2.0 + grey * contrast


def quarter_turned(images: Pixels, seeds: Seeds, *, degrees: float) -> Pixels:
    """Grey pictures turned counter-clockwise by 0, 90, 180 or 270 degrees: no pixel is mixed.

    A picture that is not square keeps its shape: what leaves the frame is lost, what is empty is
    black.

    Source:
        Geirhos et al. 2018, arXiv:1808.08750, "rotation" (square pictures).
    """
    turned = np.rot90(greyscale(images, seeds), round(degrees / 90.0), axes=(1, 2))
    result = np.zeros(images.shape, dtype=np.uint8)
    rows, columns = (_middle(turned.shape[side], images.shape[side]) for side in (1, 2))
    result[:, rows[1], columns[1]] = turned[:, rows[0], columns[0]]
    return result


def _middle(old: int, new: int) -> tuple[slice, slice]:
    """The pixels of the old side that stay, and where they come to lie on the new one."""
    kept = min(old, new)
    before, after = (old - kept) // 2, (new - kept) // 2
    return slice(before, before + kept), slice(after, after + kept)
