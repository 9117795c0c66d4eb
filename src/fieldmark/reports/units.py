"""Units: how an axis, a tooltip and a printed number say a share, points, a rank or a number."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from math import floor, inf, isfinite, log10
from types import MappingProxyType
from typing import Literal

from fieldmark.records import Estimate
from fieldmark.reports.words import UNDEFINED, counted, number, points, share

Unit = Literal["share", "points", "rank", "number", "year"]

_TICKS: Mapping[str, str] = MappingProxyType(
    {
        "share": "format(100 * datum.value, '.4~r') + ' %'",
        "points": "(datum.value > 0 ? '+' : '') + format(100 * datum.value, '.3~r')",
        "rank": "format(datum.value, 'd')",
        "year": "format(datum.value, '.0f')",
        "number": "abs(datum.value) < 1e6 ? format(datum.value, ',.4~r') : "
        "format(datum.value, '.2~e')",
    }
)
_BOUNDS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"share": (0.0, 1.0), "points": (-1.0, 1.0), "rank": (0.5, inf)}
)


def tick_words(unit: Unit) -> str:
    """The Vega expression that labels a tick, such as "72 %" for the share 0.72."""
    return _TICKS[unit]


def said(value: float, unit: Unit) -> str:
    """``value`` in its unit, as people read it.

    Example:
        >>> said(0.722, "share"), said(-0.118, "points"), said(3.0, "rank"), said(0.4, "number")
        ('72.2 %', '−11.8', '3', '0.400')
    """
    return _SAY[unit](value) if isfinite(value) else UNDEFINED


def said_with_interval(estimate: Estimate, unit: Unit) -> str:
    """An estimate with its interval, short enough to stand beside its bar.

    Example:
        >>> said_with_interval(Estimate(0.722, 0.713, 0.731, n=10_000, method=""), "share")
        '72.2 % [71.3, 73.1]'
        >>> said_with_interval(Estimate(1.0, 1.0, 4.0, n=10_000, method=""), "rank")
        '1 [1, 4]'
    """
    if not estimate.defined:
        return UNDEFINED
    if unit == "share":
        digits = 2 if 0.99 < estimate.value < 1 or 0 < estimate.value < 0.01 else 1
        say: Callable[[float], str] = partial(_percent, digits=digits)
        name = " %"
    else:
        say, name = _SAY[unit], ""
    value = say(estimate.value) + name
    if not (isfinite(estimate.low) and isfinite(estimate.high)):
        return value
    return f"{value} [{say(estimate.low)}, {say(estimate.high)}]"


def told_in_full(estimate: Estimate, unit: Unit) -> str:
    """An estimate as it stands in a tooltip: with its interval, its n and its method.

    Example:
        >>> told_in_full(Estimate(0.5, 0.4, 0.6, n=100, method="Wilson 95 %"), "share")
        '50.0 % [40.0, 60.0], n = 100, Wilson 95 %'
    """
    end = f", {estimate.method}" if estimate.method else ""
    n = f", n = {counted(estimate)}" if estimate.n or estimate.missing else ""
    return f"{said_with_interval(estimate, unit)}{n}{end}"


def stretch_of(values: Iterable[float], unit: Unit, *, zero: bool = False) -> tuple[float, float]:
    """From where to where an axis goes that shows ``values``, with a little room around them.

    Args:
        values: What must be in sight; what is not finite is passed over.
        unit: A share stays within 0 and 1, a rank begins left of 1.
        zero: Must the axis begin at zero?

    Example:
        >>> stretch_of([0.2, 0.99], "share")
        (0.161, 1.0)
        >>> stretch_of([1.0, 4.0], "rank")
        (0.5, 4.5)
    """
    finite = [value for value in values if isfinite(value)]
    low, high = min(finite, default=0.0), max(finite, default=1.0)
    if unit == "rank":
        return 0.5, max(high, 1.0) + 0.5
    low = min(low, 0.0) if zero else low
    if high - low < 1e-12 * max(1.0, abs(high)):
        low, high = low - 0.05 * (abs(low) or 1.0), high + 0.05 * (abs(high) or 1.0)
    room = 0.05 * (high - low)
    least, most = _BOUNDS.get(unit, (-inf, inf))
    # What lies beyond them all the same (a ratio of errors above 100 %, say) is shown.
    ends = (
        max(low if zero else low - room, min(least, low)),
        (high + room if high > most else min(high + room, most)),
    )
    digits = 2 - floor(log10(ends[1] - ends[0])) if ends[1] > ends[0] else 2
    return round(ends[0], digits), round(ends[1], digits)


def _percent(share: float, *, digits: int) -> str:
    """Percent with as many decimals for 80 as for 80.3, so that a column of them lines up."""
    return f"{100 * share:.{digits}f}"


def _whole(rank: float) -> str:
    return f"{rank:,.0f}" if abs(rank - round(rank)) < 1e-9 else f"{rank:,.1f}"


_SAY: Mapping[str, Callable[[float], str]] = MappingProxyType(
    {
        "share": share,
        "points": points,
        "rank": _whole,
        "year": lambda year: f"{year:.0f}",
        "number": lambda value: f"{value:,.0f}" if abs(value) >= 1000 else number(value),
    }
)
