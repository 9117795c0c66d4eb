"""Ours and the reference's from the same draws, at any size, with the constants of any size.

The reference writes the constants of 224 pixels into its functions; ``recast`` compiles a function
of it anew with others in their place, so that it is an oracle for 32 and 64 pixels as well.
"""

import ast
import inspect
import textwrap
import warnings
from collections.abc import Callable, Mapping
from functools import cache
from math import ceil
from typing import Any

import numpy as np
from scipy.stats import norm, poisson

from fieldmark.shifts import elastic, glass, motion
from fieldmark.shifts.blur import gaussian_blur
from fieldmark.shifts.chances import Chances
from fieldmark.shifts.digital import jpeg_compression, pixelate
from fieldmark.shifts.fog import cloud_side, diamond_square, lay_fog
from fieldmark.shifts.frost import freeze
from fieldmark.shifts.lens import defocus_blur
from fieldmark.shifts.light import brightness, contrast, saturate
from fieldmark.shifts.noise import gaussian_chances, impulse_chances, shot_chances, speckle_chances
from fieldmark.shifts.snow import Snow, let_it_snow
from fieldmark.shifts.spatter import Spatter, splash
from tests.shifts.made import overlays
from tests.shifts.oracle import _module

Image = np.ndarray
Draws = np.random.RandomState
NO_SEED = np.zeros(1, np.uint64)

THEIR_NAMES = {"elastic-in-place": "elastic_transform"}
"""Where the reference calls by one name what was published under another."""


def theirs(name: str, image: Image, strength: Any, seed: int = 0) -> Image:
    """The picture, uint8, of the reference, or of libraries where it follows no publication."""
    if name == "elastic-transform":
        return _published_elastic(image, strength, seed)
    from PIL import Image as pillow

    change = recast(THEIR_NAMES.get(name, name.replace("-", "_")), _their_constants(name, strength))
    np.random.seed(seed)  # noqa: NPY002  the only source it draws from
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.uint8(change(pillow.fromarray(image), 1)).reshape(image.shape)


def ours(name: str, image: Image, strength: Any, seed: int = 0) -> Image:
    """Our picture from the draws that the reference makes at that seed."""
    if name in DRAWLESS:
        return DRAWLESS[name](image[None], NO_SEED, strength=strength)[0]
    stream = Draws(seed)
    return FED[name](image, strength, stream)


@cache
def recast(name: str, constants: Any) -> Callable[..., Any]:
    """A function of the reference whose table of constants is replaced by ``constants``."""
    module = _module()
    tree = ast.parse(textwrap.dedent(inspect.getsource(getattr(module, name))))
    table = next(
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and "severity" in ast.unparse(node.value)
    )
    table.value = ast.Name("the_constants", ast.Load())
    known = {**vars(module), "the_constants": constants, "sk": _Scikit(module.sk)}
    exec(compile(ast.fix_missing_locations(tree), module.__file__, "exec"), known)
    return known[name]


class _Scikit:
    """scikit-image, whose salt and pepper take their numbers from numpy's global ones again."""

    def __init__(self, library: Any) -> None:
        self._library = library
        self.util = self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._library, name)

    def random_noise(self, image: Image, mode: str, amount: float) -> Image:
        return self._library.util.random_noise(image, mode=mode, amount=amount, rng=_stream())


def _stream() -> np.random.Generator:
    return np.random.default_rng(int(np.random.randint(2**31)))  # noqa: NPY002  as it draws


def _their_constants(name: str, strength: Any) -> Any:
    if name == "zoom-blur":
        return _Hashable(np.arange(1, *strength))
    return strength[:2] if name == "frost" else strength


class _Hashable(np.ndarray):
    """Numbers that may be the key of a cache."""

    def __new__(cls, numbers: np.ndarray) -> "_Hashable":
        return numbers.view(cls)

    def __hash__(self) -> int:
        return hash(self.tobytes())

    def __eq__(self, other: object) -> bool:  # type: ignore[override]
        return isinstance(other, np.ndarray) and self.tobytes() == other.tobytes()


# --- ours, fed -----------------------------------------------------------------------------------


def _numbers(quantiles: np.ndarray) -> np.ndarray:
    return np.clip(quantiles * 2.0**32, 0, 2**32 - 1).astype(np.uint32)


def _by_normal(chances: Callable[[float], Chances]) -> Callable[..., Image]:
    def fed(image: Image, strength: float, stream: Draws) -> Image:
        noise = stream.normal(size=image.shape)
        return chances(strength).changed(image, _numbers(norm.cdf(noise)))

    return fed


def _shot(image: Image, strength: int, stream: Draws) -> Image:
    mean = image / 255.0 * strength
    counted = stream.poisson(mean)  # any quantile within the share of that count
    middle = poisson.cdf(counted, mean) - poisson.pmf(counted, mean) / 2
    return shot_chances(strength).changed(image, _numbers(middle))


def _impulse(image: Image, strength: float, stream: Draws) -> Image:
    numbers = np.random.default_rng(int(stream.randint(2**31)))
    hit = numbers.random(image.shape) <= strength
    salt = numbers.random(image.shape) <= 0.5
    return impulse_chances(strength).changed(image, _numbers(np.where(hit, salt * 1.0, 0.5)))


def _glass(image: Image, strength: tuple[float, int, int], stream: Draws) -> Image:
    pane = glass.Glass(*strength)
    rows, columns = (side - 2 * pane.reach for side in image.shape[:2])
    drawn = stream.randint(-pane.reach, pane.reach, size=(pane.times * rows * columns, 2))
    places = drawn.astype(np.int8).reshape(pane.times, rows, columns, 2)
    return glass.through_glass(image, places, pane=pane)


def _motion(image: Image, strength: tuple[int, float], stream: Draws) -> Image:
    radius, spread = strength
    return motion.moved(image, radius=radius, spread=spread, degrees=stream.uniform(-45, 45))


def _elastic_in_place(image: Image, strength: float, stream: Draws) -> Image:
    reach = image.shape[0] * elastic.HELD
    right, down = (stream.uniform(-reach, reach, size=image.shape[:2]) for _ in range(2))
    fields = ((field / reach).astype(np.float32) for field in (right, down))
    return elastic.pulled_in_place(image, *fields, strength=strength)


def _elastic(image: Image, strength: tuple[float, float, float], stream: Draws) -> Image:
    amplitude, sigma, reach = strength
    corners = stream.uniform(-reach, reach, size=(3, 2))
    right, down = (stream.uniform(-1, 1, size=image.shape[:2]).astype(np.float32) for _ in range(2))
    pulls = elastic.Pulls(corners, right, down)
    return elastic.pulled(image, pulls, amplitude=amplitude, sigma=sigma)


def _published_elastic(image: Image, strength: tuple[float, float, float], seed: int) -> Image:
    """The published definition in OpenCV's and SciPy's words: three corners, then soft pulls."""
    import cv2
    from scipy.ndimage import gaussian_filter, map_coordinates

    amplitude, sigma, reach = strength
    stream, (height, width, channels) = Draws(seed), image.shape
    third = min(height, width) // 3
    square = np.float32([[1, 1], [1, -1], [-1, -1]]) * third + np.float32([width, height]) // 2
    moves = stream.uniform(-reach, reach, size=(3, 2)).astype(np.float32)
    matrix = cv2.getAffineTransform(square, square + moves)
    mirrored = cv2.BORDER_REFLECT_101
    leaning = cv2.warpAffine(np.float32(image) / 255, matrix, (width, height), borderMode=mirrored)
    right, down = (
        amplitude * gaussian_filter(stream.uniform(-1, 1, (height, width)), sigma, truncate=3)
        for _ in range(2)
    )
    where = np.mgrid[:height, :width] + np.float32([down, right])
    made = [
        map_coordinates(leaning[..., c], where, order=1, mode="reflect") for c in range(channels)
    ]
    return np.uint8(np.clip(np.stack(made, axis=2), 0, 1) * 255)


def _fog(image: Image, strength: tuple[float, float], stream: Draws) -> Image:
    thickness, fading = strength
    side, result = cloud_side(*image.shape[:2]), image.copy()
    cloud = diamond_square(stream.random_sample(side * side - 1), side=side, fading=fading)
    lay_fog(result, cloud, thickness=thickness)
    return result


def _frost(image: Image, strength: tuple[float, float, float], stream: Draws) -> Image:
    height, width, _ = image.shape
    # The reference enlarges every overlay by a tenth, whatever the size of the image.
    overlay = overlays().one(stream.randint(5), scale=1.1, height=height, width=width)
    top = stream.randint(0, overlay.shape[0] - height)
    left = stream.randint(0, overlay.shape[1] - width)
    result = image.copy()
    freeze(result, overlay[top : top + height, left : left + width], weights=strength[:2])
    return result


def _standard(image: Image, how: Snow | Spatter, stream: Draws) -> np.ndarray:
    drawn = stream.normal(size=image.shape[:2], loc=how.mean, scale=how.deviation)
    return (drawn - how.mean) / how.deviation


def _snow(image: Image, strength: tuple[float, ...], stream: Draws) -> Image:
    how, result = Snow(*strength), image.copy()
    noise = _standard(image, how, stream)
    rows, columns = (ceil(side / how.zoom) for side in noise.shape)
    top, left = (noise.shape[0] - rows) // 2, (noise.shape[1] - columns) // 2
    middle = noise[top : top + rows, left : left + columns]
    let_it_snow(result, middle, degrees=stream.uniform(-135, -45), how=how)
    return result


def _spatter(image: Image, strength: tuple[float, ...], stream: Draws) -> Image:
    how, result = Spatter(*strength), image.copy()
    splash(result, _standard(image, how, stream), how=how)
    return result


DRAWLESS: Mapping[str, Callable[..., np.ndarray]] = {
    "brightness": brightness,
    "contrast": contrast,
    "defocus-blur": defocus_blur,
    "gaussian-blur": gaussian_blur,
    "jpeg-compression": jpeg_compression,
    "pixelate": pixelate,
    "saturate": saturate,
    "zoom-blur": motion.zoom_blur,
}
"""What chance has no part in."""

FED: Mapping[str, Callable[..., Image]] = {
    "elastic-in-place": _elastic_in_place,
    "elastic-transform": _elastic,
    "fog": _fog,
    "frost": _frost,
    "gaussian-noise": _by_normal(gaussian_chances),
    "glass-blur": _glass,
    "impulse-noise": _impulse,
    "motion-blur": _motion,
    "shot-noise": _shot,
    "snow": _snow,
    "spatter": _spatter,
    "speckle-noise": _by_normal(speckle_chances),
}
"""What is fed the numbers that the reference draws."""
