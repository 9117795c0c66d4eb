"""Schedules: the learning rate at every step as a formula of the step, so that nothing is kept."""

from collections.abc import Callable, Mapping
from math import cos, pi
from types import MappingProxyType

from fieldmark.records import ConfigError

Pace = tuple[float, float | None]
"""A learning rate, and a momentum where the schedule moves that too."""


def pace(schedule: str, rate: float, step: int, steps: int) -> Pace:
    """The learning rate and, where the schedule moves it, the momentum of one step.

    Args:
        schedule: "one-cycle", "triangle" or "constant".
        rate: The largest learning rate.
        step: Which step, 0 <= step < steps.
        steps: How many there are.

    Raises:
        ConfigError: There is no such schedule.

    Example:
        >>> [round(pace("triangle", 1.0, step, 10)[0], 3) for step in (0, 3, 6, 9)]
        [0.25, 1.0, 0.5, 0.0]
    """
    if schedule not in SCHEDULES:
        raise ConfigError(f"a schedule is one of {', '.join(SCHEDULES)}, not {schedule[:80]!r}")
    return SCHEDULES[schedule](rate, step, steps)


def _one_cycle(rate: float, step: int, steps: int) -> Pace:
    """Up from a 25th of the rate over three tenths of the steps, down to nearly nothing; cosines.

    Momentum goes the other way, from 0.95 to 0.85 and back. The numbers are those of torch's
    ``OneCycleLR``, to the last bit.

    Source:
        Smith and Topin 2017, arXiv:1708.07120; halves of cosines in place of straight lines.
    """
    low, top, last = rate / 25.0, 0.3 * steps - 1, steps - 1
    if step <= top:
        share = (step - 0.0) / (top - 0.0)
        return _between(low, rate, share), _between(0.95, 0.85, share)
    share = (step - top) / (last - top)
    return _between(rate, low / 1e4, share), _between(0.85, 0.95, share)


def _between(start: float, end: float, share: float) -> float:
    return end + (start - end) / 2.0 * (cos(pi * share) + 1)


def _triangle(rate: float, step: int, steps: int) -> Pace:
    """Straight up over two fifths of the steps, straight down to 0 over the rest.

    Source:
        Wong, Rice and Kolter 2020, arXiv:2001.03994, section 5 (their cyclic rate).
    """
    share = (step + 1) / steps
    return rate * (share / 0.4 if share < 0.4 else (1 - share) / 0.6), None


def _constant(rate: float, step: int, steps: int) -> Pace:
    """The same at every step."""
    return rate, None


SCHEDULES: Mapping[str, Callable[[float, int, int], Pace]] = MappingProxyType(
    {"one-cycle": _one_cycle, "triangle": _triangle, "constant": _constant}
)
"""The schedules there are, by name."""
