"""A finding as text: for the terminal, for Markdown, for spreadsheets, for programs."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping
from math import isfinite
from types import MappingProxyType

from fieldmark.records import Column, ConfigError, Estimate, Finding, Gallery, Table, Value
from fieldmark.reports.tables import as_markdown, as_text, in_markdown

_ESTIMATE = ("low", "high", "n", "missing", "method")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def render(finding: Finding, format: str = "text") -> str:
    """``finding`` in words and numbers; its figures are drawn elsewhere.

    Args:
        finding: What was found.
        format: "text" for a terminal, "md" for Markdown, "csv" for the table alone with every
            estimate spread over columns, "json" for everything.

    Raises:
        ConfigError: There is no such format.

    Example:
        >>> table = Table((Column("n", "pictures", "how many"),), ((3,),))
        >>> print(render(Finding("count", "How many?", "Three pictures.", table)))
        How many?
        <BLANKLINE>
        Three pictures.
        <BLANKLINE>
        pictures
        ────────
               3
          pictures: how many.
    """
    if format not in _FORMATS:
        raise ConfigError(f"no format {format!r}; there are {', '.join(_FORMATS)}")
    return _FORMATS[format](finding)


def csv_of(table: Table) -> str:
    """``table`` as CSV: ``accuracy, accuracy_low, accuracy_high, accuracy_n, …``.

    Undefined numbers are empty cells. A text that a spreadsheet would take for a formula gets an
    apostrophe in front.

    Example:
        >>> column = Column("accuracy", "accuracy", "share right")
        >>> half = Estimate(0.5, 0.4, 0.6, n=100, method="Wilson 95 %")
        >>> print(csv_of(Table((column,), ((half,),))), end="")
        accuracy,accuracy_low,accuracy_high,accuracy_n,accuracy_missing,accuracy_method
        0.5,0.4,0.6,100,0,Wilson 95 %
    """
    spread = [
        any(isinstance(row[position], Estimate) for row in table.rows)
        for position in range(len(table.columns))
    ]
    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\n")
    heads = zip(table.columns, spread, strict=True)
    writer.writerow([_cell(name) for column, wide in heads for name in _names(column, wide)])
    for row in table.rows:
        pairs = zip(row, spread, strict=True)
        writer.writerow([_cell(value) for one, wide in pairs for value in _values(one, wide)])
    return sheet.getvalue()


def as_json(finding: Finding) -> dict[str, object]:
    """``finding`` as plain values for JSON; an undefined number is null, never 0."""
    return {
        "study": finding.study,
        "title": finding.title,
        "statement": finding.statement,
        "columns": [
            {"key": column.key, "title": column.title, "help": column.help}
            for column in finding.table.columns
        ],
        "rows": [
            {
                column.key: _json(value)
                for column, value in zip(finding.table.columns, row, strict=True)
            }
            for row in finding.table.rows
        ],
        "figures": [
            {
                "kind": type(figure).__name__.lower(),
                "title": figure.title,
                "caption": figure.rule if isinstance(figure, Gallery) else figure.caption,
            }
            for figure in finding.figures
        ],
        "caveats": list(finding.caveats),
    }


def _text(finding: Finding) -> str:
    caveats = [f"  - {caveat}" for caveat in finding.caveats]
    shown = as_text(finding.table) if finding.table.columns else ""
    under = "\n".join(["What this does not show:", *caveats]) if caveats else ""
    return _paragraphs([finding.title, finding.statement, shown, under])


def _markdown(finding: Finding) -> str:
    shown = as_markdown(finding.table) if finding.table.columns else ""
    caveats = "\n".join(f"- {in_markdown(caveat)}" for caveat in finding.caveats)
    under = ["### What this does not show", caveats] if caveats else []
    heads = [f"## {in_markdown(finding.title)}", in_markdown(finding.statement)]
    return _paragraphs([*heads, shown, *under]) + "\n"


def _paragraphs(parts: Iterable[str]) -> str:
    return "\n\n".join(part for part in parts if part)


def _dumped(finding: Finding) -> str:
    return json.dumps(as_json(finding), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _names(column: Column, wide: bool) -> list[str]:
    return [column.key, *(f"{column.key}_{part}" for part in _ESTIMATE)] if wide else [column.key]


def _values(value: Value, wide: bool) -> list[Value]:
    if isinstance(value, Estimate):
        return [value.value, *(getattr(value, part) for part in _ESTIMATE)]
    return [value, *([None] * len(_ESTIMATE))] if wide else [value]


def _cell(value: Value) -> str | int | float:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    if value is None or (isinstance(value, float) and value != value):
        return ""
    return value if isinstance(value, int | float) else str(value)


def _json(value: Value) -> object:
    if isinstance(value, Estimate):
        return {key: _finite(part) for key, part in value.as_json().items()}
    return _finite(value)


def _finite(value: Value) -> Value:
    return None if isinstance(value, float) and not isfinite(value) else value


_FORMATS: Mapping[str, Callable[[Finding], str]] = MappingProxyType(
    {
        "text": _text,
        "md": _markdown,
        "csv": lambda finding: csv_of(finding.table),
        "json": _dumped,
    }
)
