"""The command that shows: contact sheets of conditions, levels, shifts and sequences."""

import re
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated

import typer

from fieldmark.cli.output import JSON, emit


def show(
    condition: Annotated[
        str,
        typer.Argument(help="Such as mnist-test+fog@3; @* shows its levels side by side."),
    ],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="The PNG to write.")] = None,
    count: Annotated[
        int | None,
        typer.Option(min=1, max=400, help="How many examples; 40, or 4 in rows of their own."),
    ] = None,
    shifts: Annotated[bool, typer.Option("--shifts", help="One example, every shift.")] = False,
    level: Annotated[int, typer.Option(min=1, help="Which level of every shift.")] = 3,
    subject: Annotated[
        str, typer.Option(help="Who is attacked, where the change is an attack.")
    ] = "",
    seed: Annotated[int, typer.Option(help="The run's seed.")] = 0,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Write a contact sheet: a condition, the levels of a shift, a sequence, or every shift."""
    from fieldmark import api

    named = f"{condition}-shifts" if shifts else condition.replace("@*", "@all")
    path = out or Path(re.sub(r"[^A-Za-z0-9_.+@-]+", "-", named).strip("-.") + ".png")
    with redirect_stdout(sys.stderr):
        if shifts:
            shown = api.show_shifts(condition, path, level=level, count=count or 1, seed=seed)
        else:
            shown = api.show(condition, path, count=count, subject=subject or None, seed=seed)
    if as_json:
        emit({"path": str(path), "condition": condition, "pictures": shown})
    else:
        print(f"{path}: {shown} pictures")
