"""Slices: examples of which something is known, such as ``[camera=a|b]`` or ``[year>=2020]``."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan, nan
from operator import ge, gt, le, lt
from types import MappingProxyType
from typing import Literal, get_args

from fieldmark.records.errors import ConfigError

Sign = Literal["=", "!=", ">=", "<=", ">", "<"]
EVERY = "*"
"""In place of values: each of them in turn."""

_PLAIN = re.compile(r"[\w.:/-]+(?: [\w.:/-]+)*")
_KEY = r"[\w.-]+(?: [\w.-]+)*"
_VALUE = r'(?:[\w.:/-]+(?: [\w.:/-]+)*|"(?:[^"\\]|\\.)*")'
_CLAUSE = rf"\[{_KEY}(?:!=|>=|<=|=|>|<)(?:\*|{_VALUE}(?:\|{_VALUE})*)\]"
_PARTS = re.compile(rf"\[(?P<key>{_KEY})(?P<sign>!=|>=|<=|=|>|<)(?P<values>.+)\]", re.DOTALL)
_SLICED = re.compile(rf"(?P<whole>[^\[]*)(?P<slices>(?:{_CLAUSE})+)(?P<rest>\+.*)?", re.DOTALL)
_ALMOST = re.compile(r"\[[^\[\]]*(?:=|<|>)[^\[\]]*\]?")
_DAY = re.compile(r"\d{4}-\d{2}(?:-\d{2}(?:[T ].*)?)?")
_ORDER = MappingProxyType({">=": ge, "<=": le, ">": gt, "<": lt})


@dataclass(frozen=True)
class Slice:
    """What must be known of an example for it to be kept.

    Args:
        key: A column of the examples' metadata.
        sign: How a value is held against ``values``.
        values: One or several texts; one number, or one day such as 2020-12-31, where the sign
            orders; ``("*",)`` with ``every`` set stands for each value in turn.
        every: Is it all values, each on its own?

    Raises:
        ConfigError: The key cannot be printed, or the sign takes other values.

    Example:
        >>> str(Slice("camera", "=", ("a", "b+c")))
        '[camera=a|"b+c"]'
        >>> Slice("year", ">=", ("2020",)).holds("2021"), Slice("year", ">=", ("2020",)).holds("")
        (True, False)
    """

    key: str
    sign: Sign
    values: tuple[str, ...]
    every: bool = False

    def __post_init__(self) -> None:
        if not re.fullmatch(_KEY, self.key):
            raise ConfigError(f"{self.key!r} cannot name a column: write letters, digits, . _ -")
        if self.sign not in get_args(Sign) or not self.values:
            raise ConfigError(
                f"a slice is [{self.key}=value], [{self.key}!=a|b] or [{self.key}>=1]"
            )
        if not all(one.isprintable() for one in self.values):
            raise ConfigError(f"values of {self.key} must be of letters that can be printed")
        if self.every and self.sign != "=":
            raise ConfigError(f"{self} means nothing; write [{self.key}=*] for every value in turn")
        if self.sign in _ORDER and (len(self.values) > 1 or _rank(self.values[0]) is None):
            raise ConfigError(
                f"{self} needs one number, or one day such as 2020-12-31, to be held against"
            )

    def __str__(self) -> str:
        values = EVERY if self.every else "|".join(map(printed_value, self.values))
        return f"[{self.key}{self.sign}{values}]"

    def holds(self, value: str) -> bool:
        """Is an example with this value kept? What is unknown ("") only if it is asked for."""
        if self.every:
            return bool(value)
        if self.sign == "=":
            return value in self.values
        if self.sign == "!=":
            return bool(value) and value not in self.values
        bound, here = _rank(self.values[0]), _rank(value)
        if bound is None or here is None or bound[0] != here[0]:
            return False
        return bool(_ORDER[self.sign](here[1:], bound[1:]))

    @property
    def orders(self) -> bool:
        """Does it ask for more or less of something?"""
        return self.sign in _ORDER


def parse_slices(text: str) -> tuple[str, tuple[Slice, ...], str]:
    """A name before its slices, the slices, and what follows them.

    Nothing is sliced where no bracket holds ``key=value``, so paths may have brackets in them.

    Raises:
        ConfigError: A bracket is nearly a slice; says what to write.

    Example:
        >>> parse_slices('photos[place="a+b"][year>=2020]+fog@3')[0::2]
        ('photos', '+fog@3')
        >>> parse_slices("folder:my[1]")
        ('folder:my[1]', (), '')
    """
    for start in (at for at, letter in enumerate(text) if letter == "["):
        found = _SLICED.fullmatch(text[start:])
        if found:
            clauses = re.findall(_CLAUSE, found["slices"])
            return text[:start], tuple(map(_slice, clauses)), found["rest"] or ""
    almost = _ALMOST.search(text)
    if almost:
        raise ConfigError(
            f"{almost[0]!r} of {text!r} cannot be read as a slice: write [key=value], [key=a|b], "
            '[key>=2020] or [key=*], and values with other signs in quotes: [key="a+b"]'
        )
    return text, (), ""


def natural_order(values: Sequence[str]) -> list[str]:
    """Different values in the order that people expect: as numbers where all are, else as text.

    Example:
        >>> natural_order(["10", "9", "10"]), natural_order(["b", "10", "a"])
        (['9', '10'], ['10', 'a', 'b'])
    """
    different = set(values)
    if all(not isnan(_number(one)) for one in different):
        return sorted(different, key=lambda one: (_number(one), one))
    return sorted(different)


def _slice(clause: str) -> Slice:
    found = _PARTS.fullmatch(clause)
    assert found  # it is one of _CLAUSE
    sign: Sign = found["sign"]  # type: ignore[assignment]
    if found["values"] == EVERY:
        return Slice(found["key"], sign, (EVERY,), every=True)
    values = re.findall(_VALUE, found["values"])
    return Slice(found["key"], sign, tuple(map(_meant, values)))


def _meant(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.DOTALL) if value[0] == '"' else value


def printed_value(value: str) -> str:
    r"""A value as it stands in a slice: in quotes where it holds signs that mean something there.

    Example:
        >>> printed_value("Canon EOS"), printed_value('6" pipe')
        ('Canon EOS', '"6\\" pipe"')
    """
    if _PLAIN.fullmatch(value):
        return value
    return '"' + re.sub(r'(["\\])', r"\\\1", value) + '"'


def _rank(value: str) -> tuple[str, float | str] | None:
    """Where a value stands among its kind; None for what has no order."""
    number = _number(value)
    if not isnan(number):
        return "number", number
    return ("day", value) if _DAY.fullmatch(value) else None


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return nan
