"""Contact sheets: small pictures side by side, enlarged without smoothing, captions underneath."""

import io
import re
from collections.abc import Sequence
from math import ceil, sqrt
from typing import TYPE_CHECKING

from fieldmark.records import DataError, Gallery, Pixels

if TYPE_CHECKING:
    from PIL import Image
    from PIL.ImageFont import FreeTypeFont, ImageFont

    Font = FreeTypeFont | ImageFont

_TARGET = 168  # pixels that a picture is enlarged to, about
_GAP = 16
_TEXT = 15
_LEADING = 20
_INK, _PAPER, _FRAME = "#1d2329", "#ffffff", "#d5d9dd"


def contact_sheet(
    images: Pixels,
    captions: Sequence[str],
    *,
    columns: int | None = None,
    scale: int | None = None,
    title: str = "",
) -> bytes:
    r"""A PNG of all ``images`` in rows, each with its caption.

    Args:
        images: uint8 (n, h, w, c), c 1 or 3, n at least 1.
        captions: One text per image; lines are broken at ``\n`` and where they grow too long.
        columns: Pictures in a row; about as many as rows when None.
        scale: Each pixel becomes scale × scale; tiny images are enlarged when None.
        title: What stands on top.

    Raises:
        DataError: There are no images, or not one caption for each.

    Example:
        >>> import numpy as np
        >>> contact_sheet(np.zeros((2, 8, 8, 1), np.uint8), ["a nought", "another"])[1:4]
        b'PNG'
    """
    from PIL import Image

    if not len(images):
        raise DataError("a contact sheet needs at least one image")
    if len(images) != len(captions):
        raise DataError(f"{len(images)} images but {len(captions)} captions")
    grey = images.shape[3] == 1
    tiles = [Image.fromarray(one[..., 0] if grey else one).convert("RGB") for one in images]
    factor = scale or max(1, _TARGET // max(images.shape[1:3]))
    return _sheet([_enlarged(tile, factor) for tile in tiles], captions, columns, title)


def gallery_sheet(figure: Gallery) -> bytes:
    """A PNG of a gallery: its pictures, what stands under them, and the rule that chose them.

    Raises:
        DataError: The gallery is empty.
    """
    from PIL import Image

    if not figure.pictures:
        raise DataError(f"the gallery {figure.title!r} has no pictures")
    tiles = [Image.open(io.BytesIO(picture.png)).convert("RGB") for picture in figure.pictures]
    factors = [max(1, _TARGET // max(tile.size)) for tile in tiles]
    captions = ["\n".join((picture.heading, *picture.lines)) for picture in figure.pictures]
    enlarged = [_enlarged(tile, factor) for tile, factor in zip(tiles, factors, strict=True)]
    return _sheet(enlarged, captions, None, figure.title, figure.rule)


def _enlarged(tile: "Image.Image", factor: int) -> "Image.Image":
    from PIL import Image

    size = (tile.width * factor, tile.height * factor)
    return tile.resize(size, Image.Resampling.NEAREST)


def _sheet(
    tiles: Sequence["Image.Image"],
    captions: Sequence[str],
    columns: int | None,
    title: str,
    rule: str = "",
) -> bytes:
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.load_default(size=_TEXT)
    large = ImageFont.load_default(size=_TEXT + 6)
    across = columns or min(len(tiles), ceil(sqrt(1.6 * len(tiles))))
    wide = max(max(tile.width for tile in tiles), 120)
    high = max(tile.height for tile in tiles)
    broken = [_broken(caption, font, wide) for caption in captions]
    step = high + 8 + _LEADING * max(len(lines) for lines in broken) + _GAP
    width = _GAP + across * (wide + _GAP)
    heads = [(line, large) for line in _broken(title, large, width - 2 * _GAP) if title]
    heads += [(line, font) for line in _broken(rule, font, width - 2 * _GAP) if rule]
    top = _GAP + (_LEADING + 6) * len(heads)
    sheet = Image.new("RGB", (width, top + step * ceil(len(tiles) / across)), _PAPER)
    draw = ImageDraw.Draw(sheet)
    for index, (line, face) in enumerate(heads):
        draw.text((_GAP, _GAP // 2 + (_LEADING + 6) * index), line, fill=_INK, font=face)
    for index, (tile, lines) in enumerate(zip(tiles, broken, strict=True)):
        left = _GAP + index % across * (wide + _GAP)
        upper = top + index // across * step
        sheet.paste(tile, (left, upper))
        box = (left - 1, upper - 1, left + tile.width, upper + tile.height)
        draw.rectangle(box, outline=_FRAME)
        for place, line in enumerate(lines):
            under = upper + high + 6 + place * _LEADING
            draw.text((left, under), line, fill=_INK, font=font)
    with io.BytesIO() as png:
        sheet.save(png, "PNG", optimize=True)
        return png.getvalue()


def _broken(text: str, font: "Font", wide: int) -> list[str]:
    """``text`` in lines no wider than ``wide`` pixels, broken at spaces, ``+`` and ``@``."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for piece in re.split(r"(?<= )|(?=[+@])", paragraph):
            if line and font.getlength((line + piece).rstrip()) > wide:
                lines.append(line.rstrip())
                line = ""
            line += piece
            while font.getlength(line.rstrip()) > wide and len(line) > 1:
                fits = _fitting(line, font, wide)
                lines.append(line[:fits])
                line = line[fits:]
        lines.append(line.rstrip())
    return lines


def _fitting(word: str, font: "Font", wide: int) -> int:
    """How many letters of ``word`` fit in ``wide`` pixels; at least one."""
    return next((k for k in range(len(word) - 1, 1, -1) if font.getlength(word[:k]) <= wide), 1)
