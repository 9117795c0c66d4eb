"""Parquet as bytes: the same table gives the same bytes, and damage is found before use."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from fieldmark.records import StoreError

FORMAT_KEY = "fieldmark.format"

UNREADABLE = (StoreError, AttributeError, LookupError, TypeError, ValueError, pa.ArrowException)
"""What may come of reading a derived file that is damaged where no checksum covers it."""

_MOST_ROWS = 2**20

_MAGIC = b"PAR1"

_REDO = "Remove that file and run again: it alone is made anew"


def to_parquet(
    kind: str, table: pa.Table, notes: Mapping[str, str], *, dictionary_bytes: int = 2**20
) -> bytes:
    """``table`` as one Parquet file, zstd, with a checksum per page.

    Args:
        kind: What the file is and its version, such as "cell 1".
        table: Its columns; floats are byte-split, all others but fixed bytes dictionary coded.
        notes: Texts for the file's metadata.
        dictionary_bytes: A column whose different values need more than this says each anew.
    """
    floats = [field.name for field in table.schema if pa.types.is_floating(field.type)]
    others = [field.name for field in table.schema if not _once_each(field.type)]
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(
        sink,
        table.schema.remove_metadata(),
        compression="zstd",
        store_schema=False,  # an embedded Arrow schema would say everything twice
        write_page_checksum=True,
        use_dictionary=others,
        dictionary_pagesize_limit=dictionary_bytes,
        use_byte_stream_split=floats,
    ) as writer:
        writer.write_table(table.replace_schema_metadata(None), row_group_size=max(1, len(table)))
        writer.add_key_value_metadata({FORMAT_KEY: kind, **notes})
    return bytes(sink.getvalue().to_pybytes())


def footer_size(end: bytes) -> int:
    r"""How many bytes at the end of a Parquet file tell about the rest; 0 when nobody can say.

    Args:
        end: Its last bytes, at least eight.

    Example:
        >>> footer_size(b"...\x10\x00\x00\x00PAR1"), footer_size(b"cut off here")
        (24, 0)
    """
    if end[-4:] != _MAGIC:
        return 0
    return int.from_bytes(end[-8:-4], "little") + 8


def read_notes(kind: str, data: bytes, where: str) -> dict[str, str]:
    """The metadata texts of a file of this kind, without its rows.

    Args:
        kind: What it has to be, such as "cell 1".
        data: The file, or its last ``footer_size`` bytes.
        where: Its address, for the message.

    Raises:
        StoreError: The file is damaged, or of another kind or version.
    """
    return _open(kind, pa.BufferReader(data), where)[1]


def from_parquet(
    kind: str,
    data: bytes | pa.NativeFile,
    where: str,
    *,
    only: re.Pattern[str] | None = None,
    dictionary: Sequence[str] = (),
) -> tuple[pa.Table, dict[str, str]]:
    """The table of a file of this kind and its metadata texts.

    Args:
        kind: What it has to be, such as "cell 1".
        data: The file. Of an open one only the columns that are asked for are read.
        where: Its address, for the message.
        only: Which columns: those whose whole name it matches. None takes all.
        dictionary: Columns that come as their different values and, per row, which.

    Raises:
        StoreError: The file is damaged, or of another kind or version.
    """
    source = pa.BufferReader(data) if isinstance(data, bytes) else data
    file, notes = _open(kind, source, where, dictionary)
    columns = only and [name for name in file.schema.names if only.fullmatch(name)]
    try:
        # In this thread: a worker of Arrow's may still hold the bytes when Python ends, and letting
        # go of them then ends the process with an abort. In batches, a file being one as a rule:
        # for a cell that takes a third less time than reading it as a table.
        batches = list(file.iter_batches(_MOST_ROWS, columns=columns, use_threads=False))
        table = pa.Table.from_batches(batches) if batches else file.read(columns, use_threads=False)
    except (pa.ArrowException, OSError) as error:
        raise damaged(where, str(error)) from error
    return table, notes


def numbers(table: pa.Table, name: str, dtype: type[np.generic]) -> Any:  # noqa: ANN401
    """A column of numbers as an array of one dimension, not copied where it is in one piece.

    pyarrow's own ``to_numpy`` loads pandas, which takes longer than reading a thousand cells.

    Raises:
        KeyError: There is no such column.
        ValueError: It holds something else, or not everywhere something.
    """
    column = table[name].combine_chunks()
    if column.type != pa.from_numpy_dtype(dtype) or column.null_count:
        raise ValueError(f"column {name} is not whole numbers of type {np.dtype(dtype)}")
    held = column.buffers()[1]
    if held is None:
        return np.empty(0, dtype)
    return np.frombuffer(held, dtype)[column.offset : column.offset + len(column)]


def texts(table: pa.Table, name: str) -> list[str]:
    """A column of texts, one in every row.

    Raises:
        KeyError: There is no such column.
        ValueError: It holds something else, or not everywhere something: one flipped bit of what a
            file says of its columns is enough for either.
    """
    column = table[name]
    if column.type != pa.string() or column.null_count:
        raise ValueError(f"column {name} is not text in every row")
    return column.to_pylist()


def damaged(where: str, reason: str) -> StoreError:
    """The error that says that a kept file cannot be used, and what to do about it."""
    shown = "".join(letter if letter.isprintable() else " " for letter in reason)
    line = " ".join(shown.split())[:200].rstrip(". ")
    return StoreError(f"{where} is damaged: {line}. {_REDO}")


def _open(
    kind: str, source: pa.NativeFile, where: str, dictionary: Sequence[str] = ()
) -> tuple[pq.ParquetFile, dict[str, str]]:
    try:
        file = pq.ParquetFile(
            source, page_checksum_verification=True, read_dictionary=list(dictionary)
        )
        raw = file.metadata.metadata or {}
        notes = {key.decode(): value.decode() for key, value in raw.items()}
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise damaged(where, str(error)) from error
    found = notes.get(FORMAT_KEY)
    if found is None:
        raise StoreError(f"{where} is a Parquet file, but not one that Fieldmark wrote. {_REDO}")
    if found != kind:
        raise StoreError(
            f"{where} is of format {found!r}, this version of Fieldmark reads {kind!r}: "
            "it was moved, or written by a newer version; upgrade, or use another store"
        )
    return file, notes


def _once_each(dtype: pa.DataType) -> bool:
    return bool(pa.types.is_floating(dtype) or pa.types.is_fixed_size_binary(dtype))
