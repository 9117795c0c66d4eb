"""The worst case over several threat models: an example counts if right under all of them."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from fieldmark.records import (
    Bar,
    Column,
    ConfigError,
    Estimate,
    Finding,
    Forest,
    Matrix,
    NotKeptError,
    Table,
    Value,
)
from fieldmark.statistics import clopper_pearson, paired_difference
from fieldmark.studies.answers.board import Answered, Board, board
from fieldmark.studies.answers.kept import Kept
from fieldmark.studies.answers.norms import searches_norms
from fieldmark.studies.answers.threats import UPPER_BOUND, threat_of
from fieldmark.studies.answers.words import accuracy_of, capital, listing, many, points, sentence

COLUMNS = (
    Column("subject", "Subject", "Who answered."),
    Column("family", "Family", "What kind of model it is."),
    Column("condition", "Condition", "What was asked; all: the worst of them, per example."),
    Column("threat", "Threat model", "What the attacker wants, knows and may do; or the shift."),
    Column("accuracy", "Accuracy", "Share of labelled examples that stay right."),
    Column("alone", "Broken by it alone", "Examples that no other of these conditions breaks."),
    Column("cost", "Cost of the others", "The worst case minus this accuracy, paired by example."),
)

ALL = "all at once"


@dataclass(frozen=True)
class _Worst:
    """One subject under each condition and under all."""

    subject: str
    each: Bool[np.ndarray, "c n"]
    missing: int

    @property
    def whole(self) -> Estimate:
        """Accuracy in the worst case."""
        return self._share(np.asarray(self.each.all(axis=0)))

    def accuracy(self, row: int) -> Estimate:
        """Accuracy under one condition."""
        return self._share(self.each[row])

    def alone(self, row: int) -> int:
        """How many examples this condition breaks and no other."""
        others = np.delete(self.each, row, axis=0).all(axis=0)
        return int((others & ~self.each[row]).sum())

    def cost(self, row: int) -> Estimate:
        """The worst case minus this accuracy."""
        more = int((self.each[row] & ~self.each.all(axis=0)).sum())
        return paired_difference(0, more, self.each.shape[1], missing=self.missing)

    def _share(self, right: np.ndarray) -> Estimate:
        return clopper_pearson(int(right.sum()), len(right), missing=self.missing)


def worst_case(store: Kept, *, on: str, subject: str = "") -> Finding:
    """Accuracy against several threat models at once: per example the worst of some conditions.

    Args:
        store: Where answers are kept.
        on: The conditions with commas between, of the same examples, such as
            "mnist-test+pgd-linf@0.3,mnist-test+pgd-l2@2".
        subject: Whose; everybody who finished all of them when "".

    Raises:
        UnknownNameError: The store has no such condition or subject.
        ConfigError: One condition alone, one that searches without a budget, or one that is
            neither attacked nor shifted.
        NotKeptError: The store is empty, nobody finished all, or they show other examples.

    Source:
        Union of threat models: Tramer & Boneh 2019, arXiv:1904.13000, section 2 (the maximum).
    """
    cells = board(store)
    conditions = _asked(cells, on)
    found = sorted(_found(cells, conditions, subject), key=_order)
    return Finding(
        study="worst-case",
        title=f"The worst of {len(conditions)} threat models, example by example",
        statement=_statement(found, conditions),
        table=Table(COLUMNS, tuple(row for one in found for row in _rows(cells, one, conditions))),
        figures=(_matrix(found, conditions), *_forest(cells, found)),
        caveats=_caveats(cells, conditions),
    )


def _asked(cells: Board, on: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(one.strip() for one in on.split(",") if one.strip()))
    for name in names:
        record = cells.conditions[cells.condition(name)]
        if searches_norms(record):
            raise ConfigError(f"{name} has no budget, so it breaks all: name one such as @8/255")
        if record.kind not in ("attack", "shift"):
            raise ConfigError(f"{name} is neither attacked nor shifted: there is no worst case")
    if len(names) < 2:
        raise ConfigError("the worst of one condition is itself: name several, commas between")
    return names


def _found(cells: Board, conditions: tuple[str, ...], subject: str) -> list[_Worst]:
    answered = [cells.answered(name) for name in conditions]
    wanted = (cells.subject(subject),) if subject else tuple(cells.subjects)
    there = [name for name in wanted if all(name in one.subjects for one in answered)]
    if not there:
        raise NotKeptError(f"{subject or 'nobody'} has not finished all of these conditions")
    if any(one.ids != answered[0].ids for one in answered):
        raise NotKeptError(f"{listing(list(conditions), 3)} do not show the same examples")
    return [_Worst(name, _right(answered, name), answered[0].missing) for name in there]


def _right(answered: list[Answered], subject: str) -> Bool[np.ndarray, "c n"]:
    return np.stack([one.correct[one.subjects.index(subject)] for one in answered])


def _order(one: _Worst) -> tuple[float, str]:
    return (-one.whole.value if one.whole.defined else 0.0, one.subject)


def _statement(found: list[_Worst], conditions: tuple[str, ...]) -> str:
    best = found[0]
    if not best.whole.defined:
        return "No example is labelled, so accuracy in the worst case is undefined."
    n = many(best.each.shape[1], "labelled example")
    opening = (
        f"Against {listing(list(conditions), 4)} at once ({n}), {best.subject} stays right on at "
        f"most {accuracy_of(best.whole)}"
        + (f", the most of {len(found)} subjects." if len(found) > 1 else ".")
    )
    rows = range(len(conditions))
    hardest = min(rows, key=lambda row: (best.accuracy(row).value, row))
    cost = best.cost(hardest)
    second = (
        f"Under the hardest alone, {conditions[hardest]}, it keeps "
        f"{accuracy_of(best.accuracy(hardest))}; the others cost another "
        f"{points(cost, signed=False)}."
    )
    return sentence(opening, second, _alone_words(best, conditions))


def _alone_words(best: _Worst, conditions: tuple[str, ...]) -> str:
    told = [f"{name} {best.alone(row) or 'none'}" for row, name in enumerate(conditions)]
    return f"{capital('examples that only one of them breaks')}: {listing(told, 8)}."


def _rows(cells: Board, one: _Worst, conditions: tuple[str, ...]) -> list[tuple[Value, ...]]:
    family = cells.subjects[one.subject].family
    rows: list[tuple[Value, ...]] = [
        (
            one.subject,
            family,
            name,
            threat_of(cells.conditions[name]) or name.rpartition("+")[2],
            one.accuracy(row),
            one.alone(row),
            one.cost(row),
        )
        for row, name in enumerate(conditions)
    ]
    return [*rows, (one.subject, family, ALL, "the worst of them", one.whole, None, None)]


def _matrix(found: list[_Worst], conditions: tuple[str, ...]) -> Matrix:
    columns = tuple(name.rpartition("+")[2] for name in conditions)
    several = len(set(columns)) < len(columns)
    return Matrix(
        title="Accuracy under each, and under the worst of them",
        rows=tuple(one.subject for one in found),
        columns=(*(conditions if several else columns), ALL),
        values=tuple(
            (*(one.accuracy(row).value for row in range(len(conditions))), one.whole.value)
            for one in found
        ),
        unit="share",
        low=0.0,
        high=1.0,
        caption="The last column counts an example only where it stays right under all.",
    )


def _forest(cells: Board, found: list[_Worst]) -> tuple[Forest, ...]:
    if len(found) < 2 or not found[0].whole.defined:
        return ()
    return (
        Forest(
            title="Accuracy in the worst case",
            x_title="share of examples that stay right under all",
            bars=tuple(
                Bar(one.subject, cells.subjects[one.subject].family, one.whole) for one in found
            ),
            unit="share",
            caption="Upper bounds, with exact intervals (95 %), each for its own subject.",
        ),
    )


def _caveats(cells: Board, conditions: tuple[str, ...]) -> tuple[str, ...]:
    told = [threat_of(cells.conditions[name]) or name for name in conditions]
    lines = [
        UPPER_BOUND,
        f"The worst case is over these threat models and no others: {'; '.join(told)}.",
        "Budgets in different norms are no measure of each other: that one breaks more does not "
        "make it the stronger attacker.",
    ]
    if cells.store.examples(conditions[0]).groups:
        lines.append(
            "Examples come in groups (videos, writers) and were treated as independent: the "
            "intervals are too narrow."
        )
    return tuple(lines)
