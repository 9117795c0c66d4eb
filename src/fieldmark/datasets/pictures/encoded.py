"""Encoded pictures: from rows to images, decoded and framed when somebody looks at them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fieldmark.datasets.pictures.decoding import decoded
from fieldmark.datasets.pictures.origins import Origin, digest
from fieldmark.datasets.pictures.side_by_side import side_by_side
from fieldmark.records import DataError, Framing, Pixels, Rows

Encoded = Sequence[bytes | DataError]

_AT_ONCE = 256  # pictures whose bytes are in memory together


@dataclass(frozen=True)
class EncodedPictures:
    """Decodes pictures of an origin, which must be what they were at opening.

    Args:
        origin: Where their bytes are.
        digests: Of the bytes of each at opening.
        framing: How they are framed.
        broken: Rows that are known to be broken; a black picture stands in for each.
    """

    origin: Origin
    digests: tuple[str, ...]
    framing: Framing
    broken: frozenset[int] = frozenset()

    def __call__(self, rows: Rows) -> Pixels:
        """The images of ``rows``, uint8 (r, h, w, c); many are decoded side by side.

        Raises:
            DataError: A picture is damaged, gone, or not what it was.
        """
        images = np.zeros((len(rows), *self.framing.frame), dtype=np.uint8)
        whole = [place for place, row in enumerate(rows.tolist()) if row not in self.broken]

        for places in pieces(np.array(whole, dtype=np.int64)):
            found = self.origin.read(rows[places])

            def fill(one: int, places: Rows = places, found: Encoded = found) -> None:
                images[places[one]] = self._decoded(int(rows[places[one]]), found[one])

            side_by_side(fill, range(len(places)))
        return images

    def _decoded(self, row: int, data: bytes | DataError) -> np.ndarray:
        if isinstance(data, DataError):
            raise stopping(data)
        name = self.origin.name(row)
        if digest(data) != self.digests[row]:
            raise DataError(f"{name} has changed since the set was opened; open it again")
        try:
            return decoded(data, file=name, framing=self.framing)
        except DataError as error:
            raise stopping(error) from error

    def reframed(self, framing: Framing) -> "EncodedPictures":
        """The same pictures in another framing."""
        return replace(self, framing=framing)


def stopping(error: DataError) -> DataError:
    """The same error, and how to go on in spite of it."""
    return DataError(f"{error}. With broken=missing such pictures count as missing")


def pieces(rows: Rows) -> Iterator[Rows]:
    """``rows`` cut into pieces whose bytes fit into memory together."""
    for start in range(0, len(rows), _AT_ONCE):
        yield rows[start : start + _AT_ONCE]
