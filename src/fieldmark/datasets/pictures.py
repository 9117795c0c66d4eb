"""Picture files: from bytes to grey levels in a frame, refusing what cannot be shown faithfully.

What is done to every picture, in this order: its first frame is decoded, turned upright as its EXIF
orientation says, laid on white where it is transparent, brought to one channel (luma) or three
(RGB), scaled to whole pixels until it covers the frame, and cropped around its middle.
"""

import re
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from jaxtyping import UInt8
from PIL import Image, UnidentifiedImageError

from fieldmark.records import DataError, Framing

SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".ppm", ".pgm"}
)
"""File names that end so, in small letters or capitals, are pictures."""

RULE = "first frame, EXIF upright, on white, scaled to whole pixels, centre crop"
"""Changes whenever this file makes another picture of the same bytes."""

_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF", "PPM")  # the other readers run programs
_MOST_PIXELS = 89_478_485  # where Pillow begins to speak of a decompression bomb
_DEEP = re.compile(";16[BLN]")  # not ";16" alone: that is a BMP of 16 bits per pixel
_STEPPED = ("nearest", "box")  # a weight that jumps would jump elsewhere in a box between pixels
_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


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
        image = _opened(data, file)
        width, height = image.size
        if _orientation(image) >= 5:
            width, height = height, width
        return Outline((height, width), _is_grey(image))
    except DataError:
        raise
    except Exception as error:  # decoders raise whatever they like on damaged bytes
        raise _damaged(file, error) from error


def decoded(data: bytes, *, file: str, framing: Framing) -> UInt8[np.ndarray, "h w c"]:
    """The grey levels of a picture in ``framing``, uint8 (height, width, channels).

    Args:
        data: The content of the file.
        file: Its name, for the message.
        framing: What is wanted.

    Raises:
        DataError: It is damaged, cut short, too large, or has more than 8 bits per channel.
    """
    try:
        image = _opened(data, file)
        turn = _UPRIGHT.get(_orientation(image))
        flat = _on_white(image).convert("L" if framing.channels == 1 else "RGB")
        upright = flat if turn is None else flat.transpose(turn)
        return np.array(_framed(upright, framing)).reshape(framing.frame)
    except DataError:
        raise
    except Exception as error:  # decoders raise whatever they like on damaged bytes
        raise _damaged(file, error) from error


def _opened(data: bytes, file: str) -> Image.Image:
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
    if image.width * image.height > _MOST_PIXELS:
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
    return DataError(f"{file} has more than {_MOST_PIXELS:,} pixels; scale it down or remove it")


def _damaged(file: str, error: Exception) -> DataError:
    reason = str(error).strip().split("\n")[0] or type(error).__name__
    return DataError(f"{file} is damaged or cut short ({reason}); replace it or remove it")


def _orientation(image: Image.Image) -> int:
    if image.format == "TIFF":  # Pillow turns these itself
        return 1
    # A PNG that says nothing before its pixels would be decoded whole in the search for more.
    if image.format == "PNG" and "exif" not in image.info:
        return 1
    return int(image.getexif().get(_ORIENTATION, 1))


def _is_grey(image: Image.Image) -> bool:
    if image.mode != "P":
        return image.mode in {"1", "L", "LA", "La"}
    palette = np.array(image.getpalette("RGB")).reshape(-1, 3)
    return bool((palette == palette[:, :1]).all())


def _on_white(image: Image.Image) -> Image.Image:
    image.load()  # a PNG's transparency may stand behind its header
    if not image.has_transparency_data:
        return image
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image.convert("RGBA"))


def _framed(image: Image.Image, framing: Framing) -> Image.Image:
    """Scaled to whole pixels and cropped around its middle, as published pipelines do it."""
    how = Image.Resampling[framing.interpolation.upper()]
    frame = framing.width, framing.height
    width, height = _scaled(image.width, image.height, framing)
    left, top = framing.corner(width, height)
    if framing.interpolation in _STEPPED:
        if width * height > _MOST_PIXELS:
            raise ValueError(f"too long and thin to be scaled to {width:,}×{height:,}")
        scaled = image.resize((width, height), how)
        return scaled.crop((left, top, left + frame[0], top + frame[1]))
    # One resampling of the part that stays. Pillow weighs pixels outside the box too, so that what
    # comes out is what scaling all of it and cropping afterwards would give.
    box = (
        left * image.width / width,
        top * image.height / height,
        (left + frame[0]) * image.width / width,
        (top + frame[1]) * image.height / height,
    )
    return image.resize(frame, how, box=box)


def _scaled(width: int, height: int, framing: Framing) -> tuple[int, int]:
    """(width, height) that a picture is scaled to: the side that is not given is cut to whole."""
    if framing.fit == "squash":
        return framing.shorter or framing.width, framing.shorter or framing.height
    if framing.shorter:
        by_width, length = width <= height, (framing.shorter, framing.shorter)
    else:
        by_width = framing.width * height >= framing.height * width
        length = framing.width, framing.height
    if by_width:
        return length[0], length[0] * height // width
    return length[1] * width // height, length[1]
