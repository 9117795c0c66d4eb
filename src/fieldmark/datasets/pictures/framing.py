"""Framing: a picture of any size, scaled and cropped as published pipelines do it."""

from PIL import Image

from fieldmark.datasets.pictures.opening import MOST_PIXELS
from fieldmark.records import Framing


def framed(image: Image.Image, framing: Framing) -> Image.Image:
    """Scaled to whole pixels and cropped around its middle, as published pipelines do it."""
    how = Image.Resampling[framing.interpolation.upper()]
    frame = framing.width, framing.height
    width, height = scaled_size(image.width, image.height, framing)
    left, top = round((width - frame[0]) / 2), round((height - frame[1]) / 2)
    if width * height > MOST_PIXELS:
        raise ValueError(f"too long and thin to be scaled to {width:,}×{height:,}")
    scaled = image.resize((width, height), how)
    return scaled.crop((left, top, left + frame[0], top + frame[1]))


def scaled_size(width: int, height: int, framing: Framing) -> tuple[int, int]:
    """(width, height) that a picture is scaled to: the side that is not given is cut to whole."""
    if framing.fit == "squash":
        return framing.width, framing.height
    if framing.shorter:
        by_width, length = width <= height, (framing.shorter, framing.shorter)
    else:
        by_width = framing.width * height >= framing.height * width
        length = framing.width, framing.height
    if by_width:
        return length[0], length[0] * height // width
    return length[1] * width // height, length[1]
