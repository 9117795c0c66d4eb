"""The command that asks: run a grid."""

import shlex
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fieldmark.cli.output import JSON, counted, emit, names_in

if TYPE_CHECKING:
    from fieldmark.catalog import Grid
    from fieldmark.store import Store


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
    jobs: Annotated[int | None, typer.Option(help="Models asked at once; 0: every core.")] = None,
    batch: Annotated[int | None, typer.Option(help="Images shown at once.")] = None,
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
    chosen = replace(
        chosen,
        store=store or chosen.store,
        seed=chosen.seed if seed is None else seed,
        jobs=chosen.jobs if jobs is None else jobs,
        batch=chosen.batch if batch is None else batch,
    )
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
    for line in _failures(failed):
        typer.echo(line, err=True)
    if failed:
        typer.echo("when it is mended: the same command with --retry-failed", err=True)
    print(f"fieldmark report {shlex.quote(store.url)}")


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
