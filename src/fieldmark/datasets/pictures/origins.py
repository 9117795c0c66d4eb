"""Origins: where encoded pictures lie, and how their bytes are had from there."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Protocol, runtime_checkable

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
        """The bytes of some pictures, in the order of ``rows``; why not, where one has none.

        What comes back may read each when it is asked for it, once, in whatever thread.
        """


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
        ...     list(FileOrigin(root, ("a.png",)).read(np.array([0])))
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
        """What the files hold when they are asked for: no more of them is in memory than decoded.

        Disks and networks are waited for by many threads at once.
        """
        return _WhenAsked(self, rows)


@dataclass(frozen=True)
class _WhenAsked(Sequence[bytes | DataError]):
    """Files that are read one by one."""

    origin: FileOrigin
    rows: Rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, place: int) -> bytes | DataError:  # type: ignore[override]
        name = self.origin.name(int(self.rows[place]))
        try:
            return Path(name).read_bytes()
        except OSError as error:
            return DataError(f"{name} cannot be read ({error.strerror})")


def digest(data: bytes) -> str:
    """32 hexadecimal digits of a picture's bytes."""
    return blake2b(data, digest_size=16).hexdigest()
