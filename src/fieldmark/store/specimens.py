"""Specimens: a few pictures of a condition, kept so that people can see what was asked."""

from collections.abc import Mapping

import pyarrow as pa

from fieldmark.store.tables import damaged, from_parquet, to_parquet

KIND = "specimens 1"


def to_specimens(pictures: Mapping[str, bytes]) -> bytes:
    """The file that keeps pictures, from example id to PNG, in their order."""
    columns = {
        "example": pa.array(list(pictures), pa.string()),
        "png": pa.array(list(pictures.values()), pa.binary()),
    }
    return to_parquet(KIND, pa.table(columns), {})


def from_specimens(data: bytes, where: str) -> dict[str, bytes]:
    """From example id to PNG, in the order in which they were kept.

    Raises:
        StoreError: The file is damaged, or is not one of specimens.
    """
    table, _ = from_parquet(KIND, data, where)
    if table.column_names != ["example", "png"]:
        raise damaged(where, "it holds no pictures")
    return dict(zip(table["example"].to_pylist(), table["png"].to_pylist(), strict=True))
