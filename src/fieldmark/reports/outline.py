"""The outline of a page: sections, their parts, and what is to be drawn in each."""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fieldmark.records import (
    Curves,
    Estimate,
    Figure,
    Finding,
    Forest,
    Gallery,
    Grid,
    Histogram,
    Lines,
    Matrix,
    Picture,
    Scatter,
    Square,
    Value,
)
from fieldmark.reports.curves import families_of, panel_chart
from fieldmark.reports.drawing import chart
from fieldmark.reports.forest import forest_groups, left_out_note
from fieldmark.reports.heatmap import (
    headings,
    level_note,
    lies_flat,
    short,
    short_level,
    squares_of,
    told,
)
from fieldmark.reports.matrix import names_note
from fieldmark.reports.palette import RAMP, colours, ink_on, shade
from fieldmark.reports.rendering import csv_of
from fieldmark.reports.scatter import undrawn
from fieldmark.reports.tables import Words, words
from fieldmark.reports.vega import Spec
from fieldmark.reports.words import counted, in_unit

_LARGE = 4
Specs = dict[str, Spec]


@dataclass(frozen=True)
class Large:
    """A number that is printed large, its interval underneath, and what it is."""

    label: str
    detail: str
    value: str
    under: str


@dataclass(frozen=True)
class Part:
    """One finding on the page."""

    anchor: str
    title: str
    statement: str
    large: tuple[Large, ...]
    drawings: tuple[Mapping[str, Any], ...]
    table: Words
    csv: str


@dataclass(frozen=True)
class Section:
    """All findings of one study."""

    anchor: str
    short: str
    parts: tuple[Part, ...]


def outline(findings: Sequence[Finding]) -> tuple[tuple[Section, ...], Specs]:
    """The sections of a page, and the Vega-Lite specifications of its charts by their names."""
    families = colours(_families(findings))
    studies: dict[str, list[Finding]] = {}
    for finding in findings:
        studies.setdefault(finding.study, []).append(finding)
    specs: Specs = {}
    sections = []
    for place, (study, found) in enumerate(studies.items()):
        anchor = f"{_slug(study)}-{place + 1}"
        parts = tuple(
            _part(finding, f"{anchor}-{at + 1}", specs, families)
            for at, finding in enumerate(found)
        )
        sections.append(Section(anchor, _heading(study), parts))
    return tuple(sections), specs


def large_numbers(finding: Finding) -> tuple[Large, ...]:
    """The numbers of a headline that are worth large print: one per condition and quantity.

    So a page shows the best accuracy, the loss under a natural shift, the costliest corruption and
    what is left under attack, not ten corruptions side by side. A table without columns of these
    names gives its first rows.
    """
    keys = [column.key for column in finding.table.columns]
    found: list[Large] = []
    seen: set[tuple[str, Value]] = set()
    for row in (dict(zip(keys, values, strict=True)) for values in finding.table.rows):
        told = {(key, row[key]) for key in ("condition", "quantity") if key in row}
        estimate = next((value for value in row.values() if isinstance(value, Estimate)), None)
        if estimate is not None and estimate.defined and not told & seen:
            seen |= told
            unit = row.pop("unit", "")
            label, *rest = [value for value in row.values() if isinstance(value, str)] or [""]
            value, bounds = in_unit(estimate, str(unit))
            under = f"{bounds}, n = {counted(estimate)}"
            found.append(Large(label, ", ".join(rest), value, under))
    return tuple(found[:_LARGE])


def _part(finding: Finding, anchor: str, specs: Specs, families: Mapping[str, str]) -> Part:
    return Part(
        anchor,
        finding.title,
        finding.statement,
        large_numbers(finding) if finding.study == "headline" else (),
        tuple(_drawing(figure, specs, families) for figure in finding.figures),
        words(finding.table),
        csv_of(finding.table),
    )


def _drawing(figure: Figure, specs: Specs, families: Mapping[str, str]) -> dict[str, Any]:
    match figure:
        case Scatter():
            return _scatter(figure, specs, families)
        case Curves():
            return _curves(figure, specs, families)
        case Grid():
            return _grid(figure)
        case Forest() | Matrix() | Lines() | Histogram():
            return _chart(figure, specs, families)
        case Gallery():
            pictures = [_picture(picture) for picture in figure.pictures]
            shared = {"kind": "gallery", "title": figure.title, "caption": figure.rule}
            return shared | {"pictures": pictures}


def _scatter(figure: Scatter, specs: Specs, families: Mapping[str, str]) -> dict[str, Any]:
    spec = chart(figure, families=tuple(families))
    del spec["title"]  # it stands above the chart, as a heading
    missing = undrawn(figure)
    left_out = f" Not drawn, because undefined: {', '.join(missing)}." if missing else ""
    return {
        "kind": "scatter",
        "title": figure.title,
        "caption": figure.caption + left_out,
        "charts": [_keep(spec, specs)],
    }


def _chart(
    figure: Forest | Matrix | Lines | Histogram, specs: Specs, families: Mapping[str, str]
) -> dict[str, Any]:
    """A figure that is one chart: wide ones can be scrolled where the page is narrow."""
    spec = chart(figure, families=tuple(families))
    del spec["title"]  # it stands above the chart, as a heading
    note = ""
    if isinstance(figure, Forest):
        note = left_out_note(figure)
    elif isinstance(figure, Matrix):
        note = names_note(figure)
    return {
        "kind": "chart",
        "title": figure.title,
        "caption": f"{figure.caption} {note}".strip(),
        "fixed": isinstance(figure, Matrix),
        "charts": [_keep(spec, specs)],
    }


def _curves(figure: Curves, specs: Specs, families: Mapping[str, str]) -> dict[str, Any]:
    names = []
    for panel in figure.panels:
        description = f"{figure.title}: {panel.title}"
        drawn = panel_chart(panel, tuple(families))
        names.append(_keep({"description": description, **drawn}, specs))
    shown = {family: families[family] for family in families_of(figure)}
    shared = {"kind": "curves", "title": figure.title, "caption": figure.caption}
    return shared | {"charts": names, "families": shown}


def _grid(figure: Grid) -> dict[str, Any]:
    squares = squares_of(figure)
    heads = headings(figure)
    rows = [
        {
            "name": row,
            "groups": [[_cell(squares[row, name]) for name in head.columns] for head in heads],
        }
        for row in figure.rows
    ]
    return {
        "kind": "grid",
        "title": figure.title,
        "caption": f"{figure.caption} {level_note(figure)}".strip(),
        "columns": len(figure.columns),
        "letters": max((len(row) for row in figure.rows), default=0),
        "rows": rows,
        "headings": [
            {
                "title": head.title,
                "columns": head.columns,
                "levels": [short_level(level) for level in head.levels],
                "narrow": not lies_flat(head),
            }
            for head in heads
        ],
        "ramp": ", ".join(RAMP),
    }


def _cell(square: Square) -> dict[str, str]:
    known = square.estimate is not None and square.estimate.defined
    colour = shade(square.estimate.value) if square.estimate is not None and known else ""
    return {
        "column": square.column,
        "short": short(square.estimate),
        "told": told(square),
        "colour": colour,
        "ink": ink_on(colour) if colour else "",
    }


def _picture(picture: Picture) -> dict[str, Any]:
    width, height = (int.from_bytes(picture.png[at : at + 4], "big") for at in (16, 20))
    return {
        "base64": b64encode(picture.png).decode(),
        "alt": ", ".join((picture.heading, *picture.lines)),
        "heading": picture.heading,
        "lines": picture.lines,
        "width": width,
        "height": height,
    }


def _keep(spec: Spec, specs: Specs) -> str:
    """Puts a chart among ``specs`` and says under which name."""
    name = f"chart-{len(specs) + 1}"
    specs[name] = spec
    return name


def _families(findings: Sequence[Finding]) -> list[str]:
    found: list[str] = []
    for figure in (figure for finding in findings for figure in finding.figures):
        if isinstance(figure, Scatter):
            found += [point.family for point in figure.points]
        elif isinstance(figure, Curves):
            found += families_of(figure)
        elif isinstance(figure, Forest) and len(forest_groups(figure)) > 1:
            found += forest_groups(figure)
    return found


def _heading(study: str) -> str:
    return study.replace("-", " ").capitalize()


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "study"
