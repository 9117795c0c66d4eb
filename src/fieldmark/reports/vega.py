"""Vega-Lite as plain data: what the charts share. Whoever draws them adds the theme."""

from collections.abc import Sequence
from typing import Any

Spec = dict[str, Any]
"""A part of a Vega-Lite specification: JSON, with the names that Vega-Lite gives to things."""


def inline(rows: Sequence[Spec]) -> Spec:
    """``rows`` as data that the chart holds itself.

    Example:
        >>> inline([{"x": 1.0}])
        {'values': [{'x': 1.0}]}
    """
    return {"values": list(rows)}


def text_tip(field: str, title: str) -> Spec:
    """A line of a tooltip that says a text.

    Where the nearest point is meant, Vega-Lite finds a text only if it has a format (which the
    theme allows); without it every name would read "undefined".
    """
    shown = {"field": field, "type": "nominal", "title": title}
    return shown | {"formatType": "toString", "format": ""}
