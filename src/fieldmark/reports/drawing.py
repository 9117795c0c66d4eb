"""A figure as a Vega-Lite chart, as PNG, as SVG; nothing is fetched from anywhere."""

import json
import re
from base64 import b64encode
from collections.abc import Sequence

from fieldmark.records import (
    ConfigError,
    Curves,
    Figure,
    Forest,
    Gallery,
    Grid,
    Histogram,
    Lines,
    Matrix,
    Scatter,
)
from fieldmark.reports.curves import curves_chart
from fieldmark.reports.forest import forest_chart
from fieldmark.reports.heatmap import grid_chart
from fieldmark.reports.histogram import histogram_chart
from fieldmark.reports.lines import lines_chart
from fieldmark.reports.matrix import matrix_chart
from fieldmark.reports.naming import shortened
from fieldmark.reports.palette import theme
from fieldmark.reports.pictures import gallery_sheet
from fieldmark.reports.scatter import scatter_chart
from fieldmark.reports.vega import Spec

_WIDTH = 640
_WHOLE = 760
_MARGIN = 14


def chart(figure: Figure, *, families: Sequence[str] = ()) -> Spec:
    """``figure`` as a Vega-Lite specification that holds its own data.

    Args:
        figure: Any figure but a gallery.
        families: All families in the order of their colours, so that several figures agree.

    Raises:
        ConfigError: The figure is a gallery: pictures are not a chart.

    Example:
        >>> spec = chart(Scatter("Digits", "here", "there", (), None, "logit", "caption"))
        >>> spec["width"], spec["description"]
        ('container', 'Digits. caption')
    """
    match figure:
        case Scatter():
            drawn = scatter_chart(figure, families)
        case Grid():
            drawn = grid_chart(figure)
        case Curves():
            drawn = curves_chart(figure, families)
        case Forest():
            drawn = forest_chart(figure, families)
        case Matrix():
            drawn = matrix_chart(figure)
        case Lines():
            drawn = lines_chart(figure)
        case Histogram():
            drawn = histogram_chart(figure)
        case Gallery():
            raise ConfigError(f"{figure.title!r} is a gallery, not a chart: save it as PNG")
    # The theme is added by whoever draws, so that pages can follow their reader's colours.
    return {"description": f"{figure.title}. {figure.caption}", **drawn}


def figure_png(figure: Figure, *, scale: float = 2.0) -> bytes:
    """``figure`` as PNG on white.

    Args:
        figure: What is to be drawn.
        scale: Pixels per point; galleries have the size of their pictures.
    """
    if isinstance(figure, Gallery):
        return gallery_sheet(figure)
    from vl_convert import vegalite_to_png

    png: bytes = vegalite_to_png(
        _printed(figure), scale=scale, allowed_base_urls=[], show_warnings=False
    )
    return png


def figure_svg(figure: Figure) -> str:
    """``figure`` as SVG; the pictures of a gallery are embedded in it."""
    if isinstance(figure, Gallery):
        return _embedded(gallery_sheet(figure), figure.title)
    from vl_convert import vegalite_to_svg

    svg: str = vegalite_to_svg(_printed(figure), allowed_base_urls=[], show_warnings=False)
    return _renumbered(svg)


def _printed(figure: Figure) -> str:
    spec = chart(figure)
    if spec.get("width") == "container":
        spec["width"] = _WIDTH
    if isinstance(figure, Forest | Lines | Histogram):
        # All of it is as wide as this, names included.
        spec |= {"width": _whole(figure), "autosize": {"type": "fit-x", "contains": "padding"}}
    config = theme() | {"background": "#ffffff", "padding": _MARGIN}
    return json.dumps(spec | {"config": config})


def _renumbered(svg: str) -> str:
    """``svg`` with its ids counted from 1: they went on counting from the figure drawn before."""
    ids = dict.fromkeys(re.findall(r"(?:(?<=url\(#)|(?<=id=\"))(?:clip|gradient_)\d+", svg))
    places = {name: f"part{place}" for place, name in enumerate(ids, start=1)}
    return re.sub(r"((?:url\(#|id=\"))((?:clip|gradient_)\d+)", lambda m: m[1] + places[m[2]], svg)


def _whole(figure: Forest | Lines | Histogram) -> int:
    """How wide a figure is with everything in it; long names make a forest wider."""
    names = [bar.name for bar in figure.bars] if isinstance(figure, Forest) else []
    longest = max((len(shortened(name)) for name in names), default=0)
    return _WHOLE + 6 * max(0, longest - 30)


def _embedded(png: bytes, title: str) -> str:
    from html import escape

    width, height = (int.from_bytes(png[at : at + 4], "big") for at in (16, 20))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" role="img">'
        f"<title>{escape(title)}</title>"
        f'<image width="{width}" height="{height}" '
        f'href="data:image/png;base64,{b64encode(png).decode()}"/></svg>'
    )
