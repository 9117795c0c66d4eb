"""Failures: pictures that a subject got wrong, chosen by a rule that is printed with them."""

from dataclasses import dataclass
from math import isnan

from fieldmark.records import (
    NO_ANSWER,
    Cell,
    Column,
    ConfigError,
    Finding,
    Gallery,
    NotKeptError,
    Picture,
    Table,
    seed_of,
)
from fieldmark.studies.answers.accuracy import accuracies, best
from fieldmark.studies.answers.board import Board, board, changes
from fieldmark.studies.answers.kept import Kept
from fieldmark.studies.answers.words import listing, many

COLUMNS = (
    Column("condition", "Condition", "What was asked."),
    Column("example", "Example", "The id of the example."),
    Column("label", "Label", "What would have been right."),
    Column("said", "Said", "What the subject answered."),
    Column("score", "Score", "The probability that it gave to that answer."),
)


@dataclass(frozen=True)
class _Failure:
    condition: str
    example: str
    label: str
    said: str
    score: float
    png: bytes


@dataclass(frozen=True)
class _Looked:
    """What was found among the kept pictures of one condition."""

    condition: str
    pictures: int
    wrong: tuple[_Failure, ...]


def failures(store: Kept, *, subject: str | None = None, per_condition: int = 4) -> Finding:
    """Pictures that a subject got wrong, on the reference, natural shifts and strongest changes.

    Args:
        store: Where answers are kept.
        subject: Whose failures; None takes the subject of highest accuracy on the first reference.
        per_condition: How many are shown of each condition, >= 1.

    Raises:
        ConfigError: ``per_condition`` is less than 1.
        UnknownNameError: The store has no such subject.
        NotKeptError: The store is empty, or nobody answered anything.
    """
    if per_condition < 1:
        raise ConfigError(f"at least one picture per condition is needed, got {per_condition}")
    cells = board(store)
    whose, why = _whose(cells, subject)
    looked = [
        _look(cells, Cell(whose, name))
        for name in _conditions(cells)
        if cells.done(Cell(whose, name))
    ]
    looked = [one for one in looked if one.pictures]
    shown = [wrong for one in looked for wrong in one.wrong[:per_condition]]
    rule = (
        f"{why} For each condition, the first {per_condition} that it got wrong among the pictures "
        "kept with the store, in the order of a hash of their ids. Which pictures are kept is "
        "fixed by that hash, before any answer is known."
    )
    return Finding(
        study="failures",
        title=f"What {whose} gets wrong",
        statement=_statement(whose, looked),
        table=Table(
            COLUMNS,
            tuple(
                (one.condition, one.example, one.label, one.said, round(one.score, 4))
                for one in shown
            ),
        ),
        figures=(Gallery(f"What {whose} gets wrong", rule, tuple(map(_picture, shown))),)
        if shown
        else (),
        caveats=(
            "A gallery shows what failures look like, not how many there are; pictures under an "
            "attack are those made against this subject.",
        ),
    )


def _whose(cells: Board, subject: str | None) -> tuple[str, str]:
    """The subject, and the sentence that says why it is this one."""
    if subject is not None:
        return cells.subject(subject), f"The subject {subject} was asked for."
    for condition in cells.conditions:
        found = best(accuracies(cells, [condition]), condition, cells.finished(condition))
        if found is not None:
            return found.subject, (
                f"The subject is {found.subject}, which has the highest accuracy on {condition}."
            )
    raise NotKeptError("no subject has answers to labelled examples in this store")


def _conditions(cells: Board) -> tuple[str, ...]:
    """References, natural shifts, and each change at its strongest."""
    plain = cells.of_kind("test") + cells.of_kind("natural shift")
    return plain + tuple(steps[-1] for steps in changes(cells, ("shift", "attack")).values())


def _look(cells: Board, cell: Cell) -> _Looked:
    """The failures among the kept pictures of one cell, in the order of the hash."""
    kept = cells.store.specimens(cell.condition, cell.subject)
    examples, answers = cells.store.examples(cell.condition), cells.store.read(cell).answers
    assert answers is not None, "a cell that is done has answers"
    row_of = {name: row for row, name in enumerate(examples.ids)}
    right, names = answers.correct(examples.labels), examples.classes.printed
    order = sorted(kept, key=lambda name: (seed_of(0, "specimen", name), name))
    rows = [row_of[name] for name in order if (examples.labels[row_of[name]] >= 0).any()]
    wrong = tuple(
        _Failure(
            condition=cell.condition,
            example=examples.ids[row],
            label=" or ".join(names[label] for label in examples.labels[row] if label >= 0),
            said=_said(int(answers.classes[row, 0]), names),
            score=float(answers.scores[row, 0]),
            png=kept[examples.ids[row]],
        )
        for row in rows
        if not right[row]
    )
    return _Looked(cell.condition, len(rows), wrong)


def _said(answer: int, names: tuple[str, ...]) -> str:
    return "nothing" if answer == NO_ANSWER else names[answer]


def _picture(failure: _Failure) -> Picture:
    sure = "" if isnan(failure.score) else f" ({failure.score:.2f})"
    said = f"label {failure.label}, said {failure.said}{sure}"
    return Picture(failure.png, said, (failure.condition, failure.example))


def _statement(whose: str, looked: list[_Looked]) -> str:
    if not looked:
        return f"The store keeps no labelled pictures of what {whose} was shown."
    told = [f"{len(one.wrong)} of {one.pictures} on {one.condition}" for one in looked]
    pictures = sum(one.pictures for one in looked)
    return (
        f"Of {many(pictures, 'kept picture')} {whose} got {sum(len(one.wrong) for one in looked)} "
        f"wrong: {listing(told, most=len(told))}."
    )
