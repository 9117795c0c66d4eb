"""Parts: the rows of a cell that are answered so far. A part is whole, or it does not count."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from fieldmark.records import Answers, Cell, Header, StoreError, Times
from fieldmark.store.cellfiles import from_cell
from fieldmark.store.files import Folder
from fieldmark.store.naming import lot_folder


@dataclass(frozen=True)
class Part:
    """The answers to the rows ``start`` to ``stop`` (not included), with their own header."""

    start: int
    stop: int
    header: Header
    answers: Answers


def lot_of(header: Header) -> str:
    """The folder of the parts that were made from what ``header`` says."""
    return lot_folder(header.cell, header.condition.fingerprint, header.subject.fingerprint)


def committed(folder: Folder, lot: str) -> tuple[Part, ...]:
    """The whole parts of one lot, in the order of their rows.

    Files that are cut off, damaged or not parts are passed over: their rows are answered again.
    Parts overlap where one run began with larger parts than the next.
    """
    found = [part for name in folder.entries(lot) if (part := _read(folder, name)) is not None]
    return tuple(sorted(found, key=lambda part: (part.start, -part.stop)))


def apart(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """The same rows, each once: what an earlier part answers is cut off from the later one."""
    chosen: list[Part] = []
    reached = 0
    for part in parts:
        if part.stop > reached:
            chosen.append(_from(part, max(part.start, reached)))
            reached = part.stop
    return tuple(chosen)


def covers(parts: tuple[Part, ...], n: int) -> bool:
    """Do these parts, none overlapping another, answer every row from 0 to n?"""
    edges = [0, *(edge for part in parts for edge in (part.start, part.stop)), n]
    return bool(parts) and all(left == right for left, right in list(pairwise(edges))[::2])


def ranges(parts: tuple[Part, ...]) -> tuple[tuple[int, int], ...]:
    """(start, stop) of each part."""
    return tuple((part.start, part.stop) for part in parts)


def joined(cell: Cell, parts: tuple[Part, ...]) -> Answers:
    """The answers of parts that follow each other, as one.

    Raises:
        StoreError: The parts keep different things per row.
    """
    shapes = {
        (part.answers.classes.shape[1], tuple(sorted(part.answers.measures))) for part in parts
    }
    if len(shapes) > 1:
        raise StoreError(
            f"the parts of {cell} keep different things per example: they were begun by different "
            "versions of Fieldmark. Remove the folder of its parts and run again"
        )
    answers = [part.answers for part in parts]
    return Answers(
        classes=np.concatenate([one.classes for one in answers]),
        scores=np.concatenate([one.scores for one in answers]),
        measures={
            name: np.concatenate([one.measures[name] for one in answers])
            for name in answers[0].measures
        },
        pictures={
            part.start + row: png for part in parts for row, png in part.answers.pictures.items()
        },
    )


def work_times(parts: tuple[Part, ...]) -> Times:
    """From the first start to the last end, and the seconds of work in between."""
    times = [part.header.times for part in parts]
    return Times(
        started=min(one.started for one in times),
        finished=max(one.finished for one in times),
        seconds=sum(one.seconds for one in times),
    )


def _from(part: Part, start: int) -> Part:
    skipped = start - part.start
    if not skipped:
        return part
    answers = part.answers
    rest = Answers(
        classes=answers.classes[skipped:],
        scores=answers.scores[skipped:],
        measures={name: values[skipped:] for name, values in answers.measures.items()},
        pictures={r - skipped: png for r, png in answers.pictures.items() if r >= skipped},
    )
    return Part(start, part.stop, part.header, rest)


def _read(folder: Folder, name: str) -> Part | None:
    rows = name.rpartition("/")[2].removesuffix(".parquet").split("-")
    if len(rows) != 2 or not all(row.isdecimal() for row in rows):
        return None
    data = folder.read(name)
    if data is None:
        return None
    try:
        kept = from_cell(data, folder.where(name))
    except StoreError:
        return None
    start, stop = (int(row) for row in rows)
    if kept.answers is None or len(kept.answers) != stop - start:
        return None
    return Part(start, stop, kept.header, kept.answers)
