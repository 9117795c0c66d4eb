"""Tables of text: headings and cells in which every estimate has found its words."""

from dataclasses import dataclass

from fieldmark.records import Estimate, Table, Value
from fieldmark.reports.words import counted, estimates_of, footnotes, plain_column

_MARKDOWN = str.maketrans(
    {"|": r"\|", "\\": r"\\", "<": "&lt;", "*": r"\*", "_": r"\_", "`": r"\`", "\n": " "}
)


@dataclass(frozen=True)
class Words:
    """A table whose values are words.

    Args:
        heads: One heading per column.
        rows: One text per column.
        numeric: Which columns hold numbers, and are aligned to the right.
        notes: What is said once, under the table.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    notes: tuple[str, ...]


def words(table: Table) -> Words:
    """``table`` in words; an ``n`` column follows each estimate whose n differs between rows.

    Example:
        >>> from fieldmark.records import Column
        >>> rows = ((Estimate(0.5, 0.4, 0.6, 100, "Wilson"),), (Estimate(1.0, 0.9, 1.0, 40, ""),))
        >>> words(Table((Column("accuracy", "accuracy", ""),), rows)).heads
        ('accuracy', 'n')
    """
    heads: list[str] = []
    columns: list[tuple[str, ...]] = []
    numeric: list[bool] = []
    for position, column in enumerate(table.columns):
        values = [row[position] for row in table.rows]
        heads.append(column.title)
        columns.append(plain_column(values))
        numeric.append(bool(values) and all(_is_number(value) for value in values))
        counts = {counted(estimate) for estimate in estimates_of(table, position)}
        if len(counts) > 1:
            heads.append("n")
            columns.append(tuple(_count(value) for value in values))
            numeric.append(True)
    rows = tuple(zip(*columns, strict=True)) if table.rows else ()
    return Words(tuple(heads), rows, tuple(numeric), footnotes(table))


def as_text(table: Table) -> str:
    """``table`` in columns of plain text, numbers to the right, notes underneath."""
    shown = words(table)
    widths = [
        max([len(head), *(len(row[position]) for row in shown.rows)])
        for position, head in enumerate(shown.heads)
    ]
    rule = tuple("─" * width for width in widths)
    lines = [_line(cells, widths, shown.numeric) for cells in (shown.heads, rule, *shown.rows)]
    return "\n".join([*lines, *(f"  {note}" for note in shown.notes)])


def as_markdown(table: Table) -> str:
    """``table`` as a pipe table; pipes, markup and tags in names are escaped."""
    shown = words(table)
    rule = ["---:" if right else ":---" for right in shown.numeric]
    lines = [_bars(shown.heads), f"| {' | '.join(rule)} |", *map(_bars, shown.rows)]
    notes = [f"*{in_markdown(note)}*  " for note in shown.notes]
    return "\n".join([*lines, *(["", *notes] if notes else [])])


def in_markdown(text: str) -> str:
    r"""``text`` such that Markdown shows it as it is.

    Example:
        >>> print(in_markdown("a|b <i>"))
        a\|b &lt;i>
    """
    return text.translate(_MARKDOWN)


def _bars(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(in_markdown(cell) for cell in cells)} |"


def _line(cells: tuple[str, ...], widths: list[int], numeric: tuple[bool, ...]) -> str:
    padded = [
        cell.rjust(width) if right else cell.ljust(width)
        for cell, width, right in zip(cells, widths, numeric, strict=True)
    ]
    return "  ".join(padded).rstrip()


def _is_number(value: Value) -> bool:
    return value is None or (isinstance(value, int | float | Estimate) and value is not True)


def _count(value: Value) -> str:
    return counted(value) if isinstance(value, Estimate) else ""
