"""Raw data: found in a folder, or downloaded from where they were published, with a checksum."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import numpy as np

from fieldmark.records import DataError

_RAW = "https://raw.githubusercontent.com"


@dataclass(frozen=True)
class Origin:
    """One published file.

    Args:
        path: Where it lies in a data folder, such as "imagenet-real/real.json".
        sha256: Checksum of its bytes; whoever brings it, these bytes are meant. "" where only its
            content is known: then whoever reads it checks that.
        repository: "owner/name" on GitHub; "" where the file was made from several others.
        commit: 40 hexadecimal digits.
        original: The file's path in that repository.
        made_from: In words, what the file was made from, where it is not published as it is.
    """

    path: str
    sha256: str
    repository: str = ""
    commit: str = ""
    original: str = ""
    made_from: str = ""

    @property
    def url(self) -> str:
        """Where it is published; "" where it is not published as it is."""
        if not self.repository or self.made_from:
            return ""
        return f"{_RAW}/{self.repository}/{self.commit}/{self.original}"


@dataclass(frozen=True)
class Data:
    """Where raw data come from: a folder that somebody has, then a cache, then the network.

    Args:
        folder: The data folder, or None.
        cache: Where downloads are kept.
        offline: Never ask the network.
    """

    folder: Path | None
    cache: Path
    offline: bool = False

    def path(self, origin: Origin) -> Path:
        """The file, with the right bytes in it.

        Raises:
            DataError: It is nowhere, cannot be downloaded, or has other bytes; says what to do.
        """
        for place in (self.folder, self.cache):
            if place is not None and (place / origin.path).is_file():
                return _checked(place / origin.path, origin)
        if not origin.url:
            raise DataError(
                f"{origin.path} is not here, and is not published as one file "
                f"({origin.made_from or 'no address is known'}): "
                "name a folder that has it with --data or FIELDMARK_DATA"
            )
        if self.offline:
            raise DataError(f"{origin.path} is not here; it is published at {origin.url}")
        return self._fetched(origin)

    def read(self, origin: Origin) -> bytes:
        """Its bytes.

        Raises:
            DataError: See ``path``.
        """
        return self.path(origin).read_bytes()

    def arrays(self, origin: Origin) -> Mapping[str, np.ndarray]:
        """The arrays of an ``.npz``, or ``{"": array}`` of an ``.npy``; nothing is unpickled.

        Raises:
            DataError: See ``path``; or the file holds objects instead of numbers.
        """
        try:
            loaded = np.load(BytesIO(self.read(origin)), allow_pickle=False)
            if isinstance(loaded, np.ndarray):
                return {"": loaded}
            return {name: loaded[name] for name in loaded.files}
        except (ValueError, EOFError, OSError) as error:
            raise DataError(f"{origin.path} cannot be read as numbers ({error})") from error

    def lies_here(self, origin: Origin) -> bool:
        """Is the file in the data folder or in the cache already?"""
        return any(
            place is not None and (place / origin.path).is_file()
            for place in (self.folder, self.cache)
        )

    def _fetched(self, origin: Origin) -> Path:
        import pooch
        from requests import RequestException

        target = self.cache / origin.path
        try:
            found = pooch.retrieve(
                origin.url,
                known_hash=f"sha256:{origin.sha256}" if origin.sha256 else None,
                path=target.parent,
                fname=target.name,
                progressbar=False,
            )
        except (RequestException, OSError, ValueError) as error:
            why = " ".join(str(error).split())[:200]
            raise DataError(
                f"{origin.path} is not here and could not be downloaded from {origin.url} ({why}). "
                "Name a folder that has it with --data or FIELDMARK_DATA"
            ) from error
        return Path(found)


def digest(array: np.ndarray) -> str:
    """SHA-256 of an array's values as little-endian 16-bit numbers, row by row.

    Raises:
        DataError: Its values are not whole numbers from 0 to 65535.

    Example:
        >>> digest(np.arange(3))[:16]
        '90c2698921ca9fd0'
    """
    if array.dtype.kind not in "iu" or (array.size and not 0 <= array.min() <= array.max() < 65536):
        raise DataError(f"an array of {array.dtype} {array.shape} is not of class numbers")
    return sha256(np.ascontiguousarray(array.astype("<u2")).tobytes()).hexdigest()


def _checked(path: Path, origin: Origin) -> Path:
    try:
        found = sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}") from error
    if origin.sha256 and found != origin.sha256:
        raise DataError(
            f"{path} is not the published file: its SHA-256 is {found[:16]}…, "
            f"expected {origin.sha256[:16]}…. Remove it, or name another data folder"
        )
    return path
