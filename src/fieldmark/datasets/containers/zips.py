"""Zip archives of class folders, read without unpacking them."""

import os
import re
import stat
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from zlib import error as ZlibError

from fieldmark.datasets.containers.gathering import Gathered
from fieldmark.datasets.containers.labelling import labelled
from fieldmark.datasets.containers.members import refuse_bomb, refuse_name, refuse_twice
from fieldmark.datasets.held import own_card
from fieldmark.datasets.naming import printed_name
from fieldmark.datasets.pictures import SUFFIXES, Reading, read_encoded
from fieldmark.records import ClassSpace, DataError, Examples

_NUMBER = re.compile(r"[0-9]+")
_ENCRYPTED = 0x1
_AS_FOUND = Reading()


@dataclass(frozen=True)
class ZipMembers:
    """From rows to the bytes of the members of one archive."""

    path: Path
    members: tuple[str, ...]
    stamp: int

    def __call__(self, row: int) -> bytes:
        """The bytes of one member.

        Raises:
            DataError: It cannot be read, or is not as long as it says.
        """
        name = self.members[row]
        try:
            archive = _open(self.path, self.stamp, os.getpid())
            size = archive.getinfo(name).file_size
            with archive.open(name) as member:
                data = member.read(size + 1)
        except (OSError, KeyError, zipfile.BadZipFile, ZlibError, EOFError, ValueError) as error:
            raise DataError(
                f"{self.path.name}:{name} is damaged or cut short; fetch the archive again"
            ) from error
        if len(data) != size:
            raise DataError(f"{self.path.name}:{name} is not as long as it says; do not trust it")
        return data


def zip_folders(
    path: str | Path,
    *,
    name: str | None = None,
    classes: ClassSpace | None = None,
    reading: Reading = _AS_FOUND,
) -> Examples:
    """Examples from a zip archive that holds one folder of pictures per class.

    The class folders may lie in one folder that holds them all. Other files and hidden ones are
    left alone. The same pictures as a ``folder`` have the same fingerprint.

    Args:
        path: The archive.
        name: What to call the set; by default the archive's name.
        classes: What the folders' names refer to; by default the names themselves.
        reading: How the pictures are read.

    Raises:
        DataError: It is no such archive, or one that cannot be trusted; the line says why.
        ConfigError: ``name`` is not one.

    Example:
        >>> from io import BytesIO
        >>> from tempfile import TemporaryDirectory
        >>> from zipfile import ZipFile
        >>> from PIL import Image
        >>> picture = BytesIO()
        >>> Image.new("L", (4, 4)).save(picture, "PNG")
        >>> with TemporaryDirectory() as somewhere:
        ...     with ZipFile(Path(somewhere) / "pets.zip", "w") as archive:
        ...         for kind in ("cat", "dog"):
        ...             archive.writestr(f"pets/{kind}/1.png", picture.getvalue())
        ...     pets = zip_folders(Path(somewhere) / "pets.zip")
        ...     pets.ids, pets.images().shape
        (('cat/1.png', 'dog/1.png'), (2, 4, 4, 1))
    """
    file = Path(path).expanduser()
    called = printed_name(name, file.stem)
    members, stamp = _pictures(file)
    top = _top(members)
    of_class: dict[str, list[str]] = {}
    for one in members:
        parts = PurePosixPath(one).parts[len(top) :]
        if len(parts) != 2:
            where = "outside any class folder" if len(parts) < 2 else "in a folder of a class"
            raise DataError(f"{file} holds {one[:120]!r} {where}; keep pictures as class/picture")
        of_class.setdefault(parts[0], []).append(one)
    folders = sorted(of_class)
    if all(_NUMBER.fullmatch(one) for one in folders):
        folders.sort(key=lambda one: (int(one), one))
    rows = tuple(one for home in folders for one in sorted(of_class[home]))
    homes = [home for home in folders for _ in of_class[home]]
    space, labels = labelled(homes, names=(), classes=classes, file=str(file))
    return read_encoded(
        own_card(
            called,
            f"{len(rows):,} pictures in {len(folders)} class folders",
            f"Members of the archive {file.name}",
        ),
        space,
        ["/".join(PurePosixPath(one).parts[len(top) :]) for one in rows],
        labels,
        Gathered(tuple(f"{file.name}:{one}" for one in rows), ZipMembers(file, rows, stamp)),
        reading,
    )


def checked_members(archive: zipfile.ZipFile, file: str) -> list[zipfile.ZipInfo]:
    """Every member that is a file, none of which could do harm.

    Raises:
        DataError: One leads out of the archive, is a link, is locked, or comes twice.
    """
    found = [one for one in archive.infolist() if not one.is_dir()]
    for one in found:
        refuse_name(one.filename, archive=file)
        if stat.S_ISLNK(one.external_attr >> 16):
            raise DataError(f"{file} holds the link {one.filename[:120]!r}; put the file there")
        if one.flag_bits & _ENCRYPTED:
            raise DataError(
                f"{file} is locked with a password; unpack it first, and name the folder"
            )
    refuse_twice((one.filename for one in found), archive=file)
    return found


def _pictures(file: Path) -> tuple[list[str], int]:
    try:
        stamp = file.stat().st_mtime_ns
        archive = _open(file, stamp, os.getpid())
    except OSError as error:
        raise DataError(f"{file} cannot be read ({error.strerror}); name a .zip file") from error
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise DataError(f"{file} is no zip archive, or is cut short; fetch it again") from error
    found = []
    for one in checked_members(archive, str(file)):
        path = PurePosixPath(one.filename)
        hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
        if hidden or path.suffix.lower() not in SUFFIXES:
            continue
        refuse_bomb(one.filename, one.file_size, one.compress_size, archive=str(file))
        found.append(one.filename)
    if not found:
        raise DataError(f"{file} holds no pictures ({' '.join(sorted(SUFFIXES))})")
    return found, stamp


def _top(members: Sequence[str]) -> tuple[str, ...]:
    """The folders that hold everything, above the class folders."""
    homes = [PurePosixPath(one).parts[:-2] for one in members]
    top = homes[0]
    while any(home[: len(top)] != top for home in homes):
        top = top[:-1]
    return top


@lru_cache(maxsize=8)
def _open(path: Path, stamp: int, process: int) -> zipfile.ZipFile:
    # A forked process would share the place in the file with its parent: each opens its own.
    del stamp, process
    return zipfile.ZipFile(path)
