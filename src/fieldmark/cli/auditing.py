"""The command that audits an evaluation."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from fieldmark.cli.output import JSON, Format, tell

if TYPE_CHECKING:
    from fieldmark.records import Finding

_COLOURS = {"pass": "green", "fail": "bold red", "unknown": "yellow", "not applicable": "dim"}


def audit(
    model: Annotated[str, typer.Argument(help="A subject, such as cnn-small.")],
    condition: Annotated[str, typer.Argument(help="As mnist-test+autoattack-linf@0.3.")],
    images: Annotated[int, typer.Option(help="How many pictures are looked at.")] = 200,
    claimed: Annotated[
        float | None, typer.Option(help="The robust accuracy that is claimed, as 0.8877.")
    ] = None,
    because: Annotated[str, typer.Option(help="Why this budget.")] = "",
    adaptive: Annotated[str, typer.Option(help="How the attack was adapted to the defence.")] = "",
    code: Annotated[str, typer.Option(help="Where code and weights are.")] = "",
    tradeoff: Annotated[
        str, typer.Option(help="Where errors are reported against abstentions.")
    ] = "",
    bound: Annotated[str, typer.Option(help="What provable lower bound there is.")] = "",
    substitute: Annotated[
        str, typer.Option(help="Another subject, whose worst pictures are tried.")
    ] = "",
    twin: Annotated[str, typer.Option(help="The same model without its defence.")] = "",
    queries: Annotated[int, typer.Option(help="Questions of attacks without gradients.")] = 5000,
    draws: Annotated[int, typer.Option(help="Draws of random noise; 10000 are wanted.")] = 100,
    seed: Annotated[int, typer.Option(help="The run's seed.")] = 0,
    format: Format = "text",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Say whether an evaluation of robustness deserves belief, rule by rule."""
    from fieldmark import api

    with _progress() as told:
        finding = api.audit(
            model,
            condition,
            images=images,
            claimed=claimed,
            because=because,
            adaptive=adaptive,
            code=code,
            tradeoff=tradeoff,
            bound=bound,
            substitute=substitute or None,
            twin=twin or None,
            queries=queries,
            draws=draws,
            seed=seed,
            told=told,
        )
    if format == "text" and not as_json and sys.stdout.isatty():
        _draw(finding)
    else:
        tell(finding, figure=None, format=format, as_json=as_json)


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """What is being done, on a line that goes when it is over; nothing where nobody looks."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status("reading", spinner="dots") as status:
        yield status.update


def _draw(finding: "Finding") -> None:
    """The verdict, and a coloured line for each rule."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 1), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=2)
    table.add_column(ratio=5)
    for key, item, state, words, _ in finding.table.rows:
        colour = _COLOURS.get(str(state), "")
        table.add_row(
            Text(str(key)), Text(str(state), style=colour), Text(str(item)), Text(str(words))
        )
    console = Console()
    console.print(table)
    console.print()
    console.print(Text(finding.statement, style="bold"))
    for caveat in finding.caveats:
        console.print(Text(caveat, style="dim"))
