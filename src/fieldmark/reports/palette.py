"""Colours and type: what every figure has in common."""

from collections.abc import Collection, Mapping
from functools import lru_cache
from types import MappingProxyType

FAMILY_COLOURS = (
    *("#0a78b5", "#cf5c08", "#0b8f6a", "#b3549a", "#a87b00", "#6d66c9"),
    *("#c2384a", "#2b95a8", "#7a8a2a"),
)
"""One per family; each stands out from white and from near-black (contrast of 3 and more)."""

GREY = "#7d858f"
"""For what is not a family: it stands out from white and from near-black too."""

CHANCE = "chance"
"""The family of those who guess. It is drawn in grey, for comparison."""

RAMP = ("#2f1e4e", "#3a4586", "#3b7396", "#5fa58f", "#a9cd8a", "#f3efb5")
"""From 0 % to 100 %, ever lighter, so that it reads in grey and to the colour-blind."""

# The one that comes with vl-convert is first, so that a figure is laid out alike on every machine.
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"


def colours(families: Collection[str]) -> Mapping[str, str]:
    """A colour for each family, in their order; after nine they repeat, and chance is grey.

    Example:
        >>> colours(["trees", "nets", "trees"])["nets"] == FAMILY_COLOURS[1]
        True
    """
    names = [name for name in dict.fromkeys(families) if name != CHANCE]
    table = {name: FAMILY_COLOURS[i % len(FAMILY_COLOURS)] for i, name in enumerate(names)}
    return MappingProxyType(table | ({CHANCE: GREY} if CHANCE in families else {}))


def shade(share: float) -> str:
    """The colour of an accuracy in [0, 1] on the ramp, as ``#rrggbb``.

    Example:
        >>> shade(0.0) == RAMP[0], shade(1.0) == RAMP[-1]
        (True, True)
    """
    place = min(max(share, 0.0), 1.0) * (len(RAMP) - 1)
    left = min(int(place), len(RAMP) - 2)
    ends = zip(_channels(RAMP[left]), _channels(RAMP[left + 1]), strict=True)
    return "#" + "".join(f"{round(a + (place - left) * (b - a)):02x}" for a, b in ends)


@lru_cache(maxsize=4096)
def ink_on(colour: str) -> str:
    """Black or white, whichever reads better on ``colour``."""
    return max("#000000", "#ffffff", key=lambda ink: contrast(colour, ink))


def contrast(one: str, other: str) -> float:
    """How well two colours are told apart, 1 (not at all) to 21.

    Source:
        WCAG 2.2, "contrast ratio" and "relative luminance".

    Example:
        >>> round(contrast("#000000", "#ffffff"))
        21
    """
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb``, 0 (black) to 1 (white)."""
    linear = [
        level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4
        for level in (channel / 255 for channel in _channels(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def theme(ink: str = "#1d2329") -> dict[str, object]:
    """The Vega-Lite configuration of every figure, drawn in ``ink``.

    Args:
        ink: Colour of text and axes; pages say "currentColor", so that figures turn with the page.
    """
    return {
        "font": FONT,
        "background": None,
        "customFormatTypes": True,
        "view": {"stroke": None},
        "axis": {
            "labelColor": ink,
            "titleColor": ink,
            "domainColor": ink,
            "domainOpacity": 0.4,
            "tickColor": ink,
            "tickOpacity": 0.4,
            "tickSize": 4,
            "gridColor": ink,
            "gridOpacity": 0.1,
            "labelFontSize": 11,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "titlePadding": 8,
        },
        "legend": {
            "labelColor": ink,
            "titleColor": ink,
            "labelFontSize": 11.5,
            "titleFontSize": 11.5,
            "titleFontWeight": "normal",
            "layout": {"bottom": {"anchor": "start", "direction": "vertical", "margin": 6}},
        },
        "title": {
            "color": ink,
            "fontSize": 13,
            "fontWeight": 600,
            "anchor": "start",
            "subtitleColor": ink,
            "subtitleFontSize": 10.5,
            "subtitlePadding": 4,
        },
        "text": {"color": ink},
        "rule": {"color": ink},
        "line": {"color": ink},
    }


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
