"""The file of a cell: a header and answers as Parquet, the same bytes for the same content."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
from pydantic import ValidationError

from fieldmark.records import Answers, Header, ModelError, Predictions, StoreError, Times
from fieldmark.store.tables import damaged, from_parquet, read_notes, to_parquet

KIND = "cell 1"

_HEADER = "fieldmark"
_TIMES = "fieldmark.times"
_MEASURE = "measure_"
_COLUMN = re.compile(rf"class_\d+|score_\d+|{_MEASURE}.+|picture", re.DOTALL)


def to_cell(header: Header, answers: Answers | None) -> bytes:
    """A header and its answers (None where there are none) as the bytes of one Parquet file.

    The times of the work have a fixed width and a place of their own: two files of the same header
    and answers differ in those bytes alone.

    Raises:
        ModelError: An answer is not one of the condition's classes.
    """
    notes = {_HEADER: canonical(header), _TIMES: _times_text(header.times)}
    if answers is None:
        answers = Answers(np.empty((0, 1), np.uint16), np.empty((0, 1), np.float32))
    k = len(header.condition.examples.classes)
    if answers.classes.size and int(answers.classes.max()) >= k:
        raise ModelError(f"{header.cell}: class {answers.classes.max()} of only {k} was answered")
    return to_parquet(KIND, _to_table(answers), notes)


def header_of(data: bytes, where: str) -> Header:
    """The header of a cell's file.

    Args:
        data: The file.
        where: Its address, for the message.

    Raises:
        StoreError: The file is damaged, or is not the file of a cell.
    """
    return _header(read_notes(KIND, data, where), where)


def from_cell(data: bytes, where: str) -> Predictions:
    """The header and the answers of a cell's file; no answers unless its status is "done".

    Raises:
        StoreError: The file is damaged, or is not the file of a cell.
    """
    table, notes = from_parquet(KIND, data, where)
    header = _header(notes, where)
    if header.status != "done":
        return Predictions(header, None)
    try:
        answers = _from_table(table)
    except (pa.ArrowException, ModelError, KeyError, ValueError) as error:
        raise damaged(where, str(error)) from error
    if answers.classes.size and answers.classes.max() >= len(header.condition.examples.classes):
        raise damaged(where, "it holds classes that its condition does not have")
    return Predictions(header, answers)


def canonical(header: Header) -> str:
    """Everything in a header but its times, as one text that does not depend on any order."""
    plain = header.model_dump(mode="json", exclude={"times"})
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


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
        classes=_block(table, "class_", classes, pa.uint16()),
        scores=_block(table, "score_", classes, pa.float32()),
        measures={name[len(_MEASURE) :]: _column(table, name, pa.float32()) for name in measures},
        pictures={row: png for row, png in enumerate(shown) if png is not None},
    )


def _block(table: pa.Table, prefix: str, width: int, dtype: pa.DataType) -> Any:  # noqa: ANN401
    return np.stack([_column(table, f"{prefix}{i + 1}", dtype) for i in range(width)], axis=1)


def _column(table: pa.Table, name: str, dtype: pa.DataType) -> Any:  # noqa: ANN401
    column = table[name]
    if column.type != dtype or column.null_count:
        raise ValueError(f"column {name} is not whole numbers of type {dtype}")
    return column.to_numpy()


def _header(notes: dict[str, str], where: str) -> Header:
    try:
        return Header.model_validate(
            {**json.loads(notes[_HEADER]), "times": json.loads(notes[_TIMES])}
        )
    except (KeyError, TypeError, ValueError, ValidationError, StoreError) as error:
        raise damaged(where, f"its header cannot be read ({error})") from error


def _times_text(times: Times) -> str:
    started, finished = (_moment(one) for one in (times.started, times.finished))
    # 17 significant digits give every float back; the field is wide enough for any of them
    seconds = f"{times.seconds:.16e}".rjust(24)
    return f'{{"started":"{started}","finished":"{finished}","seconds":{seconds}}}'


def _moment(moment: datetime) -> str:
    utc = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return utc.isoformat(timespec="microseconds")
