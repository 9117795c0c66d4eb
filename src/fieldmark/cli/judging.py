"""Commands that judge: two subjects, a leaderboard, claims, and what a test set can tell."""

from pathlib import Path
from typing import Annotated

import typer

from fieldmark.cli.output import JSON, STORE, Figures, Format, tell, usual_store


def compare(
    first: Annotated[str, typer.Argument(help="One subject.")],
    second: Annotated[str, typer.Argument(help="Another.")],
    store: Annotated[str, STORE] = "",
    on: Annotated[str, typer.Option(help="A condition. Default: all that both answered.")] = "",
    figure: Figures = None,
    format: Format = "text",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Say whether one subject is more accurate than another, on the same examples."""
    from fieldmark.store import open_store
    from fieldmark.studies import compare as compared

    finding = compared(open_store(usual_store(store)), first, second, condition=on)
    tell(finding, figure=figure, format=format, as_json=as_json)


def leaderboard(
    store: Annotated[str, STORE] = "",
    on: Annotated[str, typer.Option(help="A condition. Default: the reference.")] = "",
    figure: Figures = None,
    format: Format = "text",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Rank subjects honestly: intervals of ranks, and who shares a place with whom."""
    from fieldmark import api

    finding = api.leaderboard(usual_store(store), on=on or None)
    tell(finding, figure=figure, format=format, as_json=as_json)


def claim(
    file: Annotated[Path, typer.Argument(help='A TOML file with claims = ["A beats B on X"].')],
    store: Annotated[str, STORE] = "",
    figure: Figures = None,
    format: Format = "text",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Hold claims against the answers: supported, not supported, or cannot be told."""
    from fieldmark import api
    from fieldmark.catalog import read_claims

    named = read_claims(file)
    elsewhere = store or not (named.store or named.table)
    finding = api.check_claims(file, usual_store(store) if elsewhere else None)
    tell(finding, figure=figure, format=format, as_json=as_json)


def cross_check(
    file: Annotated[
        Path,
        typer.Argument(
            help="A CSV file: model, attack, norm, eps, and reported or reattacked "
            "(also n, clean, dataset, knowledge)."
        ),
    ],
    percent: Annotated[bool, typer.Option(help="Accuracies are in percent.")] = False,
    n: Annotated[int, typer.Option(help="Examples, where the file does not say.")] = 0,
    figure: Figures = None,
    format: Format = "text",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Hold published robust accuracies against re-attacks and against each other."""
    from fieldmark import api

    finding = api.cross_check(file, percent=percent, n=n)
    tell(finding, figure=figure, format=format, as_json=as_json)


def power(
    n: Annotated[int, typer.Option(help="Labelled examples of the test set.")] = 1000,
    difference: Annotated[
        float, typer.Option(help="Difference of two accuracies that is to be told.")
    ] = 0.01,
    accuracy: Annotated[float, typer.Option(help="Accuracy of the better one, about.")] = 0.9,
    discordance: Annotated[
        float | None,
        typer.Option(help="Share of examples that exactly one of the two has right."),
    ] = None,
    wanted: Annotated[
        float, typer.Option("--power", help="Wanted chance of telling a difference.")
    ] = 0.8,
    figure: Figures = None,
    format: Format = "text",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Say what differences a test set can tell, and how large it must be; from numbers alone."""
    from fieldmark.studies import power as powered

    finding = powered(
        n=n, difference=difference, accuracy=accuracy, discordance=discordance, power=wanted
    )
    tell(finding, figure=figure, format=format, as_json=as_json)
