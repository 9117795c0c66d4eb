"""Changes by name: every shift and every attack, made at a level that a person typed."""

from collections.abc import Callable
from functools import partial
from types import MappingProxyType

from fieldmark import attacks, shifts
from fieldmark.catalog.tables import Entry, Table
from fieldmark.records import Attack, Shift, UnknownNameError

SEVERITIES = ("1", "2", "3", "4", "5")


SHIFTS: Table[Callable[[str], Shift]] = Table(
    "shift",
    "fieldmark.shifts",
    MappingProxyType(
        {
            name: Entry(about, partial(shifts.shift, name))
            for name, about in {
                "gaussian-noise": "Gaussian noise on every pixel",
                "impulse-noise": "salt and pepper",
                "gaussian-blur": "blur by a Gaussian kernel",
                "contrast": "pixels drawn towards the image's mean",
                "brightness": "pixels made brighter",
                "pixelate": "fewer, larger pixels",
                "rotation": "turned by 10 to 60 degrees, left or right",
                "translation": "moved by up to a quarter of the side",
            }.items()
        }
    ),
)

ATTACKS: Table[Callable[[str], Attack]] = Table(
    "attack",
    "fieldmark.attacks",
    MappingProxyType(
        {
            name: Entry(about, partial(attacks.attack, name))
            for name, about in {
                "pgd-linf": "projected gradient, no pixel moves further than the budget, @8/255",
                "pgd-l2": "projected gradient, Euclidean length within the budget, @1.5",
            }.items()
        }
    ),
)


def change(name: str, level: str) -> Shift | Attack:
    """The shift at a severity ("1" to "5"), or the attack at a budget ("8/255", "1.5").

    Raises:
        UnknownNameError: Neither a shift nor an attack has that name.
        ConfigError: The level is not one of its.

    Example:
        >>> change("contrast", "3").severity
        3
    """
    if name in SHIFTS:
        return SHIFTS[name].make(level)
    if name in ATTACKS:
        return ATTACKS[name].make(level)
    raise UnknownNameError("shift or attack", name, (*SHIFTS, *ATTACKS))
