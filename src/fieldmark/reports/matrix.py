"""A number for each pair of names, as a coloured square under a key; what is unknown is blank."""

from collections.abc import Sequence
from math import ceil, isfinite

from fieldmark.records import Matrix
from fieldmark.reports.naming import looked_up, shortened, title_lines
from fieldmark.reports.palette import RAMP, ink_on, shade
from fieldmark.reports.units import tick_words
from fieldmark.reports.vega import Spec, inline

_NUMBERED = 20
_SIDES = ((8, 44.0), (12, 36.0), (20, 31.0), (40, 18.0), (70, 13.0), (110, 8.0), (10**9, 4.5))
_ROOM_OF_A_NAME = 11.0
_LETTERS = 36


def names_apart(figure: Matrix) -> int:
    """Every how manieth name has room beside its square: 1 where all have.

    Example:
        >>> names = tuple(map(str, range(204)))
        >>> names_apart(Matrix("", names, names, (), "share", 0.0, 1.0, ""))
        3
    """
    return max(1, ceil(_ROOM_OF_A_NAME / _side(figure)))


def names_note(figure: Matrix) -> str:
    """What must be said where names are passed over; "" where all are printed."""
    apart = names_apart(figure)
    return f"One name in {apart} is printed." if apart > 1 else ""


def matrix_chart(figure: Matrix) -> Spec:
    """``figure`` as a chart whose squares have a fixed size."""
    side = _side(figure)
    encoding = {"x": _axis(figure, "c", side), "y": _axis(figure, "r", side)}
    squares: Spec = {
        "mark": {"type": "rect"},
        "encoding": encoding | {"color": _colour(figure), "tooltip": _tips()},
    }
    layers = [squares]
    if _numbered(figure):
        ink = {"condition": {"test": "datum.dark", "value": "#ffffff"}, "value": "#000000"}
        text = {"text": {"field": "s", "type": "nominal"}, "color": ink}
        mark = {"type": "text", "fontSize": 10 if side >= 30 else 9}
        layers.append({"mark": mark, "encoding": encoding | text})
    note = names_note(figure)
    return {
        "title": {"text": title_lines(figure.title), **({"subtitle": note} if note else {})},
        "width": round(side * max(1, len(figure.columns))),
        "height": round(side * max(1, len(figure.rows))),
        "params": [
            {"name": "down", "value": list(figure.rows)},
            {"name": "along", "value": list(figure.columns)},
        ],
        "data": inline(_rows(figure)),
        "transform": [
            {"calculate": "down[datum.r]", "as": "row"},
            {"calculate": "along[datum.c]", "as": "column"},
        ],
        "layer": layers,
    }


def _side(figure: Matrix) -> float:
    names = max(len(figure.rows), len(figure.columns))
    return next(side for most, side in _SIDES if names <= most)


def _numbered(figure: Matrix) -> bool:
    return max(len(figure.rows), len(figure.columns)) <= _NUMBERED


def _rows(figure: Matrix) -> list[Spec]:
    return [
        {
            **{"r": r, "c": c, "v": float(f"{value:.4g}"), "s": _said(value, figure)},
            **({"dark": _is_dark(value, figure)} if _numbered(figure) else {}),
        }
        for r, values in enumerate(figure.values)
        for c, value in enumerate(values)
        if isfinite(value)
    ]


def _is_dark(value: float, figure: Matrix) -> bool:
    span = (figure.high - figure.low) or 1.0
    return ink_on(shade((value - figure.low) / span)) != "#000000"


def _said(value: float, figure: Matrix) -> str:
    text = f"{100 * value:.0f}" if figure.unit == "share" else f"{value:.2f}"
    return text.replace("-", "−")


def _axis(figure: Matrix, field: str, side: float) -> Spec:
    names: Sequence[str] = figure.columns if field == "c" else figure.rows
    labels = [shortened(name, _LETTERS) for name in names]
    places = list(range(len(names)))
    axis: Spec = {
        "labelExpr": looked_up(labels),
        "values": places[:: names_apart(figure)],
        "labelFontSize": 11 if side > 12 else 9,
        **{"domain": False, "ticks": False, "grid": False},
        **{"labelPadding": 5, "labelLimit": 0, "labelOverlap": False},
    }
    if field == "c":
        # Upright where the squares are narrow; aslant reads better where there is room.
        axis |= {"orient": "top", "labelAngle": -45 if side >= 30 else -90, "labelAlign": "left"}
        axis["labelBaseline"] = "bottom" if side >= 30 else "middle"
    return {
        "field": field,
        "type": "ordinal",
        "title": None,
        "sort": None,
        "scale": {"domain": places, "paddingInner": 0.04 if side > 8 else 0},
        "axis": axis,
    }


def _colour(figure: Matrix) -> Spec:
    return {
        "field": "v",
        "type": "quantitative",
        "scale": {
            "domain": [figure.low, figure.high],
            **{"range": list(RAMP), "interpolate": "rgb", "clamp": True},
        },
        "legend": {
            "title": None,
            "orient": "bottom",
            "gradientLength": 180,
            "labelExpr": tick_words(figure.unit),
        },
    }


def _tips() -> list[Spec]:
    return [
        {"field": "row", "type": "nominal", "title": "row"},
        {"field": "column", "type": "nominal", "title": "column"},
        {"field": "s", "type": "nominal", "title": "value"},
    ]
