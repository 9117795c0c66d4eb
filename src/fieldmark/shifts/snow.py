"""Snow: flakes torn into streaks by the wind, over a picture that the sky has paled.

The definition is that of the published sets, with the motion blur, which they leave to ImageMagick,
written out as the ``imagecorruptions`` package does: along the line of the wind, in whole pixels.
"""

from math import ceil, cos, radians, sin
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32, UInt8

from fieldmark.records import Pixels, Seeds, compiled, generator
from fieldmark.shifts.numbers import normal


class Snow(NamedTuple):
    """How it snows: see ``snow``."""

    mean: float
    deviation: float
    zoom: float
    threshold: float
    radius: int
    spread: float
    image_weight: float


WIND = (-135.0, -45.0)
"""Where the flakes may fly to, in degrees."""


def snow(
    images: Pixels,
    seeds: Seeds,
    *,
    strength: tuple[float, float, float, float, int, float, float],
) -> Pixels:
    """Images in snow.

    Flakes are what exceeds a threshold in Gaussian noise of a mean and a deviation, enlarged by
    a zoom and blurred along the wind over a radius with a spread, both in pixels; the picture keeps
    a weight, and the rest of it turns to bright grey. The same flakes fall once more, turned by
    half a circle. Snow has no colour; the luma of a grey image is the image.

    Source:
        Hendrycks & Dietterich 2019, arXiv:1903.12261, "snow".
    """
    how = Snow(*strength)
    result = np.array(images, order="C")
    for image, seed in zip(result, seeds, strict=True):
        height, width, _ = image.shape
        noise = normal(seed, ceil(height / how.zoom), ceil(width / how.zoom))
        degrees = generator(seed).uniform(*WIND)
        let_it_snow(image, noise, degrees=degrees, how=how)
    return result


def let_it_snow(
    image: UInt8[np.ndarray, "h w c"],
    noise: Float[np.ndarray, "rows columns"],
    *,
    degrees: float,
    how: Snow,
) -> None:
    """Write snow into the image, from standard normal numbers and the direction of the wind."""
    height, width, _ = image.shape
    layer = noise.astype(np.float32) * np.float32(how.deviation) + np.float32(how.mean)
    flakes = enlarged(layer, how.zoom)
    flakes[flakes < how.threshold] = 0
    np.clip(flakes, 0, 1, out=flakes)
    streaks = streaked(flakes, radius=how.radius, spread=how.spread, degrees=degrees)
    seen = np.rint(streaks[:height, :width] * np.float32(255))
    # Turned by half a circle, the same flakes fall a second time.
    _cover(image, seen + seen[::-1, ::-1], np.float32(how.image_weight))


def enlarged(
    layer: Float32[np.ndarray, "rows columns"], zoom: float
) -> Float32[np.ndarray, "height width"]:
    """The layer at ``zoom`` times its sides, corners on corners, linear in between.

    Example:
        >>> enlarged(np.array([[0, 4], [4, 8]], np.float32), 1.5).tolist()
        [[0.0, 2.0, 4.0], [2.0, 4.0, 6.0], [4.0, 6.0, 8.0]]
    """
    if zoom == 1:
        return layer
    height, width = (round(side * zoom) for side in layer.shape)
    result = np.empty((height, width), np.float32)
    _enlarge(result, layer)
    return result


def streaked(
    layer: Float32[np.ndarray, "h w"], *, radius: int, spread: float, degrees: float
) -> Float32[np.ndarray, "h w"]:
    """The layer blurred to one side, along a direction; beyond its edges the nearest pixel goes on.

    Args:
        layer: What moves.
        radius: The streak has ``2 radius + 1`` pixels.
        spread: They fade like half a Gaussian of this standard deviation.
        degrees: The direction; 0 is to the left, -90 down.

    Example:
        >>> point = np.zeros((16, 16), np.float32)
        >>> point[8, 8] = 1
        >>> np.argwhere(streaked(point, radius=1, spread=1.0, degrees=-90.0)).tolist()
        [[8, 8], [9, 8], [10, 8]]
    """
    taps = np.arange(2 * radius + 1)
    weights = np.exp(-(taps**2) / (2 * spread**2))
    down = np.array([-ceil(tap * sin(radians(degrees)) - 0.5) for tap in taps])
    right = np.array([-ceil(tap * cos(radians(degrees)) - 0.5) for tap in taps])
    reach = int(max(abs(down).max(), abs(right).max()))
    framed = np.pad(layer, reach, mode="edge")
    result = np.zeros_like(layer)
    _add_up(
        result, framed, (weights / weights.sum()).astype(np.float32), reach - down, reach - right
    )
    return result


@compiled
def _enlarge(result: np.ndarray, layer: np.ndarray) -> None:
    (height, width), (rows, columns) = result.shape, layer.shape
    tall = np.empty(columns, np.float32)
    for row in range(height):
        place = row * ((rows - 1) / max(height - 1, 1))
        above = int(place)
        below, beyond = min(above + 1, rows - 1), np.float32(place - above)
        for column in range(columns):
            tall[column] = layer[above, column]
            tall[column] += beyond * (layer[below, column] - layer[above, column])
        for column in range(width):
            place = column * ((columns - 1) / max(width - 1, 1))
            left = int(place)
            right, beyond = min(left + 1, columns - 1), np.float32(place - left)
            result[row, column] = tall[left] + beyond * (tall[right] - tall[left])


@compiled
def _add_up(
    result: np.ndarray, framed: np.ndarray, weights: np.ndarray, down: np.ndarray, right: np.ndarray
) -> None:
    height, width = result.shape
    for row in range(height):
        line = result[row]
        for tap in range(len(weights)):
            weight = weights[tap]
            moved = framed[row + down[tap], right[tap] : right[tap] + width]
            for column in range(width):
                line[column] += weight * moved[column]


@compiled
def _cover(image: np.ndarray, flakes: np.ndarray, weight: np.float32) -> None:
    height, width, channels = image.shape
    rest, white, nearly = np.float32(1.0) - weight, np.float32(255.0), np.float32(1e-3)
    more, lift = np.float32(1.5), np.float32(127.5)
    for row in range(height):
        for column in range(width if channels == 3 else 0):  # written out: many pixels at once
            red = np.float32(image[row, column, 0])
            green = np.float32(image[row, column, 1])
            blue = np.float32(image[row, column, 2])
            luma = np.float32(0.299) * red + np.float32(0.587) * green + np.float32(0.114) * blue
            pale, flake = more * luma + lift, flakes[row, column] + nearly
            red = weight * red + rest * max(red, pale) + flake
            green = weight * green + rest * max(green, pale) + flake
            blue = weight * blue + rest * max(blue, pale) + flake
            image[row, column, 0] = np.uint8(min(red, white))
            image[row, column, 1] = np.uint8(min(green, white))
            image[row, column, 2] = np.uint8(min(blue, white))
        for column in range(width if channels == 1 else 0):
            grey = np.float32(image[row, column, 0])
            pale, flake = more * grey + lift, flakes[row, column] + nearly
            grey = weight * grey + rest * max(grey, pale) + flake
            image[row, column, 0] = np.uint8(min(grey, white))
