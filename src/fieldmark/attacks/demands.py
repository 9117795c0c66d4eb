"""Demands: what the numbers of an attack have to be, and the one line that says so."""

from collections.abc import Callable, Mapping
from functools import partial
from operator import le, lt
from types import MappingProxyType
from typing import Protocol, runtime_checkable

from fieldmark.records import ConfigError, ThreatModel

_NOTHING: Mapping[str, int | float] = MappingProxyType({})
_NOWHERE: Mapping[str, str] = MappingProxyType({})


@runtime_checkable
class Unfinished(Protocol):
    """An attack whose numbers nobody has looked at yet."""

    @property
    def name(self) -> str:
        """What it is."""

    @property
    def threat(self) -> ThreatModel:
        """What the attacker may do."""


def demand(
    attack: Unfinished,
    *,
    least: Mapping[str, int | float] = _NOTHING,
    above: Mapping[str, int | float] = _NOTHING,
    within: Mapping[str, str] = _NOWHERE,
    bounded: str = "",
) -> None:
    """Nothing, where the fields of an attack are in their ranges; what is not a number is in none.

    Args:
        attack: Whose fields; one that is None is not looked at, of several numbers the smallest.
        least: From a field to the smallest number that it may be.
        above: From a field to the largest number that it may not be.
        within: From a field to its range, such as "(0, 1]", a round bracket where the end is out.
        bounded: Where a budget without an end makes no sense: what the attack does with one.

    Raises:
        ConfigError: One is out of its range; says which, and what it was.

    Example:
        >>> from fieldmark.attacks import PGD
        >>> from fieldmark.records import Budget
        >>> demand(PGD(Budget("linf", 0.1), steps=7), least={"steps": 8})
        Traceback (most recent call last):
            ...
        fieldmark.records.errors.ConfigError: pgd-linf: steps must be at least 8, got 7
    """
    for what, number in least.items():
        _insist(attack, what, f"at least {number:g}", partial(le, number))
    for what, number in above.items():
        _insist(attack, what, f"> {number:g}", partial(lt, number))
    for what, ends in within.items():
        _insist(attack, what, f"in {ends}", partial(_inside, ends))
    if bounded and not attack.threat.budget.bounded:
        raise ConfigError(f"{attack.name} {bounded}; write one, such as 8/255")


def _insist(
    attack: Unfinished, what: str, range_: str, holds: Callable[[int | float], bool]
) -> None:
    found = getattr(attack, what)
    if found is not None and not holds(min(found) if isinstance(found, tuple) else found):
        raise ConfigError(f"{attack.name}: {what} must be {range_}, got {found}")


def _inside(ends: str, number: int | float) -> bool:
    low, high = (float(end) for end in ends[1:-1].split(","))
    after = number > low if ends[0] == "(" else number >= low
    before = number < high if ends[-1] == ")" else number <= high
    return after and before
