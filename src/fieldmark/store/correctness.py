"""Who was right where: one bit per subject and example, kept ready beside the cells."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from jaxtyping import Bool, Int64, UInt8, UInt16

from fieldmark.records import Correct, LabelSets, StoreError
from fieldmark.store.cellfiles import best_of
from fieldmark.store.derived import Shelf, derived_rows, derived_totals
from fieldmark.store.files import Folder
from fieldmark.store.headers import Kept
from fieldmark.store.naming import best_file, correct_file

_CORRECT = "correct 2"
_BEST = "top1 1"


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
        return np.unpackbits(self.packed, axis=1, count=len(self.ids)).view(np.bool_)

    def counts(self) -> Int64[np.ndarray, " s"]:
        """How many examples each subject has right, int64 (s,)."""
        return popcounts(self.packed)

    def of(self, subject: str) -> Bool[np.ndarray, " n"]:
        """Bool (n,): where was this subject right?

        Raises:
            StoreError: The subject has no finished cell in this condition.
        """
        if subject not in self.subjects:
            raise StoreError(f"no answers of {subject} to {self.condition} are kept")
        row = self.packed[self.subjects.index(subject)]
        return np.unpackbits(row, count=len(self.ids)).view(np.bool_)


@dataclass(frozen=True)
class Top1:
    """What each subject takes each example of one condition for.

    Args:
        condition: Its printed name.
        subjects: Those whose cell is done, sorted.
        classes: UInt16 (s, n): the best class, a position in the condition's classes, or
            ``NO_ANSWER``. Columns are in the order of the condition's examples.
    """

    condition: str
    subjects: tuple[str, ...]
    classes: UInt16[np.ndarray, "s n"]


def right_bits(
    folder: Folder, condition: str, kept: Sequence[Kept], labels: LabelSets
) -> UInt8[np.ndarray, "s b"]:
    """Who is right where among the finished cells of one condition, eight examples a byte.

    Args:
        folder: The store's folder.
        condition: The condition's printed name.
        kept: Its finished cells, all done and about the same examples.
        labels: The label sets of these examples.

    Raises:
        StoreError: The file of a cell is damaged.
    """
    if kept and len(labels) != kept[0].header.condition.examples.n:
        n = kept[0].header.condition.examples.n
        raise StoreError(f"{condition} in {folder.url} is about {n} examples, not {len(labels)}")
    labelled = int((labels >= 0).any(axis=1).sum())

    def totals(rows: UInt8[np.ndarray, "s b"]) -> dict[str, Int64[np.ndarray, " s"]]:
        return {"right": popcounts(rows), "labelled": np.full(len(rows), labelled)}

    shelf = replace(_correct_shelf(condition, kept), totals=totals)
    return _rows(folder, shelf, kept, partial(_right, labels))


def right_counts(
    folder: Folder, condition: str, kept: Sequence[Kept], labels: Callable[[], LabelSets]
) -> tuple[Int64[np.ndarray, " s"], int]:
    """How many examples each of these cells has right, and how many have a label.

    As ``right_bits``, but the labels are asked for only where there is something to count.
    """
    found = derived_totals(folder, _correct_shelf(condition, kept), kept, ("right", "labelled"))
    if found is not None:
        return found[0], int(found[1][0])
    known = labels()
    bits = right_bits(folder, condition, kept, known)
    return popcounts(bits), int((known >= 0).any(axis=1).sum())


def popcounts(packed: UInt8[np.ndarray, "s b"]) -> Int64[np.ndarray, " s"]:
    """How many bits are set in each row."""
    return np.bitwise_count(packed).sum(axis=1, dtype=np.int64)


def best_classes(
    folder: Folder, condition: str, kept: Sequence[Kept], n: int
) -> UInt16[np.ndarray, "s n"]:
    """The best class of each of the finished cells of one condition on each of n examples.

    Raises:
        StoreError: The file of a cell is damaged.
    """
    rows = _rows(folder, Shelf(best_file(condition), _BEST, _about(kept), 2 * n), kept, _little)
    return rows.view("<u2").astype(np.uint16, copy=False)


def _rows(
    folder: Folder,
    shelf: Shelf,
    kept: Sequence[Kept],
    row: Callable[[UInt16[np.ndarray, " n"]], bytes],
) -> UInt8[np.ndarray, "s b"]:
    if not kept or not shelf.width:
        return np.zeros((len(kept), shelf.width), np.uint8)
    return derived_rows(folder, shelf, kept, lambda one: row(_best(folder, one)))


def _correct_shelf(condition: str, kept: Sequence[Kept]) -> Shelf:
    n = kept[0].header.condition.examples.n if kept else 0
    return Shelf(correct_file(condition), _CORRECT, _about(kept), (n + 7) // 8)


def _about(kept: Sequence[Kept]) -> str:
    return kept[0].header.condition.examples.fingerprint if kept else ""


def _best(folder: Folder, kept: Kept) -> UInt16[np.ndarray, " n"]:
    about, where = kept.header.condition.examples, folder.where(kept.name)
    source = folder.source(kept.name)
    best = None if source is None else best_of(source, len(about.classes), where)
    if best is None or len(best) != about.n:
        raise StoreError(f"{where} changed while it was read; try again")
    return best


def _right(labels: LabelSets, best: UInt16[np.ndarray, " n"]) -> bytes:
    right = best == labels[:, 0]
    for place in range(1, labels.shape[1]):  # a handful, and faster than one broadcast
        right |= best == labels[:, place]
    return np.packbits(right).tobytes()


def _little(best: UInt16[np.ndarray, " n"]) -> bytes:
    return best.astype("<u2").tobytes()
