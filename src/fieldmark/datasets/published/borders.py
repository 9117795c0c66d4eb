"""Borders: pictures without some pixels on each side, cut before anything else is done to them."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import UInt8

from fieldmark.datasets.pictures import EncodedPictures, decoded, outline
from fieldmark.datasets.pictures.origins import digest
from fieldmark.datasets.pictures.side_by_side import side_by_side
from fieldmark.records import DataError, Examples, Framing, Pixels, Rows, fingerprint


@dataclass(frozen=True)
class Borderless:
    """From rows to their images, of which a border was cut.

    Args:
        whole: The pictures with their border.
        border: How many pixels are cut from each side.
    """

    whole: EncodedPictures
    border: int

    def __call__(self, rows: Rows) -> Pixels:
        """The images of ``rows``, uint8 (r, h, w, c).

        Raises:
            DataError: A picture is damaged, gone, not what it was, or all border.
        """
        images = np.zeros((len(rows), *self.whole.framing.frame), dtype=np.uint8)

        def fill(place: int) -> None:
            row = int(rows[place])
            if row not in self.whole.broken:
                images[place] = self._decoded(row)

        side_by_side(fill, range(len(rows)))
        return images

    def reframed(self, framing: Framing) -> "Borderless":
        """The same pictures in another framing."""
        return replace(self, whole=self.whole.reframed(framing))

    def _decoded(self, row: int) -> UInt8[np.ndarray, "h w c"]:
        data, name = self.whole.origin.read(np.array([row]))[0], self.whole.origin.name(row)
        if isinstance(data, DataError):
            raise data
        if digest(data) != self.whole.digests[row]:
            raise DataError(f"{name} has changed since the set was opened; open it again")
        inner = without_border(data, self.border, file=name)
        return decoded(inner, file=name, framing=self.whole.framing)


def without_borders(examples: Examples, border: int) -> Examples:
    """The same examples, their pictures without a border.

    Args:
        examples: Pictures in files.
        border: How many pixels are cut from each side.
    """
    assert isinstance(examples.decode, EncodedPictures)
    pictures = Borderless(examples.decode, border)
    told = f"{examples.card.collected}; {border} pixels cut from each side first"
    return replace(
        examples,
        card=replace(examples.card, collected=told),
        decode=pictures,
        content=fingerprint(examples.content, "border", border),
        reframe=examples.reframe and pictures.reframed,
    )


def without_border(data: bytes, border: int, *, file: str) -> bytes:
    """A picture without ``border`` pixels on each side, as the bytes of a PPM file.

    Args:
        data: The picture.
        border: How many pixels are cut from each side.
        file: Its name, for the message.

    Raises:
        DataError: It is no picture, or all border.
    """
    height, width = outline(data, file=file).size
    if min(height, width) <= 2 * border:
        raise DataError(f"{file} is {height}×{width} pixels, all of them border; replace it")
    pixels = decoded(data, file=file, framing=Framing(height, width, 3))
    inner = np.ascontiguousarray(pixels[border:-border, border:-border])
    return b"P6 %d %d 255\n" % (inner.shape[1], inner.shape[0]) + inner.tobytes()
