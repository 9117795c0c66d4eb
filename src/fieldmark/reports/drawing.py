"""A figure as a Vega-Lite chart, as PNG, as SVG; nothing is fetched from anywhere."""

import json
from base64 import b64encode
from collections.abc import Sequence

from fieldmark.records import ConfigError, Curves, Figure, Gallery, Grid, Scatter
from fieldmark.reports.curves import curves_chart
from fieldmark.reports.heatmap import grid_chart
from fieldmark.reports.palette import theme
from fieldmark.reports.pictures import gallery_sheet
from fieldmark.reports.scatter import scatter_chart
from fieldmark.reports.vega import Spec

_WIDTH = 640
_MARGIN = 14


def chart(figure: Figure, *, families: Sequence[str] = ()) -> Spec:
    """``figure`` as a Vega-Lite specification that holds its own data.

    Args:
        figure: A scatter, a grid or curves.
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
    return svg


def _printed(figure: Scatter | Grid | Curves) -> str:
    spec = chart(figure)
    if spec.get("width") == "container":
        spec["width"] = _WIDTH
    config = theme() | {"background": "#ffffff", "padding": _MARGIN}
    return json.dumps(spec | {"config": config})


def _embedded(png: bytes, title: str) -> str:
    from html import escape

    width, height = (int.from_bytes(png[at : at + 4], "big") for at in (16, 20))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" role="img">'
        f"<title>{escape(title)}</title>"
        f'<image width="{width}" height="{height}" '
        f'href="data:image/png;base64,{b64encode(png).decode()}"/></svg>'
    )
