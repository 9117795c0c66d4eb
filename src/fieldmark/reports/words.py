"""Values as words: how a number with its interval is printed, everywhere."""

from collections.abc import Callable, Mapping, Sequence
from math import isfinite, isnan
from types import MappingProxyType

from fieldmark.records import Estimate, Table, Value

UNDEFINED = "undefined"


def plain(value: Value) -> str:
    """``value`` as people read it: ``0.912 [0.893, 0.929]`` for an estimate.

    Args:
        value: One value of a table. None and an empty text are printed as nothing.

    Example:
        >>> plain(Estimate(0.912, 0.893, 0.929, n=1000, method="Wilson 95 %"))
        '0.912 [0.893, 0.929]'
        >>> plain(float("nan")), plain(1797), plain(True), plain(None)
        ('undefined', '1,797', 'yes', '')
    """
    if value is None:
        return ""
    if isinstance(value, Estimate):
        return _interval(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return number(value) if isinstance(value, float) else value


def plain_column(values: Sequence[Value]) -> tuple[str, ...]:
    """The values of one column as people read them; places and counts have no decimals.

    They are told from shares by being whole everywhere, their intervals too, and not just 0 and 1.

    Example:
        >>> plain_column([Estimate(1.0, 1.0, 2.0, n=50, method=""), None])
        ('1 [1, 2]', '')
        >>> plain_column([Estimate(1.0, 1.0, 1.0, n=50, method=""), None])
        ('1.000 [1.000, 1.000]', '')
    """
    found = [value for value in values if isinstance(value, Estimate)]
    told = {end for one in found for end in (one.value, one.low, one.high) if isfinite(end)}
    whole = all(end == int(end) for end in told) and not told <= {0.0, 1.0}
    say = _whole if whole else number
    return tuple(_interval(one, say) if isinstance(one, Estimate) else plain(one) for one in values)


def number(value: float) -> str:
    """``value`` with three decimals and a true minus sign; "undefined" where there is none.

    Example:
        >>> number(-0.0413), number(0.00002)
        ('−0.041', '2e-05')
    """
    if not isfinite(value):
        return UNDEFINED if isnan(value) else ("∞" if value > 0 else "−∞")
    text = f"{value:.3f}" if value == 0 or abs(value) >= 0.0005 else f"{value:.1g}"
    return text.replace("-", "−", 1) if text.startswith("-") else text


def counted(estimate: Estimate) -> str:
    """What an estimate was counted on.

    Example:
        >>> counted(Estimate(0.5, 0.4, 0.6, n=1797, method="Wilson 95 %", missing=3))
        '1,797 (3 missing)'
    """
    return f"{estimate.n:,}" + (f" ({estimate.missing:,} missing)" if estimate.missing else "")


def share(value: float) -> str:
    """An accuracy in [0, 1] as a percentage, with a decimal only where it tells something.

    Example:
        >>> share(0.5), share(0.995), share(0.9991)
        ('50 %', '99.5 %', '99.91 %')
    """
    if not isfinite(value):
        return UNDEFINED
    digits = 2 if 0.99 < value < 1 or 0 < value < 0.01 else 1
    return f"{value * 100:.{digits}f}".rstrip("0").rstrip(".") + " %"


def points(value: float) -> str:
    """A difference of two shares in percentage points, with its sign.

    Example:
        >>> points(-0.188), points(0.05), points(0.0)
        ('−18.8', '+5.0', '0.0')
    """
    text = f"{100 * value:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text.replace("-", "−")


def in_unit(estimate: Estimate, unit: str) -> tuple[str, str]:
    """A number and its interval, both in the unit that a table names: "share", "difference", other.

    Example:
        >>> in_unit(Estimate(0.986, 0.977, 0.992, n=1000, method=""), "share")
        ('98.6 %', '[97.7, 99.2] %')
        >>> in_unit(Estimate(-0.188, -0.203, -0.172, n=1000, method=""), "difference")
        ('−18.8 points', '[−20.3, −17.2] points')
        >>> in_unit(Estimate(0.863, 0.498, 1.228, n=14, method=""), "slope")
        ('0.863', '[0.498, 1.228]')
    """
    say, name = _UNITS.get(unit, (number, ""))
    return say(estimate.value) + name, f"[{say(estimate.low)}, {say(estimate.high)}]{name}"


def spoken(estimate: Estimate) -> str:
    """An accuracy with interval and number, as it stands in a tooltip.

    Example:
        >>> spoken(Estimate(0.9, 0.85, 0.94, n=200, method="Wilson 95 %"))
        '90 % [85 %, 94 %], n = 200'
    """
    if not estimate.defined:
        return f"{UNDEFINED}, n = {counted(estimate)}"
    bounds = f" [{share(estimate.low)}, {share(estimate.high)}]"
    known = bounds if isfinite(estimate.low) and isfinite(estimate.high) else ""
    return f"{share(estimate.value)}{known}" + (f", n = {counted(estimate)}" if estimate.n else "")


def footnotes(table: Table) -> tuple[str, ...]:
    """What must be said once under a table: n and method of each column of estimates.

    Example:
        >>> from fieldmark.records import Column
        >>> half = Estimate(0.5, 0.4, 0.6, n=1000, method="Wilson 95 %")
        >>> footnotes(Table((Column("acc", "accuracy", "share right"),), ((half,),)))
        ('accuracy: share right; n = 1,000; interval: Wilson 95 %.',)
    """
    notes = []
    for position, column in enumerate(table.columns):
        estimates = estimates_of(table, position)
        parts = [column.help.rstrip(".")] if column.help else []
        counts = {counted(estimate) for estimate in estimates}
        if len(counts) == 1:
            parts.append(f"n = {counts.pop()}")
        if any(estimate.defined and isnan(estimate.low) for estimate in estimates):
            parts.append("no interval where nothing shows how far the number may scatter")
        if methods := dict.fromkeys(estimate.method for estimate in estimates if estimate.method):
            parts.append(f"interval: {', '.join(methods)}")
        if parts:
            notes.append(f"{column.title}: {'; '.join(parts)}.")
    return tuple(notes)


def estimates_of(table: Table, position: int) -> list[Estimate]:
    """The estimates that stand in one column."""
    return [value for row in table.rows if isinstance(value := row[position], Estimate)]


def _interval(estimate: Estimate, say: Callable[[float], str] = number) -> str:
    if not estimate.defined:
        return UNDEFINED
    if isnan(estimate.low) or isnan(estimate.high):
        return say(estimate.value)
    return f"{say(estimate.value)} [{say(estimate.low)}, {say(estimate.high)}]"


def _whole(value: float) -> str:
    return f"{value:,.0f}".replace("-", "−", 1) if isfinite(value) else number(value)


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


_UNITS: Mapping[str, tuple[Callable[[float], str], str]] = MappingProxyType(
    {"share": (_percent, " %"), "difference": (points, " points")}
)
