"""Counting: how many examples each cell has right, for a whole store at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from itertools import groupby

import numpy as np
from jaxtyping import Int64

from fieldmark.records import Cell
from fieldmark.store.conditions import Conditions
from fieldmark.store.correctness import right_counts
from fieldmark.store.files import Folder
from fieldmark.store.headers import Kept


@dataclass(frozen=True)
class Counts:
    """How many examples each cell has right, without saying which.

    Args:
        cells: Cells that are done, by condition, then subject.
        hits: Int64 (c,): examples answered correctly.
        labelled: Int64 (c,): examples that have a label.
        missing: Int64 (c,): examples that have none, so that nobody can be right.
    """

    cells: tuple[Cell, ...]
    hits: Int64[np.ndarray, " c"]
    labelled: Int64[np.ndarray, " c"]
    missing: Int64[np.ndarray, " c"]


def counted(folder: Folder, conditions: Conditions, kept: Iterable[Kept]) -> Counts:
    """The counts of those of ``kept`` that are done.

    Args:
        folder: The store's folder.
        conditions: Its conditions.
        kept: Every finished cell of some conditions, by condition.

    Raises:
        NotKeptError: The store lacks the examples of a condition.
        MismatchError: The cells of a condition are about different examples.
        StoreError: The file of a cell is damaged.
    """
    cells: list[Cell] = []
    columns = [np.zeros((3, 0), np.int64)]
    for condition, group in groupby(kept, lambda one: one.header.condition.name):
        done = conditions.comparable(tuple(group))
        if not done:
            continue
        about = done[0].header.condition.examples
        labels = partial(conditions.labels, about.fingerprint)
        hits, labelled = right_counts(folder, condition, done, labels)
        cells += [one.header.cell for one in done]
        columns.append(np.stack([hits, 0 * hits + labelled, 0 * hits + about.n - labelled]))
    hits, labelled, missing = np.concatenate(columns, axis=1)
    return Counts(tuple(cells), hits, labelled, missing)
