"""Adversarial filtering: keep what given subjects get wrong, and say who decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Literal

import numpy as np
from jaxtyping import Bool, Int64

from fieldmark.records import (
    Cell,
    ConfigError,
    NotKeptError,
    Selection,
    example_seeds,
)
from fieldmark.statistics import wrong_for
from fieldmark.studies.answers.board import Board, board
from fieldmark.studies.answers.kept import Kept
from fieldmark.studies.answers.labels import first_labels
from fieldmark.studies.answers.words import listing

Rule = Literal["all", "most", "any"]


@dataclass(frozen=True)
class Asked:
    """The answers that a filter goes by.

    Args:
        condition: What was asked.
        subjects: Everybody who finished it, in alphabetical order.
        correct: Who was right, bool (s, n), all examples.
        classes: The class of each example, -1 where it has no label.
        ids: One per example.
    """

    condition: str
    subjects: tuple[str, ...]
    correct: Bool[np.ndarray, "s n"]
    classes: Int64[np.ndarray, " n"]
    ids: tuple[str, ...]

    @property
    def labelled(self) -> Bool[np.ndarray, " n"]:
        """Has the example a label?"""
        return np.asarray(self.classes >= 0)


def asked(cells: Board, condition: str) -> Asked:
    """What everybody answered to a condition.

    Raises:
        UnknownNameError: The store has no such condition.
        NotKeptError: Nobody finished it, or no example has a label.
    """
    names = cells.finished(cells.condition(condition))
    if not names:
        raise NotKeptError(f"nobody has finished {condition} in this store")
    kept = cells.store.correct(condition)
    rows = [kept.subjects.index(name) for name in names]
    classes = first_labels(cells.store.examples(condition).labels.astype(np.int64))
    if (classes < 0).all():
        raise NotKeptError(f"no example of {condition} has a label, so nobody is wrong on it")
    return Asked(condition, names, kept.matrix()[rows], classes, kept.ids)


def at_least(rule: Rule, subjects: int) -> int:
    """How many of so many subjects must be wrong for an example to be kept.

    Example:
        >>> at_least("all", 3), at_least("most", 4), at_least("any", 3)
        (3, 3, 1)
    """
    return {"all": subjects, "most": subjects // 2 + 1, "any": 1}[rule]


def filtered(
    store: Kept,
    *,
    on: str,
    wrong_for_subjects: Sequence[str],
    name: str,
    rule: Rule = "all",
    confidence: float = 0.0,
    per_class: int = 0,
    seed: int = 0,
    made: str = "",
) -> Selection:
    """The examples that given subjects get wrong, as ImageNet-A was made of what a ResNet-50 does.

    Args:
        store: Where answers are kept.
        on: The condition whose answers decide; the selection is of its examples.
        wrong_for_subjects: Who decides.
        name: What the selection is called.
        rule: Must all of them be wrong, most (more than half), or any?
        confidence: Only answers that were this sure or surer count as wrong.
        per_class: How many examples of a class are kept at most, drawn by the seed; 0 for all.
        seed: Where that chance comes from.
        made: The day.

    Raises:
        UnknownNameError: The store has no such condition or subject.
        NotKeptError: One of them has no answers to it, or no scores where confidence is asked for.
        ConfigError: Nobody decides, or one twice, or a number is out of range.
        DataError: Nothing is left.

    Source:
        Hendrycks et al. 2021, arXiv:1907.07174, for the idea and for what it is called.
    """
    if not wrong_for_subjects or len(set(wrong_for_subjects)) != len(wrong_for_subjects):
        raise ConfigError("name one or several different subjects whose errors decide")
    if not 0 <= confidence <= 1 or per_class < 0:
        raise ConfigError(f"a confidence is in [0, 1], not {confidence}; per class 0 or more")
    cells = board(store)
    found = asked(cells, on)
    wrong = np.stack(
        [_wrong(cells, found, cells.subject(one), confidence) for one in wrong_for_subjects]
    )
    need = at_least(rule, len(wrong_for_subjects))
    kept = wrong_for(~wrong, found.labelled, at_least=need)
    rows = _thinned(np.flatnonzero(kept), found, per_class, seed)
    card = cells.conditions[on].examples
    weights = {one: cells.headers[Cell(one, on)].subject.fingerprint for one in wrong_for_subjects}
    return Selection(
        name=name,
        of=card.card.name,
        content=card.fingerprint,
        ids=tuple(found.ids[row] for row in rows),
        rule=_words(on, wrong_for_subjects, rule, confidence, per_class),
        bias=f"the accuracy of {listing(list(wrong_for_subjects))}, which the choice decided "
        "(0 where all must be wrong), nor that of others as if nobody had chosen: who errs alike "
        "looks worse here than it is",
        chosen_by=tuple(wrong_for_subjects),
        weights=weights,
        seed=seed,
        made=made,
    )


def _wrong(cells: Board, found: Asked, subject: str, confidence: float) -> Bool[np.ndarray, " n"]:
    if subject not in found.subjects:
        raise NotKeptError(f"there are no answers of {Cell(subject, found.condition)} to go by")
    wrong = ~found.correct[found.subjects.index(subject)]
    if not confidence:
        return np.asarray(wrong)
    answers = cells.store.read(Cell(subject, found.condition)).answers
    if answers is None or not answers.scored:
        raise NotKeptError(f"{subject} did not say how sure it was of {found.condition}")
    return np.asarray(wrong & (answers.scores[:, 0] >= confidence))


def _thinned(rows: np.ndarray, found: Asked, per_class: int, seed: int) -> np.ndarray:
    """At most so many rows of each class, those of lowest hash; in the order of the examples."""
    if not per_class:
        return rows
    seeds = np.asarray(example_seeds((found.ids[row] for row in rows), "filter", seed))
    kept: list[int] = []
    for one in np.unique(found.classes[rows]):
        own = found.classes[rows] == one
        kept += rows[own][np.argsort(seeds[own], kind="stable")][:per_class].tolist()
    return np.array(sorted(kept), np.int64)


def _words(on: str, subjects: Sequence[str], rule: Rule, confidence: float, per_class: int) -> str:
    who = listing(list(subjects), len(subjects))
    need = at_least(rule, len(subjects))
    whom = who if need == len(subjects) else f"at least {need} of {who}"
    sure = f", at least {confidence:g} sure" if confidence else ""
    most = f", at most {per_class:,} of a class" if per_class else ""
    return f"those that {whom} answered wrongly on {on}{sure}{most}"


def halves(names: Sequence[str], rng: np.random.Generator) -> tuple[list[int], list[int]]:
    """The positions of subjects, dealt into two halves."""
    order = rng.permutation(len(names))
    cut = ceil(len(names) / 2)
    return sorted(order[:cut].tolist()), sorted(order[cut:].tolist())
