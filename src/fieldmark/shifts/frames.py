"""Frames: what each perturbation of ImageNet-P makes of one picture, frame by frame.

Every function here takes one picture, the frames that are wanted (positions in the sequence), the
picture's seed, and its constants; it gives one picture per position. A frame is the same whichever
others are asked for with it. A constant that runs on is a pair: its value in the first frame,
and by how much it grows from frame to frame.
"""

from collections.abc import Callable, Iterable
from math import ceil, cos, hypot, radians, sin

import numpy as np
from jaxtyping import Float64

from fieldmark.records import Pixels, Rows, Seeds, generator, seed_of
from fieldmark.shifts.accidents import Picture
from fieldmark.shifts.light import brightness
from fieldmark.shifts.noise import gaussian_noise, shot_noise
from fieldmark.shifts.pixels import truncated, unit

Seed = int | np.uint64

FLAKES_FROM = 0.5
"""Snow: what the random layer has less of than this is no flake."""

SNOWY = 0.85
"""Snow: the weight of the picture; the rest is a whitened one."""


def gaussian_frames(picture: Picture, places: Rows, seed: Seed, *, deviation: float) -> Pixels:
    """The picture itself, then frames of Gaussian noise, each with a stream of its own."""
    return _noisy(picture, places, seed, lambda one, s: gaussian_noise(one, s, strength=deviation))


def shot_frames(picture: Picture, places: Rows, seed: Seed, *, photons: int) -> Pixels:
    """The picture itself, then frames of shot noise, each with a stream of its own."""
    return _noisy(picture, places, seed, lambda one, s: shot_noise(one, s, strength=photons))


def motion_frames(
    picture: Picture,
    places: Rows,
    seed: Seed,
    *,
    radius: int,
    deviation: float,
    degrees: tuple[float, float],
) -> Pixels:
    """The picture streaked, the direction turning from frame to frame."""
    return _stacked(
        streaked(picture, radius=radius, deviation=deviation, degrees=_ramp(degrees, place))
        for place in places
    )


def zoom_frames(picture: Picture, places: Rows, seed: Seed, *, step: float) -> Pixels:
    """The mean of the picture and its enlargements so far, one more of them in every frame."""
    total = picture.astype(np.int64)
    made = {0: picture}
    for place in range(1, int(places.max(initial=0)) + 1):
        total += affine(picture, factor=1 + step * place)
        made[place] = (total // (place + 1)).astype(np.uint8)
    return _stacked(made[int(place)] for place in places)


def snow_frames(
    picture: Picture,
    places: Rows,
    seed: Seed,
    *,
    mean: float,
    spread: float,
    zoom: float,
    radius: int,
    deviation: float,
    degrees: tuple[float, float],
) -> Pixels:
    """The picture under one snowfall, whose direction turns from frame to frame."""
    height, width, _ = picture.shape
    drawn = generator(seed).normal(mean, spread, size=(height, width))
    layer = zoomed(drawn, zoom)
    flakes = truncated(np.where(layer < FLAKES_FROM, 0.0, layer))[:, :, np.newaxis]
    pixels = unit(picture)
    grey = pixels if picture.shape[2] == 1 else pixels @ np.array([[0.299], [0.587], [0.114]])
    ground = SNOWY * pixels + (1 - SNOWY) * np.maximum(pixels, grey * 1.5 + 0.5)
    frames = []
    for place in places:
        angle = _ramp(degrees, place)
        fall = unit(streaked(flakes, radius=radius, deviation=deviation, degrees=angle))
        frames.append(truncated(ground + fall + fall[::-1, ::-1]))
    return _stacked(frames)


def bright_frames(
    picture: Picture, places: Rows, seed: Seed, *, added: tuple[float, float]
) -> Pixels:
    """The picture made brighter from frame to frame."""
    none = np.zeros(1, np.uint64)
    return _stacked(
        brightness(picture[np.newaxis], none, strength=_ramp(added, place))[0] for place in places
    )


def moved_frames(picture: Picture, places: Rows, seed: Seed, *, pixels: tuple[int, int]) -> Pixels:
    """The picture moving to the right, black from outside."""
    frames = np.zeros((len(places), *picture.shape), dtype=np.uint8)
    width = picture.shape[1]
    for frame, place in zip(frames, places, strict=True):
        step = pixels[0] + pixels[1] * int(place)
        here = slice(max(step, 0), width + min(step, 0))
        there = slice(max(-step, 0), width + min(-step, 0))
        frame[:, here] = picture[:, there]
    return frames


def turned_frames(
    picture: Picture, places: Rows, seed: Seed, *, degrees: tuple[float, float]
) -> Pixels:
    """The picture turning clockwise about its middle, black from outside."""
    return _stacked(affine(picture, degrees=_ramp(degrees, place)) for place in places)


def scaled_frames(
    picture: Picture, places: Rows, seed: Seed, *, factor: tuple[float, float]
) -> Pixels:
    """The picture growing about its middle, black from outside."""
    return _stacked(affine(picture, factor=_ramp(factor, place)) for place in places)


def tilted_frames(
    picture: Picture, places: Rows, seed: Seed, *, degrees: tuple[float, float]
) -> Pixels:
    """The picture tilting in space about both its axes, seen from one diagonal away."""
    import cv2

    height, width, channels = picture.shape
    source = np.ascontiguousarray(picture)
    frames = (
        cv2.warpPerspective(source, tilt(height, width, _ramp(degrees, place)), (width, height))
        for place in places
    )
    return _stacked(np.asarray(frame).reshape(height, width, channels) for frame in frames)


def tilt(height: int, width: int, degrees: float) -> Float64[np.ndarray, "3 3"]:
    """The projection of a picture tilted about both its axes, from (x, y, 1) to (x, y, 1).

    As in the published script, even a straight picture stands one pixel further away than its
    diagonal, and is that much smaller.

    Example:
        >>> straight = tilt(40, 30, 0.0) @ [0, 0, 1]
        >>> (straight / straight[2])[:2].round(2).tolist()
        [0.29, 0.39]
    """
    away = hypot(height, width)
    cosine, sine = cos(radians(degrees)), sin(radians(degrees))
    into_space = np.array([[1, 0, -width / 2], [0, 1, -height / 2], [0, 0, 1], [0, 0, 1]])
    about_x = np.array([[1, 0, 0, 0], [0, cosine, -sine, 0], [0, sine, cosine, 0], [0, 0, 0, 1]])
    about_y = np.array([[cosine, 0, -sine, 0], [0, 1, 0, 0], [sine, 0, cosine, 0], [0, 0, 0, 1]])
    backwards = np.eye(4)
    backwards[2, 3] = away
    onto_film = np.array([[away, 0, width / 2, 0], [0, away, height / 2, 0], [0, 0, 1, 0]])
    return np.asarray(onto_film @ backwards @ about_x @ about_y @ into_space, dtype=np.float64)


def affine(picture: Picture, *, degrees: float = 0.0, factor: float = 1.0) -> Picture:
    """The picture turned clockwise and enlarged; Pillow's bilinear, black outside.

    The centre is the one of the published files: half a pixel right of and below the middle.
    """
    from PIL import Image

    height, width, channels = picture.shape
    x, y = width / 2 + 0.5, height / 2 + 0.5
    cosine, sine = cos(radians(degrees)) / factor, sin(radians(degrees)) / factor
    back = (cosine, sine, x - cosine * x - sine * y, -sine, cosine, y + sine * x - cosine * y)
    image = Image.fromarray(picture[..., 0] if channels == 1 else picture)
    seen = image.transform(
        image.size, Image.Transform.AFFINE, back, Image.Resampling.BILINEAR, fillcolor=0
    )
    return np.asarray(seen).reshape(picture.shape)


def streaked(picture: Picture, *, radius: int, deviation: float, degrees: float) -> Picture:
    """The picture blurred in one direction, as ImageMagick does it: half a Gaussian, whole steps.

    Args:
        picture: uint8 (h, w, c); beyond the edge the nearest pixel goes on.
        radius: The streak is 2 radius + 1 pixels long.
        deviation: How fast it fades, in pixels.
        degrees: Where it comes from; 0 is the right, 90 below.

    Example:
        >>> dot = np.zeros((5, 5, 1), np.uint8)
        >>> dot[2, 3] = 255
        >>> streaked(dot, radius=2, deviation=2.0, degrees=0.0)[2, :, 0].tolist()
        [28, 52, 76, 86, 0]
    """
    height, width, _ = picture.shape
    fading = np.exp(-0.5 * (np.arange(2 * radius + 1) / deviation) ** 2)
    fading /= fading.sum()
    # A millionth less: otherwise the last bit of a cosine decides where a half goes.
    across = [ceil(step * cos(radians(degrees)) - 0.500001) for step in range(len(fading))]
    down = [ceil(step * sin(radians(degrees)) - 0.500001) for step in range(len(fading))]
    reach = 2 * radius
    wide = np.pad(picture, ((reach, reach), (reach, reach), (0, 0)), mode="edge")
    total = np.zeros(picture.shape, dtype=np.float64)
    for weight, x, y in zip(fading, across, down, strict=True):
        total += weight * wide[reach + y : reach + y + height, reach + x : reach + x + width]
    return np.floor(total + 0.5 + 1e-9).astype(np.uint8)


def zoomed(layer: Float64[np.ndarray, "h w"], factor: float) -> Float64[np.ndarray, "h w"]:
    """The middle of a layer enlarged to the whole, linear between the middles of its corners."""
    from scipy.ndimage import zoom

    parts = []
    for side in layer.shape:
        kept = ceil(side / factor)
        first = (side - kept) // 2
        parts.append(slice(first, first + kept))
    large = zoom(layer[tuple(parts)], factor, order=1)
    top, left = ((new - old) // 2 for new, old in zip(large.shape, layer.shape, strict=True))
    return np.asarray(large[top : top + layer.shape[0], left : left + layer.shape[1]])


def _noisy(
    picture: Picture, places: Rows, seed: Seed, noise: Callable[[Pixels, Seeds], Pixels]
) -> Pixels:
    frames = np.repeat(picture[np.newaxis], len(places), axis=0)
    seeds = np.array([seed_of(int(seed), f"frame {place}") for place in places], dtype=np.uint64)
    later = places > 0
    frames[later] = noise(frames[later], seeds[later])
    return frames


def _ramp(ramp: tuple[float, float], place: int | np.int64) -> float:
    return float(ramp[0] + ramp[1] * int(place))


def _stacked(frames: Iterable[Picture]) -> Pixels:
    return np.stack(list(frames))
