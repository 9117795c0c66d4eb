"""Dates of subjects, which no header carries: a mapping, or words such as "net-l=2016.5"."""

from collections.abc import Mapping, Sequence
from math import isfinite

from fieldmark.records import ConfigError, UnknownNameError

Dates = Mapping[str, float] | Sequence[str]


def dates_of(told: Dates, subjects: Sequence[str]) -> dict[str, float]:
    """From subject to date, for those that have one, in the order of ``subjects``.

    Args:
        told: From name to date (a year such as 2016.5, or a place in the order of submission), or
            the same as "name=date" words.
        subjects: Who may have a date.

    Raises:
        UnknownNameError: A date of somebody who is not among the subjects.
        ConfigError: A word without a date, a name twice, or a date that is no finite number.

    Example:
        >>> dates_of(["net-l=2016.5", "net-s=2014"], ["net-s", "net-l", "net-m"])
        {'net-s': 2014.0, 'net-l': 2016.5}
    """
    pairs = list(told.items()) if isinstance(told, Mapping) else [_read(word) for word in told]
    found: dict[str, float] = {}
    for name, date in pairs:
        if name not in subjects:
            raise UnknownNameError("subject", name[:80], subjects)
        if name in found:
            raise ConfigError(f"{name} has two dates")
        if not isfinite(date):
            raise ConfigError(f"the date of {name} is no number: {date}")
        found[name] = float(date)
    return {name: found[name] for name in subjects if name in found}


def _read(word: str) -> tuple[str, float]:
    name, there, date = word.rpartition("=")
    try:
        return name, float(date) if there else float("nan")
    except ValueError:
        raise ConfigError(f"a date is written name=2016.5, not {word[:80]!r}") from None
