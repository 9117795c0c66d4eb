"""A folder anywhere (disk, memory, bucket), in which a file is there whole or not at all."""

import os
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa

from fieldmark.records import MissingExtraError, StoreError
from fieldmark.store.failures import advice, line, not_understood, reason, refused

ASIDE = ".aside"

_FEW = 4

_Asked = TypeVar("_Asked")
_Got = TypeVar("_Got")


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

    @property
    def troubles(self) -> type[Exception]:
        """What may come of asking: libraries for buckets raise whatever they like."""
        return OSError if self.local else Exception

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
        except self.troubles as error:
            raise StoreError(line(f"cannot read {self.where(name)}", error)) from error

    def read_end(self, name: str, size: int) -> bytes | None:
        """The last ``size`` bytes of a file, or all of a shorter one; None when it is not there.

        Raises:
            StoreError: It is there and cannot be read.
        """
        self.trace(f"read {name}")
        try:
            if self.local:
                return _end(self.path(name), size)
            return bytes(self.fs.cat_file(self.path(name), start=-size))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except self.troubles as error:
            raise StoreError(line(f"cannot read {self.where(name)}", error)) from error

    def source(self, name: str) -> pa.NativeFile | None:
        """A file for pyarrow, which takes what it needs of it; None when it is not there.

        On a disk only the columns that are asked for are read. A bucket is asked once for the
        whole file, which is faster than several small questions.

        Raises:
            StoreError: It is there and cannot be read.
        """
        if not self.local:
            data = self.read(name)
            return None if data is None else pa.BufferReader(data)
        self.trace(f"read {name}")
        try:
            return pa.OSFile(self.path(name))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except self.troubles as error:
            raise StoreError(line(f"cannot read {self.where(name)}", error)) from error

    def each(self, work: Callable[[_Asked], _Got], asked: Sequence[_Asked]) -> list[_Got]:
        """``work`` on each of what is asked, in that order, several at a time where it pays.

        Two at a time on a disk: one is read while the other is made sense of. A bucket answers
        sixteen questions as fast as one.
        """
        if len(asked) < _FEW:
            return [work(one) for one in asked]
        with ThreadPoolExecutor(2 if self.local else 16) as readers:
            return list(readers.map(work, asked))

    def exists(self, name: str) -> bool:
        """Is there such a file or folder?

        Raises:
            StoreError: Nobody can say.
        """
        self.trace(f"look for {name}")
        try:
            return bool(self.fs.exists(self.path(name)))
        except self.troubles as error:
            raise StoreError(line(f"cannot look for {self.where(name)}", error)) from error

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
        except self.troubles as error:
            raise StoreError(
                f"cannot write {self.where(name)}: {reason(error)}. Everything kept before is "
                f"intact; {advice(error)}, then run again: it goes on where it stopped"
            ) from error

    def create(self, name: str, data: bytes) -> bool:
        """Put a file where there is none; False where one is.

        Some object stores cannot refuse and put it over what is there.

        Raises:
            StoreError: It could not be written.
        """
        self.trace(f"create {name}")
        try:
            self.fs.pipe_file(self.path(name), data, mode="create")
        except self.troubles as error:
            if refused(error):
                return False
            if not_understood(error):
                self.write(name, data)
                return True
            raise StoreError(line(f"cannot write {self.where(name)}", error)) from error
        return True

    def entries(self, under: str) -> dict[str, str]:
        """Every whole file under a folder, sorted: its name and a stamp that changes with it.

        Raises:
            StoreError: The folder is there and cannot be listed.
        """
        self.trace(f"list {under}")
        try:
            found = _walk(self.path(under), f"{under}/") if self.local else self._find(under)
        except self.troubles as error:
            raise StoreError(line(f"cannot list {self.where(under)}", error)) from error
        return {name: found[name] for name in sorted(found) if not name.endswith(ASIDE)}

    def inside(self) -> tuple[str, ...]:
        """The names of everything that lies in the folder itself, sorted; () when it is not there.

        Raises:
            StoreError: It cannot be listed, or is a file.
        """
        try:
            self.fs.invalidate_cache()
            if self.fs.isfile(self.root):
                raise StoreError(f"{self.url} is a file; a store is a folder. Choose another name")
            listed = self.fs.ls(self.root, detail=False)
        except (FileNotFoundError, NotADirectoryError):
            return ()
        except StoreError:
            raise
        except self.troubles as error:
            raise StoreError(line(f"cannot list {self.url}", error)) from error
        names = {str(path).rstrip("/").rpartition("/")[2] for path in listed}
        return tuple(sorted(names - {"", self.root.rpartition("/")[2]}))

    def stamp(self, name: str) -> str | None:
        """The stamp of one file, as ``entries`` gives it; None when it is not there."""
        self.trace(f"look for {name}")
        with suppress(self.troubles):
            if self.local:
                return _local_stamp(os.stat(self.path(name)))  # noqa: PTH116
            self.fs.invalidate_cache()
            return _stamp(self.fs.info(self.path(name)))
        return None

    def changed(self, name: str) -> datetime | None:
        """When a file was put in its place, by its bucket's clock; None where nobody can say."""
        self.trace(f"look for {name}")
        with suppress(Exception):  # also that a kind of bucket does not tell
            self.fs.invalidate_cache()
            when: datetime = self.fs.modified(self.path(name))
            return when
        return None

    def _find(self, under: str) -> dict[str, str]:
        self.fs.invalidate_cache()
        try:
            found = self.fs.find(self.path(under), detail=True)
        except FileNotFoundError:  # a bucket that is not there, or a folder in memory
            return {}
        return {path[len(self.root) + 1 :]: _stamp(info) for path, info in found.items()}

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
        except self.troubles as error:
            raise StoreError(line(f"cannot remove {self.where(name)}", error)) from error

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
    local, root = isinstance(fs, LocalFileSystem), root.rstrip("/")
    if fs.protocol == "memory":
        fs = _memory(root)
    if hasattr(fs, "dircache"):  # what it was told a moment ago: another process writes too
        fs.dircache.use_listings_cache = False
    return Folder(url, fs, root, local, trace or _silent)


@cache
def _memory(root: str) -> Any:  # noqa: ANN401
    """A memory of its own for each folder that is kept in memory.

    The one that fsspec has for the whole process is looked through from end to end to answer any
    question about any folder in it.
    """
    from fsspec.implementations.memory import MemoryFileSystem

    fs = MemoryFileSystem(skip_instance_cache=True)
    fs.store, fs.pseudo_dirs = {}, [""]
    return fs


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


def _walk(path: str, under: str) -> dict[str, str]:
    """As ``fs.find``, which would take a folder that it may not read for an empty one.

    Args:
        path: The folder.
        under: What the names of its files begin with.
    """
    found = {}
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir():
                    found.update(_walk(entry.path, f"{under}{entry.name}/"))
                    continue
                with suppress(FileNotFoundError):  # renamed or removed by the run that writes now
                    found[f"{under}{entry.name}"] = _local_stamp(os.stat(entry.path))  # noqa: PTH116
    except FileNotFoundError:
        return {}
    return found


def _local_stamp(about: os.stat_result) -> str:
    return f"{about.st_size}-{about.st_mtime_ns}-{about.st_ino}"


def _end(path: str, size: int) -> bytes:
    file = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        os.lseek(file, max(0, os.fstat(file).st_size - size), os.SEEK_SET)
        return os.read(file, size)
    finally:
        os.close(file)


def _stamp(info: dict[str, Any]) -> str:
    changed = ("ETag", "etag", "LastModified", "last_modified", "updated", "mtime", "created")
    when = next((str(info[key]) for key in changed if info.get(key)), "")
    return f"{info.get('size')}-{when}"
