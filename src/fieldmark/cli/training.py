"""The command that trains a net and leaves it in a folder."""

import shlex
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fieldmark.cli.output import JSON, emit

if TYPE_CHECKING:
    from fieldmark.cli.progress import Screen
    from fieldmark.training import Trained


def train(
    architecture: Annotated[
        str, typer.Argument(help="A name of `fieldmark list architectures`, such as cnn-medium.")
    ],
    data: Annotated[
        str, typer.Argument(help="What to learn: mnist-train, idx:IMAGES,LABELS, folder:PATH...")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder for the net.")],
    method: Annotated[
        str, typer.Option(help="standard, noise, pgd, fast, free or trades.")
    ] = "standard",
    eps: Annotated[
        str | None, typer.Option(help="Radius (Linf) in pixel units: 0.3 or 77/255.")
    ] = None,
    step: Annotated[str | None, typer.Option(help="Length of a step, in pixel units.")] = None,
    steps: Annotated[int | None, typer.Option(help="Steps of the search: pgd, trades.")] = None,
    beta: Annotated[float | None, typer.Option(help="Weight of the divergence: trades.")] = None,
    replays: Annotated[int | None, typer.Option(help="Times each batch is taken: free.")] = None,
    noise: Annotated[float | None, typer.Option(help="Deviation, in pixel units: noise.")] = None,
    random_start: Annotated[
        bool | None, typer.Option(help="Start the one step from a random point: fast.")
    ] = None,
    warmup: Annotated[float, typer.Option(help="Share of steps over which eps grows.")] = 0.0,
    epochs: Annotated[int, typer.Option(help="Times that every image is seen.")] = 10,
    batch: Annotated[int, typer.Option(help="Images a step.")] = 100,
    rate: Annotated[float, typer.Option(help="Largest learning rate.")] = 0.005,
    optimiser: Annotated[str, typer.Option(help="adam, adamw or sgd.")] = "adam",
    schedule: Annotated[str, typer.Option(help="triangle, one-cycle or constant.")] = "triangle",
    decay: Annotated[float, typer.Option(help="Weight decay.")] = 0.0,
    augment: Annotated[bool, typer.Option("--augment", help="Turn, scale and move.")] = False,
    looks: Annotated[int, typer.Option(help="Batches between looks for collapse.")] = 150,
    keep_collapsed: Annotated[
        bool, typer.Option("--keep-collapsed", help="Go on where training collapses.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Where all chance comes from.")] = 0,
    name: Annotated[str, typer.Option(help="What the net is called. Default: the folder.")] = "",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a training that was stopped.")
    ] = False,
    every: Annotated[float, typer.Option(help="Seconds between checkpoints.")] = 30.0,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Train a net and keep it in a folder; trained:FOLDER then names it as a subject."""
    from fieldmark import api
    from fieldmark.cli.progress import screen

    try:
        with redirect_stdout(sys.stderr), screen() as drawn:
            trained = api.train(
                architecture,
                data,
                out,
                method=method,
                eps=eps,
                step=step,
                steps=steps,
                beta=beta,
                replays=replays,
                noise=noise,
                random_start=random_start,
                seed=seed,
                name=name,
                resume=resume,
                every=every,
                keep_collapsed=keep_collapsed,
                watch=_Bar(drawn, f"training {name or out.name}"),
                warmup=warmup,
                epochs=epochs,
                batch=batch,
                rate=rate,
                optimiser=optimiser,
                schedule=schedule,
                decay=decay,
                augment=augment,
                looks=looks,
            )
    except KeyboardInterrupt:
        typer.echo(f"stopped; the same command with --resume goes on in {out}", err=True)
        raise typer.Exit(130) from None
    _tell(trained, as_json=as_json)


def _tell(trained: "Trained", *, as_json: bool) -> None:
    last = trained.looks[-1] if trained.looks else None
    if as_json:
        emit(
            {
                "folder": str(trained.folder),
                "name": trained.name,
                "seconds": round(trained.seconds, 1),
                "resumed": trained.resumed,
                "collapse": trained.collapse or None,
                "clean": last and last.clean,
                "fgsm": last and last.fgsm,
                "pgd": last and last.pgd,
            }
        )
        return
    if trained.collapse:
        typer.echo(trained.collapse, err=True)
    if last is not None:
        hard = f", {last.pgd:.1%} under PGD at {last.radius:.3g}" if last.radius else ""
        print(f"{trained.name}: right on {last.clean:.1%} of the training images looked at{hard}")
    subject = shlex.quote(f"trained:{trained.folder}")
    print(f"fieldmark run --subjects {subject} --conditions mnist-test,...")


class _Bar:
    """A bar of batches, from the first one that was learnt here."""

    def __init__(self, drawn: "Screen", title: str) -> None:
        self._drawn, self._title = drawn, title
        self._done = 0

    def __call__(self, done: int, total: int, note: str) -> None:
        if not self._done:
            self._drawn.begin(self._title, float(total))
        self._drawn.advance(self._title, float(done - self._done), note)
        self._done = done
