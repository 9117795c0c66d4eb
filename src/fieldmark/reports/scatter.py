"""Accuracy against accuracy: points with error bars, y = x, and the fitted line with its band."""

from collections.abc import Sequence
from dataclasses import dataclass

from fieldmark.records import Point, Scatter, Trend
from fieldmark.reports.axes import Span, positions, span_of, stretch, tick_label, ticks
from fieldmark.reports.labels import Cross, along, place_labels
from fieldmark.reports.palette import GREY, colours
from fieldmark.reports.vega import Spec, inline, text_tip
from fieldmark.reports.words import spoken

_HEIGHT = 460
_NOMINAL_WIDTH = 640  # labels are placed for this width, and hidden where there is much less
_NARROW = 520
_CROWD = 40
_FITTED, _UNFITTED = "standard (in the fit)", "not in the fit"
_SHAPES = {_FITTED: "circle", _UNFITTED: "diamond"}


def undrawn(figure: Scatter) -> tuple[str, ...]:
    """The names of the points that have no place, because a number of theirs is undefined."""
    return tuple(point.name for point in figure.points if not _has_place(point))


def scatter_chart(figure: Scatter, families: Sequence[str] = ()) -> Spec:
    """``figure`` as a chart as wide as its container.

    Points that are not in the fit, and those that the figure names, have their names beside them;
    of very many points only those that the figure names.

    Args:
        figure: What is to be drawn.
        families: All families in the order of their colours, where several figures share them.
    """
    frame = _frame(figure)
    diagonal = _diagonal(frame)
    rows, says = _rows(frame, diagonal)
    return {
        "title": figure.title,
        "width": "container",
        "height": _HEIGHT,
        "layer": [
            *_trend(frame, figure.trend),
            _identity(frame, diagonal),
            *_error_bars(frame, rows),
            _dots(frame, rows, _colour(frame.points, families)),
            _names(frame, [row for row in (*rows, *says) if "align" in row]),
        ],
    }


@dataclass(frozen=True)
class _Frame:
    """The points that are drawn, and the axes that they lie on."""

    figure: Scatter
    points: tuple[Point, ...]
    x_span: Span
    y_span: Span

    def at(self, x: str, y: str) -> Spec:
        """The encoding that puts a mark at these two fields."""
        return {
            "x": _position(x, self.figure.x_title, self.x_span, self.figure),
            "y": _position(y, self.figure.y_title, self.y_span, self.figure),
        }


def _position(field: str, title: str, span: Span, figure: Scatter) -> Spec:
    return {
        "field": field,
        "type": "quantitative",
        "title": title,
        "scale": {"domain": [span.low, span.high], "nice": False, "zero": False},
        "axis": {
            "values": ticks(span, figure.axis),
            "labelExpr": tick_label(figure.axis),
            "labelOverlap": True,
        },
    }


def _has_place(point: Point) -> bool:
    return point.x.defined and point.y.defined


def _frame(figure: Scatter) -> _Frame:
    points = tuple(
        point for point in figure.points if _has_place(point) and point.shown != "outside"
    )
    x_span, y_span = (
        span_of(place for estimate in side for place in positions(estimate, figure.axis))
        for side in ([point.x for point in points], [point.y for point in points])
    )
    # Nobody sees how far the points have dropped unless a piece of y = x is in sight.
    corner = x_span.low + 0.2 * (x_span.high - x_span.low)
    return _Frame(figure, points, x_span, y_span.including(corner))


def _rows(frame: _Frame, diagonal: Span | None) -> tuple[list[Spec], list[Spec]]:
    """The points, and what is written beside the diagonal; those with a label say where it is."""
    rows = [_row(point, frame) for point in frame.points]
    crowded = len(frame.points) > _CROWD
    texts = [
        "" if (point.fitted or crowded) and point.shown == "dot" else point.name
        for point in frame.points
    ]
    says: list[Spec] = []
    if diagonal is not None:
        middle = (diagonal.low + diagonal.high) / 2
        says = [{"name": "y = x", "x": middle, "y": middle}]
    marks = [*rows, *says]
    labels = place_labels(
        [_cross(mark, frame) for mark in marks],
        [*texts, *(str(line["name"]) for line in says)],
        width=float(_NOMINAL_WIDTH),
        height=float(_HEIGHT),
        lines=_lines(frame, diagonal),
    )
    for label in labels:
        marks[label.index] |= {"dx": label.dx, "dy": label.dy, "align": label.align}
    return rows, says


def _cross(row: Spec, frame: _Frame) -> Cross:
    ends = [(row["x"], row["y"])]
    ends += [(row.get("x_low", row["x"]), row.get("y_high", row["y"]))]
    ends += [(row.get("x_high", row["x"]), row.get("y_low", row["y"]))]
    (x, y), (left, top), (right, bottom) = (_pixels(x, y, frame) for x, y in ends)
    return Cross(x, left, right, y, top, bottom)


def _pixels(x: float, y: float, frame: _Frame) -> tuple[float, float]:
    return frame.x_span.place(x) * _NOMINAL_WIDTH, (1 - frame.y_span.place(y)) * _HEIGHT


def _lines(frame: _Frame, diagonal: Span | None) -> list[tuple[float, float]]:
    """Places along the diagonal and the fitted line."""
    ends = [] if diagonal is None else [diagonal.low, diagonal.high]
    found = along([_pixels(end, end, frame) for end in ends])
    if (trend := frame.figure.trend) is not None:
        shares = zip(trend.x, trend.y, strict=True)
        places = ([stretch(share, frame.figure.axis) for share in pair] for pair in shares)
        found += along([_pixels(x, y, frame) for x, y in places])
    return found


def _row(point: Point, frame: _Frame) -> Spec:
    x, x_low, x_high = positions(point.x, frame.figure.axis)
    y, y_low, y_high = positions(point.y, frame.figure.axis)
    return {
        "name": point.name,
        "family": point.family,
        "role": _FITTED if point.fitted else _UNFITTED,
        "note": point.note or (_FITTED if point.fitted else _UNFITTED),
        "across": spoken(point.x),
        "upwards": spoken(point.y),
        **{"x": x, "x_low": x_low, "x_high": x_high},
        **{"y": y, "y_low": y_low, "y_high": y_high},
    }


def _colour(points: Sequence[Point], families: Sequence[str]) -> Spec:
    table = colours([*families, *(point.family for point in points)])
    present = {point.family for point in points}
    shown = [family for family in table if family in present]
    return {
        "field": "family",
        "type": "nominal",
        "scale": {"domain": shown, "range": [table[family] for family in shown]},
        "legend": {
            "title": None,
            "orient": "bottom",
            "columns": {"expr": f"width < {_NARROW} ? 2 : 4"},
            "symbolType": "circle",
            "symbolOpacity": 1,
        },
    }


def _diagonal(frame: _Frame) -> Span | None:
    """The stretch of y = x that is in sight."""
    start = max(frame.x_span.low, frame.y_span.low)
    end = min(frame.x_span.high, frame.y_span.high)
    return Span(start, end) if start < end else None


def _identity(frame: _Frame, diagonal: Span | None) -> Spec:
    places = [] if diagonal is None else [diagonal.low, diagonal.high]
    ends = [{"x": place, "y": place} for place in places]
    mark = {"type": "line", "clip": True, "strokeDash": [5, 4], "strokeWidth": 1.2, "opacity": 0.75}
    return {"data": inline(ends), "mark": mark, "encoding": frame.at("x", "y")}


def _trend(frame: _Frame, trend: Trend | None) -> list[Spec]:
    if trend is None:
        return []
    columns = {"x": trend.x, "y": trend.y, "low": trend.low, "high": trend.high}
    rows = [
        {name: stretch(column[at], frame.figure.axis) for name, column in columns.items()}
        for at in range(len(trend.x))
    ]
    band = {"type": "area", "clip": True, "opacity": 0.16, "color": GREY}
    line = {"type": "line", "clip": True, "strokeWidth": 1.6}
    up_to = {"y2": {"field": "high"}}
    return [
        {"data": inline(rows), "mark": band, "encoding": frame.at("x", "low") | up_to},
        {"data": inline(rows), "mark": line, "encoding": frame.at("x", "y")},
    ]


def _error_bars(frame: _Frame, rows: list[Spec]) -> list[Spec]:
    mark = {"type": "rule", "clip": True, "strokeWidth": 1, "strokeOpacity": 0.4}
    colour = {"color": {"field": "family", "type": "nominal"}}
    bars = (
        frame.at("x_low", "y") | {"x2": {"field": "x_high"}},
        frame.at("x", "y_low") | {"y2": {"field": "y_high"}},
    )
    return [{"data": inline(rows), "mark": mark, "encoding": bar | colour} for bar in bars]


def _dots(frame: _Frame, rows: list[Spec], colour: Spec) -> Spec:
    roles = [role for role in _SHAPES if any(row["role"] == role for row in rows)]
    key = {"title": None, "orient": "bottom", "symbolFillColor": GREY, "symbolOpacity": 1}
    hover = {"type": "point", "fields": ["name"], "on": "pointerover", "clear": "pointerout"}
    return {
        "data": inline(rows),
        "mark": {"type": "point", "filled": True, "opacity": 0.95, "strokeWidth": 0},
        "params": [{"name": "pointed", "select": hover}],
        "encoding": frame.at("x", "y")
        | {
            "color": colour,
            "shape": {
                "field": "role",
                "type": "nominal",
                "scale": {"domain": roles, "range": [_SHAPES[role] for role in roles]},
                "legend": key if roles[1:] else None,
            },
            "size": {
                "condition": {"param": "pointed", "empty": False, "value": 190},
                "value": 30 if len(rows) > _CROWD else 80,
            },
            "tooltip": [
                text_tip("name", "subject"),
                text_tip("family", "family"),
                text_tip("across", frame.figure.x_title),
                text_tip("upwards", frame.figure.y_title),
                text_tip("note", "note"),
            ],
        },
    }


def _names(frame: _Frame, named: list[Spec]) -> Spec:
    mark = {
        "type": "text",
        "fontSize": 11,
        "baseline": "middle",
        "dx": {"expr": "datum.dx"},
        "dy": {"expr": "datum.dy"},
        "align": {"expr": "datum.align"},
        "opacity": {"expr": f"width < {_NARROW} ? 0 : 1"},
    }
    text = {"text": {"field": "name", "type": "nominal"}}
    return {"data": inline(named), "mark": mark, "encoding": frame.at("x", "y") | text}
