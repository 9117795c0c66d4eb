"""Decoding: from bytes to grey levels in a frame.

What is done to every picture, in this order: its first frame is decoded, turned upright as its EXIF
orientation says, laid on white where it is transparent, brought to one channel (luma) or three
(RGB), scaled to whole pixels until it covers the frame, and cropped around its middle.
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from jaxtyping import UInt8
from PIL import Image
from simplejpeg import decode_jpeg

from fieldmark.datasets.pictures.framing import framed
from fieldmark.datasets.pictures.opening import damaged, opened, orientation
from fieldmark.records import DataError, Framing

RULE = "first frame, EXIF upright, on white, scaled to whole pixels, centre crop"
"""Changes whenever this shelf makes another picture of the same bytes."""

_JPEG = ("JPEG", "MPO")  # the second is a JPEG file with more pictures behind the first
_CHANNELS = MappingProxyType({"L": "GRAY", "RGB": "RGB"})
_TURNS: Mapping[int, tuple[bool, int]] = MappingProxyType(
    {
        2: (True, 0),
        3: (False, 2),
        4: (True, 2),
        5: (True, 1),
        6: (False, 3),
        7: (True, 3),
        8: (False, 1),
    }
)
"""From an EXIF orientation to: is it mirrored first, and quarter turns to the left."""


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
        image = opened(data, file)
        pixels = _turned(_pixels(data, image, framing.channels), orientation(image))
        found = framed(np.ascontiguousarray(pixels), framing)
        if found.shape[2] < framing.channels:  # a grey picture is scaled once, not three times
            return np.repeat(found, framing.channels, axis=2)
        return found
    except DataError:
        raise
    except Exception as error:  # decoders raise whatever they like on damaged bytes
        raise damaged(file, error) from error


def examined(data: bytes, *, file: str) -> None:
    """Decode a picture and forget it.

    Raises:
        DataError: It cannot be decoded; see ``decoded``.
    """
    try:
        _pixels(data, opened(data, file), 3)
    except DataError:
        raise
    except Exception as error:
        raise damaged(file, error) from error


def _pixels(data: bytes, image: Image.Image, channels: int) -> np.ndarray:
    """All grey levels, uint8 (h, w, c), where c is 1 if that says it all."""
    pixels = _jpeg(data, image)
    if pixels is not None and (pixels.shape[2] == 1 or channels == 3):
        return pixels
    whole = _on_white(image) if pixels is None else Image.fromarray(pixels)
    grey = channels == 1 or whole.mode in ("1", "L")
    # A copy that may be written to: for the compiler one that may not is of another type.
    found = np.array(whole.convert("L" if grey else "RGB"))
    return found[..., np.newaxis] if grey else found


def _jpeg(data: bytes, image: Image.Image) -> np.ndarray | None:
    """The same grey levels as Pillow's, from the same library in less time.

    None where the file is no JPEG of grey or RGB, or makes the decoder complain: many do that
    all readers show, and what is to be shown of a damaged one is for Pillow to decide.
    """
    if image.format not in _JPEG or image.mode not in _CHANNELS:
        return None
    try:
        found = decode_jpeg(data, _CHANNELS[image.mode], strict=True)
    except ValueError:
        return None
    return found if found.shape[:2] == image.size[::-1] else None


def _turned(pixels: np.ndarray, orientation: int) -> np.ndarray:
    mirrored, quarters = _TURNS.get(orientation, (False, 0))
    return np.rot90(pixels[:, ::-1] if mirrored else pixels, quarters)


def _on_white(image: Image.Image) -> Image.Image:
    image.load()  # a PNG's transparency may stand behind its header
    if not image.has_transparency_data:
        return image
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image.convert("RGBA"))
