"""Decoding: from bytes to grey levels in a frame.

What is done to every picture, in this order: its first frame is decoded, turned upright as its EXIF
orientation says, laid on white where it is transparent, brought to one channel (luma) or three
(RGB), scaled to whole pixels until it covers the frame, and cropped around its middle.
"""

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from fieldmark.datasets.pictures.framing import framed
from fieldmark.datasets.pictures.opening import damaged, opened, orientation
from fieldmark.records import DataError, Framing

RULE = "first frame, EXIF upright, on white, scaled to whole pixels, centre crop"
"""Changes whenever this shelf makes another picture of the same bytes."""

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


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
        turn = _UPRIGHT.get(orientation(image))
        flat = _on_white(image).convert("L" if framing.channels == 1 else "RGB")
        upright = flat if turn is None else flat.transpose(turn)
        return np.array(framed(upright, framing)).reshape(framing.frame)
    except DataError:
        raise
    except Exception as error:  # decoders raise whatever they like on damaged bytes
        raise damaged(file, error) from error


def _on_white(image: Image.Image) -> Image.Image:
    image.load()  # a PNG's transparency may stand behind its header
    if not image.has_transparency_data:
        return image
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image.convert("RGBA"))
