"""Admitting: a sheet held against the key, joined by id, checked, and only then believed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from fieldmark.archives.keys import Key
from fieldmark.archives.sheets import Sheet
from fieldmark.archives.suspicions import MISTAKES, Ranked, suspicions, undone
from fieldmark.records import NO_ANSWER, Answers, DataError, UnknownNameError

_KEPT = 5
"""How many classes are kept of an example, as a run keeps them."""

_SILENCE = ("", "na", "NA", "n/a", "none", "None")
"""What files say where somebody, asked, said nothing."""

REPAIRS: Mapping[str, str] = MappingProxyType(
    {
        **{name: f"put that right ({mistake.told})" for name, mistake in MISTAKES.items()},
        "repeated-ids": "keep the first of several answers to one example",
        "unknown-ids": "leave out answers to examples that the key does not have",
        "missing-answers": "count examples without an answer as answered wrongly",
        "unknown-classes": "count answers that name no class as wrong",
        "not-a-number": "count examples with NaN among their scores as answered wrongly",
    }
)
"""What may be done to answers that are not in order, if somebody says so."""


@dataclass(frozen=True)
class Admitted:
    """Answers that were checked, and what was done to them.

    Args:
        subject: Whose they are.
        source: The file they come from.
        answers: One row per example of the key.
        done: What was repaired, each in a sentence; () when nothing was.
    """

    subject: str
    source: str
    answers: Answers
    done: tuple[str, ...]


def admit(sheet: Sheet, key: Key, *, repair: Collection[str] = ()) -> Admitted:
    """A sheet's answers in the key's order, if they are in order or may be repaired.

    Args:
        sheet: What was read.
        key: What was asked.
        repair: Names of ``REPAIRS`` that may be made where they are needed.

    Raises:
        UnknownNameError: There is no such repair.
        DataError: Something is wrong that was not to be repaired; says what, with its numbers, and
            which repair there is.

    Example:
        >>> import numpy as np
        >>> from fieldmark.archives.keys import Key, classes_of
        >>> truth = np.arange(400) ** 2 % 101 % 10
        >>> key = Key("digits", tuple(map(str, range(400))), truth[:, None],
        ...           classes_of([], [str(one) for one in range(10)]), numbered=True)
        >>> late = Sheet("net", "net.npy", (), np.roll(truth, 1)[:, None])
        >>> admit(late, key, repair=["rows-one-late"]).done[0][:40]
        'rows-one-late: every answer stands one r'
    """
    for name in repair:
        if name not in REPAIRS:
            raise UnknownNameError("repair", name, REPAIRS)
    desk = _Desk(sheet, key, frozenset(repair), [])
    rows = desk.rows()
    ranked, scores = desk.ranked()
    placed, sure = _placed(ranked, scores, rows, len(key.ids))
    placed = desk.unsuspicious(placed)
    desk.count_missing(placed, rows)
    classes = np.where(placed < 0, NO_ANSWER, placed).astype(np.uint16)
    answers = Answers(classes[:, :_KEPT], sure[:, :_KEPT])
    return Admitted(sheet.subject, sheet.source, answers, tuple(desk.done))


@dataclass(frozen=True)
class _Desk:
    """One sheet under examination, and what was done to it so far."""

    sheet: Sheet
    key: Key
    repair: frozenset[str]
    done: list[str]

    def settle(self, name: str, what: str) -> None:
        """Notes a repair that may be made; refuses where it may not.

        Raises:
            DataError: It may not.
        """
        if name not in self.repair:
            raise DataError(
                f"{self.sheet.source}, {self.sheet.subject[:80]}: {what}. Nothing was imported; "
                f"--repair {name} would {REPAIRS[name]}"
            )
        self.done.append(f"{name}: {what}")

    def rows(self) -> np.ndarray:
        """For each row of the sheet, its example's place in the key; -1 where it is left out."""
        n, expected = len(self.sheet), len(self.key.ids)
        if not self.sheet.ids:
            if n != expected:
                raise DataError(
                    f"{self.sheet.source}, {self.sheet.subject[:80]}: {n} answers to {expected} "
                    f"examples of {self.key.name}, and no ids to tell which are which"
                )
            return np.arange(n)
        if self.key.numbered:
            raise DataError(
                f"{self.sheet.source} has ids, but the labels of {self.key.name} have none: "
                "name a file of labels that has the ids"
            )
        place = {one: row for row, one in enumerate(self.key.ids)}
        rows = np.array([place.get(one, -1) for one in self.sheet.ids])
        lost = int((rows < 0).sum())
        if lost:
            first = self.sheet.ids[int(np.argmax(rows < 0))]
            self.settle("unknown-ids", f"{lost} of {n} ids are unknown, such as {first[:80]!r}")
        return self._without_repeats(rows)

    def _without_repeats(self, rows: np.ndarray) -> np.ndarray:
        there = np.flatnonzero(rows >= 0)
        first = there[np.unique(rows[there], return_index=True)[1]]
        again = np.setdiff1d(there, first)
        if len(again):
            what = f"{len(again)} answers are to an example that was answered before"
            self.settle("repeated-ids", what)
        kept = np.full(len(rows), -1)
        kept[first] = rows[first]
        return kept

    def ranked(self) -> tuple[Ranked, np.ndarray]:
        """Class numbers best first, and their probabilities (NaN where only classes are given)."""
        if self.sheet.scored:
            return self._from_scores()
        values, k = self.sheet.values, len(self.key.classes.space)
        numbers, silent = self._numbered(values)
        numbers = self._from_one(numbers, k)
        strange = ((numbers < 0) | (numbers >= k)) & ~silent
        if strange[:, 0].any():
            example = values[int(np.argmax(strange[:, 0])), 0]
            what = (
                f"{int(strange[:, 0].sum())} answers name no class, such as {str(example)[:40]!r}"
            )
            self.settle("unknown-classes", what)
        numbers = np.where(strange | silent, -1, numbers)
        return numbers, np.full(numbers.shape, np.nan, np.float32)

    def _numbered(self, values: np.ndarray) -> tuple[Ranked, np.ndarray]:
        """Class numbers (-1 for unknown names), and where nothing was said."""
        if values.dtype.kind != "U":
            return values, np.zeros(values.shape, np.bool_)
        names, places = np.unique(values, return_inverse=True)
        known = np.array([self.key.classes.number(str(one)) for one in names], np.int64)
        numbers = known[places].reshape(values.shape)
        silent = np.isin(values, _SILENCE) & (numbers < 0)
        self.note_silence(int(silent[:, 0].sum()))
        return numbers, silent

    def note_silence(self, times: int) -> None:
        """Notes that a subject said nothing; that is an answer too, and never right."""
        if times:
            self.done.append(f"{times} times it said nothing, which counts as wrong")

    def _from_one(self, numbers: Ranked, k: int) -> Ranked:
        """Numbers that reach k and leave 0 out were counted from 1: settled before the range is."""
        if numbers.size and numbers.max() == k and numbers.min() >= 1:
            name = "class-numbers-one-up"
            self.settle(name, f"class numbers run from {numbers.min()} to {k}, with {k} classes")
            return numbers - 1
        return numbers

    def _from_scores(self) -> tuple[Ranked, np.ndarray]:
        scores, k = self.sheet.values, len(self.key.classes.space)
        if scores.shape[1] != k:
            raise DataError(
                f"{self.sheet.source}, {self.sheet.subject[:80]}: {scores.shape[1]} scores an "
                f"example for {k} classes of {self.key.name}"
            )
        if self.sheet.order:
            scores = scores[:, self._columns(k)]
        broken = ~np.isfinite(scores).all(axis=1)
        if broken.any():
            what = f"{int(broken.sum())} of {len(scores)} examples have scores that are not numbers"
            self.settle("not-a-number", what)
            scores = np.where(broken[:, None], 0.0, scores)
        chances = _probabilities(scores)
        best = np.argsort(-scores, axis=1, kind="stable")[:, :_KEPT]
        sure = np.take_along_axis(chances, best, axis=1).astype(np.float32)
        return np.where(broken[:, None], -1, best), sure

    def _columns(self, k: int) -> np.ndarray:
        """The file's score columns in the order of the classes.

        Raises:
            DataError: Their names are not those of the classes.
        """
        numbers = np.array([self.key.classes.number(name) for name in self.sheet.order])
        if sorted(numbers.tolist()) != list(range(k)):
            shown = ", ".join(self.sheet.order)[:120]
            raise DataError(f"{self.sheet.source}: its score columns are not the classes ({shown})")
        return np.argsort(numbers)

    def unsuspicious(self, ranked: Ranked) -> Ranked:
        """The answers, with every mistake undone that was found and may be undone."""
        k, ordered = len(self.key.classes.space), not self.sheet.ids
        for _ in MISTAKES:
            found = suspicions(ranked, self.key.labels, k, ordered=ordered)
            if not found:
                break
            self.settle(found[0].name, found[0].evidence)
            ranked = undone(ranked, k, found[0].name)
        return ranked

    def count_missing(self, ranked: Ranked, rows: np.ndarray) -> None:
        """Refuses where examples were not answered at all, or notes that they count as wrong."""
        missing = len(ranked) - int((rows >= 0).sum())
        if missing:
            self.settle("missing-answers", f"{missing} of {len(ranked)} examples have no answer")


def _placed(
    ranked: Ranked, scores: np.ndarray, rows: np.ndarray, n: int
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the sheet put where their examples stand; -1 where there is none."""
    placed = np.full((n, ranked.shape[1]), -1, np.int64)
    blank = np.nan if np.isnan(scores).all() else 0.0
    sure = np.full(placed.shape, blank, np.float32)
    there = rows >= 0
    placed[rows[there]], sure[rows[there]] = ranked[there], scores[there]
    return placed, sure


def _probabilities(scores: np.ndarray) -> np.ndarray:
    """Scores that are no probabilities yet, put through a softmax."""
    if (scores >= 0).all() and np.allclose(scores.sum(axis=1), 1, atol=1e-3):
        return scores
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
