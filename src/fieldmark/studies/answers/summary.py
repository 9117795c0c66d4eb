"""A line per subject: reference, natural shifts, the mean over shifts, the strongest attacks."""

from fieldmark.records import Cell, Column, Estimate, Finding, Table, Value
from fieldmark.studies.answers.accuracy import (
    Accuracies,
    accuracies,
    leaders_words,
    without_answers,
)
from fieldmark.studies.answers.board import Board, board, changes
from fieldmark.studies.answers.kept import Kept
from fieldmark.studies.answers.sides import CORRUPTIONS, side
from fieldmark.studies.answers.threats import attack_caveats
from fieldmark.studies.answers.words import sentence

_WHO = (
    Column("subject", "Subject", "Who answered."),
    Column("family", "Family", "What kind of model it is."),
)

_Measured = tuple[Column, dict[str, Estimate]]


def accuracy_summary(store: Kept) -> Finding:
    """The accuracy of every subject on what matters most, one line each.

    Args:
        store: Where answers are kept.

    Raises:
        NotKeptError: The store is empty.
    """
    cells = board(store)
    plain = cells.of_kind("test") + cells.of_kind("natural shift")
    strongest = [steps[-1] for steps in changes(cells, ("attack",)).values()]
    estimates = accuracies(cells, (*plain, *strongest))
    columns = [_single(estimates, name, "Share of labelled examples.") for name in plain]
    columns += _shifts(cells)
    columns += [_single(estimates, one, "An upper bound of robust accuracy.") for one in strongest]
    rows = [_row(cells, name, columns) for name in cells.subjects]
    every = [Cell(row, column) for column in cells.conditions for row in cells.subjects]
    return Finding(
        study="accuracy-summary",
        title="Accuracy of every subject",
        statement=sentence(
            leaders_words(plain, tuple(cells.subjects), estimates),
            without_answers(cells, every),
        )
        or "No condition has answers.",
        table=Table((*_WHO, *(column for column, _ in columns)), tuple(rows)),
        caveats=attack_caveats(cells, strongest),
    )


def _single(estimates: Accuracies, condition: str, help: str) -> _Measured:
    there = {cell.subject: one for cell, one in estimates.items() if cell.condition == condition}
    return Column(condition, condition, help), there


def _shifts(cells: Board) -> list[_Measured]:
    """The mean over all shifts of each set of examples, for those that answered all of them."""
    owners = dict.fromkeys(cells.conditions[one].base for one in cells.of_kind("shift"))
    return [
        (
            Column(f"{owner}+shifts", mean.title, "Mean over the shifts, each counting alike."),
            dict(zip(mean.subjects, mean.accuracies, strict=True)),
        )
        for owner in owners
        for mean in (side(cells, CORRUPTIONS, owner),)
    ]


def _row(cells: Board, subject: str, columns: list[_Measured]) -> tuple[Value, ...]:
    measured = (estimates.get(subject) for _, estimates in columns)
    return (subject, cells.subjects[subject].family, *measured)
