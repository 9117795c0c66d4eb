"""Resizing: a picture made smaller and enlarged again, as one library or another does it.

Scores that differ between two laboratories often differ by a resize: Pillow smooths before it
shrinks (antialiasing), OpenCV does not unless it is asked for area means.
"""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

import numpy as np

from fieldmark.shifts.accidents import Accident, Picture, printed

SHARES = printed(0.875, 0.75, 0.625, 0.5, 0.35)
"""Side of the small picture over that of the large one."""

CROPS = printed(0.95, 0.9, 0.875, 0.8, 0.7)
"""Side of the crop over that of the picture; 0.875 is 224 of 256."""


def through_pillow(picture: Picture, *, share: float, method: str) -> Picture:
    """The picture shrunk to ``share`` of its sides by Pillow's ``method``, and enlarged again.

    Args:
        picture: uint8 (h, w, c).
        share: Of each side, above 0; 4 pixels at least remain.
        method: "nearest", "bilinear", "bicubic" or "lanczos"; all but the first antialias.
    """
    from PIL import Image

    how = Image.Resampling[method.upper()]
    height, width, channels = picture.shape
    image = Image.fromarray(picture[..., 0] if channels == 1 else picture)
    small = image.resize(_small(height, width, share)[::-1], how)
    return np.asarray(small.resize(image.size, how)).reshape(picture.shape)


def through_aliased_pillow(picture: Picture, *, share: float, method: str) -> Picture:
    """The same without antialiasing: each small pixel is interpolated at its middle.

    Args:
        picture: uint8 (h, w, c).
        share: Of each side, above 0; 4 pixels at least remain.
        method: "bilinear" or "bicubic".
    """
    from PIL import Image

    how = Image.Resampling[method.upper()]
    height, width, channels = picture.shape
    image = Image.fromarray(picture[..., 0] if channels == 1 else picture)
    whole = (0, 0, width, height)
    size = _small(height, width, share)[::-1]
    small = image.transform(size, Image.Transform.EXTENT, whole, how)
    return np.asarray(small.resize(image.size, how)).reshape(picture.shape)


def through_opencv(picture: Picture, *, share: float, method: str) -> Picture:
    """The picture shrunk to ``share`` of its sides by OpenCV's ``method``, and enlarged again.

    Args:
        picture: uint8 (h, w, c).
        share: Of each side, above 0; 4 pixels at least remain.
        method: "nearest", "linear", "cubic", "lanczos4" or "area"; only the last antialiases.
    """
    import cv2

    how = getattr(cv2, f"INTER_{method.upper()}")
    height, width, _ = picture.shape
    down, across = _small(height, width, share)
    small = cv2.resize(np.ascontiguousarray(picture), (across, down), interpolation=how)
    return np.asarray(cv2.resize(small, (width, height), interpolation=how)).reshape(picture.shape)


def cropped(picture: Picture, *, share: float) -> Picture:
    """The middle ``share`` of the picture's sides, enlarged to the whole (Pillow, bilinear).

    Example:
        >>> ramp = np.tile(np.arange(0, 200, 10, dtype=np.uint8), (20, 1))[..., None]
        >>> cropped(ramp, share=0.5)[0, [0, -1], 0].tolist()
        [48, 143]
    """
    from PIL import Image

    height, width, channels = picture.shape
    image = Image.fromarray(picture[..., 0] if channels == 1 else picture)
    x, y = width * (1 - share) / 2, height * (1 - share) / 2
    box = (x, y, width - x, height - y)
    large = image.resize((width, height), Image.Resampling.BILINEAR, box=box)
    return np.asarray(large).reshape(picture.shape)


def _small(height: int, width: int, share: float) -> tuple[int, int]:
    return max(round(height * share), 4), max(round(width * share), 4)


def _resizing(name: str, change: Callable[..., Picture], method: str, library: str) -> Accident:
    details = {"method": method, "library": library}
    return Accident(name, partial(change, method=method), "share", SHARES, details)


_PILLOW, _ALIASED = "Pillow", "Pillow, shrinking without antialias"
_OPENCV = "OpenCV, without antialias"

RESIZINGS: Mapping[str, Accident] = MappingProxyType(
    {
        one.name: one
        for one in (
            _resizing("resize-nearest", through_pillow, "nearest", _PILLOW),
            _resizing("resize-bilinear", through_pillow, "bilinear", _PILLOW),
            _resizing("resize-bicubic", through_pillow, "bicubic", _PILLOW),
            _resizing("resize-lanczos", through_pillow, "lanczos", _PILLOW),
            _resizing("resize-bilinear-aliased", through_aliased_pillow, "bilinear", _ALIASED),
            _resizing("resize-bicubic-aliased", through_aliased_pillow, "bicubic", _ALIASED),
            _resizing("resize-opencv-nearest", through_opencv, "nearest", _OPENCV),
            _resizing("resize-opencv-linear", through_opencv, "linear", _OPENCV),
            _resizing("resize-opencv-cubic", through_opencv, "cubic", _OPENCV),
            _resizing("resize-opencv-lanczos", through_opencv, "lanczos4", _OPENCV),
            _resizing("resize-opencv-area", through_opencv, "area", "OpenCV"),
            Accident("centre-crop", cropped, "share", CROPS, {"resize": "Pillow, bilinear"}),
        )
    }
)
"""From a name to how it is made at each of its levels."""
