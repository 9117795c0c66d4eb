"""Commands that look: tables, studies, reports and queries of a store; none of them needs torch."""

from pathlib import Path
from typing import Annotated

import typer

from fieldmark.cli.output import JSON, STORE, Figures, Format, emit, rows, tell, usual_store


def table(
    store: Annotated[str, STORE] = "",
    long: Annotated[
        bool, typer.Option(help="One line for each cell, instead of a summary.")
    ] = False,
    format: Format = "text",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Print accuracies with their intervals: a line per subject, or one per cell."""
    from fieldmark.reports import render
    from fieldmark.store import open_store
    from fieldmark.studies import accuracy_grid, accuracy_summary

    opened = open_store(usual_store(store))
    finding = accuracy_grid(opened) if long else accuracy_summary(opened)
    print(render(finding, format="json" if as_json else format))


def study(
    name: Annotated[str, typer.Argument(help="A name of `fieldmark list studies`.")],
    store: Annotated[str, STORE] = "",
    on: Annotated[str, typer.Option(help='The condition; or "corruptions".')] = "",
    reference: Annotated[str, typer.Option(help="The in-distribution condition.")] = "",
    axis: Annotated[str, typer.Option(help="logit, probit or linear.")] = "",
    baseline: Annotated[str, typer.Option(help="The subject that others are held against.")] = "",
    first: Annotated[str, typer.Option(help="Of two subjects to compare, one.")] = "",
    second: Annotated[str, typer.Option(help="The other.")] = "",
    condition: Annotated[str, typer.Option(help="What the two are compared on.")] = "",
    subject: Annotated[str, typer.Option(help="Whose failures.")] = "",
    more: Annotated[
        list[str] | None, typer.Option("--set", help="Any other option of a study: NAME=VALUE.")
    ] = None,
    figure: Figures = None,
    format: Format = "text",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Answer one question from a store, in words and numbers, perhaps with a figure."""
    from fieldmark.catalog import study as study_called
    from fieldmark.store import open_store

    told = {
        "on": on,
        "reference": reference,
        "axis": axis,
        "baseline": baseline,
        "first": first,
        "second": second,
        "condition": condition,
        "subject": subject,
        **_settings(more or []),
    }
    options = {key: value for key, value in told.items() if value}
    finding = study_called(name, options)(open_store(usual_store(store)))
    tell(finding, figure=figure, format=format, as_json=as_json)


def _settings(words: list[str]) -> dict[str, str]:
    """``NAME=VALUE`` words as a mapping.

    Raises:
        ConfigError: A word has no "=".
    """
    from fieldmark.records import ConfigError

    pairs = [word.partition("=") for word in words]
    for name, sign, _ in pairs:
        if not sign:
            raise ConfigError(f"--set takes NAME=VALUE, not {name[:40]!r}")
    return {name.strip(): value.strip() for name, _, value in pairs}


def report(
    store: Annotated[str, STORE] = "",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="The file to write.")] = None,
    format: Annotated[str, typer.Option("--format", help="html, md, csv or json.")] = "html",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Write a report: one file that works offline."""
    from fieldmark import api

    kept = usual_store(store)
    path = api.report(kept, out or Path(f"fieldmark-report.{format}"), format=format)
    if as_json:
        emit({"path": str(path)})
    else:
        print(path)


def sql(
    query: Annotated[str, typer.Argument(help='Such as "select * from cells".')],
    store: Annotated[str, STORE] = "",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Ask a store in SQL: views cells, predictions and examples."""
    from fieldmark.store import open_store

    found = open_store(usual_store(store)).sql(query)
    rows(found.to_pylist(), as_json=as_json)
