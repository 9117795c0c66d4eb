"""Estimates under each other: a dot with its interval, its name on the left, numbers right."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from fieldmark.records import Bar, Forest
from fieldmark.reports.naming import looked_up, shortened, title_lines
from fieldmark.reports.palette import FAMILY_COLOURS, colours
from fieldmark.reports.units import said_with_interval, stretch_of, tick_words, told_in_full
from fieldmark.reports.vega import Spec, inline, text_tip

_MOST = 60
_ENDS = 25
_STEP = 20
_LEAST_HEIGHT = 36


@dataclass(frozen=True)
class _Row:
    """A line of the figure: a bar, or the place of those that are left out."""

    label: str
    bar: Bar | None
    numbers: str


def forest_groups(figure: Forest) -> tuple[str, ...]:
    """The groups that colour ``figure``, each once, in the order in which they appear."""
    return tuple(dict.fromkeys(bar.group for bar in figure.bars))


def left_out(figure: Forest) -> int:
    """How many bars have no room: of more than 60 only the first and last 25 are drawn."""
    return len(figure.bars) - 2 * _ENDS if len(figure.bars) > _MOST else 0


def left_out_note(figure: Forest) -> str:
    """What must be said where bars are left out; "" where there is nothing to say."""
    lost = left_out(figure)
    if not lost:
        return ""
    of = f"of {len(figure.bars):,}"
    return f"Drawn are the first {_ENDS} and the last {_ENDS} {of}; the table has all."


def forest_chart(figure: Forest, families: Sequence[str] = ()) -> Spec:
    """``figure`` as a chart as wide as its container and as high as it has bars.

    Args:
        figure: What is to be drawn.
        families: All families in the order of their colours, where several figures share them.
    """
    rows = _rows(figure)
    height = max(_LEAST_HEIGHT, len(rows) * _STEP)
    drawn = [
        _drawn(place, row.bar, figure) for place, row in enumerate(rows) if row.bar is not None
    ]
    data = {"data": inline([row for row in drawn if row["value"] is not None])}
    colour = _colour(figure, families)
    return {
        "title": title_lines(figure.title),
        "width": "container",
        "height": height,
        "layer": [
            *_mark(figure),
            data | _intervals(figure, rows, colour),
            data | _dots(figure, rows, colour),
            _numbers(rows),
        ],
        "resolve": {"axis": {"y": "independent"}, "scale": {"y": "shared"}},
    }


def _rows(figure: Forest) -> list[_Row]:
    rows = [
        _Row(shortened(bar.name), bar, said_with_interval(bar.estimate, figure.unit))
        for bar in figure.bars
    ]
    if not (lost := left_out(figure)):
        return rows
    return [*rows[:_ENDS], _Row(f"… {lost:,} left out …", None, ""), *rows[-_ENDS:]]


def _drawn(place: int, bar: Bar, figure: Forest) -> Spec:
    estimate = bar.estimate
    known = isfinite(estimate.low) and isfinite(estimate.high)
    return {
        "place": place,
        "name": bar.name,
        "group": bar.group,
        "value": estimate.value if isfinite(estimate.value) else None,
        "low": estimate.low if known else estimate.value,
        "high": estimate.high if known else estimate.value,
        "told": told_in_full(estimate, figure.unit),
        "note": bar.note,
    }


def _x(field: str, figure: Forest) -> Spec:
    estimates = [bar.estimate for bar in figure.bars]
    seen = [end for one in estimates for end in (one.value, one.low, one.high)]
    marks = [] if figure.mark is None else [figure.mark]
    axis: Spec = {"labelExpr": tick_words(figure.unit), "labelOverlap": True, "tickCount": 6}
    if figure.unit == "rank":
        last = max((end for end in seen if isfinite(end)), default=1.0)
        axis |= {"values": rank_ticks(last), "labelOverlap": False}
    return {
        "field": field,
        "type": "quantitative",
        "title": figure.x_title,
        "scale": {
            "domain": list(stretch_of([*seen, *marks], figure.unit)),
            **{"nice": False, "zero": False},
        },
        "axis": axis,
    }


def rank_ticks(last: float) -> list[int]:
    """Whole ranks from 1 on, not more than a dozen.

    Example:
        >>> rank_ticks(4.0), rank_ticks(67.0)
        ([1, 2, 3, 4], [1, 10, 20, 30, 40, 50, 60])
    """
    steps = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
    step = next((step for step in steps if last / step <= 12), 10_000)
    return [1, *(rank for rank in range(step, int(last) + 1, step) if rank - 1 > step / 2)]


def _y(rows: Sequence[_Row], axis: Spec | None) -> Spec:
    return {
        "field": "place",
        "type": "ordinal",
        "title": None,
        "sort": None,
        "scale": {"domain": list(range(len(rows)))},
        "axis": axis,
    }


def _names(rows: Sequence[_Row]) -> Spec:
    return {
        "labelExpr": looked_up([row.label for row in rows]),
        **{"domain": False, "ticks": False, "grid": True, "gridDash": [1, 3]},
        **{"labelPadding": 8, "labelLimit": 0, "labelOverlap": False},
    }


def _numbers(rows: Sequence[_Row]) -> Spec:
    """The numbers on the right: labels of an axis, so that room is made for them."""
    axis = {
        "orient": "right",
        "labelExpr": looked_up([row.numbers for row in rows]),
        "labelOpacity": 0.75,
        **{"domain": False, "ticks": False, "grid": False},
        **{"labelPadding": 8, "labelLimit": 0, "labelOverlap": False},
    }
    places = inline([{"place": place} for place in range(len(rows))])
    nothing = {"type": "point", "opacity": 0, "size": 0, "tooltip": None}
    return {"data": places, "mark": nothing, "encoding": {"y": _y(rows, axis)}}


def _colour(figure: Forest, families: Sequence[str]) -> Spec:
    groups = forest_groups(figure)
    if len(groups) < 2:
        return {"value": FAMILY_COLOURS[0]}
    table = colours([*families, *groups])
    return {
        "field": "group",
        "type": "nominal",
        "scale": {"domain": list(groups), "range": [table[group] for group in groups]},
        "legend": {
            **{"title": None, "orient": "bottom", "columns": 4, "labelLimit": 240},
            **{"symbolType": "circle", "symbolOpacity": 1, "symbolStrokeWidth": 0},
        },
    }


def _mark(figure: Forest) -> list[Spec]:
    if figure.mark is None:
        return []
    rule = {"type": "rule", "strokeDash": [5, 4], "strokeWidth": 1.2, "opacity": 0.75}
    there = inline([{"mark": figure.mark}])
    return [{"data": there, "mark": rule, "encoding": {"x": _x("mark", figure)}}]


def _intervals(figure: Forest, rows: Sequence[_Row], colour: Spec) -> Spec:
    thin = {"type": "rule", "strokeWidth": 1.4, "strokeOpacity": 0.7}
    encoding = {"x": _x("low", figure), "x2": {"field": "high"}, "y": _y(rows, _names(rows))}
    return {"mark": thin, "encoding": encoding | {"color": colour}}


def _dots(figure: Forest, rows: Sequence[_Row], colour: Spec) -> Spec:
    tips = [text_tip("name", "name"), text_tip("told", figure.x_title)]
    if len(forest_groups(figure)) > 1:
        tips.insert(1, text_tip("group", "group"))
    if any(bar.note for bar in figure.bars):
        tips.append(text_tip("note", "note"))
    return {
        "mark": {"type": "point", "filled": True, "size": 62, "opacity": 1, "strokeWidth": 0},
        "encoding": {"x": _x("value", figure), "y": _y(rows, None), "color": colour}
        | {"tooltip": tips},
    }
