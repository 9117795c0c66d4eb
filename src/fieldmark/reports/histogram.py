"""How often values fall between edges: one outline over another, a line where it matters."""

from collections.abc import Sequence

from fieldmark.records import Histogram
from fieldmark.reports.naming import title_lines
from fieldmark.reports.palette import colours
from fieldmark.reports.units import said, tick_words
from fieldmark.reports.vega import Spec, inline, text_tip

_HEIGHT = 260


def histogram_chart(figure: Histogram) -> Spec:
    """``figure`` as a chart as wide as its container."""
    colour = _colour(figure)
    place = {"x": _x("edge", figure), "y": _y(), "color": colour}
    outline = {"type": "line", "interpolate": "step-after", "strokeWidth": 1.8}
    filled = {"type": "area", "interpolate": "step-after", "opacity": 0.22, "line": False}
    steps = inline(_steps(figure))
    return {
        "title": title_lines(figure.title),
        "width": "container",
        "height": _HEIGHT,
        "layer": [
            {"data": steps, "mark": filled, "encoding": place | {"y": _y(stack=None)}},
            {"data": steps, "mark": outline, "encoding": place},
            *_mark(figure),
            _touchable(figure),
        ],
    }


def _steps(figure: Histogram) -> list[Spec]:
    """The outline of every series: up at each edge, down to nothing at both ends."""
    rows: list[Spec] = []
    for name, counts in figure.counts:
        if not counts:
            continue
        heights = [*counts, 0]
        rows.append({"series": name, "edge": figure.edges[0], "count": 0})
        rows += [
            {"series": name, "edge": edge, "count": count}
            for edge, count in zip(figure.edges, heights, strict=True)
        ]
    return rows


def _x(field: str, figure: Histogram) -> Spec:
    ends = [*figure.edges] + ([figure.mark] if figure.mark is not None else [])
    return {
        "field": field,
        "type": "quantitative",
        "title": figure.x_title,
        "scale": {
            "domain": [min(ends, default=0.0), max(ends, default=1.0)],
            **{"nice": False, "zero": False},
        },
        "axis": {"labelExpr": tick_words(figure.unit), "labelOverlap": True, "grid": False},
    }


def _y(**more: object) -> Spec:
    axis = {"format": ",d", "tickMinStep": 1, "tickCount": 5}
    return {"field": "count", "type": "quantitative", "title": "how many", "axis": axis, **more}


def _colour(figure: Histogram) -> Spec:
    table = colours([name for name, _ in figure.counts])
    key = {
        **{"title": None, "orient": "bottom", "columns": 3, "labelLimit": 240},
        **{"symbolType": "circle", "symbolOpacity": 1, "symbolStrokeWidth": 0},
    }
    return {
        "field": "series",
        "type": "nominal",
        "scale": {"domain": list(table), "range": list(table.values())},
        "legend": key if len(figure.counts) > 1 else None,
    }


def _mark(figure: Histogram) -> list[Spec]:
    if figure.mark is None:
        return []
    rule = {"type": "rule", "strokeDash": [5, 4], "strokeWidth": 1.4, "opacity": 0.85}
    there = inline([{"mark": figure.mark}])
    return [{"data": there, "mark": rule, "encoding": {"x": _x("mark", figure)}}]


def _touchable(figure: Histogram) -> Spec:
    """Columns that nobody sees; the one under the pointer says what it holds."""
    names: Sequence[str] = [name for name, _ in figure.counts]
    rows = []
    for at in range(len(figure.edges) - 1):
        left, right = figure.edges[at : at + 2]
        row: Spec = {
            "left": left,
            "right": right,
            "between": f"{said(left, figure.unit)} to {said(right, figure.unit)}",
        }
        rows.append(
            row | {f"n{i}": f"{counts[at]:,}" for i, (_, counts) in enumerate(figure.counts)}
        )
    tips = [text_tip("between", figure.x_title)]
    tips += [text_tip(f"n{i}", name) for i, name in enumerate(names)]
    unseen = {"type": "rect", "opacity": 0}
    encoding = {"x": _x("left", figure), "x2": {"field": "right"}, "tooltip": tips}
    return {"data": inline(rows), "mark": unseen, "encoding": encoding}
