"""The command that asks: run a grid."""

import shlex
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fieldmark.cli.output import JSON, counted, emit, names_in, rows

if TYPE_CHECKING:
    from fieldmark.catalog import Grid
    from fieldmark.store import Store

_MOST_PACES = 12


def run(
    grid: Annotated[
        Path | None, typer.Argument(help="A grid file; `fieldmark init` writes one.")
    ] = None,
    subjects: Annotated[
        str, typer.Option(help="Names with commas between; instead of the grid file's.")
    ] = "",
    conditions: Annotated[
        str, typer.Option(help="Names with commas between; instead of the grid file's.")
    ] = "",
    store: Annotated[str, typer.Option(help="Where answers are kept.")] = "",
    seed: Annotated[int | None, typer.Option(help="The run's seed.")] = None,
    jobs: Annotated[int | None, typer.Option(help="Batches asked at once; 0: every core.")] = None,
    batch: Annotated[
        int | None, typer.Option(help="Images shown at once; 0: as suits their size.")
    ] = None,
    decoders: Annotated[
        int | None, typer.Option(help="Processes that make pictures; 0: a thread of this one.")
    ] = None,
    memory: Annotated[
        float | None, typer.Option(help="GiB for the weights of models loaded together.")
    ] = None,
    device: Annotated[
        str | None, typer.Option(help="Where models run: auto, cpu, cuda, cuda:1, mps or xpu.")
    ] = None,
    channels_last: Annotated[
        bool | None,
        typer.Option(
            "--channels-last", help="Lay pictures as convolutions like them.", show_default=False
        ),
    ] = None,
    fold: Annotated[
        bool | None,
        typer.Option("--fold", help="Fold normalisation into convolutions.", show_default=False),
    ] = None,
    autocast: Annotated[
        str | None, typer.Option(help="Let nets round: bfloat16 or float16. Other subjects.")
    ] = None,
    engine: Annotated[str | None, typer.Option(help="Who works: local or ray.")] = None,
    address: Annotated[str | None, typer.Option(help="Where the Ray cluster is.")] = None,
    retry_failed: Annotated[bool, typer.Option(help="Ask again where a cell failed.")] = False,
    trust_labels: Annotated[
        bool, typer.Option(help="Keep answers by which labels look counted in another order.")
    ] = False,
    show_config: Annotated[bool, typer.Option(help="Print what would be run, and end.")] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Ask every subject of a grid every question that it has not answered yet."""
    from dataclasses import asdict, replace

    chosen = _grid(grid, subjects, conditions)
    said = {
        "seed": seed,
        "jobs": jobs,
        "batch": batch,
        "decoders": decoders,
        "memory": memory,
        "device": device,
        "channels_last": channels_last,
        "fold": fold,
        "autocast": autocast,
        "engine": engine,
        "address": address,
    }
    own = {name: value for name, value in said.items() if value is not None}
    chosen = replace(chosen, store=store or chosen.store, **own)  # type: ignore[arg-type]
    if show_config:
        emit(asdict(chosen))
        return
    kept, tally = watched_run(chosen, retry_failed=retry_failed, trust_labels=trust_labels)
    if as_json:
        emit({"store": kept.url, **tally})
    else:
        _print_tally(kept, tally)
    if tally["failed"]:
        raise typer.Exit(2)


def watched_run(
    grid: "Grid", *, retry_failed: bool = False, trust_labels: bool = False
) -> "tuple[Store, dict[str, object]]":
    """A grid's store, filled under the eyes of a person, and what the run came to."""
    from fieldmark import api
    from fieldmark.cli.progress import screen

    try:
        # What a user's model prints must not stand between the lines of our own answer.
        with redirect_stdout(sys.stderr), screen() as drawn:
            store, tally = api.run_grid(
                grid,
                retry_failed=retry_failed,
                trust_labels=trust_labels,
                watch=drawn,
                training_watch=drawn.training,
            )
    except KeyboardInterrupt:
        typer.echo("stopped; what was answered is kept, and the same command goes on", err=True)
        raise typer.Exit(130) from None
    return store, {
        "kept": tally.kept,
        "done": tally.done,
        "not applicable": tally.not_applicable,
        "failed": [
            {"subject": head.cell.subject, "condition": head.cell.condition, "reason": head.reason}
            for head in tally.failed
        ],
        "seconds": round(tally.seconds, 1),
        "paces": [
            {
                "subject": pace.subject,
                "cells": pace.cells,
                "images": pace.images,
                "seconds": round(pace.seconds, 3),
                "seconds per cell": round(pace.seconds_per_cell, 3),
                "images per second": round(pace.images_per_second, 1),
            }
            for pace in tally.paces
        ],
    }


def _grid(path: Path | None, subjects: str, conditions: str) -> "Grid":
    from dataclasses import replace

    from fieldmark.catalog import Grid, read_grid
    from fieldmark.records import ConfigError

    asked, asking = names_in(conditions), names_in(subjects)
    if path is None:
        if not asked or not asking:
            raise ConfigError(
                "nothing to run: name a grid file (`fieldmark init` writes one), "
                "or both --subjects and --conditions"
            )
        return Grid(asking, asked)
    grid = read_grid(path)
    return replace(grid, subjects=asking or grid.subjects, conditions=asked or grid.conditions)


def _print_tally(store: "Store", tally: dict[str, object]) -> None:
    failed = tally["failed"]
    assert isinstance(failed, list)
    print(
        f"{counted(tally['done'], 'cell')} answered in {tally['seconds']} s, "
        f"{tally['kept']} kept from before, "
        f"{tally['not applicable']} not applicable, {len(failed)} failed"
    )
    _print_paces(tally["paces"])
    for line in _failures(failed):
        typer.echo(line, err=True)
    if failed:
        typer.echo("when it is mended: the same command with --retry-failed", err=True)
    print(f"fieldmark report {shlex.quote(store.url)}")


def _print_paces(paces: object) -> None:
    """A line for each subject that answered, those with most work first; no more than fit."""
    assert isinstance(paces, list)
    if not paces:
        return
    print()
    shown = [
        {**one, "images per second": f"{one['images per second']:,.1f}"}
        for one in paces[:_MOST_PACES]
    ]
    rows(shown, as_json=False)
    if len(paces) > _MOST_PACES:
        print(f"and {len(paces) - _MOST_PACES} others; --json names them all")
    print("(seconds of one thread's work)\n")


def _failures(failed: list[dict[str, str]]) -> list[str]:
    """A line for each subject and reason, however many conditions it failed on."""
    alike: dict[tuple[str, str], list[str]] = {}
    for one in failed:
        alike.setdefault((one["subject"], one["reason"]), []).append(one["condition"])
    return [
        f"failed: {subject} × {conditions[0]}"
        + (f" and {counted(len(conditions) - 1, 'other condition')}" if conditions[1:] else "")
        + f": {reason}"
        for (subject, reason), conditions in alike.items()
    ]
