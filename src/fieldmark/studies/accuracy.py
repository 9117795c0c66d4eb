"""Every subject on every condition: the table from which all else follows."""

from collections.abc import Sequence

from fieldmark.records import Cell, Column, Estimate, Finding, Grid, Square, Table, Value
from fieldmark.studies.board import Board, board, chosen
from fieldmark.studies.kept import Kept
from fieldmark.studies.words import accuracy_of, capital, listing, many, sentence

COLUMNS = (
    Column("subject", "Subject", "Who answered."),
    Column("family", "Family", "What kind of model it is."),
    Column("condition", "Condition", "What was asked."),
    Column("kind", "Kind", "What became of the reference: test, natural shift, shift or attack."),
    Column("accuracy", "Accuracy", "Share of labelled examples answered correctly."),
    Column("status", "Status", "done, failed or not applicable."),
    Column("reason", "Reason", "Why there is no answer."),
)

UPPER_BOUND = (
    "Accuracy under an attack is an upper bound of robust accuracy: a stronger search may find "
    "pictures that this one did not."
)

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
    kept = [Cell(row, column) for column in columns for row in rows]
    table = Table(COLUMNS, tuple(_row(cells, c, estimates) for c in kept if c in cells.headers))
    return Finding(
        study="accuracy-grid",
        title="Accuracy of every subject on every condition",
        statement=_statement(cells, rows, columns, estimates),
        table=table,
        figures=(_grid(cells, rows, columns, estimates),),
        caveats=_caveats(cells, columns, estimates),
    )


def accuracies(cells: Board, conditions: Sequence[str]) -> Accuracies:
    """The accuracy of every cell of these conditions that has answers."""
    return {
        Cell(subject, condition): estimate
        for condition in conditions
        for subject, estimate in cells.answered(condition).accuracies().items()
    }


def best(estimates: Accuracies, condition: str, rows: Sequence[str]) -> Cell | None:
    """The cell of highest accuracy on a condition, the first by name among equals."""
    there = [
        Cell(row, condition)
        for row in sorted(rows)
        if Cell(row, condition) in estimates and estimates[Cell(row, condition)].defined
    ]
    return max(there, key=lambda cell: estimates[cell].value, default=None)


def _row(cells: Board, cell: Cell, estimates: Accuracies) -> tuple[Value, ...]:
    header = cells.headers[cell]
    return (
        cell.subject,
        cells.subjects[cell.subject].family,
        cell.condition,
        header.condition.kind,
        estimates.get(cell),
        header.status,
        header.reason,
    )


def _statement(
    cells: Board, rows: Sequence[str], columns: Sequence[str], estimates: Accuracies
) -> str:
    plain = [one for one in columns if not cells.conditions[one].change]
    asked = [Cell(row, column) for row in rows for column in columns]
    opening = f"{many(len(rows), 'subject')} on {many(len(columns), 'condition')}."
    return sentence(
        capital(opening),
        *(best_words(one, rows, estimates) for one in plain),
        without_answers(cells, asked),
    )


def without_answers(cells: Board, asked: Sequence[Cell]) -> str:
    """How many of these cells have no answers, and why; "" when all have."""
    status = [cells.headers[cell].status if cell in cells.headers else "" for cell in asked]
    counted = (
        (status.count("failed"), "failed", "failed"),
        (status.count("not applicable"), "is not applicable", "are not applicable"),
        (status.count(""), "has not been run", "have not been run"),
    )
    told = [f"{many(n, 'cell')} {one if n == 1 else more}" for n, one, more in counted if n]
    return capital(f"{listing(told)}.") if told else ""


def best_words(condition: str, rows: Sequence[str], estimates: Accuracies) -> str:
    """Who has the highest accuracy on a condition, as a sentence."""
    cell = best(estimates, condition, rows)
    if cell is None:
        return f"On {condition} there is no accuracy to speak of."
    estimate = estimates[cell]
    equals = sum(
        Cell(row, condition) in estimates
        and estimates[Cell(row, condition)].value == estimate.value
        for row in rows
    )
    others = f", as {'has' if equals == 2 else 'have'} {many(equals - 1, 'other')}"
    return (
        f"On {condition} ({many(estimate.n, 'labelled example')}) {cell.subject} has the highest "
        f"accuracy, {accuracy_of(estimate)}{others if equals > 1 else ''}."
    )


def _grid(cells: Board, rows: Sequence[str], columns: Sequence[str], estimates: Accuracies) -> Grid:
    first = columns[0] if columns else ""
    order = sorted(rows, key=lambda row: (-_value(estimates, Cell(row, first)), row))
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
    if cell in estimates:
        return Square(cell.subject, cell.condition, estimates[cell])
    header = cells.headers.get(cell)
    reason = f"{header.status}: {header.reason}" if header else "not run yet"
    return Square(cell.subject, cell.condition, None, reason)


def _caveats(cells: Board, columns: Sequence[str], estimates: Accuracies) -> tuple[str, ...]:
    found = [
        "Each interval holds for its own cell with 95 % confidence; the highest of many accuracies "
        "is a little too high, because it was picked for being the highest."
    ]
    if any(cells.conditions[one].kind == "attack" for one in columns):
        found.append(UPPER_BOUND)
    unlabelled = sorted({cell.condition for cell, one in estimates.items() if one.missing})
    if unlabelled:
        found.append(f"Examples without a label are not counted: {listing(unlabelled)}.")
    return tuple(found)
