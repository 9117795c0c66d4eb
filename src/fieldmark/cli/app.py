"""The commands in their order, and what becomes of an error: one clear line and exit status 2."""

import sys
import warnings
from typing import Annotated

import typer

from fieldmark.cli import (
    asking,
    auditing,
    corrupting,
    curating,
    fetching,
    judging,
    looking,
    recording,
    showing,
    starting,
    training,
)

app = typer.Typer(
    name="fieldmark",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(short_help="Train digit classifiers, ask, and report")(starting.demo)
app.command(short_help="Write a commented grid file to start from")(starting.init)
app.command("list", short_help="List the names there are")(starting.list_names)
app.command(short_help="Say all that is known of a data set")(fetching.card)
app.command(short_help="Download a published test set")(fetching.fetch)
app.command(short_help="Copy a data set into another form")(fetching.convert)
app.command(short_help="Ask what a grid has not answered yet")(asking.run)
app.command(short_help="Train a net and keep it in a folder")(training.train)
app.command(short_help="Write a contact sheet of a condition")(showing.show)
app.command(short_help="Write shifted pictures to disk")(corrupting.corrupt)
app.command(short_help="Look for pictures of one set in another")(curating.duplicates)
app.command("filter", short_help="Keep what given subjects get wrong")(curating.filter_)
app.command(short_help="Print accuracies with their intervals")(looking.table)
app.command(short_help="Answer one question from a store")(looking.study)
app.command(short_help="Say which of two subjects is better")(judging.compare)
app.command(short_help="Rank subjects, with intervals and ties")(judging.leaderboard)
app.command(short_help="Hold claims against the answers")(judging.claim)
app.command("cross-check", short_help="Hold a published table to itself")(judging.cross_check)
app.command(short_help="Say what a test set can tell")(judging.power)
app.command(short_help="Judge an evaluation of robustness")(auditing.audit)
app.command(short_help="Make published results again")(recording.replicate)
app.command("import", short_help="Keep published predictions")(recording.import_)
app.command(short_help="Fill a store with simulated subjects")(recording.rehearse)
app.command(short_help="Write a report that works offline")(looking.report)
app.command(short_help="Ask a store in SQL")(looking.sql)
app.command(short_help="Examine installation, data set or store")(starting.doctor)


def _version(wanted: bool) -> bool:
    if wanted:
        from fieldmark import __version__

        typer.echo(__version__)
        raise typer.Exit
    return wanted


@app.callback()
def fieldmark(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print it and end."),
    ] = False,
) -> None:
    """Does this image classifier, or this benchmark, hold up in the field?"""


def main() -> None:
    """Run the command line; a mistake of the user's is one line on standard error and status 2."""
    # Pillow speaks of what is odd beside a picture, once for each of fifty thousand files.
    warnings.filterwarnings("ignore", module=r"PIL\.")
    try:
        app()
    except Exception as error:
        from fieldmark.records import FieldmarkError

        if not isinstance(error, FieldmarkError):
            raise
        print(f"fieldmark: {_one_line(str(error))}", file=sys.stderr)
        sys.exit(2)


def _one_line(text: str) -> str:
    """A message as one line in which no word, be it a path or a name, drowns the others."""
    words = (word if len(word) <= 240 else f"{word[:120]}…{word[-40:]}" for word in text.split())
    line = " ".join(words)
    return line if len(line) <= 1500 else f"{line[:1500]}…"
