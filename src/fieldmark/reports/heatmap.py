"""Subjects × conditions as a heat map: columns in groups, one accuracy in each square."""

from dataclasses import dataclass
from itertools import groupby

from fieldmark.records import Estimate, Grid, Square
from fieldmark.reports.palette import RAMP, ink_on, shade
from fieldmark.reports.vega import Spec, inline
from fieldmark.reports.words import spoken

_SIDE = 21
_LETTERS = 3.4  # of a heading, that fit over one square
_OVER_LEVELS = 14  # pixels that an upright heading leaves for the levels below it
_HALL = 0.35  # between groups, in squares
_NO_COLOUR = "#8b929a"


@dataclass(frozen=True)
class Heading:
    """What stands over neighbouring columns that share it: a change over its levels."""

    title: str
    group: str
    columns: tuple[str, ...]
    levels: tuple[str, ...]


def headings(figure: Grid) -> tuple[Heading, ...]:
    """The columns of ``figure`` gathered by group and change, in their order.

    ``mnist-test+fog@1`` and ``mnist-test+fog@2`` come under "fog" with levels "1" and "2".

    Example:
        >>> names = ("digits", "digits+fog@1", "digits+fog@2")
        >>> grid = Grid("", (), names, ("test", "shift", "shift"), (), "")
        >>> [(heading.title, heading.levels) for heading in headings(grid)]
        [('digits', ('',)), ('fog', ('1', '2'))]
    """
    pairs = zip(figure.columns, figure.groups, strict=True)
    runs = groupby(pairs, key=lambda pair: (_stem(pair[0]), pair[1]))
    return tuple(
        Heading(stem, group, names, tuple(name.partition("@")[2] for name in names))
        for (stem, group), run in runs
        for names in [tuple(name for name, _ in run)]
    )


def lies_flat(heading: Heading) -> bool:
    """Is there room to print a heading level over its columns? Otherwise it stands upright.

    Example:
        >>> lies_flat(Heading("fog", "", ("fog@1", "fog@2"), ("1", "2")))
        True
    """
    return len(heading.title) <= _LETTERS * len(heading.columns)


def short_level(level: str) -> str:
    """A level as it fits over a square: the budget 8/255 is printed as 8 (see `level_note`)."""
    return level.removesuffix("/255")


def level_note(figure: Grid) -> str:
    """What must be said where levels are printed short; "" where there is nothing to say."""
    cut = [column for column in figure.columns if column.endswith("/255")]
    return "Budgets are printed without their /255." if cut else ""


def short(estimate: Estimate | None) -> str:
    """What stands in a square: whole percent, or "n/a".

    Example:
        >>> short(Estimate(0.994, 0.98, 1.0, n=100, method="")), short(None)
        ('99', 'n/a')
    """
    if estimate is None or not estimate.defined:
        return "n/a"
    return f"{estimate.value * 100:.0f}"


def told(square: Square) -> str:
    """What a square says when asked: its numbers, or why it has none."""
    if square.estimate is None:
        return square.reason or "not measured"
    return spoken(square.estimate) + (f"; {square.reason}" if square.reason else "")


def squares_of(figure: Grid) -> dict[tuple[str, str], Square]:
    """Every square of ``figure`` by (row, column); one that is missing says "not measured"."""
    found = {(square.row, square.column): square for square in figure.squares}
    return {
        (row, column): found.get((row, column), Square(row, column, None, "not measured"))
        for row in figure.rows
        for column in figure.columns
    }


def grid_chart(figure: Grid) -> Spec:
    """``figure`` as a chart with squares of a fixed size, headings above them."""
    starts, across = _starts(figure)
    scale: Spec = {"domain": [0, across], "nice": False, "zero": True}
    width = round(across * _SIDE)
    upright = [head for head in headings(figure) if not lies_flat(head)]
    rooms = (6 * len(head.title) + (_OVER_LEVELS if any(head.levels) else 0) for head in upright)
    high = 24 + max(rooms, default=16)
    heads = {"width": width, "height": high, "layer": _heads(figure, starts, scale, high)}
    body = {
        "width": width,
        "height": _SIDE * len(figure.rows),
        "layer": _body(figure, starts, scale),
    }
    title = {"text": figure.title, "subtitle": level_note(figure)}
    return {"title": title, "spacing": 0, "vconcat": [heads, body]}


def _starts(figure: Grid) -> tuple[dict[str, float], float]:
    """Where each column begins, in squares, and where the last one ends."""
    starts: dict[str, float] = {}
    at = 0.0
    for heading in headings(figure):
        for column in heading.columns:
            starts[column] = at
            at += 1
        at += _HALL
    return starts, max(at - _HALL, 1.0)


def _body(figure: Grid, starts: dict[str, float], scale: Spec) -> list[Spec]:
    groups = dict(zip(figure.columns, figure.groups, strict=True))
    rows = [
        _row(square, groups[square.column], starts[square.column])
        for square in squares_of(figure).values()
    ]
    measured = {"data": inline([row for row in rows if row["value"] is not None])}
    empty = {"data": inline([row for row in rows if row["value"] is None])}
    y = {
        "field": "subject",
        "type": "nominal",
        "title": None,
        "sort": None,
        "scale": {"domain": list(figure.rows), "paddingInner": 0.06, "paddingOuter": 0.03},
        "axis": {
            **{"domain": False, "ticks": False, "grid": False},
            **{"labelPadding": 6, "labelLimit": 220},
        },
    }
    tips = [
        {"field": field, "type": "nominal"}
        for field in ("subject", "condition", "group", "accuracy")
    ]
    square = {"x": _across("left", scale), "x2": {"field": "right"}, "y": y, "tooltip": tips}
    text = {"x": _across("middle", scale), "y": y, "text": {"field": "short", "type": "nominal"}}
    shades = {
        "field": "value",
        "type": "quantitative",
        "scale": {"domain": [0, 1], "range": list(RAMP), "interpolate": "rgb"},
        "legend": {
            "title": "accuracy",
            "format": ".0%",
            "orient": "bottom",
            "gradientLength": 180,
        },
    }
    ink = {"field": "ink", "type": "nominal", "scale": None}
    blank = {"type": "rect", "color": _NO_COLOUR, "opacity": 0.2}
    return [
        measured | {"mark": "rect", "encoding": square | {"color": shades}},
        empty | {"mark": blank, "encoding": square},
        measured | {"mark": _text(9), "encoding": text | {"color": ink}},
        empty | {"mark": _text(8) | {"opacity": 0.75}, "encoding": text},
    ]


def _across(field: str, scale: Spec) -> Spec:
    """Where a mark lies, in squares from the left."""
    axis = {"title": None, "axis": None, "scale": scale}
    return {"field": field, "type": "quantitative", **axis}


def _text(size: int) -> Spec:
    return {"type": "text", "fontSize": size}


def _row(square: Square, group: str, start: float) -> Spec:
    known = square.estimate is not None and square.estimate.defined
    value = square.estimate.value if square.estimate is not None and known else None
    return {
        "subject": square.row,
        "condition": square.column,
        "group": group,
        "accuracy": told(square),
        "value": value,
        "short": short(square.estimate),
        "ink": "" if value is None else ink_on(shade(value)),
        "left": start + 0.03,
        "middle": start + 0.5,
        "right": start + 0.97,
    }


def _heads(figure: Grid, starts: dict[str, float], scale: Spec, high: int) -> list[Spec]:
    titles, levels = [], []
    for heading in headings(figure):
        left, right = starts[heading.columns[0]], starts[heading.columns[-1]] + 1
        middle, lies = (left + right) / 2, lies_flat(heading)
        raised = any(heading.levels)
        titles.append({"at": middle, "text": heading.title, "lies": lies, "raised": raised})
        for column, level in zip(heading.columns, heading.levels, strict=True):
            levels.append({"at": starts[column] + 0.5, "text": short_level(level)})
    flat = [title for title in titles if title["lies"]]
    upright = [title for title in titles if not (title["lies"] or title["raised"])]
    raised_ones = [title for title in titles if title["raised"] and not title["lies"]]
    standing = {"angle": 270, "align": "left", "baseline": "middle"}
    marks = (
        (flat, _text(11) | {"baseline": "bottom"}, high - 18),
        (upright, _text(11) | standing, high - 4),
        (raised_ones, _text(11) | standing, high - 4 - _OVER_LEVELS),
        (levels, _text(9) | {"baseline": "bottom", "opacity": 0.75}, high - 4),
    )
    shared = {"x": _across("at", scale), "text": {"field": "text", "type": "nominal"}}
    return [
        {"data": inline(rows), "mark": mark, "encoding": shared | {"y": {"value": y}}}
        for rows, mark, y in marks
    ]


def _stem(column: str) -> str:
    return column.partition("@")[0].rpartition("+")[2]
