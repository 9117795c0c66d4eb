"""Opponent colour: every hue turned into its opposite on the retina, lightness kept.

Red and green, blue and yellow are signals of opposite sign to the eye. A colour is taken to the
three kinds of cone, from there to one signal of lightness and two of colour, about middle grey; the
two change their sign. Greys have no colour to be opposed, so they stay as they are.
"""

from functools import cache

import numpy as np
from jaxtyping import Float64

from fieldmark.records import Pixels, Seeds

CONES = (
    (0.1619982647, 0.208049264, 0.0389347448),
    (0.0330275785, 0.2496504557, 0.0618343518),
    (0.0015524055, 0.0198861001, 0.1890224274),
)
"""How the long, middle and short cones answer to the red, green and blue of the screen.

The screen of the laboratory, 2-degree fundamentals of Stiles and Burch; as published.
"""

SIGNALS = (
    (9.27590805, 9.27590805, 0.0),
    (7.86421647, -9.33587662, 0.0),
    (-3.39709047, -3.39709047, 12.16230246),
)
"""Lightness, red against green, blue against yellow, from the cones (Brainard 1996); published."""

SCREEN = "sRGB, IEC 61966-2-1"
"""What light a level makes. The published stimuli had the measured curve of one screen."""


def opponent_colour(images: Pixels, seeds: Seeds) -> Pixels:
    """Pictures in opponent colours, also known as false colour; grey pictures as they are.

    Colours that no screen can show are cut off channel by channel, and each channel gets the level
    whose light is nearest.

    Source:
        Geirhos et al. 2018, arXiv:1808.08750, "opponent colour".
    """
    if images.shape[3] == 1:
        return np.array(images, order="C")
    result = np.empty(images.shape, dtype=np.uint8)
    for row, image in enumerate(images):
        result[row] = levels_of(opposed(light()[image]))
    return result


def opposed(
    lights: Float64[np.ndarray, "... 3"],
) -> Float64[np.ndarray, "... 3"]:
    """Light with the signs of its two signals of colour changed; twice, it is the same again.

    Example:
        >>> green = np.array([0.3, 0.6, 0.3])
        >>> bool(np.allclose(opposed(opposed(green)), green)), bool((opposed(green) < 0.6)[1])
        (True, True)
    """
    return (lights - 0.5) @ _turn().T + 0.5


@cache
def light() -> Float64[np.ndarray, " levels"]:
    """How much light every level makes, from 0 to 1."""
    level = np.arange(256) / 255.0
    curve = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
    curve.setflags(write=False)
    return curve


def levels_of(lights: Float64[np.ndarray, "..."]) -> np.ndarray:
    """The level whose light is nearest; uint8, same shape."""
    between = (light()[1:] + light()[:-1]) / 2.0
    # The margin keeps the last bit of a product from deciding.
    return np.searchsorted(between, lights - 1e-9).astype(np.uint8)


@cache
def _turn() -> Float64[np.ndarray, "3 3"]:
    """From light about middle grey to light about middle grey."""
    signals = np.array(SIGNALS) @ np.array(CONES)
    return np.asarray(np.linalg.inv(signals) @ np.diag([1.0, -1.0, -1.0]) @ signals)
