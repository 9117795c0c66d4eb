"""Labels beside points, where they cover neither a point nor each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, hypot
from typing import Literal

Align = Literal["left", "right", "center"]

_CHARACTER = 6.1  # mean width of a letter at 11 px
_HEIGHT = 13.0
_AWAY = 9.0
_DOT = 6.0


@dataclass(frozen=True)
class Cross:
    """A point with the ends of its error bars, in pixels, y downwards."""

    x: float
    left: float
    right: float
    y: float
    top: float
    bottom: float


@dataclass(frozen=True)
class Label:
    """Where the text of point ``index`` goes: shifted by (dx, dy) pixels, aligned so."""

    index: int
    dx: float
    dy: float
    align: Align


@dataclass(frozen=True)
class _Box:
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "_Box") -> bool:
        return not (
            self.right <= other.left
            or other.right <= self.left
            or self.bottom <= other.top
            or other.bottom <= self.top
        )


_PLACES: tuple[tuple[float, float, Align], ...] = (
    (_AWAY, 0.0, "left"),
    (-_AWAY, 0.0, "right"),
    (0.0, -_AWAY - 4, "center"),
    (0.0, _AWAY + 4, "center"),
    (_AWAY, -_HEIGHT, "left"),
    (_AWAY, _HEIGHT, "left"),
    (-_AWAY, -_HEIGHT, "right"),
    (-_AWAY, _HEIGHT, "right"),
    (0.0, -2 * _HEIGHT, "center"),
    (0.0, 2 * _HEIGHT, "center"),
    (_AWAY, 2 * _HEIGHT, "left"),
    (-_AWAY, -2 * _HEIGHT, "right"),
)


def place_labels(
    crosses: Sequence[Cross],
    texts: Sequence[str],
    *,
    width: float,
    height: float,
    lines: Sequence[tuple[float, float]] = (),
) -> tuple[Label, ...]:
    """Labels for the points whose text is not empty; one that fits nowhere is left out.

    A label never covers a point or another label, and as few error bars and lines as it can.

    Args:
        crosses: All points of the drawing.
        texts: What to write beside each of them, or "".
        width: Of the drawing, in pixels; labels stay inside.
        height: Of the drawing, in pixels.
        lines: Places `along` lines.

    Example:
        >>> point = Cross(50.0, 50.0, 50.0, 50.0, 50.0, 50.0)
        >>> place_labels([point], ["cnn"], width=200.0, height=100.0)[0].align
        'left'
    """
    dots = [_Box(c.x - _DOT, c.y - _DOT, c.x + _DOT, c.y + _DOT) for c in crosses]
    bars = [_Box(c.left, c.y - 1, c.right, c.y + 1) for c in crosses]
    bars += [_Box(c.x - 1, c.top, c.x + 1, c.bottom) for c in crosses]
    bars += [_Box(x - 1, y - 1, x + 1, y + 1) for x, y in lines]
    frame = _Box(0.0, 0.0, width, height)
    placed: list[Label] = []
    for index, text in enumerate(texts):
        if not text:
            continue
        options = [(_box(crosses[index], text, *place), place) for place in _PLACES]
        free = [one for one in options if _inside(one[0], frame) and not _meets(one[0], dots)]
        if free:
            box, (dx, dy, align) = min(free, key=lambda one: _covered(one[0], bars))
            dots.append(box)
            placed.append(Label(index, dx, dy, align))
    return tuple(placed)


def along(path: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Places (x, y) along a path, in pixels, closer to each other than the height of a label.

    Example:
        >>> along([(0.0, 0.0), (0.0, 16.0)])
        [(0.0, 0.0), (0.0, 8.0), (0.0, 16.0)]
    """
    found = list(path[:1])
    for (x, y), (to_x, to_y) in pairwise(path):
        steps = max(1, ceil(hypot(to_x - x, to_y - y) / 8))
        shares = [step / steps for step in range(1, steps + 1)]
        found += [(x + share * (to_x - x), y + share * (to_y - y)) for share in shares]
    return found


def _box(centre: Cross, text: str, dx: float, dy: float, align: Align) -> _Box:
    x, y = centre.x + dx, centre.y + dy
    wide = _CHARACTER * len(text)
    left = {"left": x, "right": x - wide, "center": x - wide / 2}[align]
    return _Box(left, y - _HEIGHT / 2, left + wide, y + _HEIGHT / 2)


def _meets(box: _Box, others: Sequence[_Box]) -> bool:
    return any(box.meets(other) for other in others)


def _covered(box: _Box, others: Sequence[_Box]) -> int:
    return sum(box.meets(other) for other in others)


def _inside(box: _Box, frame: _Box) -> bool:
    return (
        box.left >= frame.left
        and box.right <= frame.right
        and box.top >= frame.top
        and box.bottom <= frame.bottom
    )
