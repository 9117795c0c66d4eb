"""Opening: what a picture's header says, and which pictures are refused before they are decoded.

Every file is taken for hostile: its name is not believed, no reader is asked that could run
programs, and nothing is decoded that would fill the memory.
"""

import re
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from fieldmark.records import DataError

SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".ppm", ".pgm"}
)
"""File names that end so, in small letters or capitals, are pictures."""

_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF", "PPM")  # the other readers run programs
MOST_PIXELS = 89_478_485  # where Pillow begins to speak of a decompression bomb
_DEEP = re.compile(";16[BLN]")  # not ";16" alone: that is a BMP of 16 bits per pixel
_ORIENTATION = 0x0112


@dataclass(frozen=True)
class Outline:
    """What a picture's header says: its (height, width) when upright, and whether it is grey."""

    size: tuple[int, int]
    grey: bool


def outline(data: bytes, *, file: str) -> Outline:
    """The outline of a picture, without decoding it.

    Args:
        data: The content of the file.
        file: Its name, for the message.

    Raises:
        DataError: It is no picture, or too large, or has more than 8 bits per channel.
    """
    try:
        image = opened(data, file)
        width, height = image.size
        if orientation(image) >= 5:
            width, height = height, width
        return Outline((height, width), _is_grey(image))
    except DataError:
        raise
    except Exception as error:  # decoders raise whatever they like on damaged bytes
        raise damaged(file, error) from error


def opened(data: bytes, file: str) -> Image.Image:
    """A picture whose header was read and whose pixels were not.

    Raises:
        DataError: It is no picture, or too large, or has more than 8 bits per channel.
    """
    if not data:
        raise DataError(f"{file} is empty; replace it or remove it")
    try:
        image: Image.Image = Image.open(BytesIO(data), formats=_FORMATS)
    except UnidentifiedImageError:
        raise DataError(
            f"{file} is named like a picture but is none; replace it or remove it"
        ) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large(file) from None
    if image.width * image.height > MOST_PIXELS:
        raise _too_large(file)
    # Pillow cuts 16-bit colour down to its upper byte in silence; only the raw mode tells.
    if (
        image.mode.startswith("I")
        or image.mode == "F"
        or _DEEP.search(str(getattr(image, "tile", "")))
    ):
        raise DataError(
            f"{file} has more than 8 bits per channel; convert it first, choosing which of its "
            "levels become 0 and 255"
        )
    return image


def _too_large(file: str) -> DataError:
    return DataError(f"{file} has more than {MOST_PIXELS:,} pixels; scale it down or remove it")


def damaged(file: str, error: Exception) -> DataError:
    """What is said of a picture whose decoder raised ``error``."""
    reason = str(error).strip().split("\n")[0] or type(error).__name__
    return DataError(f"{file} is damaged or cut short ({reason}); replace it or remove it")


def orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 where there is none or none that is still to be followed."""
    if image.format == "TIFF":  # Pillow turns these itself
        return 1
    # A PNG that says nothing before its pixels would be decoded whole in the search for more.
    if image.format == "PNG" and "exif" not in image.info:
        return 1
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # what a camera or an editor garbled beside the picture does not break it
        return 1


def _is_grey(image: Image.Image) -> bool:
    if image.mode != "P":
        return image.mode in {"1", "L", "LA", "La"}
    palette = np.array(image.getpalette("RGB")).reshape(-1, 3)
    return bool((palette == palette[:, :1]).all())
