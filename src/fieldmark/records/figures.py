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


Figure = Scatter | Grid | Curves | Gallery
