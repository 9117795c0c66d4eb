"""Parquet tables of pictures: a column of encoded bytes or of paths, and one of labels."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from fieldmark.datasets.containers.gathering import Gathered
from fieldmark.datasets.containers.labelling import Raw, labelled
from fieldmark.datasets.containers.members import refuse_name, refuse_twice
from fieldmark.datasets.held import numbered_ids, own_card
from fieldmark.datasets.metadata import as_key, as_values
from fieldmark.datasets.naming import printed_name
from fieldmark.datasets.pictures import Reading, read_encoded
from fieldmark.records import ClassSpace, DataError, Examples

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

_AS_FOUND = Reading()
_ALONE = Lock()  # one reader at a time: the others find what it has read


@dataclass(frozen=True)
class ParquetCells:
    """From rows to the bytes in one column of some Parquet files.

    Args:
        files: The files, in order.
        column: The column: bytes, text (a path), or a structure of "bytes" and "path".
        which: Of each row: file, row group, place in it.
        stamps: When each file was written.
    """

    files: tuple[Path, ...]
    column: str
    which: tuple[tuple[int, int, int], ...]
    stamps: tuple[int, ...]

    def __call__(self, row: int) -> bytes:
        """The bytes of one row.

        Raises:
            DataError: There are none, or they cannot be read.
        """
        place, group, at = self.which[row]
        file = self.files[place]
        try:
            with _ALONE:
                cell = _column(file, self.column, group, (self.stamps[place], os.getpid()))[
                    at
                ].as_py()
        except Exception as error:  # Arrow raises whatever it likes on damaged bytes
            raise DataError(f"{file} is damaged or cut short; fetch it again") from error
        data = cell.get("bytes") if isinstance(cell, dict) else cell
        path = cell.get("path") if isinstance(cell, dict) else cell
        if isinstance(data, bytes):
            return data
        if isinstance(path, str):
            return _beside(file, path)
        raise DataError(f"{file}: row {row} has no picture in the column {self.column!r}")


def parquet(
    path: str | Path,
    *,
    name: str | None = None,
    classes: ClassSpace | None = None,
    columns: Mapping[str, str] | None = None,
    reading: Reading = _AS_FOUND,
) -> Examples:
    """Examples from Parquet files: pictures in a column "image", labels in a column "label".

    Pictures are encoded bytes, or a structure of "bytes" and "path" as Hugging Face writes it, or
    paths below the folder of the file. Labels are class names or numbers, or lists of them; numbers
    refer to the names that Hugging Face keeps in the file, where it does. A column "id" names the
    examples; else they are numbered. Further columns of numbers or texts are metadata.

    Args:
        path: A file, or a folder of .parquet files, which are taken in the order of their names.
        name: What to call the set; by default the name of the file or the folder.
        classes: What the labels refer to; by default what the file says.
        columns: What the columns are called otherwise, by "images", "labels" and "ids".
        reading: How the pictures are read.

    Raises:
        DataError: There is no such file or column, or it holds something else.
        ConfigError: ``name`` is not one.

    Example:
        >>> from io import BytesIO
        >>> from tempfile import TemporaryDirectory
        >>> import pyarrow as pa
        >>> import pyarrow.parquet as pq
        >>> from PIL import Image
        >>> picture = BytesIO()
        >>> Image.new("L", (4, 4)).save(picture, "PNG")
        >>> table = pa.table({"image": [picture.getvalue()] * 2, "label": ["dog", "cat"]})
        >>> with TemporaryDirectory() as somewhere:
        ...     pq.write_table(table, Path(somewhere) / "pets.parquet")
        ...     pets = parquet(Path(somewhere) / "pets.parquet")
        ...     pets.ids, pets.first_labels.tolist(), pets.classes.names
        (('000000', '000001'), [1, 0], ('cat', 'dog'))
    """
    root = Path(path).expanduser()
    files = _files(root)
    called = printed_name(name, root.stem)
    opened = [_opened(file) for file in files]
    said = {"images": "image", "labels": "label", "ids": "id", **dict(columns or {})}
    for file, table in zip(files, opened, strict=True):
        _refuse_without(file, table, [said["images"], said["labels"]])
    raw = [label for file in files for label in _values(file, said["labels"])]
    named = all(said["ids"] in table.schema_arrow.names for table in opened)
    if columns and "ids" in columns and not named:
        raise DataError(f"{root} has no column {said['ids']!r}")
    ids = (
        tuple(str(one) for file in files for one in _values(file, said["ids"]))
        if named
        else numbered_ids(len(raw))
    )
    refuse_twice(ids, archive=str(root), what="id")
    space, labels = labelled(
        raw, names=_class_names(opened[0], said["labels"]), classes=classes, file=str(root)
    )
    stamps = tuple(file.stat().st_mtime_ns for file in files)
    cells = ParquetCells(files, said["images"], _which(opened), stamps)
    names = tuple(
        f"{files[place].name}:{one}" for (place, _, _), one in zip(cells.which, ids, strict=True)
    )
    found = read_encoded(
        own_card(
            called,
            f"{len(raw):,} pictures in {len(files)} Parquet files",
            f"The column {said['images']!r} of {files[0].name}{'' if len(files) == 1 else ', ...'}",
        ),
        space,
        ids,
        labels,
        Gathered(names, cells),
        reading,
    )
    return replace(found, metadata=_metadata(files, opened[0], set(said.values())))


def _files(root: Path) -> tuple[Path, ...]:
    found = tuple(sorted(root.glob("*.parquet"))) if root.is_dir() else (root,)
    if not found:
        raise DataError(f"{root} holds no .parquet files; name a file, or a folder of them")
    return found


def _opened(file: Path) -> "ParquetFile":
    from pyarrow.parquet import ParquetFile

    try:
        return ParquetFile(file)
    except OSError as error:
        what = error.strerror or "it is cut short"
        raise DataError(f"{file} cannot be read ({what}); name a .parquet file") from error
    except Exception as error:  # Arrow raises whatever it likes on damaged bytes
        raise DataError(f"{file} is no Parquet file, or is cut short; fetch it again") from error


def _refuse_without(file: Path, table: "ParquetFile", wanted: list[str]) -> None:
    import pyarrow.types as kinds

    there = table.schema_arrow.names
    for column, word in zip(wanted, ("images", "labels"), strict=True):
        if column not in there:
            raise DataError(
                f"{file} has no column {column!r}, only {', '.join(there[:12])}; "
                f"say which it is: ?{word}=COLUMN"
            )
    kind = table.schema_arrow.field(wanted[0]).type
    plain = kinds.is_binary(kind) or kinds.is_large_binary(kind)
    text = kinds.is_string(kind) or kinds.is_large_string(kind)
    if not (plain or text or kinds.is_struct(kind)):
        raise DataError(
            f"{file}: the column {wanted[0]!r} is of {kind}, no encoded pictures; "
            "say which is: ?images=COLUMN"
        )


def _values(file: Path, column: str) -> list[Raw]:
    from pyarrow.parquet import read_table

    try:
        values: list[Raw] = read_table(file, columns=[column])[column].to_pylist()
    except Exception as error:  # here too
        raise DataError(f"{file} is damaged or cut short; fetch it again") from error
    odd = next((one for one in values if not isinstance(one, int | str | list | None)), None)
    if odd is not None or any(isinstance(one, bool) for one in values):
        raise DataError(
            f"{file}: the column {column!r} holds {odd!r:.40}; give numbers, names or lists of them"
        )
    return values


def _metadata(
    files: tuple[Path, ...], table: "ParquetFile", known: set[str]
) -> dict[str, tuple[str, ...]]:
    """Further columns of numbers, texts and days: one text per example."""
    import pyarrow.types as kinds
    from pyarrow.parquet import read_table

    fits = (kinds.is_integer, kinds.is_floating, kinds.is_boolean, kinds.is_temporal)
    texts = (kinds.is_string, kinds.is_large_string, kinds.is_dictionary)
    names = [
        one.name
        for one in table.schema_arrow
        if one.name not in known and any(fit(one.type) for fit in (*fits, *texts))
    ]
    if not names:
        return {}
    tables = [read_table(file, columns=names) for file in files]
    return {
        as_key(name): as_values(value for one in tables for value in one[name].to_pylist())
        for name in names
    }


def _which(opened: "list[ParquetFile]") -> tuple[tuple[int, int, int], ...]:
    return tuple(
        (place, group, at)
        for place, table in enumerate(opened)
        for group in range(table.num_row_groups)
        for at in range(table.metadata.row_group(group).num_rows)
    )


@lru_cache(maxsize=4)
def _column(file: Path, column: str, group: int, who: tuple[int, int]) -> Any:  # noqa: ANN401  Arrow has no types
    del who  # a forked process has its own, and so has another file of that name
    return _opened(file).read_row_group(group, columns=[column])[column].combine_chunks()


def _class_names(table: "ParquetFile", column: str) -> tuple[str, ...]:
    """The class names that Hugging Face wrote into the schema, or ()."""
    told = (table.schema_arrow.metadata or {}).get(b"huggingface")
    try:
        features = json.loads(told)["info"]["features"] if told else {}
        feature = features.get(column, {})
        names = feature.get("names") or feature.get("feature", {}).get("names") or ()
        return tuple(map(str, names))
    except (ValueError, KeyError, AttributeError, TypeError):
        return ()


def _beside(table: Path, path: str) -> bytes:
    refuse_name(path, archive=str(table))
    file = table.parent / path
    if not file.resolve().is_relative_to(table.parent.resolve()):
        raise DataError(f"{table} names {path[:120]!r}, which leaves its folder; put a copy there")
    try:
        return file.read_bytes()
    except OSError as error:
        raise DataError(
            f"{file}, which {table.name} names, cannot be read ({error.strerror})"
        ) from error
