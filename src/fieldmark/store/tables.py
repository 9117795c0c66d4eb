"""Parquet as bytes: the same table gives the same bytes, and damage is found before use."""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.parquet as pq

from fieldmark.records import StoreError

FORMAT_KEY = "fieldmark.format"

_REDO = "Remove that file and run again: it alone is made anew"


def to_parquet(kind: str, table: pa.Table, notes: Mapping[str, str]) -> bytes:
    """``table`` as one Parquet file, zstd, with a checksum per page.

    Args:
        kind: What the file is and its version, such as "cell 1".
        table: Its columns; small integers are dictionary coded, floats byte-split.
        notes: Texts for the file's metadata.
    """
    floats = [field.name for field in table.schema if pa.types.is_floating(field.type)]
    others = [field.name for field in table.schema if not pa.types.is_floating(field.type)]
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(
        sink,
        table.schema.remove_metadata(),
        compression="zstd",
        store_schema=False,  # an embedded Arrow schema would say everything twice
        write_page_checksum=True,
        use_dictionary=others,
        use_byte_stream_split=floats,
    ) as writer:
        writer.write_table(table.replace_schema_metadata(None), row_group_size=max(1, len(table)))
        writer.add_key_value_metadata({FORMAT_KEY: kind, **notes})
    return bytes(sink.getvalue().to_pybytes())


def read_notes(kind: str, data: bytes, where: str) -> dict[str, str]:
    """The metadata texts of a file of this kind, without its rows.

    Raises:
        StoreError: The file is damaged, or of another kind or version.
    """
    return _open(kind, data, where)[1]


def from_parquet(kind: str, data: bytes, where: str) -> tuple[pa.Table, dict[str, str]]:
    """The table of a file of this kind and its metadata texts.

    Args:
        kind: What it has to be, such as "cell 1".
        data: The file.
        where: Its address, for the message.

    Raises:
        StoreError: The file is damaged, or of another kind or version, or a value is missing in a
            column that must be whole.
    """
    file, notes = _open(kind, data, where)
    try:
        # In this thread: a worker of Arrow's may still hold the bytes when Python ends, and letting
        # go of them then ends the process with an abort.
        table = file.read(use_threads=False)
    except (pa.ArrowException, OSError) as error:
        raise damaged(where, str(error)) from error
    return table, notes


def damaged(where: str, reason: str) -> StoreError:
    """The error that says that a kept file cannot be used, and what to do about it."""
    shown = "".join(letter if letter.isprintable() else " " for letter in reason)
    line = " ".join(shown.split())[:200].rstrip(". ")
    return StoreError(f"{where} is damaged: {line}. {_REDO}")


def _open(kind: str, data: bytes, where: str) -> tuple[pq.ParquetFile, dict[str, str]]:
    try:
        file = pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=True)
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
