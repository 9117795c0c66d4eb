"""The file of a cell: a header and answers as Parquet, the same bytes for the same content."""

import re
from typing import Any

import numpy as np
import pyarrow as pa
from jaxtyping import UInt16

from fieldmark.records import NO_ANSWER, Answers, Header, ModelError, Predictions, StoreError
from fieldmark.store.headertexts import HeaderReader, canonical, times_text
from fieldmark.store.tables import damaged, from_parquet, numbers, read_notes, to_parquet

KIND = "cell 1"

_HEADER = "fieldmark"
_TIMES = "fieldmark.times"
_MEASURE = "measure_"
_BEST = re.compile("class_1")
_STRANGE_CLASSES = "it holds classes that its condition does not have"
_COLUMN = re.compile(rf"class_\d+|score_\d+|{_MEASURE}.+|picture", re.DOTALL)


def to_cell(header: Header, answers: Answers | None) -> bytes:
    """A header and its answers (None where there are none) as the bytes of one Parquet file.

    The times of the work have a fixed width and a place of their own: two files of the same header
    and answers differ in those bytes alone.

    Raises:
        ModelError: An answer is not one of the condition's classes.
    """
    notes = {_HEADER: canonical(header), _TIMES: times_text(header.times)}
    if answers is None:
        answers = Answers(np.empty((0, 1), np.uint16), np.empty((0, 1), np.float32))
    k = len(header.condition.examples.classes)
    highest = _highest(answers.classes)
    if highest >= k:
        raise ModelError(f"{header.cell}: class {highest} of only {k} was answered")
    return to_parquet(KIND, _to_table(answers), notes)


def header_of(data: bytes, where: str, reader: HeaderReader | None = None) -> Header:
    """The header of a cell's file.

    Args:
        data: The file, or as much of its end as tells about the rest.
        where: Its address, for the message.
        reader: One that has read others of this store, to share records with them.

    Raises:
        StoreError: The file is damaged, or is not the file of a cell.
    """
    return _header(read_notes(KIND, data, where), where, reader or HeaderReader())


def from_cell(data: bytes, where: str) -> Predictions:
    """The header and the answers of a cell's file; no answers unless its status is "done".

    Raises:
        StoreError: The file is damaged, or is not the file of a cell.
    """
    table, notes = from_parquet(KIND, data, where)
    header = _header(notes, where, HeaderReader())
    if header.status != "done":
        return Predictions(header, None)
    try:
        answers = _from_table(table)
    except (pa.ArrowException, ModelError, KeyError, ValueError) as error:
        raise damaged(where, str(error)) from error
    if _highest(answers.classes) >= len(header.condition.examples.classes):
        raise damaged(where, _STRANGE_CLASSES)
    return Predictions(header, answers)


def best_of(source: pa.NativeFile, k: int, where: str) -> UInt16[np.ndarray, " n"]:
    """The best class of every row of a cell's file; its other columns are not read.

    Args:
        source: The file; it is closed.
        k: How many classes its condition has.
        where: Its address, for the message.

    Returns:
        Positions in the condition's classes, or ``NO_ANSWER``.

    Raises:
        StoreError: The file is damaged, or is not the file of a cell.
    """
    with source:
        table, _ = from_parquet(KIND, source, where, only=_BEST)
    try:
        best: UInt16[np.ndarray, " n"] = numbers(table, "class_1", np.uint16)
    except (KeyError, ValueError) as error:
        raise damaged(where, str(error)) from error
    if _highest(best) >= k:
        raise damaged(where, _STRANGE_CLASSES)
    return best


def _highest(classes: UInt16[np.ndarray, "*any"]) -> int:
    """The highest class that was answered; -1 when there is none."""
    highest = int(classes.max(initial=0))
    if highest == NO_ANSWER:
        classes = classes[classes != NO_ANSWER]
        highest = int(classes.max(initial=0))
    return highest if classes.size else -1


def _to_table(answers: Answers) -> pa.Table:
    columns: dict[str, pa.Array] = {}
    for rank in range(answers.classes.shape[1]):
        columns[f"class_{rank + 1}"] = pa.array(answers.classes[:, rank], pa.uint16())
    for rank in range(answers.scores.shape[1]):
        columns[f"score_{rank + 1}"] = pa.array(answers.scores[:, rank], pa.float32())
    for name in sorted(answers.measures):
        columns[_MEASURE + name] = pa.array(answers.measures[name], pa.float32())
    if answers.pictures:
        shown = [answers.pictures.get(row) for row in range(len(answers))]
        columns["picture"] = pa.array(shown, pa.binary())
    return pa.table(columns)


def _from_table(table: pa.Table) -> Answers:
    names = table.column_names
    strange = [name for name in names if not _COLUMN.fullmatch(name)]
    if strange or len(set(names)) != len(names):
        raise ValueError(f"its columns are {', '.join(names)[:80]}")
    classes = sum(name.startswith("class_") for name in names)
    measures = [name for name in names if name.startswith(_MEASURE)]
    shown = table["picture"].to_pylist() if "picture" in names else []
    return Answers(
        classes=_block(table, "class_", classes, np.uint16),
        scores=_block(table, "score_", classes, np.float32),
        measures={name[len(_MEASURE) :]: numbers(table, name, np.float32) for name in measures},
        pictures={row: png for row, png in enumerate(shown) if png is not None},
    )


def _block(table: pa.Table, prefix: str, width: int, dtype: type[np.generic]) -> Any:  # noqa: ANN401
    return np.stack([numbers(table, f"{prefix}{i + 1}", dtype) for i in range(width)], axis=1)


def _header(notes: dict[str, str], where: str, reader: HeaderReader) -> Header:
    try:
        return reader.read(notes[_HEADER], notes[_TIMES])
    except (KeyError, TypeError, ValueError, StoreError) as error:
        raise damaged(where, f"its header cannot be read ({error})") from error
