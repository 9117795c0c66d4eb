"""The command that writes shifted pictures to disk."""

import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fieldmark.cli.output import JSON, emit, names_in

if TYPE_CHECKING:
    from fieldmark.cli.progress import Screen


def corrupt(
    conditions: Annotated[
        str, typer.Argument(help="Such as mnist-test+fog@*; several with commas between.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder for all of them.")],
    format: Annotated[str, typer.Option("--format", help="png, or jpg as ImageNet-C.")] = "png",
    quality: Annotated[int, typer.Option(min=1, max=95, help="Of jpg files.")] = 85,
    seed: Annotated[int, typer.Option(help="The run's seed.")] = 0,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Write shifted pictures as OUT/CHANGE/LEVEL/CLASS/FILE; go on where it was stopped."""
    from fieldmark import api
    from fieldmark.cli.progress import screen

    try:
        with redirect_stdout(sys.stderr), screen() as drawn:
            folders = api.write_shifted(
                names_in(conditions),
                out,
                format=format,
                quality=quality,
                seed=seed,
                watch=_Bars(drawn),
            )
    except KeyboardInterrupt:
        typer.echo("stopped; what was written is kept, and the same command goes on", err=True)
        raise typer.Exit(130) from None
    if as_json:
        emit({"folders": [str(one) for one in folders]})
        return
    for one in folders:
        print(one)


class _Bars:
    """A bar for each condition, from the moment that its first files are written."""

    def __init__(self, drawn: "Screen") -> None:
        self._drawn = drawn
        self._done: dict[str, int] = {}

    def __call__(self, condition: str, done: int, total: int) -> None:
        if condition not in self._done:
            self._drawn.begin(condition, float(total))
        self._drawn.advance(condition, float(done - self._done.get(condition, 0)))
        self._done[condition] = done
