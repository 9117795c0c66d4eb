"""Metadata: what else is known of each picture (writer, camera, year), from files beside them."""

import csv
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from pathlib import Path

from fieldmark.records import DataError

FILES = ("metadata.csv", "metadata.jsonl")
"""Where a folder keeps what is known of its pictures, as Hugging Face's imagefolder does."""

FILE = "file_name"
_LARGEST = 1 << 30


def beside(root: Path, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The metadata of the pictures of a folder; no columns where no file says anything.

    ``metadata.csv`` has a header, ``metadata.jsonl`` an object per line; both have a column
    ``file_name`` with the picture's path from ``root``. A picture without a row is unknown; columns
    that hold lists or objects are left out.

    Args:
        root: The folder that holds the class folders.
        ids: The paths of its pictures.

    Raises:
        DataError: There are both files, or one cannot be read, names a picture that is not there,
            or one twice.
    """
    found = [root / name for name in FILES if (root / name).is_file()]
    if not found:
        return {}
    if len(found) > 1:
        raise DataError(f"{root} has both {' and '.join(FILES)}; keep one of them")
    file = found[0]
    rows = _lines(file) if file.suffix == ".jsonl" else _table(file)
    return columns(rows, ids, where=str(file))


def columns(
    rows: Sequence[Mapping[str, object]], ids: Sequence[str], *, where: str
) -> dict[str, tuple[str, ...]]:
    """Rows about files as one column per key, in the order of ``ids``.

    Args:
        rows: Each has the key ``file_name``.
        ids: The files that there are.
        where: Where the rows come from, for messages.

    Raises:
        DataError: A row names no file, a file that is not there, or one that another row named.

    Example:
        >>> columns([{"file_name": "b", "year": 2020}], ["a", "b"], where="a table")
        {'year': ('', '2020')}
    """
    place = {name: row for row, name in enumerate(ids)}
    taken: dict[int, Mapping[str, object]] = {}
    lost: list[str] = []
    for number, row in enumerate(rows, 1):
        name = row.get(FILE)
        if not isinstance(name, str) or not name:
            raise DataError(f"{where}: row {number} has no {FILE}; write the path of its picture")
        name = name.removeprefix("./").replace("\\", "/")
        if name not in place:
            lost.append(name)
        elif place[name] in taken:
            raise DataError(f"{where} has two rows about {name}; keep one")
        else:
            taken[place[name]] = row
    if lost:
        other = f"; there is {ids[0]}, for one" if ids and not taken else ""
        raise DataError(
            f"{where} has {len(lost)} of {len(rows)} rows about pictures that are not there, such "
            f"as {lost[0]}{other}: write paths from the folder's own top, or remove the rows"
        )
    keys = dict.fromkeys(key for row in rows for key in row if key != FILE)
    kept = [key for key in keys if not any(isinstance(row.get(key), list | dict) for row in rows)]
    named: dict[str, tuple[str, ...]] = {}
    for key in kept:
        if as_key(key) in named:
            raise DataError(
                f"{where} has two columns that would be called {as_key(key)}; rename one"
            )
        named[as_key(key)] = as_values(taken.get(row, {}).get(key) for row in range(len(ids)))
    return named


def as_key(name: str) -> str:
    """The name of a column as it stands in a slice.

    Example:
        >>> as_key("Camera (model)"), as_key("place.name")
        ('Camera model', 'place.name')
    """
    return " ".join(re.sub(r"[^\w.-]+", " ", name).split()) or "column"


def as_values(values: Iterable[object]) -> tuple[str, ...]:
    """Values as one text each: "" for what is unknown, whole numbers without a point.

    Example:
        >>> as_values([None, 3, 2.0, 0.5, True, " a  b ", float("nan")])
        ('', '3', '2', '0.5', 'true', 'a b', '')
    """
    return tuple(map(_text, values))


def _text(value: object) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1 << 53:
        return str(int(value))
    spaced = " ".join(str(value).split())
    return spaced if spaced.isprintable() else "".join(filter(str.isprintable, spaced))


def _table(file: Path) -> list[dict[str, object]]:
    sheet = csv.reader(StringIO(_content(file), newline=""), strict=True)
    try:
        rows = [row for row in sheet if row]
    except csv.Error as error:
        raise DataError(f"{file}, line {sheet.line_num}: {error}; write it again as CSV") from error
    head, body = (rows[0] if rows else []), rows[1:]
    if FILE not in head:
        raise DataError(
            f"{file} has no column {FILE}, only {', '.join(head[:8]) or 'nothing'}; write the path "
            "of each picture there, or give the file another name"
        )
    if twice := [key for key in head if head.count(key) > 1]:
        raise DataError(f"{file} has two columns called {twice[0]}; rename one")
    for number, row in enumerate(body, 2):
        if len(row) != len(head):
            raise DataError(
                f"{file}: row {number} has {len(row)} values, but there are {len(head)} columns"
            )
    return [dict(zip(head, row, strict=True)) for row in body]


def _lines(file: Path) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for number, line in enumerate(_content(file).splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{file}, line {number} is no JSON: {error}") from error
        if not isinstance(row, dict):
            raise DataError(f'{file}, line {number} is no object; write {{"{FILE}": ...}}')
        rows.append(row)
    return rows


def _content(file: Path) -> str:
    try:
        if file.stat().st_size > _LARGEST:
            raise DataError(
                f"{file} is larger than 1 GiB; keep only the columns that are asked for"
            )
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DataError(f"{file} cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{file} is not UTF-8 text; save it as UTF-8") from error
