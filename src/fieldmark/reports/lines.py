"""Numbers against numbers: lines with bands, dashed or in steps, or dots; named where they end."""

from collections.abc import Sequence
from math import floor, isfinite, log10

from fieldmark.records import Lines, Track
from fieldmark.reports.naming import shortened, title_lines
from fieldmark.reports.palette import colours
from fieldmark.reports.units import said, stretch_of, tick_words
from fieldmark.reports.vega import Spec, inline, text_tip

_HEIGHT = 340
_LETTERS = 30
_APART = 14.0
_NAMED_AT_THE_END = 10
_TICKS = 11  # that have room beside each other


def lines_chart(figure: Lines) -> Spec:
    """``figure`` as a chart as wide as its container.

    Up to ten lines are named where they end; more of them, or dots, are explained by a key.
    """
    rows = _rows(figure)
    ends = _ends(figure, rows)
    colour = _colour(figure, legend=len(figure.tracks) > 1 and not ends)
    position = {"x": _x(figure), "y": _y(figure)}
    shared = position | {"color": colour, "detail": {"field": "piece", "type": "nominal"}}
    layers = [_band(rows, shared)] if any(row["low"] is not None for row in rows) else []
    for style in dict.fromkeys(track.style for track in figure.tracks):
        chosen = inline([row for row in rows if row["style"] == style])
        layers.append({"data": chosen, "mark": _STYLES[style], "encoding": shared})
    layers.append(_touchable(rows, position | {"color": colour}, figure))
    if ends:
        layers.append(_names(ends, position, colour))
    return {
        "title": title_lines(figure.title),
        "width": "container",
        "height": _HEIGHT,
        "layer": layers,
    }


_STYLES: dict[str, Spec] = {
    "line": {"type": "line", "strokeWidth": 2, "strokeJoin": "round", "clip": True},
    "dashed": {"type": "line", "strokeWidth": 1.8, "strokeDash": [6, 4], "clip": True},
    "steps": {"type": "line", "strokeWidth": 2, "interpolate": "step-after", "clip": True},
    "band": {"type": "line", "opacity": 0, "clip": True},
    "dots": {"type": "point", "filled": True, "size": 46, "opacity": 0.85, "strokeWidth": 0},
}


def _rows(figure: Lines) -> list[Spec]:
    return [
        row for place, track in enumerate(figure.tracks) for row in _points(place, track, figure)
    ]


def _points(place: int, track: Track, figure: Lines) -> list[Spec]:
    """The points of one line; where a number is lacking the line is broken in pieces."""
    rows, piece = [], 0
    banded = len(track.low) == len(track.x) == len(track.high)
    for at, (x, y) in enumerate(zip(track.x, track.y, strict=True)):
        if not (isfinite(x) and isfinite(y)) or (figure.x_log and x <= 0):
            piece += 1
            continue
        low, high = (track.low[at], track.high[at]) if banded else (float("nan"),) * 2
        known = isfinite(low) and isfinite(high)
        bounds = f" [{said(low, figure.unit)}, {said(high, figure.unit)}]" if known else ""
        rows.append(
            {
                **{"place": place, "track": track.name, "piece": f"{place}.{piece}"},
                **{"style": track.style, "x": x, "y": y},
                **{"low": low if known else None, "high": high if known else None},
                "across": said(x, figure.x_unit),
                "told": said(y, figure.unit) + bounds,
            }
        )
    return rows


def _x(figure: Lines) -> Spec:
    places = [x for track in figure.tracks for x in track.x if isfinite(x)]
    axis: Spec = {
        "labelExpr": tick_words(figure.x_unit),
        **{"labelOverlap": True, "labelSeparation": 6, "grid": False},
    }
    scale: Spec = {"nice": False} if figure.x_log else {"nice": False, "zero": False}
    if figure.x_log:
        positive = [x for x in places if x > 0]
        low, high = min(positive, default=1.0), max(positive, default=10.0)
        low, high = (low, high) if low < high else (low / 2, high * 2)
        scale |= {"type": "log", "domain": [low, high]}
        ticks = log_ticks(low, high)
        axis |= {"values": ticks, "labelOverlap": len(ticks) > _TICKS}
    elif places and min(places) < max(places):
        scale["domain"] = [min(places), max(places)]
        if any(track.style == "dots" for track in figure.tracks):
            room = 0.02 * (max(places) - min(places))
            scale["domain"] = [min(places) - room, max(places) + room]
    if figure.x_unit == "year":
        axis |= {"tickMinStep": 1}
    return {
        "field": "x",
        "type": "quantitative",
        "title": figure.x_title,
        "scale": scale,
        "axis": axis,
    }


def log_ticks(low: float, high: float) -> list[float]:
    """Round numbers from ``low`` to ``high``: powers of ten, with 2 and 5 times them if few.

    Example:
        >>> log_ticks(100.0, 10_000.0)
        [100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0, 10000.0]
        >>> log_ticks(1.0, 1e6)[:3]
        [1.0, 10.0, 100.0]
    """
    first, last = floor(log10(low)), floor(log10(high))
    steps = (1, 2, 5) if log10(high / low) <= 3 else (1,)
    found = [float(f"{step}e{power}") for power in range(first, last + 1) for step in steps]
    return [tick for tick in found if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9)]


def _span(figure: Lines) -> tuple[float, float]:
    tracks = figure.tracks
    seen = [
        value for track in tracks for side in (track.y, track.low, track.high) for value in side
    ]
    return stretch_of(seen, figure.unit)


def _y(figure: Lines, field: str = "y") -> Spec:
    return {
        "field": field,
        "type": "quantitative",
        "title": figure.y_title,
        "scale": {"domain": list(_span(figure)), "nice": False, "zero": False},
        "axis": {"labelExpr": tick_words(figure.unit), "tickCount": 6},
    }


def _colour(figure: Lines, *, legend: bool) -> Spec:
    table = colours([track.name for track in figure.tracks])
    key = {
        **{"title": None, "orient": "bottom", "columns": 3, "labelLimit": 240},
        **{"symbolType": "circle", "symbolOpacity": 1, "symbolStrokeWidth": 0},
    }
    return {
        "field": "track",
        "type": "nominal",
        "scale": {"domain": list(table), "range": list(table.values())},
        "legend": key if legend else None,
    }


def _band(rows: Sequence[Spec], shared: Spec) -> Spec:
    banded = [row for row in rows if row["low"] is not None]
    encoding = shared | {"y": shared["y"] | {"field": "low"}, "y2": {"field": "high"}}
    area = {"type": "area", "opacity": 0.14, "clip": True, "line": False}
    return {
        "layer": [
            {
                "data": inline([row for row in banded if (row["style"] == "steps") == stepped]),
                "mark": area | ({"interpolate": "step-after"} if stepped else {}),
                "encoding": encoding,
            }
            for stepped in (False, True)
            if any((row["style"] == "steps") == stepped for row in banded)
        ]
    }


def _touchable(rows: Sequence[Spec], encoding: Spec, figure: Lines) -> Spec:
    tips = [
        text_tip("track", "line"),
        text_tip("across", figure.x_title),
        text_tip("told", figure.y_title),
    ]
    unseen = {"type": "point", "filled": True, "size": 90, "opacity": 0}
    return {"data": inline(rows), "mark": unseen, "encoding": encoding | {"tooltip": tips}}


def _ends(figure: Lines, rows: Sequence[Spec]) -> list[Spec]:
    """Where the name of each line is written, moved apart; nothing where a key serves better."""
    few = 2 <= len(figure.tracks) <= _NAMED_AT_THE_END
    if not few or any(track.style == "dots" for track in figure.tracks):
        return []
    last: dict[int, Spec] = {}
    for row in rows:
        if row["place"] not in last or row["x"] >= last[row["place"]]["x"]:
            last[row["place"]] = row
    low, high = _span(figure)
    sorted_ends = sorted(last.values(), key=lambda row: float(row["y"]), reverse=True)
    heights = [(high - row["y"]) / (high - low) * _HEIGHT for row in sorted_ends]
    placed = _apart(heights)
    return [
        {
            "track": row["track"],
            "label": shortened(row["track"], _LETTERS),
            "y": high - top / _HEIGHT * (high - low),
        }
        for row, top in zip(sorted_ends, placed, strict=True)
    ]


def _apart(heights: Sequence[float]) -> list[float]:
    """Heights from top to bottom moved as little as is needed to be ``_APART`` pixels apart."""
    placed: list[float] = []
    for height in heights:
        placed.append(max(height, placed[-1] + _APART) if placed else height)
    limit = float(_HEIGHT)
    for at in reversed(range(len(placed))):
        placed[at] = min(placed[at], limit)
        limit = placed[at] - _APART
    return placed


def _names(ends: Sequence[Spec], position: Spec, colour: Spec) -> Spec:
    mark = {"type": "text", "align": "left", "baseline": "middle", "fontSize": 11, "dx": 7}
    encoding = {
        "x": {"value": "width"},
        "y": position["y"],
        "text": {"field": "label", "type": "nominal"},
        "color": colour,
    }
    return {"data": inline(ends), "mark": mark, "encoding": encoding}
