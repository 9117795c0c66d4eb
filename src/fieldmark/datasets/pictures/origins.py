"""Origins: where encoded pictures lie, and how their bytes are had from there."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Protocol, runtime_checkable

from fieldmark.datasets.pictures.side_by_side import side_by_side
from fieldmark.records import DataError, Rows


@runtime_checkable
class Origin(Protocol):
    """Encoded pictures in a fixed order, in files or inside of something larger.

    It can be pickled, since other processes read too, and asked by many threads at once: whoever
    holds something open opens it anew in each call, or after it was unpickled.
    """

    def __len__(self) -> int:
        """How many pictures there are."""

    def name(self, row: int) -> str:
        """What messages call the picture of a row, such as its path."""

    def read(self, rows: Rows) -> Sequence[bytes | DataError]:
        """The bytes of some pictures, in the order of ``rows``; why not, where one has none."""


@dataclass(frozen=True)
class FileOrigin:
    """Pictures that are files of their own.

    Args:
        root: The folder that they lie in.
        files: Their paths from there, with "/" on every machine.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> import numpy as np
        >>> with TemporaryDirectory() as root:
        ...     _ = (Path(root) / "a.png").write_bytes(b"levels")
        ...     FileOrigin(root, ("a.png",)).read(np.array([0]))
        [b'levels']
    """

    root: str
    files: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.files)

    def name(self, row: int) -> str:
        """The path of the file."""
        return str(Path(self.root) / self.files[row])

    def read(self, rows: Rows) -> Sequence[bytes | DataError]:
        """What the files hold now; many are read side by side, since disks and networks wait."""
        return side_by_side(self._read, rows.tolist())

    def _read(self, row: int) -> bytes | DataError:
        try:
            return Path(self.name(row)).read_bytes()
        except OSError as error:
            return DataError(f"{self.name(row)} cannot be read ({error.strerror})")


def digest(data: bytes) -> str:
    """32 hexadecimal digits of a picture's bytes."""
    return blake2b(data, digest_size=16).hexdigest()
