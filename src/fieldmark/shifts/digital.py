"""Digital: what is lost when a picture is stored or sent in fewer pixels or fewer bytes."""

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from jaxtyping import Int64, UInt8, UInt64

from fieldmark.records import ConfigError, Pixels, Seeds, Shift, compiled
from fieldmark.shifts.pixels import PixelShift
from fieldmark.shifts.published import corruption

PUBLISHED_QUALITY = 85
"""That of the files of ImageNet-C and Tiny-ImageNet-C; CIFAR-10-C was stored without loss."""

JPEG = "baseline, 4:2:0, the standard's tables scaled by quality, accurate integer transforms"

_BITS = 22
_HALF = 1 << (_BITS - 1)


class Boxes(NamedTuple):
    """Which places of a side become one: where they begin and end, and the share of each."""

    begin: UInt64[np.ndarray, " fewer"]
    end: UInt64[np.ndarray, " fewer"]
    share: Int64[np.ndarray, " fewer"]
    back: UInt64[np.ndarray, " side"]


def pixelate(images: Pixels, seeds: Seeds, *, strength: float) -> Pixels:
    """Images shrunk to ``strength`` times their sides and enlarged again, both by box filter.

    Equal to Pillow's box filter, with which the sets were made: across first, rounded each time.

    Source:
        Hendrycks & Dietterich 2019, arXiv:1903.12261, "pixelate".
    """
    _, height, width, _ = images.shape
    result = np.array(images, order="C")
    tall, wide = _boxes(height, int(height * strength)), _boxes(width, int(width * strength))
    for image in result:
        _coarsen(image, tall, wide)
    return result


def jpeg_compression(images: Pixels, seeds: Seeds, *, strength: int) -> Pixels:
    """Images stored as JPEG of quality ``strength`` and read again.

    Written and read by OpenCV's libjpeg-turbo, bit for bit what Pillow's gives.

    Source:
        Hendrycks & Dietterich 2019, arXiv:1903.12261, "JPEG".
    """
    result = np.array(images, order="C")
    for image in result:
        image[:] = _stored(image, strength)
    return result


def as_jpeg(shift: Shift, quality: int = PUBLISHED_QUALITY) -> PixelShift:
    """The shift, followed by a step that the published files have been through: stored as JPEG.

    Args:
        shift: Any shift.
        quality: 1 to 100; 85 for the files of ImageNet-C.

    Returns:
        A shift called after both, such as ``fog-jpeg85``, whose random numbers are its own.

    Raises:
        ConfigError: The quality is not 1 to 100.

    Example:
        >>> stored = as_jpeg(PixelShift("as-it-is", 1, {}, lambda images, seeds: images.copy()))
        >>> stored.name, stored.settings["stored as"]
        ('as-it-is-jpeg85', 'JPEG of quality 85')
    """
    if quality not in range(1, 101):
        raise ConfigError(f"the quality of a JPEG is 1 to 100, got {quality}")
    settings = {
        **shift.settings,
        "shift": shift.name,
        "stored as": f"JPEG of quality {quality}",
        "jpeg": JPEG,
    }
    return PixelShift(
        f"{shift.name}-jpeg{quality}",
        shift.severity,
        settings,
        partial(_then_stored, shift=shift, quality=quality),
    )


def _then_stored(images: Pixels, seeds: Seeds, *, shift: Shift, quality: int) -> Pixels:
    return jpeg_compression(shift.apply(images, seeds), seeds, strength=quality)


def _stored(image: UInt8[np.ndarray, "h w c"], quality: int) -> UInt8[np.ndarray, "h w c"]:
    import cv2

    how = [cv2.IMWRITE_JPEG_QUALITY, quality]
    if image.shape[2] == 1:
        _, file = cv2.imencode(".jpg", image, how)
        return np.asarray(cv2.imdecode(file, cv2.IMREAD_GRAYSCALE), np.uint8).reshape(image.shape)
    _, file = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), how)
    read = np.asarray(cv2.imdecode(file, cv2.IMREAD_COLOR), np.uint8)
    return np.asarray(cv2.cvtColor(read, cv2.COLOR_BGR2RGB), np.uint8)


@lru_cache(maxsize=64)
def _boxes(side: int, fewer: int) -> Boxes:
    scale = side / fewer
    middle = (np.arange(fewer) + 0.5) * scale
    begin = (middle - scale / 2 + 0.5).astype(np.int64)
    end = np.minimum((middle + scale / 2 + 0.5).astype(np.int64), side)
    # A pixel on the rim belongs to the box on its left.
    begin += (begin - middle + 0.5) / scale <= -0.5
    end -= (end - 1 - middle + 0.5) / scale > 0.5
    share = (0.5 + (1.0 / (end - begin)) * (1 << _BITS)).astype(np.int64)
    back = ((np.arange(side) + 0.5) * (fewer / side)).astype(np.int64)
    # Without a sign no place needs a question whether it counts from the end.
    return Boxes(begin.astype(np.uint64), end.astype(np.uint64), share, back.astype(np.uint64))


def _coarsen(image: UInt8[np.ndarray, "h w c"], down: Boxes, across: Boxes) -> None:
    narrow = np.empty((image.shape[0], len(across.share), image.shape[2]), np.int32)
    _narrow(narrow, image, across.begin, across.end, across.share)
    _shorten(image, narrow, down.begin, down.end, down.share, down.back, across.back)


@compiled
def _narrow(
    narrow: np.ndarray, image: np.ndarray, begin: np.ndarray, end: np.ndarray, share: np.ndarray
) -> None:
    """Box by box, in the whole numbers that Pillow reckons with."""
    height, columns, channels = narrow.shape
    for y in range(height):
        line, own = narrow[y], image[y]
        for x in range(columns if channels == 3 else 0):  # written out: three sums at once
            red = green = blue = _HALF
            for place in range(begin[x], end[x]):
                red += own[place, 0] * share[x]
                green += own[place, 1] * share[x]
                blue += own[place, 2] * share[x]
            line[x, 0], line[x, 1], line[x, 2] = red >> _BITS, green >> _BITS, blue >> _BITS
        for x in range(columns if channels == 1 else 0):
            grey = _HALF
            for place in range(begin[x], end[x]):
                grey += own[place, 0] * share[x]
            line[x, 0] = grey >> _BITS


@compiled
def _shorten(
    image: np.ndarray,
    narrow: np.ndarray,
    begin: np.ndarray,
    end: np.ndarray,
    share: np.ndarray,
    row_of: np.ndarray,
    column_of: np.ndarray,
) -> None:
    """Box by box again; then every box is drawn as large as it was."""
    height, width, channels = image.shape
    sums = np.empty(narrow.shape[1:], np.int32)
    wide = np.empty((width, channels), np.uint8)
    done = 0
    for y in range(len(share)):
        sums[:] = 0
        for place in range(begin[y], end[y]):
            sums += narrow[place]
        for x in range(width):
            for c in range(channels):
                wide[x, c] = (sums[column_of[x], c] * share[y] + _HALF) >> _BITS
        while done < height and row_of[done] == y:
            image[done] = wide
            done += 1


DIGITAL: Mapping[str, Callable[[int], PixelShift]] = MappingProxyType(
    {
        "jpeg-compression": corruption(
            "jpeg-compression", jpeg_compression, strengths="quality", jpeg=JPEG
        ),
        "pixelate": corruption("pixelate", pixelate, filter="box"),
    }
)
"""From a name and a severity to the shift."""
