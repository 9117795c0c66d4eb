"""Who was right where: one bit per subject and example, kept ready beside the cells."""

from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Int64, UInt8

from fieldmark.records import Correct, StoreError
from fieldmark.store.cellfiles import from_cell
from fieldmark.store.examples import ExamplesTable
from fieldmark.store.files import Folder
from fieldmark.store.headers import Kept
from fieldmark.store.naming import correct_file
from fieldmark.store.tables import from_parquet, to_parquet

KIND = "correct 1"


@dataclass(frozen=True)
class Correctness:
    """Which subject is right on which example of one condition.

    Args:
        condition: Its printed name.
        subjects: Those whose cell is done, sorted.
        ids: The examples, in the condition's order.
        labelled: Bool (n,): has the example a label? Where it has none nobody is right.
        packed: UInt8 (s, ceil(n / 8)): a row per subject, the first example in the highest bit.

    Example:
        >>> bits = np.packbits(np.array([[True, False, True]]), axis=1)
        >>> right = Correctness("t", ("cnn",), ("a", "b", "c"), np.array([True, True, True]), bits)
        >>> right.matrix().tolist(), right.counts().tolist()
        ([[True, False, True]], [2])
    """

    condition: str
    subjects: tuple[str, ...]
    ids: tuple[str, ...]
    labelled: Bool[np.ndarray, " n"]
    packed: UInt8[np.ndarray, "s b"]

    def matrix(self) -> Correct:
        """Bool (s, n): was subject s right on example n?"""
        return np.unpackbits(self.packed, axis=1, count=len(self.ids)).astype(np.bool_)

    def counts(self) -> Int64[np.ndarray, " s"]:
        """How many examples each subject has right, int64 (s,)."""
        return np.bitwise_count(self.packed).sum(axis=1, dtype=np.int64)

    def of(self, subject: str) -> Bool[np.ndarray, " n"]:
        """Bool (n,): where was this subject right?

        Raises:
            StoreError: The subject has no finished cell in this condition.
        """
        if subject not in self.subjects:
            raise StoreError(f"no answers of {subject} to {self.condition} are kept")
        row = self.packed[self.subjects.index(subject)]
        return np.unpackbits(row, count=len(self.ids)).astype(np.bool_)


def correctness(
    folder: Folder, condition: str, kept: tuple[Kept, ...], examples: ExamplesTable
) -> Correctness:
    """Who is right where among the kept cells of one condition.

    Bits of unchanged cells come from the derived index; the others are counted from the cells, and
    the index is renewed.

    Args:
        folder: The store's folder.
        condition: The condition's printed name.
        kept: Its finished cells, all done, in the order of their subjects.
        examples: What the cells are about.

    Raises:
        StoreError: The file of a cell is damaged.
    """
    known = _load(folder, condition, examples)
    rows = {}
    for one in kept:
        found = known.get((one.header.subject.name, one.stamp))
        rows[(one.header.subject.name, one.stamp)] = (
            _count(folder, one, examples) if found is None else found
        )
    if rows.keys() != known.keys():
        _save(folder, condition, examples, rows)
    width = (len(examples) + 7) // 8
    packed = np.frombuffer(b"".join(rows.values()), np.uint8).reshape(len(rows), width)
    subjects = tuple(subject for subject, _ in rows)
    return Correctness(condition, subjects, examples.ids, examples.labelled, packed)


def _count(folder: Folder, kept: Kept, examples: ExamplesTable) -> bytes:
    where = folder.where(kept.name)
    data = folder.read(kept.name)
    answers = None if data is None else from_cell(data, where).answers
    if answers is None or len(answers) != len(examples):
        raise StoreError(f"{where} changed while it was read; try again")
    return np.packbits(answers.correct(examples.labels)).tobytes()


def _load(folder: Folder, condition: str, examples: ExamplesTable) -> dict[tuple[str, str], bytes]:
    name = correct_file(condition)
    with suppress(StoreError, KeyError):
        data = folder.read(name)
        if data is None:
            return {}
        table, notes = from_parquet(KIND, data, folder.where(name))
        if notes["fieldmark.examples"] != examples.fingerprint:
            return {}
        keys = zip(table["subject"].to_pylist(), table["stamp"].to_pylist(), strict=True)
        rows = dict(zip(keys, table["correct"].to_pylist(), strict=True))
        if all(len(row) == (len(examples) + 7) // 8 for row in rows.values()):
            return rows
    return {}


def _save(
    folder: Folder, condition: str, examples: ExamplesTable, rows: dict[tuple[str, str], bytes]
) -> None:
    columns = {
        "subject": pa.array([subject for subject, _ in rows], pa.string()),
        "stamp": pa.array([stamp for _, stamp in rows], pa.string()),
        "correct": pa.array(list(rows.values()), pa.binary()),
    }
    notes = {"fieldmark.examples": examples.fingerprint}
    with suppress(StoreError):  # a store that can only be read is read without its index
        folder.write(correct_file(condition), to_parquet(KIND, pa.table(columns), notes))
