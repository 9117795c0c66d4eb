"""Accuracy against strength: one small chart per change, a line per subject."""

from collections.abc import Sequence

from fieldmark.records import Curves, Panel, Series
from fieldmark.reports.palette import CHANCE, colours
from fieldmark.reports.vega import Spec, inline, text_tip
from fieldmark.reports.words import share, spoken

_HEIGHT = 170
_SIDE_BY_SIDE = 4
_WIDTH = 200


def families_of(figure: Curves) -> tuple[str, ...]:
    """The families in ``figure``, each once, in the order in which they appear."""
    return tuple(dict.fromkeys(s.family for panel in figure.panels for s in panel.series))


def curves_chart(figure: Curves, families: Sequence[str] = ()) -> Spec:
    """``figure`` as one chart, four panels side by side."""
    shared = families or families_of(figure)
    return {
        "concat": [
            panel_chart(panel, shared, name=f"panel_{index}", legend=True) | {"width": _WIDTH}
            for index, panel in enumerate(figure.panels)
        ],
        "columns": _SIDE_BY_SIDE,
        "title": {"text": figure.title, "offset": 14},
    }


def panel_chart(
    panel: Panel, families: Sequence[str], *, name: str = "panel", legend: bool = False
) -> Spec:
    """One panel, as wide as its container; what the pointer is nearest to shows its intervals.

    The subjects that end highest and lowest are named over the panel, and their lines are thicker.

    Args:
        panel: What is to be drawn.
        families: All families in the order of their colours.
        name: What to call its parts; unique among charts that are drawn as one.
        legend: Whether it explains its colours itself.
    """
    near = f"{name}_near"
    others = {"opacity": {"condition": {"param": near, "value": 0.85}, "value": 0.13}}
    only = {"opacity": {"condition": {"param": near, "empty": False, "value": 0.9}, "value": 0}}
    shared = {"x": _x(panel), "color": _colour(panel, families, legend=legend)}
    weight = {"condition": {"test": "datum.extreme", "value": 2.6}, "value": 1.2}
    dash = {"condition": {"test": f"datum.family === '{CHANCE}'", "value": [4, 3]}, "value": [1, 0]}
    lines = {
        "mark": {"type": "line", "strokeJoin": "round"},
        "encoding": shared
        | others
        | {
            "y": _y("value"),
            "detail": {"field": "name", "type": "nominal"},
            "strokeWidth": weight,
            "strokeDash": dash,
        },
    }
    bars = {
        "mark": {"type": "rule", "strokeWidth": 1.2},
        "encoding": shared | only | {"y": _y("low"), "y2": {"field": "high"}},
    }
    dots = {
        "mark": {"type": "point", "filled": True, "size": 16},
        "encoding": shared | others | {"y": _y("value"), "tooltip": _tips(panel.x_title)},
        "params": [
            {
                "name": near,
                "select": {
                    "type": "point",
                    "fields": ["name"],
                    "on": "pointerover",
                    "clear": "pointerout",
                    "nearest": True,
                },
            }
        ],
    }
    return {
        "title": {"text": panel.title, "subtitle": extremes(panel)},
        "width": "container",
        "height": _HEIGHT,
        "data": inline(_rows(panel)),
        "layer": [lines, bars, dots],
    }


def extremes(panel: Panel) -> list[str]:
    """The subjects that end highest and lowest at the greatest strength, in words.

    Guessing is not among them, and a panel of one subject has none.
    """
    ends = _ends(panel)
    if not ends:
        return []
    return [f"{word}: {_at_end(ends, end)}" for word, end in (("highest", -1), ("lowest", 0))]


def _at_end(ends: list[tuple[str, float]], end: int) -> str:
    name, value = ends[end]
    equals = sum(other == value for _, other in ends) - 1
    others = f" and {equals} more" if equals else ""
    return f"{name}{others}, {share(value)}"


def _ends(panel: Panel) -> list[tuple[str, float]]:
    """(subject, accuracy at the greatest strength) from the lowest to the highest, if several."""
    greatest = max((series.strengths[-1] for series in panel.series), default=0.0)
    there = [
        (series.name, series.estimates[-1].value)
        for series in panel.series
        if _counts(series, greatest)
    ]
    return sorted(there, key=lambda end: (end[1], end[0])) if len(there) > 1 else []


def _counts(series: Series, greatest: float) -> bool:
    reached = series.strengths[-1] == greatest and series.estimates[-1].defined
    return reached and series.family != CHANCE


def _rows(panel: Panel) -> list[Spec]:
    ends = _ends(panel)
    named = {ends[0][0], ends[-1][0]} if ends else set()
    return [
        {
            "name": series.name,
            "family": series.family,
            "extreme": series.name in named,
            "strength": strength,
            "value": estimate.value,
            "low": estimate.low,
            "high": estimate.high,
            "told": spoken(estimate),
        }
        for series in panel.series
        for strength, estimate in zip(series.strengths, series.estimates, strict=True)
        if estimate.defined
    ]


def _x(panel: Panel) -> Spec:
    strengths = sorted({strength for series in panel.series for strength in series.strengths})
    return {
        "field": "strength",
        "type": "quantitative",
        "title": panel.x_title,
        "scale": {"nice": False},
        "axis": {
            "values": strengths,
            "format": ".2~r",
            "grid": False,
            "labelOverlap": True,
            "labelSeparation": 8,
        },
    }


def _y(field: str) -> Spec:
    return {
        "field": field,
        "type": "quantitative",
        "title": "accuracy",
        "axis": {"format": ".0%", "values": [0, 0.25, 0.5, 0.75, 1]},
        "scale": {"domain": [0, 1]},
    }


def _colour(panel: Panel, families: Sequence[str], *, legend: bool) -> Spec:
    table = colours([*families, *(series.family for series in panel.series)])
    return {
        "field": "family",
        "type": "nominal",
        "scale": {"domain": list(table), "range": list(table.values())},
        "legend": {"title": None, "orient": "bottom", "columns": 6} if legend else None,
    }


def _tips(x_title: str) -> list[Spec]:
    return [
        text_tip("name", "subject"),
        text_tip("family", "family"),
        {"field": "strength", "type": "quantitative", "title": x_title, "format": ".3~g"},
        text_tip("told", "accuracy"),
    ]
