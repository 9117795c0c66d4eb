"""What a study needs of a store: six methods, so that anything that has them can be studied."""

from collections.abc import Iterable, Mapping
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Int64

from fieldmark.records import Cell, ClassSpace, Correct, Header, LabelSets, Predictions


@runtime_checkable
class KeptAnswers(Protocol):
    """Who was right on what, for one condition; ``subjects`` are those that finished it."""

    @property
    def subjects(self) -> tuple[str, ...]:
        """Names, in the order of the rows."""

    @property
    def ids(self) -> tuple[str, ...]:
        """Example ids, in the order of the columns."""

    @property
    def labelled(self) -> Bool[np.ndarray, " n"]:
        """Has the example a label?"""

    def matrix(self) -> Correct:
        """Was subject s right on example n?"""


@runtime_checkable
class KeptCounts(Protocol):
    """How many examples each finished cell has right; the i-th number is of the i-th cell."""

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Those that have answers."""

    @property
    def hits(self) -> Int64[np.ndarray, " c"]:
        """How many labelled examples are answered correctly."""

    @property
    def labelled(self) -> Int64[np.ndarray, " c"]:
        """How many examples have a label."""

    @property
    def missing(self) -> Int64[np.ndarray, " c"]:
        """How many have none."""


@runtime_checkable
class KeptExamples(Protocol):
    """The examples of a condition, without their pictures."""

    @property
    def ids(self) -> tuple[str, ...]:
        """One name per example."""

    @property
    def labels(self) -> LabelSets:
        """Label sets, int64 (n, m), padded with -1."""

    @property
    def classes(self) -> ClassSpace:
        """What labels and answers refer to."""

    @property
    def groups(self) -> tuple[str, ...]:
        """What each example belongs to (a video, a writer), or ()."""

    @property
    def metadata(self) -> Mapping[str, tuple[str, ...]]:
        """What else is known of each example, from a column's name to its texts."""


@runtime_checkable
class Kept(Protocol):
    """A store, as far as studies are concerned; ``fieldmark.store.Store`` is one."""

    def headers(self) -> tuple[Header, ...]:
        """One per finished cell, whatever its status."""

    def correct(self, condition: str) -> KeptAnswers:
        """Who was right on what."""

    def counts(self, conditions: Iterable[str] | None = None) -> KeptCounts:
        """How many each cell of these conditions has right; of all conditions when None."""

    def read(self, cell: Cell) -> Predictions:
        """The answers of one cell."""

    def examples(self, condition: str) -> KeptExamples:
        """Ids, labels and classes of a condition."""

    def specimens(self, condition: str, subject: str | None = None) -> Mapping[str, bytes]:
        """From example id to PNG; under an attack, what that subject was shown."""
