"""Sheets: what published files say that subjects answered, read and not yet believed."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from fieldmark.records import ConfigError, DataError

COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "id": ("id", "image_id", "image", "imagename", "filename", "file", "example", "path"),
        "answer": ("answer", "prediction", "predicted", "object_response", "response", "top1"),
        "subject": ("subject", "subj", "model", "worker", "observer"),
        "label": ("label", "category", "target", "truth", "ground_truth"),
        "condition": ("condition",),
    }
)
"""What a table's columns may be called, by what they hold; the first that is there is taken."""


_LONGEST_TOP_K = 10
"""A longer list of classes in a JSON mapping is a subject's answers, not one example's best."""


@dataclass(frozen=True)
class Sheet:
    """What one subject is said to have answered, as the file has it.

    Args:
        subject: Whose answers they are.
        source: The name of the file.
        ids: One id per row, or () when the file has none: then rows are in the key's order.
        values: Class numbers int64 (n, k), class names str (n, k), both best first; or scores
            float64 (n, classes).
        labels: What the file says would have been right, or ().
        part: The value of the file's condition column; "" when it has none.
        order: Class names of the score columns, or ().
    """

    subject: str
    source: str
    ids: tuple[str, ...]
    values: np.ndarray
    labels: tuple[str, ...] = ()
    part: str = ""
    order: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.values)

    @property
    def scored(self) -> bool:
        """Are these scores of every class, rather than classes?"""
        return self.values.dtype.kind == "f"


def read_sheets(
    path: Path,
    *,
    columns: Mapping[str, str] | None = None,
    id_pattern: str = "",
) -> tuple[Sheet, ...]:
    """The sheets in a file, one per subject and part, by its ending.

    ``.npy`` and ``.npz`` hold class numbers (n,), top-k class numbers (n, k) or scores
    (n, classes); each array of an ``.npz`` is a subject. ``.json`` holds a list of answers, a
    mapping from ids to answers, or a mapping from subjects to either. ``.csv`` and ``.parquet``
    hold a row per answer, in columns named as in ``COLUMNS``, or a column per class with scores.

    Args:
        path: The file.
        columns: From what a column holds ("id", "answer", ...) to what it is called there.
        id_pattern: A regular expression whose first group (or whole) is the id in the file's id;
            trial numbers that differ between subjects are cut off in this way.

    Raises:
        ConfigError: The pattern, or a column's name, is not one.
        DataError: There is no such file, or it holds something else.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise DataError(f"{path.name}: predictions are read from {', '.join(_READERS)}")
    if not path.is_file():
        raise DataError(f"there is no file {path}")
    unknown = set(columns or {}) - set(COLUMNS)
    if unknown:
        raise ConfigError(f"no column {min(unknown)!r}; there are {', '.join(COLUMNS)}")
    try:
        sheets = tuple(reader(path, dict(columns or {})))
    except DataError:
        raise
    except (OSError, ValueError, EOFError, KeyError, TypeError, ArithmeticError) as error:
        why = " ".join(str(error).split())[:200]
        raise DataError(f"{path.name} cannot be read ({why})") from error
    if not sheets or not all(len(one) for one in sheets):
        raise DataError(f"{path.name} holds no answers")
    return tuple(_with_ids(one, id_pattern) for one in sheets) if id_pattern else sheets


def _with_ids(sheet: Sheet, pattern: str) -> Sheet:
    try:
        wanted = re.compile(pattern)
    except re.error as error:
        raise ConfigError(f"{pattern!r} is no regular expression: {error}") from error
    found = [wanted.search(one) for one in sheet.ids]
    if not all(found):
        lost = sheet.ids[found.index(None)]
        raise DataError(f"{sheet.source}: the id {lost[:80]!r} does not match {pattern!r}")
    ids = tuple(one.group(1 if wanted.groups else 0) for one in found if one)
    return Sheet(
        sheet.subject, sheet.source, ids, sheet.values, sheet.labels, sheet.part, sheet.order
    )


def as_answers(values: object, source: str) -> np.ndarray:
    """A list or array of answers as int64 (n, k), str (n, k) or float64 (n, classes).

    Whole numbers written as floats, as some programs save them, are class numbers.

    Raises:
        DataError: It is none of these, or its rows differ in length.
    """
    try:
        array = np.asarray(values)
    except ValueError:
        raise DataError(f"{source}: its answers differ in length") from None
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or array.dtype.kind not in "iufUSb":
        raise DataError(f"{source}: answers are (n,) or (n, k), not {array.dtype} {array.shape}")
    if array.dtype.kind in "US":
        return array.astype(np.str_)
    if array.dtype.kind != "f":
        return array.astype(np.int64)
    if array.shape[1] == 1 and np.isfinite(array).all() and (array == np.rint(array)).all():
        return array.astype(np.int64)
    return array.astype(np.float64)


def _arrays(path: Path, columns: Mapping[str, str]) -> Iterator[Sheet]:
    loaded = np.load(path, allow_pickle=False)
    if isinstance(loaded, np.ndarray):
        yield Sheet(path.stem, path.name, (), as_answers(loaded, path.name))
        return
    ids = tuple(map(str, loaded["__ids__"])) if "__ids__" in loaded.files else ()
    labels = loaded["__labels__"] if "__labels__" in loaded.files else ()
    for name in loaded.files:
        if not name.startswith("__"):
            values = as_answers(loaded[name], f"{path.name}:{name}")
            yield Sheet(name, path.name, ids, values, tuple(map(str, labels)))


def _json(path: Path, columns: Mapping[str, str]) -> Iterator[Sheet]:
    import json

    loaded = json.loads(path.read_text())
    if isinstance(loaded, dict) and loaded and all(_whole(one) for one in loaded.values()):
        for subject, answers in loaded.items():
            yield _from_plain(str(subject), answers, path.name)
        return
    yield _from_plain(path.stem, loaded, path.name)


def _whole(value: object) -> bool:
    """Is this one subject's whole set of answers? One example's are a short top-k, or scores."""
    if isinstance(value, dict):
        return True
    if not isinstance(value, list):
        return False
    listed = any(isinstance(one, list) for one in value)
    return listed or (len(value) > _LONGEST_TOP_K and not any(_broken(one) for one in value))


def _broken(one: object) -> bool:
    """Is it a number with a fraction, as scores are?"""
    return isinstance(one, float) and one != round(one)


def _from_plain(subject: str, answers: object, source: str) -> Sheet:
    if isinstance(answers, dict):
        return Sheet(
            subject,
            source,
            tuple(map(str, answers)),
            as_answers(list(answers.values()), f"{source}:{subject}"),
        )
    return Sheet(subject, source, (), as_answers(answers, f"{source}:{subject}"))


def _csv(path: Path, columns: Mapping[str, str]) -> Iterator[Sheet]:
    import csv

    with path.open(newline="", encoding="utf-8-sig") as lines:
        rows = list(csv.reader(lines))
    if not rows:
        return
    head, body = rows[0], [row for row in rows[1:] if row]
    for number, row in enumerate(body, start=2):
        if len(row) != len(head):
            raise DataError(f"{path.name}, line {number}: {len(row)} cells under {len(head)} names")
    if len(set(head)) != len(head):
        twice = next(name for name in head if head.count(name) > 1)
        raise DataError(f"{path.name} has two columns called {twice[:80]!r}")
    table: dict[str, list[object]] = {name: [row[i] for row in body] for i, name in enumerate(head)}
    yield from _table(table, path, columns)


def _parquet(path: Path, columns: Mapping[str, str]) -> Iterator[Sheet]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        read = pq.ParquetFile(path).read(use_threads=False)
    except pa.ArrowException as error:
        raise ValueError(str(error)) from error
    yield from _table({name: read[name].to_pylist() for name in read.column_names}, path, columns)


def _table(
    table: Mapping[str, list[object]], path: Path, columns: Mapping[str, str]
) -> Iterator[Sheet]:
    named = {what: _column(table, what, columns, path.name) for what in COLUMNS}
    taken = {name for name in named.values() if name}
    ids = _texts(table, named["id"])
    labels = _texts(table, named["label"])
    if named["answer"]:
        values = _numbers_or_names(table[named["answer"]])
        order: tuple[str, ...] = ()
    else:
        order = tuple(name for name in table if name not in taken)
        if len(order) < 2:
            raise DataError(
                f"{path.name} has no column of answers among {', '.join(table)[:200]}; "
                "name it with --columns answer=NAME"
            )
        values = np.array([table[name] for name in order], np.float64).T
    subjects = _texts(table, named["subject"]) or (path.stem,) * len(values)
    parts = _texts(table, named["condition"]) or ("",) * len(values)
    pairs = list(zip(subjects, parts, strict=True))
    for pair in dict.fromkeys(pairs):
        rows = [row for row, one in enumerate(pairs) if one == pair]
        yield Sheet(
            subject=pair[0],
            source=path.name,
            ids=tuple(ids[row] for row in rows) if ids else (),
            values=values[rows],
            labels=tuple(labels[row] for row in rows) if labels else (),
            part=pair[1],
            order=order,
        )


def _column(table: Mapping[str, object], what: str, columns: Mapping[str, str], source: str) -> str:
    if what in columns:
        if columns[what] not in table:
            raise DataError(
                f"{source} has no column {columns[what][:80]!r}; there are {', '.join(table)[:200]}"
            )
        return columns[what]
    lower = {name.lower(): name for name in table}
    return next((lower[name] for name in COLUMNS[what] if name in lower), "")


def _texts(table: Mapping[str, list[object]], column: str) -> tuple[str, ...]:
    return tuple(str(one) for one in table[column]) if column else ()


def _numbers_or_names(column: Sequence[object]) -> np.ndarray:
    """int64 (n, 1) where every cell is a whole number, else str (n, 1); None says nothing."""
    texts = ["" if one is None else str(one) for one in column]
    if all(re.fullmatch(r"-?\d{1,9}(\.0+)?", one) for one in texts):
        return np.array([[int(float(one))] for one in texts], np.int64)
    return np.array([[one] for one in texts], np.str_)


_READERS: Mapping[str, Callable[[Path, Mapping[str, str]], Iterator[Sheet]]] = MappingProxyType(
    {".npy": _arrays, ".npz": _arrays, ".json": _json, ".csv": _csv, ".parquet": _parquet}
)
