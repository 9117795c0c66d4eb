"""Commands that bring predictions in from elsewhere: imports, a rehearsal, the published record."""

import sys
from collections.abc import Mapping
from math import floor, isnan, log10
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fieldmark.cli.output import JSON, Figures, Format, counted, emit, rows, tell

if TYPE_CHECKING:
    from fieldmark.records import Finding, Value


def import_(
    files: Annotated[list[Path], typer.Argument(help=".npy, .npz, .csv, .json or .parquet.")],
    condition: Annotated[str, typer.Option(help="The printed name of what was asked.")],
    store: Annotated[str, typer.Option(help="Where answers are kept.")] = "fieldmark-store",
    labels: Annotated[
        Path | None, typer.Option(help="A file of labels, where the answers bring none.")
    ] = None,
    classes: Annotated[
        Path | None, typer.Option(help="A file of class names or WordNet ids, in order.")
    ] = None,
    subject: Annotated[str, typer.Option(help="Whose answers, if no column or name says.")] = "",
    family: Annotated[str, typer.Option(help='The kind of subject; "people" for people.')] = "",
    reference: Annotated[str, typer.Option(help="The in-distribution condition.")] = "",
    columns: Annotated[
        str, typer.Option(help="What columns are called: id=image,answer=said,label=truth.")
    ] = "",
    id_pattern: Annotated[
        str, typer.Option(help="A regular expression: the part of an id that is the example.")
    ] = "",
    repair: Annotated[str, typer.Option(help="What may be repaired; names with commas.")] = "",
    source: Annotated[str, typer.Option(help="Who published it.")] = "",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Keep published predictions, or people's trials, once they have been checked."""
    from fieldmark import api
    from fieldmark.archives import Import

    wanted = Import(
        files=tuple(files),
        condition=condition,
        labels=labels,
        classes=classes,
        subject=subject,
        family=family or "imported",
        reference=reference,
        columns=_pairs(columns),
        id_pattern=id_pattern,
        repair=tuple(one.strip() for one in repair.split(",") if one.strip()),
        source=source or "imported predictions",
    )
    cells = api.import_predictions(wanted, store)
    if as_json:
        emit(
            [
                {
                    "subject": one.header.cell.subject,
                    "condition": one.header.cell.condition,
                    "examples": len(one.answers),
                    "done": list(one.done),
                }
                for one in cells
            ]
        )
        return
    for one in cells:
        for line in one.done:
            typer.echo(f"{one.header.cell}: {line}", err=True)
    print(f"{counted(len(cells), 'cell')} kept in {store}; fieldmark table {store}")


def rehearse(
    store: Annotated[str, typer.Argument(help="Where answers are kept.")] = "fieldmark-rehearsal",
    n: Annotated[int, typer.Option(help="Examples of the reference.")] = 1000,
    seed: Annotated[int, typer.Option(help="Where all chance comes from.")] = 0,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Fill a store with simulated subjects whose truth is known: to try studies, and to teach."""
    from fieldmark import api

    kept = api.rehearse(store, seed=seed, n=n)
    cells = len(kept.headers())
    if as_json:
        emit({"store": store, "cells": cells})
    else:
        print(f"{counted(cells, 'cell')} simulated in {store}; fieldmark leaderboard {store}")


def replicate(
    names: Annotated[
        list[str] | None, typer.Argument(help="Names of `fieldmark list replications`.")
    ] = None,
    all_of_them: Annotated[bool, typer.Option("--all", help="Every replication.")] = False,
    data: Annotated[
        Path | None, typer.Option(help="A folder with the raw data. Default: FIELDMARK_DATA.")
    ] = None,
    offline: Annotated[bool, typer.Option(help="Download nothing.")] = False,
    figure: Figures = None,
    format: Format = "text",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Make published results again from their raw data, and hold each number against the record."""
    from fieldmark import api
    from fieldmark.records import ConfigError

    if bool(names) == all_of_them:
        raise ConfigError("name replications (`fieldmark list replications`), or say --all")

    def watch(name: str, seconds: float) -> None:
        print(f"{name}: {seconds:.1f} s", file=sys.stderr)

    page = figure if figure is not None and figure.suffix.lower() == ".html" else None
    finding = api.replicate(names or (), data=data, offline=offline, page=page, watch=watch)
    figure = None if page else figure
    if format == "text" and not as_json:
        _tell_in_columns(finding, figure)
    else:
        tell(finding, figure=figure, format=format, as_json=as_json)
    if not finding.table.rows:
        raise typer.Exit(2)


def _tell_in_columns(finding: "Finding", figure: Path | None) -> None:
    """A table per replication, narrow enough for a terminal; sources are in the other formats."""
    from fieldmark.reports import write_figure

    if figure is not None:
        write_figure(finding, figure)
    keys = [column.key for column in finding.table.columns]
    checks = [dict(zip(keys, row, strict=True)) for row in finding.table.rows]
    for name in dict.fromkeys(str(one["replication"]) for one in checks):
        print(name)
        rows([_narrow(one) for one in checks if one["replication"] == name], as_json=False)
        print()
    print(finding.statement)
    for caveat in finding.caveats:
        print(f"  - {caveat}")


def _narrow(check: "Mapping[str, Value]") -> dict[str, object]:
    """A check as the columns that stand side by side; numbers with the digits that matter."""
    tolerance = check["tolerance"]
    fine = (
        10.0 ** (floor(log10(tolerance)) - 1)
        if isinstance(tolerance, float) and tolerance
        else 1e-4
    )
    found = {name: check[name] for name in ("published", "computed", "difference")}
    short = {
        name: None if not isinstance(one, float) or isnan(one) else round(one / fine) * fine
        for name, one in found.items()
    }
    return {"number": check["what"], **short, "tolerance": tolerance, "verdict": check["verdict"]}


def _pairs(text: str) -> dict[str, str]:
    """``id=image,answer=said`` as a mapping.

    Raises:
        ConfigError: A part has no "=".
    """
    from fieldmark.records import ConfigError

    pairs = [one.partition("=") for one in text.split(",") if one.strip()]
    for name, sign, _ in pairs:
        if not sign:
            raise ConfigError(f"--columns takes NAME=COLUMN with commas between, not {name[:40]!r}")
    return {name.strip(): column.strip() for name, _, column in pairs}
