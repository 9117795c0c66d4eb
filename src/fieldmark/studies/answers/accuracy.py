"""Every subject on every condition: the table from which all else follows."""

from collections.abc import Sequence
from math import isnan

from fieldmark.records import (
    Cell,
    Column,
    Estimate,
    Finding,
    Grid,
    Header,
    Square,
    Table,
    Value,
    nothing_is_garbage,
)
from fieldmark.statistics import counted_accuracies
from fieldmark.studies.answers.board import Board, board, chosen
from fieldmark.studies.answers.kept import Kept
from fieldmark.studies.answers.norms import searches_norms
from fieldmark.studies.answers.threats import attack_caveats
from fieldmark.studies.answers.words import accuracy_of, capital, listing, many, sentence

COLUMNS = (
    Column("subject", "Subject", "Who answered."),
    Column("family", "Family", "What kind of model it is."),
    Column("condition", "Condition", "What was asked."),
    Column(
        "kind",
        "Kind",
        "What became of the reference: test, natural shift, shift, sequence, attack, certificate.",
    ),
    Column("accuracy", "Accuracy", "Share of labelled examples answered correctly."),
    Column("status", "Status", "done, failed or not applicable."),
    Column("reason", "Reason", "Why there is no answer."),
)

_MOST_TOLD = 12

Accuracies = dict[Cell, Estimate]


def accuracy_grid(
    store: Kept,
    *,
    subjects: Sequence[str] | None = None,
    conditions: Sequence[str] | None = None,
) -> Finding:
    """The accuracy of every subject on every condition, each with its interval.

    Args:
        store: Where answers are kept.
        subjects: Which subjects; all when None.
        conditions: Which conditions; all when None.

    Raises:
        UnknownNameError: The store has no such subject or condition.
        NotKeptError: The store is empty.
    """
    cells = board(store)
    rows = chosen("subject", subjects, cells.subjects)
    columns = chosen("condition", conditions, cells.conditions)
    estimates = accuracies(cells, columns)
    with nothing_is_garbage():
        return _found(cells, rows, columns, estimates)


def _found(
    cells: Board, rows: Sequence[str], columns: Sequence[str], estimates: Accuracies
) -> Finding:
    asked = [Cell(row, column) for column in columns for row in rows]
    outcomes = [(cell, cells.headers.get(cell)) for cell in asked]
    kept = tuple(_row(cells, header, estimates.get(cell)) for cell, header in outcomes if header)
    return Finding(
        study="accuracy-grid",
        title="Accuracy of every subject on every condition",
        statement=_statement(cells, rows, columns, estimates, asked),
        table=Table(COLUMNS, kept),
        figures=(_grid(cells, rows, columns, estimates),),
        caveats=_caveats(cells, columns, estimates),
    )


def accuracies(cells: Board, conditions: Sequence[str]) -> Accuracies:
    """The accuracy of every cell of these conditions that has answers."""
    counts = cells.store.counts(conditions)
    with nothing_is_garbage():
        estimates = counted_accuracies(counts.hits, counts.labelled, counts.missing)
        return dict(zip(counts.cells, estimates, strict=True))


def best(estimates: Accuracies, condition: str, rows: Sequence[str]) -> Cell | None:
    """The cell of highest accuracy on a condition, the first by name among equals."""
    asked = [Cell(row, condition) for row in sorted(rows)]
    there = {cell: estimates[cell].value for cell in asked if cell in estimates}
    defined = [cell for cell, value in there.items() if not isnan(value)]
    return max(defined, key=lambda cell: there[cell], default=None)


def _row(cells: Board, header: Header, accuracy: Estimate | None) -> tuple[Value, ...]:
    return (
        header.subject.name,
        cells.subjects[header.subject.name].family,
        header.condition.name,
        header.condition.kind,
        accuracy,
        header.status,
        header.reason,
    )


def _statement(
    cells: Board,
    rows: Sequence[str],
    columns: Sequence[str],
    estimates: Accuracies,
    asked: Sequence[Cell],
) -> str:
    plain = [one for one in columns if not cells.conditions[one].change]
    opening = f"{many(len(rows), 'subject')} on {many(len(columns), 'condition')}."
    return sentence(
        capital(opening),
        leaders_words(plain, rows, estimates),
        without_answers(cells, asked),
    )


def without_answers(cells: Board, asked: Sequence[Cell]) -> str:
    """How many of these cells have no answers, and why; "" when all have."""
    found = [cells.headers.get(cell) for cell in asked]
    status = [header.status if header else "" for header in found]
    counted = (
        (status.count("failed"), "failed", "failed"),
        (status.count("not applicable"), "is not applicable", "are not applicable"),
        (status.count(""), "has not been run", "have not been run"),
    )
    told = [f"{many(n, 'cell')} {one if n == 1 else more}" for n, one, more in counted if n]
    return capital(f"{listing(told)}.") if told else ""


def leaders_words(conditions: Sequence[str], rows: Sequence[str], estimates: Accuracies) -> str:
    """Who has the highest accuracy on each condition; of many only the first twelve are told."""
    rest = len(conditions[_MOST_TOLD:])
    return sentence(
        *(best_words(one, rows, estimates) for one in conditions[:_MOST_TOLD]),
        f"Who leads on {many(rest, 'more condition')} the table tells." if rest else "",
    )


def best_words(condition: str, rows: Sequence[str], estimates: Accuracies) -> str:
    """Who has the highest accuracy on a condition, as a sentence."""
    cell = best(estimates, condition, rows)
    if cell is None:
        return f"On {condition} there is no accuracy to speak of."
    estimate = estimates[cell]
    there = (estimates.get(Cell(row, condition)) for row in rows)
    equals = sum(one is not None and one.value == estimate.value for one in there)
    others = f", as {'has' if equals == 2 else 'have'} {many(equals - 1, 'other')}"
    return (
        f"On {condition} ({many(estimate.n, 'labelled example')}) {cell.subject} has the highest "
        f"accuracy, {accuracy_of(estimate)}{others if equals > 1 else ''}."
    )


def _grid(cells: Board, rows: Sequence[str], columns: Sequence[str], estimates: Accuracies) -> Grid:
    first = columns[0] if columns else ""
    order = sorted(rows, key=lambda row: (-_value(estimates, Cell(row, first)), row))
    # Without a budget everything breaks: such a column would show zeros that say nothing.
    columns = [one for one in columns if not searches_norms(cells.conditions[one])]
    return Grid(
        title="Accuracy, subjects × conditions",
        rows=tuple(order),
        columns=tuple(columns),
        groups=tuple(_group(cells, column) for column in columns),
        squares=tuple(_square(cells, Cell(r, c), estimates) for r in order for c in columns),
        caption="Rows in the order of the first column. Empty squares say why they are empty.",
    )


def _value(estimates: Accuracies, cell: Cell) -> float:
    return estimates[cell].value if cell in estimates and estimates[cell].defined else -1.0


def _group(cells: Board, condition: str) -> str:
    record = cells.conditions[condition]
    return record.change or ("reference" if record.kind == "test" else record.kind)


def _square(cells: Board, cell: Cell, estimates: Accuracies) -> Square:
    estimate = estimates.get(cell)
    if estimate is not None:
        return Square(cell.subject, cell.condition, estimate)
    header = cells.headers.get(cell)
    reason = f"{header.status}: {header.reason}" if header else "not run yet"
    return Square(cell.subject, cell.condition, None, reason)


def _caveats(cells: Board, columns: Sequence[str], estimates: Accuracies) -> tuple[str, ...]:
    found = [
        "Each interval holds for its own cell with 95 % confidence; the highest of many accuracies "
        "is a little too high, because it was picked for being the highest."
    ]
    found += attack_caveats(cells, columns)
    played = [one for one in columns if cells.conditions[one].kind == "sequence"]
    if played:
        found.append(
            "The frames of one picture are alike, but counted here one by one: intervals on "
            f"{listing(played)} are too narrow, and the study flip-rate takes sequences as they "
            "are."
        )
    unlabelled = sorted({cell.condition for cell, one in estimates.items() if one.missing})
    if unlabelled:
        found.append(f"Examples without a label are not counted: {listing(unlabelled)}.")
    return tuple(found)
