"""Output: tables for people, JSON for programs, and which store is meant when none is named."""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from fieldmark.records import Finding

JSON = typer.Option("--json", help="Print JSON instead of text.")
STORE = typer.Argument(help="A folder or fsspec URL. Default: fieldmark-store or fieldmark-demo.")

Format = Annotated[str, typer.Option("--format", help="text, md, csv or json.")]
Figures = Annotated[
    Path | None,
    typer.Option("--figure", help="Write the figures: .png, .svg, or .html for a whole page."),
]

_USUAL_STORES = ("fieldmark-store", "fieldmark-demo")


def emit(value: object) -> None:
    """Print a value as JSON; what is undefined is null."""
    plain = _defined(value)
    json.dump(plain, sys.stdout, indent=2, ensure_ascii=False, allow_nan=False, default=str)
    print()


def tell(finding: "Finding", *, figure: Path | None, format: str, as_json: bool) -> None:
    """Print a finding, and write its figures where somebody wants them."""
    from fieldmark.reports import render, write_figure

    if figure is not None:
        write_figure(finding, figure)
    print(render(finding, format="json" if as_json else format))


def counted(n: object, noun: str) -> str:
    """A number and what it counts.

    Example:
        >>> counted(1, "cell"), counted(2, "cell")
        ('1 cell', '2 cells')
    """
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def names_in(text: str) -> tuple[str, ...]:
    """Names with commas between; those in ``idx:IMAGES,LABELS`` and in quotes are none of them.

    Example:
        >>> names_in("ridge, idx:a,b+contrast@1")
        ('ridge', 'idx:a,b+contrast@1')
        >>> names_in('photos[place="Bath, Maine"],mnist-test')
        ('photos[place="Bath, Maine"]', 'mnist-test')
    """
    piece = r'(?:"(?:[^"\\]|\\.)*"|[^,])+'
    names = re.findall(rf"\s*idx:[^,]*,{piece}|{piece}", text)
    return tuple(name.strip() for name in names if name.strip())


def rows(records: Sequence[Mapping[str, object]], *, as_json: bool) -> None:
    """Print records as an aligned table, or as a JSON list."""
    if as_json:
        emit(list(records))
        return
    if not records:
        print("nothing")
        return
    titles = list(records[0])
    cells = [[_text(record[title]) for title in titles] for record in records]
    widths = [max(len(line[i]) for line in [titles, *cells]) for i in range(len(titles))]
    for line in [titles, *cells]:
        pairs = zip(line, widths, strict=True)
        print("  ".join(text.ljust(width) for text, width in pairs).rstrip())


def usual_store(named: str) -> str:
    """The store that is meant: the one named, or the usual one in this folder.

    Raises:
        StoreError: None is named and there is none of the usual names here.
    """
    if named:
        return named
    for usual in _USUAL_STORES:
        if Path(usual, "fieldmark.json").exists():
            return usual
    from fieldmark.records import StoreError

    raise StoreError(
        f"no store named, and neither {' nor '.join(_USUAL_STORES)} is in this folder; "
        "`fieldmark demo` makes one"
    )


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return "" if value is None else str(value)


def _defined(value: object) -> object:
    """The same, but None for every number that JSON has no word for."""
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _defined(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_defined(one) for one in value]
    return value
