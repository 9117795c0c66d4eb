"""Gathering: one name, label and place for each example of a container, and examples from them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fieldmark.records import DataError, Rows


@dataclass(frozen=True)
class Gathered:
    """Pictures inside of something, read one at a time.

    Args:
        names: What messages call each.
        fetch: From a row to its bytes; raises ``DataError`` where it has none. It can be pickled.
    """

    names: tuple[str, ...]
    fetch: Callable[[int], bytes]

    def __len__(self) -> int:
        """How many pictures there are."""
        return len(self.names)

    def name(self, row: int) -> str:
        """What messages call it."""
        return self.names[row]

    def read(self, rows: Rows) -> Sequence[bytes | DataError]:
        """The bytes of some, in the order of ``rows``; why not, where one has none."""
        return [self._read(row) for row in rows.tolist()]

    def _read(self, row: int) -> bytes | DataError:
        try:
            return self.fetch(row)
        except DataError as error:
            return error
