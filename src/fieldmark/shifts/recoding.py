"""Recoding: a picture written by one codec or colour space and read back by another."""

from collections.abc import Mapping
from io import BytesIO
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from fieldmark.shifts.accidents import Accident, Picture, printed

if TYPE_CHECKING:
    from PIL import Image

QUALITIES = printed(95, 85, 75, 60, 40)
"""Quality of JPEG and WebP; ImageNet-C begins below the last of them."""

SUBSAMPLING: Mapping[str, tuple[int, int]] = MappingProxyType(
    {"4:2:2": (1, 2), "4:2:0": (2, 2), "4:1:1": (1, 4), "4:1:0": (2, 4)}
)
"""How many rows and columns share one colour."""

GENERATIONS = printed(1, 2, 4, 8, 16)
"""How often a picture goes through video's range of levels."""

BITS = printed(8, 7, 6, 5, 4)
"""Bits per channel of the other colour space."""


def through_jpeg(picture: Picture, *, quality: int, subsampling: str = "4:2:0") -> Picture:
    """The picture written as a JPEG file and read again.

    Args:
        picture: uint8 (h, w, c).
        quality: 1 to 95, as libjpeg counts.
        subsampling: How colour is shared: "4:4:4", "4:2:2" or "4:2:0"; no matter where c is 1.

    Example:
        >>> grey = np.full((16, 16, 1), 77, np.uint8)
        >>> int(through_jpeg(grey, quality=75).max())
        77
    """
    options = {"subsampling": subsampling} if picture.shape[2] == 3 else {}
    return _through(picture, "JPEG", quality=quality, **options)


def through_webp(picture: Picture, *, quality: int) -> Picture:
    """The picture written as a lossy WebP file and read again; grey goes as colour and comes back.

    Args:
        picture: uint8 (h, w, c).
        quality: 0 to 100, as libwebp counts.
    """
    return _through(picture, "WEBP", quality=quality, method=4)


def subsampled(picture: Picture, *, shared: tuple[int, int]) -> Picture:
    """The picture with one colour for every ``shared`` rows and columns, but its own luma.

    This is what a decoder with plain upsampling makes of 4:2:0 and its kin, without the losses of
    the codec itself. Grey stays as it is.
    """
    from PIL import Image

    if picture.shape[2] == 1:
        return picture
    height, width, _ = picture.shape
    luma, *colours = _image(picture).convert("YCbCr").split()
    small = (-(-width // shared[1]), -(-height // shared[0]))
    coarse = [
        one.resize(small, Image.Resampling.BOX).resize(one.size, Image.Resampling.NEAREST)
        for one in colours
    ]
    return np.asarray(Image.merge("YCbCr", (luma, *coarse)).convert("RGB"))


def through_video_range(picture: Picture, *, generations: int) -> Picture:
    """The picture squeezed into video's 16 to 235 and stretched again, ``generations`` times over.

    Squeezing rounds, stretching cuts off, as a fast converter does: each time some levels fall.

    Example:
        >>> levels = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
        >>> [len(np.unique(through_video_range(levels, generations=g))) for g in (1, 16)]
        [220, 130]
    """
    levels = np.arange(256, dtype=np.int64)
    for _ in range(generations):
        squeezed = (levels * 219 + 127) // 255 + 16
        levels = (squeezed - 16) * 255 // 219
    return levels.astype(np.uint8)[picture]


def through_ycbcr(picture: Picture, *, bits: int) -> Picture:
    """The picture in 8-bit YCbCr of full range as OpenCV has it, with ``bits`` kept, and back."""
    import cv2

    if picture.shape[2] == 1:
        return _coarser(picture, bits)
    there = cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2YCrCb)
    return np.asarray(cv2.cvtColor(_coarser(there, bits), cv2.COLOR_YCrCb2RGB))


def through_hsv(picture: Picture, *, bits: int) -> Picture:
    """The picture in 8-bit HSV as OpenCV has it (180 hues), with ``bits`` kept, and back."""
    import cv2

    if picture.shape[2] == 1:
        return _coarser(picture, bits)
    there = cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2HSV)
    coarse = _coarser(there, bits)
    coarse[..., 0] = np.minimum(coarse[..., 0], 179)
    return np.asarray(cv2.cvtColor(coarse, cv2.COLOR_HSV2RGB))


def through_lab(picture: Picture, *, bits: int) -> Picture:
    """The picture in 8-bit CIELAB as OpenCV has it, with ``bits`` kept, and back."""
    import cv2

    grey = picture.shape[2] == 1
    colour = np.repeat(picture, 3, axis=2) if grey else np.ascontiguousarray(picture)
    there = _coarser(cv2.cvtColor(colour, cv2.COLOR_RGB2LAB), bits)
    if grey:
        there[..., 1:] = 128
    back = np.asarray(cv2.cvtColor(there, cv2.COLOR_LAB2RGB))
    return back[..., 1:2] if grey else back


def _coarser(channels: np.ndarray, bits: int) -> np.ndarray:
    """Levels in the middle of the 2^bits steps that they fall into; as they are at 8 bits."""
    step = 1 << (8 - bits)
    return (channels // step * step + step // 2).astype(np.uint8)


def _image(picture: Picture) -> "Image.Image":
    from PIL import Image

    return Image.fromarray(picture[..., 0] if picture.shape[2] == 1 else picture)


def _through(picture: Picture, codec: str, **options: int | str) -> Picture:
    from PIL import Image

    with BytesIO() as file:
        _image(picture).save(file, codec, **options)
        with Image.open(file) as read:
            mode = "L" if picture.shape[2] == 1 else "RGB"
            return np.asarray(read.convert(mode)).reshape(picture.shape)


_GREY_IS_COARSER = "its level alone, in as many bits"

RECODINGS: Mapping[str, Accident] = MappingProxyType(
    {
        one.name: one
        for one in (
            Accident(
                "jpeg-recoding",
                through_jpeg,
                "quality",
                QUALITIES,
                {"colour": "4:2:0", "codec": "libjpeg"},
            ),
            Accident(
                "webp-recoding",
                through_webp,
                "quality",
                QUALITIES,
                {"method": 4, "codec": "libwebp, lossy"},
            ),
            Accident(
                "chroma-subsampling",
                subsampled,
                "shared",
                SUBSAMPLING,
                {
                    "colours": "mean of the block, JFIF YCbCr",
                    "upsampling": "plain",
                    "grey": "stays as it is",
                },
            ),
            Accident(
                "video-range",
                through_video_range,
                "generations",
                GENERATIONS,
                {"range": "16 to 235", "rounding": "rounded there, cut off back"},
            ),
            Accident(
                "ycbcr-round-trip",
                through_ycbcr,
                "bits",
                BITS,
                {"space": "OpenCV, full range", "grey": _GREY_IS_COARSER},
            ),
            Accident(
                "hsv-round-trip",
                through_hsv,
                "bits",
                BITS,
                {"space": "OpenCV, 180 hues", "grey": _GREY_IS_COARSER},
            ),
            Accident(
                "lab-round-trip",
                through_lab,
                "bits",
                BITS,
                {"space": "OpenCV, sRGB D65", "grey": _GREY_IS_COARSER},
            ),
        )
    }
)
"""From a name to how it is made at each of its levels."""
