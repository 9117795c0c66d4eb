"""Unpacking: an archive into a folder and nowhere else, within limits, all of it or nothing."""

import shutil
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from io import BufferedIOBase
from pathlib import Path, PurePosixPath
from typing import cast
from zlib import error as ZlibError

from fieldmark.datasets.containers.members import refuse_name
from fieldmark.datasets.containers.zips import checked_members
from fieldmark.records import DataError

_MOST_GROWTH = 60  # pictures hardly shrink, arrays of pixels somewhat
_ALWAYS = 100_000_000  # bytes that may come out of any archive
_BLOCK = 1 << 20

Watch = Callable[[str, int, int], None]
"""Told (archive, bytes done, bytes in all or 0) as it is unpacked."""

_Member = tuple[str, int, Callable[[], BufferedIOBase]]


def unpack(archive: Path, folder: Path, *, strip: int = 0, watch: Watch | None = None) -> int:
    """Put the files of an archive into a folder; those of the same name are replaced.

    Args:
        archive: A .zip, .tar, .tar.gz, .tar.bz2 or .tar.xz file.
        folder: Where they go.
        strip: How many folders at the beginning of each name are left out.
        watch: Told how far it is.

    Returns:
        How many files there were.

    Raises:
        DataError: The archive is damaged, or has a member that leads out of it, is a link, comes
            twice or grows beyond measure; then the folder is as it was.
    """
    aside = folder / f".{archive.name}.unpacking"
    try:
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        count = _all(archive, aside, strip, watch)
        _merge(aside, folder)
        return count
    except (tarfile.TarError, zipfile.BadZipFile, ZlibError, EOFError) as error:
        raise DataError(f"{archive} is no archive, or is cut short; fetch it again") from error
    except OSError as error:
        if error.errno is None:  # gzip, bzip2 and lzma say so of damaged bytes
            raise DataError(f"{archive} is damaged or cut short; fetch it again") from error
        raise DataError(f"cannot unpack {archive} into {folder}: {error.strerror}") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _all(archive: Path, aside: Path, strip: int, watch: Watch | None) -> int:
    most = max(_ALWAYS, _MOST_GROWTH * archive.stat().st_size)
    members = _of_zip(archive) if zipfile.is_zipfile(archive) else _of_tar(archive)
    done = count = 0
    names: set[tuple[str, ...]] = set()
    for name, size, opened in members:
        parts = PurePosixPath(name).parts[strip:]
        if not parts:
            continue
        if parts in names:
            raise DataError(f"{archive} holds {'/'.join(parts)[:120]!r} twice; do not trust it")
        names.add(parts)
        done += size
        if done > most:
            raise DataError(
                f"{archive} of {archive.stat().st_size:,} bytes would become more than {most:,}: "
                "that is a bomb, or not what was published"
            )
        if size > shutil.disk_usage(aside).free:
            raise DataError(f"there is no room left in {aside.parent} to unpack {archive.name}")
        _write(aside.joinpath(*parts), size, opened, archive)
        count += 1
        if watch is not None:
            watch(archive.name, done, 0)
    if not count:
        raise DataError(f"{archive} holds no files; fetch it again")
    return count


def _write(target: Path, size: int, opened: Callable[[], BufferedIOBase], archive: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    left = size
    with opened() as source, target.open("xb") as file:
        while block := source.read(min(_BLOCK, left + 1)):
            left -= len(block)
            if left < 0:
                break
            file.write(block)
    if left:
        raise DataError(f"{archive} holds {target.name!r}, which is not as long as it says")


def _of_zip(archive: Path) -> Iterator[_Member]:
    with zipfile.ZipFile(archive) as opened:
        for one in checked_members(opened, str(archive)):
            yield one.filename, one.file_size, partial(_in_zip, opened, one)


def _of_tar(archive: Path) -> Iterator[_Member]:
    with tarfile.open(archive, "r:*") as opened:
        for one in opened:
            if one.isdir():
                continue
            refuse_name(one.name, archive=str(archive))
            if not one.isreg():
                raise DataError(f"{archive} holds {one.name!r}, a link or a device: no file")
            yield one.name, one.size, partial(_in_tar, opened, one)


def _in_zip(opened: zipfile.ZipFile, one: zipfile.ZipInfo) -> BufferedIOBase:
    return cast(BufferedIOBase, opened.open(one))


def _in_tar(opened: tarfile.TarFile, one: tarfile.TarInfo) -> BufferedIOBase:
    found = opened.extractfile(one)
    assert found is not None, "only regular files come here"
    return cast(BufferedIOBase, found)


def _merge(source: Path, target: Path) -> None:
    """Move everything: whole folders at once where nothing is in their place."""
    for entry in sorted(source.iterdir()):
        there = target / entry.name
        if entry.is_dir() and there.is_dir() and not there.is_symlink():
            _merge(entry, there)
        else:
            entry.replace(there)
