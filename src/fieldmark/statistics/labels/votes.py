"""Votes: who answered what about which item, and what most of them said, ties and all."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

from fieldmark.records import DataError, Estimate
from fieldmark.statistics.shares.intervals import wilson

Names = tuple[str, ...]

TIED = -1
"""In place of an answer: several were given equally often, or none at all."""


@dataclass(frozen=True)
class Votes:
    """Answers of many workers about many items, one row per vote.

    Args:
        items: What was asked about, such as "val_00000001 / tench"; no two alike.
        workers: Who answered; no two alike.
        answers: What could be answered, such as "no", "maybe", "yes"; no two alike.
        item: Which item each vote is about, a position in ``items``, int64 (v,).
        worker: Who cast it, a position in ``workers``, int64 (v,).
        answer: What was said, a position in ``answers``, int64 (v,).
        repeats: May a worker answer twice about one item? Each vote then counts for itself.

    Raises:
        DataError: No votes, names that repeat, lengths that differ, a position that is nowhere,
            or a worker who answered twice about one item.

    Example:
        >>> made = votes_of(["a", "a", "b"], ["ann", "bob", "ann"], ["cat", "dog", "cat"])
        >>> len(made), made.answers, made.counts().tolist()
        (3, ('cat', 'dog'), [[1, 1], [1, 0]])
    """

    items: Names
    workers: Names
    answers: Names
    item: Int64[np.ndarray, " v"]
    worker: Int64[np.ndarray, " v"]
    answer: Int64[np.ndarray, " v"]
    repeats: bool = False

    def __post_init__(self) -> None:
        sizes = {len(self.item), len(self.worker), len(self.answer)}
        if len(sizes) > 1:
            raise DataError(
                f"{len(self.item)} items, {len(self.worker)} workers and {len(self.answer)} "
                "answers: a vote needs one of each"
            )
        if not len(self.item):
            raise DataError("there are no votes: nothing can be counted")
        _check_places("item", self.items, self.item)
        _check_places("worker", self.workers, self.worker)
        _check_places("answer", self.answers, self.answer)
        if not self.repeats:
            self._refuse_repeats()

    def __len__(self) -> int:
        return len(self.item)

    def counts(self) -> Int64[np.ndarray, "n k"]:
        """How often each answer was given about each item; all zero where nobody voted."""
        n, k = len(self.items), len(self.answers)
        return np.bincount(self.item * k + self.answer, minlength=n * k).reshape(n, k)

    def _refuse_repeats(self) -> None:
        pairs = np.sort(self.item * len(self.workers) + self.worker)
        again = pairs[1:] == pairs[:-1]
        if again.any():
            item, worker = divmod(int(pairs[1:][again][0]), len(self.workers))
            raise DataError(
                f"{self.workers[worker][:80]!r} answered twice about {self.items[item][:80]!r}"
                f"{_and_more(int(again.sum()) - 1)}: keep one, or say repeats=True"
            )


def votes_of(
    items: Sequence[str] | Int64[np.ndarray, " v"],
    workers: Sequence[str] | Int64[np.ndarray, " v"],
    answers: Sequence[str] | Int64[np.ndarray, " v"],
    *,
    names: Names = (),
    repeats: bool = False,
) -> Votes:
    """Votes from three columns, one row per vote; the names come sorted.

    Args:
        items: What each vote is about.
        workers: Who cast it.
        answers: What was said.
        names: The possible answers in their order; () for those that occur, sorted.
        repeats: May a worker answer twice about one item?

    Raises:
        DataError: See ``Votes``; or an answer is not among ``names``.

    Example:
        >>> asked = votes_of(["a", "b"], ["ann", "ann"], ["yes", "no"], names=("no", "yes"))
        >>> asked.answer.tolist()
        [1, 0]
    """
    item_names, item = _numbered(items)
    worker_names, worker = _numbered(workers)
    answer_names, answer = _numbered(answers)
    if names:
        strange = [name for name in answer_names if name not in names]
        if strange:
            raise DataError(f"{strange[0][:80]!r} is none of the {len(names)} possible answers")
        moved = np.array([names.index(name) for name in answer_names], np.int64)
        answer_names, answer = names, moved[answer]
    return Votes(item_names, worker_names, answer_names, item, worker, answer, repeats)


@dataclass(frozen=True)
class Majority:
    """What most of the workers said about each item.

    Args:
        answer: The answer given most often, int64 (n,); ``TIED`` where several were or none was.
        tied: Were several answers given equally often? Ties are left open, never broken.
        voted: Did anybody vote?
        share: The share of the votes that the most frequent answer got; NaN without votes.
    """

    answer: Int64[np.ndarray, " n"]
    tied: Bool[np.ndarray, " n"]
    voted: Bool[np.ndarray, " n"]
    share: Float64[np.ndarray, " n"]

    @property
    def ties(self) -> Estimate:
        """The share of the items with votes that are tied (Wilson)."""
        n = int(self.voted.sum())
        return wilson(int(self.tied.sum()), n, missing=len(self.voted) - n)


def majority(votes: Votes) -> Majority:
    """The answer that most workers gave about each item; a tie stays a tie.

    To break ties by the order of the answers, as arg max does, favours the first class in every
    one of them.

    Args:
        votes: Who answered what.

    Example:
        >>> made = votes_of(["a", "a", "b"], ["ann", "bob", "ann"], ["cat", "dog", "cat"])
        >>> found = majority(made)
        >>> found.answer.tolist(), found.tied.tolist(), str(found.ties)
        ([-1, 0], [True, False], '0.500 [0.095, 0.905] (n=2)')
    """
    counts = votes.counts()
    most, cast = counts.max(axis=1), counts.sum(axis=1)
    voted = cast > 0
    tied = voted & ((counts == most[:, None]).sum(axis=1) > 1)
    answer = np.where(voted & ~tied, counts.argmax(axis=1), TIED)
    share = np.where(voted, most / np.maximum(cast, 1), np.nan)
    return Majority(answer, tied, voted, share)


def _numbered(
    names: Sequence[str] | Int64[np.ndarray, " v"],
) -> tuple[Names, Int64[np.ndarray, " v"]]:
    found, place = np.unique(np.asarray(names), return_inverse=True)
    return tuple(str(name) for name in found), place.astype(np.int64)


def _check_places(kind: str, names: Names, places: Int64[np.ndarray, " v"]) -> None:
    if len(set(names)) != len(names):
        raise DataError(f"two {kind}s of these votes have the same name")
    wrong = (places < 0) | (places >= len(names))
    if wrong.any():
        raise DataError(
            f"there are {len(names)} {kind}s, counted from 0; a vote names number "
            f"{places[wrong][0]}{_and_more(int(wrong.sum()) - 1)}. Leave out votes without answer"
        )


def _and_more(number: int) -> str:
    return f" (and {number:,} more)" if number > 0 else ""
