"""Changes by name: every shift and every attack, made at a level that a person typed."""

from collections.abc import Callable
from types import MappingProxyType

from fieldmark.catalog.tables import Entry, Table
from fieldmark.records import Attack, Shift, UnknownNameError

SEVERITIES = ("1", "2", "3", "4", "5")


def _shift(name: str) -> Callable[[str], Shift]:
    def make(level: str) -> Shift:
        from fieldmark import shifts

        return shifts.shift(name, level)

    return make


def _attack(name: str) -> Callable[[str], Attack]:
    def make(level: str) -> Attack:
        from fieldmark import attacks  # brings torch

        return attacks.attack(name, level)

    return make


SHIFTS: Table[Callable[[str], Shift]] = Table(
    "shift",
    "fieldmark.shifts",
    MappingProxyType(
        {
            name: Entry(about, _shift(name))
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
            "pgd-linf": Entry(
                "projected gradient, no pixel moves further than the budget, @8/255",
                _attack("pgd-linf"),
            ),
            "pgd-l2": Entry(
                "projected gradient, Euclidean length within the budget, @1.5", _attack("pgd-l2")
            ),
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
