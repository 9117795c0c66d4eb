"""The headers of every finished cell, quickly: each file is opened once, then remembered."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from typing import Literal

from pydantic import BaseModel, ValidationError

from fieldmark.records import Header, StoreError
from fieldmark.store.cellfiles import header_of
from fieldmark.store.files import Folder
from fieldmark.store.naming import CELLS, INDEX, cell_file

INDEX_FILE = f"{INDEX}/headers.json"

_READERS = 16


@dataclass(frozen=True)
class Kept:
    """A finished cell: its file, a stamp that changes with the file, and its header."""

    name: str
    stamp: str
    header: Header


class _Entry(BaseModel):
    stamp: str
    header: Header


class _IndexFile(BaseModel):
    version: Literal[1] = 1
    cells: dict[str, _Entry] = {}


class Headers:
    """What is kept, by file; an index beside the cells spares the next process the reading.

    The index is derived: it may be missing, old or damaged, and is made anew from the cells.
    """

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._known: dict[str, Kept] = {}
        self._loaded = False
        self._lock = Lock()

    def kept(self, under: str = CELLS) -> tuple[Kept, ...]:
        """The finished cells in a folder, in the order of their condition and subject.

        Raises:
            StoreError: The file of a cell is damaged.
        """
        with self._lock:
            self._load()
            files = self._folder.entries(under)
            stamps = {name: stamp for name, stamp in files.items() if name.endswith(".parquet")}
            fresh = [name for name, stamp in stamps.items() if self._stale(name, stamp)]
            for kept in self._read(fresh, stamps):
                self._known[kept.name] = kept
            if under == CELLS:
                gone = self._known.keys() - stamps.keys()
                self._known = {name: self._known[name] for name in stamps if name in self._known}
                if fresh or gone:
                    self._save()
            found = [self._known[name] for name in stamps if name in self._known]
        return tuple(
            sorted(found, key=lambda one: (one.header.condition.name, one.header.subject.name))
        )

    def _stale(self, name: str, stamp: str) -> bool:
        known = self._known.get(name)
        return known is None or known.stamp != stamp

    def _read(self, names: list[str], stamps: dict[str, str]) -> list[Kept]:
        if self._folder.local or len(names) < 2:
            found = [read_header(self._folder, name) for name in names]
        else:  # a bucket answers many questions at once as fast as one
            with ThreadPoolExecutor(_READERS) as readers:
                found = list(readers.map(lambda name: read_header(self._folder, name), names))
        pairs = zip(names, found, strict=True)
        return [Kept(name, stamps[name], header) for name, header in pairs if header is not None]

    def _load(self) -> None:
        if self._loaded:
            return
        self._loaded = True
        with suppress(ValidationError, StoreError):
            data = self._folder.read(INDEX_FILE)
            if data is not None:
                cells = _IndexFile.model_validate_json(data).cells
                self._known = {
                    name: Kept(name, entry.stamp, entry.header) for name, entry in cells.items()
                }

    def _save(self) -> None:
        cells = {
            name: _Entry(stamp=kept.stamp, header=kept.header) for name, kept in self._known.items()
        }
        with suppress(StoreError):  # a store that can only be read is read without its index
            self._folder.write(INDEX_FILE, _IndexFile(cells=cells).model_dump_json().encode())


def read_header(folder: Folder, name: str) -> Header | None:
    """The header in the file of a cell; None when there is no such file.

    Raises:
        StoreError: The file is damaged, or holds another cell than its name says.
    """
    data = folder.read(name)
    if data is None:
        return None
    header = header_of(data, folder.where(name))
    refuse_misplaced(folder, name, header)
    return header


def refuse_misplaced(folder: Folder, name: str, header: Header) -> None:
    """Nothing when the file ``name`` is where the cell of ``header`` belongs.

    Raises:
        StoreError: It is not: someone renamed it, or this file system takes A for a.
    """
    if cell_file(header.cell) != name:
        raise StoreError(
            f"{folder.where(name)} holds {header.cell}, which does not belong there: it was "
            "renamed, or two names differ only in capitals; move it back, or rename the subject"
        )
