"""The board: a store's cells as subjects × conditions in reading order, with their accuracies."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fieldmark.records import (
    ANY,
    Cell,
    ConditionRecord,
    ConfigError,
    Correct,
    Estimate,
    Header,
    ModelCard,
    NotKeptError,
    UnknownNameError,
)
from fieldmark.statistics import clopper_pearson, counted_accuracies
from fieldmark.studies.answers.kept import Kept

SEVERITY = "severity"
"""What the strength of most shifts counts."""

_KINDS = ("test", "natural shift", "shift", "sequence", "attack", "certificate")


@dataclass(frozen=True)
class Answered:
    """Who was right on the labelled examples of one condition.

    Args:
        subjects: Those that finished it.
        ids: The labelled examples.
        correct: bool (subjects, labelled examples).
        missing: How many examples have no label.
    """

    subjects: tuple[str, ...]
    ids: tuple[str, ...]
    correct: Correct
    missing: int

    def accuracy(self, subject: str) -> Estimate:
        """The accuracy of one of ``subjects``; undefined without labelled examples."""
        hits = int(self.correct[self.subjects.index(subject)].sum())
        return clopper_pearson(hits, len(self.ids), missing=self.missing)

    def accuracies(self) -> dict[str, Estimate]:
        """The accuracy of each of ``subjects``."""
        hits = self.correct.sum(axis=1, dtype=np.int64)
        n, missing = np.full_like(hits, len(self.ids)), np.full_like(hits, self.missing)
        return dict(zip(self.subjects, counted_accuracies(hits, n, missing), strict=True))


@dataclass(frozen=True)
class Board:
    """A store's cells, arranged.

    Args:
        store: Where the answers are.
        headers: Every cell that has an outcome.
        subjects: Their cards by name, in alphabetical order.
        conditions: Their records by name: references, natural shifts, then changes by strength.
        finishers: From a condition to the subjects that answered it, in alphabetical order.
    """

    store: Kept
    headers: Mapping[Cell, Header]
    subjects: Mapping[str, ModelCard]
    conditions: Mapping[str, ConditionRecord]
    finishers: Mapping[str, tuple[str, ...]]

    def answered(self, condition: str) -> Answered:
        """Who was right on what; no subjects where nobody finished the condition."""
        if not self.finished(condition):
            return Answered((), (), np.zeros((0, 0), np.bool_), 0)
        kept = self.store.correct(condition)
        labelled = kept.labelled
        subjects, matrix = kept.subjects, kept.matrix()
        if choosers := self.choosers(condition):
            others = [row for row, name in enumerate(subjects) if name not in choosers]
            subjects, matrix = tuple(subjects[row] for row in others), matrix[others]
        if labelled.all():
            return Answered(subjects, kept.ids, matrix, 0)
        ids = tuple(one for one, there in zip(kept.ids, labelled, strict=True) if there)
        return Answered(subjects, ids, matrix[:, labelled], len(kept.ids) - len(ids))

    def finished(self, condition: str) -> tuple[str, ...]:
        """The subjects that answered ``condition``, in alphabetical order.

        Those that chose its examples by their own answers are none of them.
        """
        return self.finishers.get(condition, ())

    def choosers(self, condition: str) -> tuple[str, ...]:
        """The subjects whose own answers decided which examples ``condition`` has."""
        return self.conditions[condition].examples.card.chosen_by

    def done(self, cell: Cell) -> bool:
        """Are there answers for this cell, of a subject that did not choose its examples?"""
        chose = cell.condition in self.conditions and cell.subject in self.choosers(cell.condition)
        return cell in self.headers and self.headers[cell].status == "done" and not chose

    def of_kind(self, kind: str) -> tuple[str, ...]:
        """The conditions of one kind that somebody finished, in reading order."""
        return tuple(
            name
            for name, record in self.conditions.items()
            if record.kind == kind and self.finished(name)
        )

    def reference_of(self, condition: str) -> str:
        """The in-distribution condition that ``condition`` is to be held against.

        Raises:
            UnknownNameError: The store has no such condition.
            ConfigError: It is a reference itself.
        """
        record = self.conditions[self.condition(condition)]
        if not record.base:
            raise ConfigError(
                f"{condition} is itself a reference: choose a natural shift, a changed or an "
                "attacked condition, or name its reference"
            )
        return record.base

    def condition(self, name: str) -> str:
        """``name`` itself, if the store has such a condition.

        Raises:
            UnknownNameError: It has not.
        """
        return _known("condition", name, self.conditions)

    def subject(self, name: str) -> str:
        """``name`` itself, if the store has such a subject.

        Raises:
            UnknownNameError: It has not.
        """
        return _known("subject", name, self.subjects)


def board(store: Kept) -> Board:
    """The board of a store.

    Raises:
        NotKeptError: The store is empty.
    """
    headers = store.headers()
    if not headers:
        raise NotKeptError("this store holds no answers yet: ask with fieldmark run, then study")
    subjects = {one.subject.name: one.subject.card for one in headers}
    conditions = {one.condition.name: one.condition for one in headers}
    finishers: dict[str, list[str]] = {name: [] for name in conditions}
    for one in headers:
        chose = one.subject.name in one.condition.examples.card.chosen_by
        if one.status == "done" and not chose:
            finishers[one.condition.name].append(one.subject.name)
    return Board(
        store,
        {one.cell: one for one in headers},
        dict(sorted(subjects.items())),
        {one.name: one for one in sorted(conditions.values(), key=_reading_order)},
        {name: tuple(sorted(some)) for name, some in finishers.items()},
    )


def first_reference(store: Kept) -> str:
    """The test set that most natural shifts and changes of a store refer to; the first by name.

    Raises:
        NotKeptError: The store is empty, or holds no test set that anybody finished.
    """
    cells = board(store)
    tests = cells.of_kind("test")
    if not tests:
        raise NotKeptError("nobody has answered a test set in this store yet")
    cited = [one.base for one in cells.conditions.values()]
    return min(tests, key=lambda name: (-cited.count(name), name))


def axis_of(record: ConditionRecord) -> str:
    """What the strength of a shift counts: severities, or what its settings say."""
    return str(record.settings.get("axis", SEVERITY))


def changes(board: Board, kinds: Sequence[str]) -> dict[tuple[str, str], tuple[str, ...]]:
    """From (examples, change) to its conditions that somebody finished, weakest first.

    An attack that searches for the smallest change has no place among budgets and is left out.
    """
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for kind in kinds:
        for name in board.of_kind(kind):
            record = board.conditions[name]
            if record.level == ANY:
                continue
            key = (record.base, record.change)
            found[key] = (*found.get(key, ()), name)
    return found


def chosen(kind: str, names: Iterable[str] | None, known: Mapping[str, object]) -> tuple[str, ...]:
    """``names`` in the order of ``known``; all when None.

    Raises:
        UnknownNameError: One of them is not known.
    """
    if names is None:
        return tuple(known)
    wanted = {_known(kind, name, known) for name in names}
    return tuple(name for name in known if name in wanted)


def _known(kind: str, name: str, known: Mapping[str, object]) -> str:
    if name not in known:
        raise UnknownNameError(kind, name, known)
    return name


def _reading_order(record: ConditionRecord) -> tuple[int, str, str, float, str]:
    return (
        _KINDS.index(record.kind),
        record.base if record.change else record.examples.card.name,
        record.change,
        record.strength,
        record.name,
    )
