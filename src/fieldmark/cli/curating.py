"""Commands that curate a test set: filter it by errors, and look for its copies in another set."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from fieldmark.cli.output import JSON, Format, emit, names_in, tell, usual_store


def filter_(
    store: Annotated[str, typer.Argument(help="Where answers are kept.")] = "",
    condition: Annotated[
        str, typer.Option("--condition", "--on", help="Whose answers decide.")
    ] = "",
    wrong_for: Annotated[str, typer.Option(help="Who must be wrong; commas between.")] = "",
    name: Annotated[str, typer.Option(help="What it is called; the file is NAME.json.")] = "",
    rule: Annotated[
        Literal["all", "most", "any"], typer.Option(help="How many of them must be wrong.")
    ] = "all",
    confidence: Annotated[float, typer.Option(help="Count only answers this sure.")] = 0.0,
    per_class: Annotated[int, typer.Option(help="Keep at most so many of a class.")] = 0,
    seed: Annotated[int, typer.Option(help="Which ones, where there are more.")] = 0,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Keep what given subjects get wrong, in a file for conditions: SET[selection=NAME]."""
    from fieldmark import api
    from fieldmark.records import ConfigError

    if not condition or not wrong_for or not name:
        raise ConfigError("filter needs --condition, --wrong-for and --name")
    path = Path(name if name.endswith(".json") else f"{name}.json")
    chosen = api.filter_wrong(
        usual_store(store),
        path,
        on=condition,
        wrong_for=names_in(wrong_for),
        rule=rule,
        confidence=confidence,
        per_class=per_class,
        seed=seed,
    )
    if as_json:
        emit({"path": str(path), "name": chosen.name, "of": chosen.of, "kept": len(chosen.ids)})
        return
    print(f"{path}: {len(chosen.ids):,} examples of {chosen.of}: {chosen.rule}")
    print(f"not for: {chosen.bias}")
    print(f"ask with SET[selection={path.with_suffix('')}], SET being how {chosen.of} is opened")
    asked = ",".join(chosen.chosen_by)
    print("how far others err alike:")
    print(f"fieldmark study filtering {store} --on '{condition}' --set wrong_for={asked}")


def duplicates(
    first: Annotated[str, typer.Argument(help="The set that is searched, such as train.")],
    second: Annotated[
        str, typer.Argument(help="The set that is looked for, such as test; none: within FIRST.")
    ] = "",
    sheet: Annotated[Path | None, typer.Option(help="Write pairs to look at: .html.")] = None,
    verdicts: Annotated[
        Path | None, typer.Option(help="What people said on a sheet, as it was saved.")
    ] = None,
    keep: Annotated[
        Path | None, typer.Option(help="Write SECOND without its copies, a selection: .json.")
    ] = None,
    neighbours: Annotated[int, typer.Option(min=1, help="Candidates of a picture.")] = 5,
    format: Format = "text",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Look for pictures of one set in another: copies, re-encoded, cropped, mirrored."""
    from fieldmark import api
    from fieldmark.records import ConfigError

    if sheet is not None and sheet.suffix != ".html":
        raise ConfigError(f"--sheet writes .html, not {sheet.name}")
    found = api.duplicates(first, second or None, neighbours=neighbours, watch=_watch)
    finding = api.leaks(found, verdicts)
    if sheet is not None:
        shown = api.review_sheet(found, sheet, verdicts=verdicts)
        typer.echo(f"{sheet}: {shown} pairs to look at", err=True)
    if keep is not None:
        chosen = api.without_duplicates(found, keep, verdicts=verdicts)
        typer.echo(f"{keep}: {len(chosen.ids):,} of {len(found.second):,} stay", err=True)
    tell(finding, figure=None, format=format, as_json=as_json)


def _watch(name: str, done: int, whole: int) -> None:
    """A line for each tenth of a large set, on standard error."""
    if whole >= 2_000 and sys.stderr.isatty():
        end = "\n" if done == whole else "\r"
        print(f"{name}: {done:,} of {whole:,} pictures read", end=end, file=sys.stderr, flush=True)
