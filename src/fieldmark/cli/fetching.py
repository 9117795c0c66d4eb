"""Commands about data sets: what is known of one, how it is had, and a copy in another form."""

import sys
import textwrap
from collections.abc import Iterable
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fieldmark.cli.output import JSON, counted, emit

if TYPE_CHECKING:
    from fieldmark.cli.progress import Screen

_WIDTH = 100
_WRAPPED: Any = {
    "subsequent_indent": "    ",
    "break_on_hyphens": False,
    "break_long_words": False,
}


def card(
    name: Annotated[
        str, typer.Argument(help="A data set, such as imagenet-v2; `fieldmark list datasets`.")
    ],
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Say all that is known of a data set: source, licence, layout, traps, how."""
    from fieldmark import catalog, datasets

    head = name.partition("/")[0]
    if ":" not in name and head in datasets.PUBLISHED:
        found = datasets.PUBLISHED[head]
        if name != head:
            datasets.named(name)  # a part that nobody knows is a mistake
        here = catalog.shelf().present(head)
        if as_json:
            emit(datasets.published_facts(found, here))
        else:
            _print(datasets.published_lines(found, here))
        return
    _card_of_examples(name, as_json=as_json)


def _card_of_examples(name: str, *, as_json: bool) -> None:
    from dataclasses import asdict

    from fieldmark.catalog import DATASETS, published_names, source
    from fieldmark.records import UnknownNameError

    if ":" not in name and name not in DATASETS:
        raise UnknownNameError("data set", name, (*DATASETS, *published_names()))
    examples = source(name).examples()
    known = {**asdict(examples.card), "n": len(examples), "classes": examples.classes.printed}
    if as_json:
        emit({**known, "fingerprint": examples.content})
        return
    words = {"not_for": "Not for"}
    told = [
        f"{words.get(key, key.capitalize())}: {value}"
        for key, value in known.items()
        if key not in ("name", "title", "classes", "n") and value
    ]
    shown = ", ".join(examples.classes.printed[:20])
    more = ", ..." if len(examples.classes) > 20 else ""
    _print([f"{name}: {examples.card.title}", "", *told, f"Classes: {shown}{more}"])


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(textwrap.fill(line, _WIDTH, **_WRAPPED))


def fetch(
    name: Annotated[str, typer.Argument(help="Such as imagenet-a, cifar-10.1/v6, imagenet-c/fog.")],
    into: Annotated[
        Path | None,
        typer.Option(
            help="The folder that holds a folder for each set. Default: the first of "
            "FIELDMARK_DATA_SETS, or the cache."
        ),
    ] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Download what may be downloaded of a published test set, check it and unpack it.

    Where it was cut off, the same command goes on.
    """
    from fieldmark import datasets
    from fieldmark.catalog import data_set_folders
    from fieldmark.cli.progress import screen
    from fieldmark.records import UnknownNameError

    head, _, part = name.partition("/")
    if head not in datasets.PUBLISHED:
        raise UnknownNameError("published test set", head, datasets.PUBLISHED)
    found = datasets.PUBLISHED[head]
    place = (into or data_set_folders()[0]).expanduser()
    try:
        with redirect_stdout(sys.stderr), screen() as drawn:
            done = datasets.fetch(found, part, place, watch=_Bytes(drawn))
    except KeyboardInterrupt:
        typer.echo("stopped; what has come is kept, and the same command goes on", err=True)
        raise typer.Exit(130) from None
    names = [found.full_name(one) for one in done.parts]
    if as_json:
        emit(
            {
                "folder": str(done.folder),
                "made": done.made,
                "kept": done.kept,
                "conditions": names,
                "lacks": done.lacks,
            }
        )
        return
    print(
        f"{done.folder}: {counted(len(done.made), 'file')} fetched, {len(done.kept)} there before"
    )
    for one in done.lacks:
        print(f"still to be had: {one}")
    if into is not None and into.expanduser() not in data_set_folders():
        print(f"to use it: FIELDMARK_DATA_SETS={into}")
    shown = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
    print(f"conditions: {shown}")


def convert(
    source: Annotated[str, typer.Argument(help="A data set, such as folder:photos or mnist-test.")],
    target: Annotated[Path, typer.Argument(help="NAME.parquet, NAME.zip or NAME.shards.")],
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Copy a data set into a Parquet table, a zip archive, or a folder of WebDataset shards.

    Files go over byte by byte, so the copy has the same fingerprint.
    """
    from fieldmark import catalog, datasets
    from fieldmark.cli.progress import screen

    examples = catalog.source(source).examples()
    bars = {"begun": False}
    with redirect_stdout(sys.stderr), screen() as drawn:

        def watch(done: int, total: int) -> None:
            if not bars["begun"]:
                drawn.begin("copying", float(total))
                bars["begun"] = True
            drawn.advance("copying", 1.0, f"{done:,} pictures")

        written = datasets.convert(examples, target, watch=watch)
    if as_json:
        emit({"path": str(written), "examples": len(examples), "fingerprint": examples.content})
    else:
        print(f"{written}: {counted(len(examples), 'example')} of {examples.card.name}")


class _Bytes:
    """A bar for each file as it comes in or is unpacked."""

    def __init__(self, drawn: "Screen") -> None:
        self._drawn = drawn
        self._done: dict[str, int] = {}

    def __call__(self, file: str, done: int, total: int) -> None:
        stage = f"fetching {file.strip('.').removesuffix('.part')}"
        if not total:
            stage = f"unpacking {file}"
        if stage not in self._done:
            self._drawn.begin(stage, float(total or done))
        self._drawn.advance(stage, float(done - self._done.get(stage, 0)), f"{done / 1e6:,.1f} MB")
        self._done[stage] = done
