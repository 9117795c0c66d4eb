"""Derived rows: some bytes per subject of a condition, counted from its cells and kept beside them.

What is kept is never trusted for longer than the cell it came from: each row carries the stamp of
its cell's file, and where that has changed the row is made anew. Deleting the files loses time.
"""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from jaxtyping import Int64, UInt8

from fieldmark.records import StoreError
from fieldmark.store.files import Folder
from fieldmark.store.headers import Kept
from fieldmark.store.tables import UNREADABLE, from_parquet, numbers, texts, to_parquet

Rows = UInt8[np.ndarray, "s width"]
Totals = Int64[np.ndarray, " s"]

_Key = tuple[str, str]
_EXAMPLES = "fieldmark.examples"
_NOT_THE_ROWS = re.compile("(?!row$).*")


@dataclass(frozen=True)
class Shelf:
    """A derived file of one condition.

    Args:
        name: The file.
        kind: What it is and its version, such as "correct 2".
        fingerprint: Of the examples; a file about other ones is not used.
        width: Bytes per row.
        totals: From the rows to whole numbers about each, to be had without the rows.
    """

    name: str
    kind: str
    fingerprint: str
    width: int
    totals: Callable[[Rows], dict[str, Totals]] = lambda _: {}


def derived_rows(
    folder: Folder, shelf: Shelf, kept: Sequence[Kept], make: Callable[[Kept], bytes]
) -> Rows:
    """A row of bytes for each of ``kept``, uint8 (s, width).

    Rows of unchanged cells come from the derived file; the others are made, and the file renewed.

    Args:
        folder: The store's folder.
        shelf: Which file.
        kept: Finished cells of one condition.
        make: From a cell to its row.

    Raises:
        StoreError: The file of a cell is damaged.
    """
    keys = _keys(kept)
    known, rows = _rows(_load(folder, shelf), shelf.width)
    if known == keys:
        return rows
    places = {key: place for place, key in enumerate(known)}
    whole = np.empty((len(keys), shelf.width), np.uint8)
    fresh = []
    for row, key in enumerate(keys):
        if key in places:
            whole[row] = rows[places[key]]
        else:
            fresh.append(row)
    for row, made in zip(fresh, folder.each(make, [kept[row] for row in fresh]), strict=True):
        whole[row] = np.frombuffer(made, np.uint8)
    _save(folder, shelf, keys, whole)
    return whole


def derived_totals(
    folder: Folder, shelf: Shelf, kept: Sequence[Kept], names: Sequence[str]
) -> tuple[Totals, ...] | None:
    """Some totals of each row; None where the derived file has not all of these rows.

    The rows themselves are not read, which is what makes this worth having.
    """
    table = _load(folder, shelf, only=_NOT_THE_ROWS)
    with suppress(*UNREADABLE):
        if table is not None and _keys_of(table) == _keys(kept):
            return tuple(numbers(table, name, np.int64) for name in names)
    return None


def _keys(kept: Sequence[Kept]) -> list[_Key]:
    return [(one.header.subject.name, one.stamp) for one in kept]


def _keys_of(table: pa.Table) -> list[_Key]:
    return list(zip(texts(table, "subject"), texts(table, "stamp"), strict=True))


def _load(folder: Folder, shelf: Shelf, only: re.Pattern[str] | None = None) -> pa.Table | None:
    """The derived file; None where it is missing, damaged or about other examples."""
    with suppress(*UNREADABLE):
        source = folder.source(shelf.name)
        if source is not None:
            with source:
                where = folder.where(shelf.name)
                table, notes = from_parquet(shelf.kind, source, where, only=only)
            if notes[_EXAMPLES] == shelf.fingerprint:
                return table
    return None


def _rows(table: pa.Table | None, width: int) -> tuple[list[_Key], Rows]:
    """Keys and rows of a derived file, not copied; none where something is wrong with it."""
    with suppress(*UNREADABLE):
        if table is not None and table.num_rows:
            values = table["row"].combine_chunks()
            if values.type == pa.binary(width) and not values.null_count:
                flat = np.frombuffer(values.buffers()[1], np.uint8)
                rows = flat[values.offset * width : (values.offset + len(values)) * width]
                return _keys_of(table), rows.reshape(len(values), width)
    return [], np.empty((0, width), np.uint8)


def _save(folder: Folder, shelf: Shelf, keys: list[_Key], rows: Rows) -> None:
    flat = pa.py_buffer(np.ascontiguousarray(rows))
    columns = {
        "subject": pa.array([subject for subject, _ in keys], pa.string()),
        "stamp": pa.array([stamp for _, stamp in keys], pa.string()),
        **{name: pa.array(total, pa.int64()) for name, total in shelf.totals(rows).items()},
        "row": pa.FixedSizeBinaryArray.from_buffers(
            pa.binary(shelf.width), len(keys), [None, flat]
        ),
    }
    data = to_parquet(shelf.kind, pa.table(columns), {_EXAMPLES: shelf.fingerprint})
    with suppress(StoreError):  # a store that can only be read is read without its index
        folder.write(shelf.name, data)
