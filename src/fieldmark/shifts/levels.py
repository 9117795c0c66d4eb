"""Levels: how strong a shift is, as it is written after the ``@``.

Common corruptions come in severities 1 to 5. The distortions of psychophysics come at the numbers
that were published with them (a contrast of 30 per cent, a blur of 7 pixels), and are named so.
"""

from collections.abc import Sequence

from fieldmark.records import ConfigError

SEVERITIES = ("1", "2", "3", "4", "5")

_LONGEST = 40
"""So many letters of what somebody typed are repeated to them."""


def place_of(name: str, level: object, levels: Sequence[str]) -> int:
    """The place of ``level`` among the levels of the shift ``name``, from 1: its severity.

    Args:
        name: Of the shift.
        level: As it is written in a condition's name, or as a number.
        levels: Those that there are, mild ones first.

    Raises:
        ConfigError: It is not one of them.

    Example:
        >>> place_of("low-pass", "3", ("0", "1", "3", "5")), place_of("low-pass", 3.0, ("0", "3"))
        (3, 2)
    """
    for place, one in enumerate(levels, start=1):
        if str(level) == one or (_number(level) is not None and _number(level) == _number(one)):
            return place
    short = str(level)[:_LONGEST]
    got = short if _number(level) is not None else repr(short)
    raise ConfigError(f"{name} comes {listed(levels)}, got {got}")


def listed(levels: Sequence[str]) -> str:
    """The levels in words.

    Example:
        >>> listed(SEVERITIES), listed(("0", "pow")), listed(("1",))
        ('in severities 1 to 5', 'at levels 0 and pow', 'at level 1')
    """
    if tuple(levels) == SEVERITIES:
        return "in severities 1 to 5"
    if len(levels) == 1:
        return f"at level {levels[0]}"
    return f"at levels {', '.join(levels[:-1])} and {levels[-1]}"


def _number(level: object) -> float | None:
    try:
        return float(str(level))
    except ValueError:
        return None
