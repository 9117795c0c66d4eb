"""A folder anywhere (disk, memory, bucket), in which a file is there whole or not at all."""

import errno
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fieldmark.records import MissingExtraError, StoreError

ASIDE = ".aside"

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_CLOSED = {errno.EACCES, errno.EPERM, errno.EROFS}


def _silent(_: str) -> None:
    """The trace of somebody who does not listen."""


@dataclass(frozen=True)
class Folder:
    """A folder of files, addressed by names relative to it, such as "cells/a/b.parquet".

    Args:
        url: As it was given.
        fs: The fsspec file system.
        root: The folder's path on it.
        local: Is it a disk of this machine?
        trace: Is told of every access, such as "read cells/a/b.parquet".
    """

    url: str
    fs: Any
    root: str
    local: bool
    trace: Callable[[str], None] = _silent

    def path(self, name: str) -> str:
        """The path of a file on its file system."""
        return f"{self.root}/{name}"

    def where(self, name: str) -> str:
        """The address of a file, for people and for other programs."""
        path = self.path(name)
        return path if self.local else str(self.fs.unstrip_protocol(path))

    def read(self, name: str) -> bytes | None:
        """The bytes of a file; None when it is not there.

        Raises:
            StoreError: It is there and cannot be read.
        """
        self.trace(f"read {name}")
        try:
            return bytes(self.fs.cat_file(self.path(name)))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise StoreError(f"cannot read {self.where(name)}: {_reason(error)}") from error

    def exists(self, name: str) -> bool:
        """Is there such a file or folder?"""
        self.trace(f"look for {name}")
        return bool(self.fs.exists(self.path(name)))

    def write(self, name: str, data: bytes) -> None:
        """Put a file in its place, whole: whoever reads sees the old one or the new one.

        On a disk it is written aside, forced out and renamed; an object store puts objects whole.

        Raises:
            StoreError: It could not be written; whatever was there before is still there.
        """
        self.trace(f"write {name}")
        try:
            if self.local:
                _write_aside(Path(self.path(name)), data)
            else:
                self.fs.pipe_file(self.path(name), data)
        except OSError as error:
            raise StoreError(
                f"cannot write {self.where(name)}: {_reason(error)}. Everything kept before is "
                f"intact; {_advice(error)}, then run again: it goes on where it stopped"
            ) from error

    def entries(self, under: str) -> dict[str, str]:
        """Every whole file under a folder, sorted: its name and a stamp that changes with it.

        Raises:
            StoreError: The folder is there and cannot be listed.
        """
        self.trace(f"list {under}")
        try:
            found = _walk(self.path(under)) if self.local else self._find(under)
        except OSError as error:
            raise StoreError(f"cannot list {self.where(under)}: {_reason(error)}") from error
        named = {path[len(self.root) + 1 :]: stamp for path, stamp in found.items()}
        return {name: named[name] for name in sorted(named) if not name.endswith(ASIDE)}

    def _find(self, under: str) -> dict[str, str]:
        self.fs.invalidate_cache()
        found = self.fs.find(self.path(under), detail=True)
        return {path: _stamp(info) for path, info in found.items()}

    def remove(self, name: str) -> None:
        """Take away a file or a folder with everything in it; nothing happens when there is none.

        Raises:
            StoreError: It cannot be removed.
        """
        self.trace(f"remove {name}")
        try:
            self.fs.rm(self.path(name), recursive=True)
        except FileNotFoundError:
            return
        except OSError as error:
            raise StoreError(f"cannot remove {self.where(name)}: {_reason(error)}") from error

    def sweep(self) -> None:
        """Remove what a killed writer left half written, and folders that hold nothing.

        Only the one who holds the store may sweep: nobody else is writing then.
        """
        if not self.local:
            return
        for folder, _, files in os.walk(self.root, topdown=False):
            for file in files:
                if file.endswith(ASIDE):
                    with suppress(OSError):  # a later sweep takes it
                        (Path(folder) / file).unlink()
            with suppress(OSError):  # not empty, which is the rule
                Path(folder).rmdir()


def folder_at(url: str, trace: Callable[[str], None] | None = None) -> Folder:
    """The folder at a path or an fsspec URL, which need not exist yet.

    Raises:
        StoreError: The URL is of no known kind.
        MissingExtraError: The library for its kind is not installed.

    Example:
        >>> folder = folder_at("memory://shelf")
        >>> folder.write("a/b.txt", b"kept")
        >>> folder.read("a/b.txt"), folder.read("a/c.txt"), list(folder.entries("a"))
        (b'kept', None, ['a/b.txt'])
    """
    from fsspec.core import url_to_fs
    from fsspec.implementations.local import LocalFileSystem

    try:
        fs, root = url_to_fs(url)
    except ImportError as error:
        kind = url.partition("://")[0]
        library = {"s3": "s3fs", "gs": "gcsfs", "gcs": "gcsfs"}.get(kind)
        if library is None:
            raise StoreError(f"cannot open a store at {url!r}: {error}") from error
        raise MissingExtraError(library, "remote", f"stores at {kind}://") from error
    except ValueError as error:
        raise StoreError(
            f"cannot open a store at {url!r}: {error}. Give a folder or a URL such as s3://bucket/x"
        ) from error
    local = isinstance(fs, LocalFileSystem)
    return Folder(url, fs, root.rstrip("/"), local, trace or _silent)


def _write_aside(path: Path, data: bytes) -> None:
    aside = path.with_name(f"{path.name}.{secrets.token_hex(4)}{ASIDE}")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with aside.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # before the rename, so that a power cut leaves no empty file
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


def _walk(path: str) -> dict[str, str]:
    """As ``fs.find``, which would take a folder that it may not read for an empty one."""
    found = {}
    for folder, _, files in os.walk(path, onerror=_refuse_unreadable, followlinks=True):
        for file in files:
            with suppress(FileNotFoundError):  # renamed or removed by the run that writes just now
                about = os.stat(f"{folder}/{file}")  # noqa: PTH116  a Path a file costs more
                found[f"{folder}/{file}"] = f"{about.st_size}-{about.st_mtime_ns}-{about.st_ino}"
    return found


def _refuse_unreadable(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


def _stamp(info: dict[str, Any]) -> str:
    changed = ("ETag", "etag", "LastModified", "last_modified", "updated", "mtime", "created")
    when = next((str(info[key]) for key in changed if info.get(key)), "")
    return f"{info.get('size')}-{when}"


def _reason(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__


def _advice(error: OSError) -> str:
    if error.errno in _FULL:
        return "free some space there or use another store"
    if error.errno in _CLOSED:
        return "make that folder writable or use another store"
    return "see to it or use another store"
