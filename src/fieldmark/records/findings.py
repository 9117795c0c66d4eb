"""Findings: the answer to a question, in words, numbers and figures. Everything renders this."""

from dataclasses import dataclass

from fieldmark.records.errors import DataError
from fieldmark.records.estimates import Estimate
from fieldmark.records.figures import Figure

Value = str | int | float | bool | None | Estimate


@dataclass(frozen=True)
class Column:
    """One column of a table: a short title for people, a key for programs, and what it means."""

    key: str
    title: str
    help: str


@dataclass(frozen=True)
class Table:
    """Columns and rows; an ``Estimate`` is one value with its interval, n and method.

    Raises:
        DataError: A row has not one value per column.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise DataError(f"a row of {len(row)} values in {len(self.columns)} columns: {row}")


@dataclass(frozen=True)
class Finding:
    """The answer to one question.

    Args:
        study: The name of the study that found it, such as "effective-robustness".
        title: The question, short.
        statement: The answer in words with its numbers; one paragraph, true as it stands.
        table: Every number behind it.
        figures: What is to be drawn.
        caveats: What the numbers do not show.
    """

    study: str
    title: str
    statement: str
    table: Table
    figures: tuple[Figure, ...] = ()
    caveats: tuple[str, ...] = ()
