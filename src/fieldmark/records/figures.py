"""Figures: what is to be drawn, as data. How it is drawn is the business of ``reports``."""

from dataclasses import dataclass
from typing import Literal

from fieldmark.records.estimates import Estimate

Axis = Literal["linear", "logit", "probit"]


@dataclass(frozen=True)
class Point:
    """One subject in a scatter: its two estimates, its family, and what to say on hovering.

    A point is ``shown`` as a dot, as a dot with its name beside it, or left outside the figure:
    then it must not stretch the axes, and the caption says where it would lie.
    """

    name: str
    family: str
    x: Estimate
    y: Estimate
    fitted: bool = True
    note: str = ""
    shown: Literal["dot", "named", "outside"] = "dot"


@dataclass(frozen=True)
class Trend:
    """A fitted line with its band, as values on a grid of x (all shares in [0, 1])."""

    title: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True)
class Scatter:
    """Accuracy against accuracy, with y = x and the fitted line; both axes on one scale."""

    title: str
    x_title: str
    y_title: str
    points: tuple[Point, ...]
    trend: Trend | None
    axis: Axis
    caption: str


@dataclass(frozen=True)
class Square:
    """One square of a grid: its estimate, or the reason why there is none."""

    row: str
    column: str
    estimate: Estimate | None
    reason: str = ""


@dataclass(frozen=True)
class Grid:
    """Subjects × conditions, each square an accuracy; ``groups`` names each column's group."""

    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    groups: tuple[str, ...]
    squares: tuple[Square, ...]
    caption: str


@dataclass(frozen=True)
class Series:
    """One subject's estimates along a strength (severity, or budget in pixel units)."""

    name: str
    family: str
    strengths: tuple[float, ...]
    estimates: tuple[Estimate, ...]


@dataclass(frozen=True)
class Panel:
    """One change at rising strength, a line per subject; strength 0 is the unchanged test set."""

    title: str
    x_title: str
    series: tuple[Series, ...]


@dataclass(frozen=True)
class Curves:
    """Panels side by side: accuracy against strength."""

    title: str
    panels: tuple[Panel, ...]
    caption: str


@dataclass(frozen=True)
class Picture:
    """One picture of a gallery: PNG bytes and what stands under it."""

    png: bytes
    heading: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gallery:
    """Pictures chosen by a rule that is printed with them, never by hand."""

    title: str
    rule: str
    pictures: tuple[Picture, ...]


@dataclass(frozen=True)
class Bar:
    """One line of a forest: a name, the group that colours it, and its estimate."""

    name: str
    group: str
    estimate: Estimate
    note: str = ""


@dataclass(frozen=True)
class Forest:
    """Estimates under each other, each a dot with its interval.

    Args:
        title: The question, short.
        x_title: What the estimates are.
        bars: From top to bottom.
        unit: "share" is printed in percent, "points" (a difference of shares) in percentage
            points, "rank" as whole numbers from 1 on the left, "number" as it is.
        caption: How to read it.
        mark: Where a vertical line stands, such as 0 for no difference; None for no line.
    """

    title: str
    x_title: str
    bars: tuple[Bar, ...]
    unit: Literal["share", "points", "rank", "number"]
    caption: str
    mark: float | None = None


@dataclass(frozen=True)
class Matrix:
    """A number for each pair of names, as a coloured square; NaN is left blank.

    Args:
        title: The question, short.
        rows: Names down the side.
        columns: Names along the top.
        values: One row of numbers per row.
        unit: "share" in percent, or "number" (such as a kappa).
        low: Where the colours begin.
        high: Where they end.
        caption: How to read it.
    """

    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    unit: Literal["share", "number"]
    low: float
    high: float
    caption: str


@dataclass(frozen=True)
class Track:
    """One line of a figure of lines, with its band where it has one (else ``()``).

    The style "band" draws the band alone, such as what lies between two lines.
    """

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    style: Literal["line", "dashed", "steps", "dots", "band"] = "line"


@dataclass(frozen=True)
class Lines:
    """Numbers against numbers: power against size, score against queries, record against year.

    Args:
        title: The question, short.
        x_title: What goes along.
        y_title: What goes up.
        tracks: The lines, in the order of their colours.
        unit: How y is printed: "share", "points" or "number".
        caption: How to read it.
        x_log: Is x on a logarithmic scale?
        x_unit: How x is printed: "number", "share" or "year".
    """

    title: str
    x_title: str
    y_title: str
    tracks: tuple[Track, ...]
    unit: Literal["share", "points", "number"]
    caption: str
    x_log: bool = False
    x_unit: Literal["number", "share", "year"] = "number"


@dataclass(frozen=True)
class Histogram:
    """How often values fall between edges, one series over another."""

    title: str
    x_title: str
    edges: tuple[float, ...]
    counts: tuple[tuple[str, tuple[int, ...]], ...]
    unit: Literal["share", "points", "number"]
    caption: str
    mark: float | None = None


Figure = Scatter | Grid | Curves | Gallery | Forest | Matrix | Lines | Histogram
