"""The headers of every finished cell, quickly: each file is opened once, then remembered."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock

import numpy as np
import pyarrow as pa

from fieldmark.records import Header, Predictions, StoreError, nothing_is_garbage
from fieldmark.store.cellfiles import from_cell, header_of
from fieldmark.store.files import Folder
from fieldmark.store.headertexts import HeaderReader, HeaderWriter, Texts, times_text
from fieldmark.store.naming import CELLS, INDEX, cell_file
from fieldmark.store.tables import UNREADABLE, footer_size, from_parquet, texts, to_parquet

INDEX_FILE = f"{INDEX}/headers.parquet"
INDEX_KIND = "headers 1"

_END = 2**16
_SHARED = Texts._fields


@dataclass(frozen=True, slots=True)
class Kept:
    """A finished cell: its file, a stamp that changes with the file, and its header."""

    name: str
    stamp: str
    header: Header


class Headers:
    """What is kept, by file; an index beside the cells spares the next process the reading.

    The index is derived: it may be missing, old or damaged, and is made anew from the cells.
    """

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._known: dict[str, Kept] = {}
        self._listed: tuple[dict[str, str], tuple[Kept, ...]] = ({}, ())  # the last whole listing
        self._answered: dict[str, Kept] = {}  # by folder, one cell that is done
        self._reader = HeaderReader()
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
            if under != CELLS:
                return self._brought_up_to_date(files)
            if files != self._listed[0]:
                self._listed = (files, self._brought_up_to_date(files, whole=True))
            return self._listed[1]

    def _brought_up_to_date(
        self, files: dict[str, str], *, whole: bool = False
    ) -> tuple[Kept, ...]:
        """The cells in these files; those that are new or have changed are read."""
        stamps = {name: stamp for name, stamp in files.items() if name.endswith(".parquet")}
        fresh = [name for name, stamp in stamps.items() if self._stale(name, stamp)]
        for kept in self._read(fresh, stamps):
            self._known[kept.name] = kept
        if whole:
            gone = self._known.keys() - stamps.keys()
            self._known = {name: self._known[name] for name in stamps if name in self._known}
            if fresh or gone:
                self._save()
        with nothing_is_garbage():
            found = [self._known[name] for name in stamps if name in self._known]
            found.sort(key=lambda one: (one.header.condition.name, one.header.subject.name))
            return tuple(found)

    def learn(self, written: Mapping[str, Header]) -> None:
        """Take over what was just written by the one who holds the store: nobody has to read it.

        Args:
            written: From the file of a cell to its header.
        """
        with self._lock:
            self._load()
            stamps = self._folder.entries(CELLS)
            self._known |= {
                name: Kept(name, stamps[name], header)
                for name, header in written.items()
                if name in stamps
            }
            self._save()

    def one_done(self, under: str) -> Kept | None:
        """Some cell of one condition that is done; only its own file is looked at, if it is known.

        Raises:
            StoreError: The file of a cell is damaged.
        """
        known = self._answered.get(under)
        if known is not None and self._folder.stamp(known.name) == known.stamp:
            return known
        found = next((one for one in self.kept(under) if one.header.status == "done"), None)
        if found is not None:
            self._answered[under] = found
        return found

    def _stale(self, name: str, stamp: str) -> bool:
        known = self._known.get(name)
        return known is None or known.stamp != stamp

    def _read(self, names: list[str], stamps: dict[str, str]) -> list[Kept]:
        found = self._folder.each(lambda name: read_header(self._folder, name, self._reader), names)
        pairs = zip(names, found, strict=True)
        return [Kept(name, stamps[name], header) for name, header in pairs if header is not None]

    def _load(self) -> None:
        if self._loaded:
            return
        self._loaded = True
        with suppress(*UNREADABLE):
            data = self._folder.read(INDEX_FILE)
            if data is not None:
                where = self._folder.where(INDEX_FILE)
                table, _ = from_parquet(INDEX_KIND, data, where, dictionary=_SHARED)
                with nothing_is_garbage():
                    self._known = {one.name: one for one in _from_index(table, self._reader)}

    def _save(self) -> None:
        table = _to_index(list(self._known.values()))
        data = to_parquet(INDEX_KIND, table, {}, dictionary_bytes=2**30)
        with suppress(StoreError):  # a store that can only be read is read without its index
            self._folder.write(INDEX_FILE, data)


def _to_index(kept: list[Kept]) -> pa.Table:
    """A row per cell; what many headers share is said once."""
    writer = HeaderWriter()
    texts = [writer.texts(one.header) for one in kept]
    columns = {
        "file": pa.array([one.name for one in kept], pa.string()),
        "stamp": pa.array([one.stamp for one in kept], pa.string()),
        "times": pa.array([times_text(one.header.times) for one in kept], pa.string()),
    }
    for place, name in enumerate(_SHARED):
        columns[name] = _coded([text[place] for text in texts])
    return pa.table(columns)


def _coded(texts: list[str]) -> pa.DictionaryArray:
    values = {text: code for code, text in enumerate(dict.fromkeys(texts))}
    codes = np.fromiter((values[text] for text in texts), np.int32, len(texts))
    return pa.DictionaryArray.from_arrays(codes, pa.array(list(values), pa.string()))


def _from_index(table: pa.Table, reader: HeaderReader) -> list[Kept]:
    coded = [table[name].combine_chunks() for name in _SHARED]
    values = [one.dictionary.to_pylist() for one in coded]
    subjects, conditions, rests = (one.indices.to_pylist() for one in coded)
    names, stamps, times = (texts(table, name) for name in ("file", "stamp", "times"))
    shared = [
        Texts(values[0][subject], values[1][condition], values[2][rest])
        for subject, condition, rest in zip(subjects, conditions, rests, strict=True)
    ]
    return [Kept(*row) for row in zip(names, stamps, reader.join_all(shared, times), strict=True)]


def read_header(folder: Folder, name: str, reader: HeaderReader | None = None) -> Header | None:
    """The header in the file of a cell; None when there is no such file.

    Args:
        folder: The store's folder.
        name: The file.
        reader: One that has read others of this store, to share records with them.

    Raises:
        StoreError: The file is damaged, or holds another cell than its name says.
    """
    end = folder.read_end(name, _END)
    if end is not None and footer_size(end) > len(end):
        end = folder.read_end(name, footer_size(end))
    if end is None:
        return None
    header = header_of(end, folder.where(name), reader)
    refuse_misplaced(folder, name, header)
    return header


def read_cell(folder: Folder, name: str) -> Predictions | None:
    """The file of a cell, whole; None when there is no such file.

    Raises:
        StoreError: The file is damaged, a part only, or holds another cell than its name says.
    """
    data = folder.read(name)
    if data is None:
        return None
    kept = from_cell(data, folder.where(name))
    refuse_misplaced(folder, name, kept.header)
    if kept.answers is not None and len(kept.answers) != kept.header.condition.examples.n:
        raise StoreError(f"{folder.where(name)} is a part, not a cell. Remove that file")
    return kept


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
