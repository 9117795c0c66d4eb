"""Labels as containers hold them, numbers or words, brought to one class space."""

import re
from collections.abc import Sequence

import numpy as np

from fieldmark.datasets.held import numbered_classes
from fieldmark.records import ClassSpace, DataError, LabelSets

_NUMBER = re.compile(r"[0-9]+")
Raw = int | str | None | Sequence[int] | Sequence[str]
"""One example's label, or its set of labels; None or nothing where it has none."""


def labelled(
    raw: Sequence[Raw], *, names: tuple[str, ...], classes: ClassSpace | None, file: str
) -> tuple[ClassSpace, LabelSets]:
    """The classes, and a label set per example, int64 (n, m), padded with -1.

    Args:
        raw: What stands at each example: a class name, a class number, or several; None for none.
        names: The class names that numbers refer to, where the container says them; else ().
        classes: What the user says that labels refer to: by name where there are names, else by
            position.
        file: The container, for messages.

    Raises:
        DataError: A label is none of the classes, or words and numbers are mixed.
    """
    if not raw:
        raise DataError(f"{file} holds no pictures")
    sets = [_listed(one) for one in raw]
    kinds = {type(label) for one in sets for label in one}
    if len(kinds) > 1:
        raise DataError(f"{file} has labels that are numbers and labels that are words; use one")
    if str in kinds:
        space = classes or ClassSpace(names or _in_order(sets, file))
        places = {name: place for place, name in enumerate(space.names)}
        numbered = [[_place(str(label), places, file) for label in one] for one in sets]
    else:
        space, numbered = _by_number(sets, names, classes, file)
    width = max([1, *map(len, numbered)])
    found = np.full((len(raw), width), -1, dtype=np.int64)
    for row, one in enumerate(numbered):
        found[row, : len(one)] = one
    return space, found


def _by_number(
    sets: list[list[int | str]],
    names: tuple[str, ...],
    classes: ClassSpace | None,
    file: str,
) -> tuple[ClassSpace, list[list[int]]]:
    numbered = [[int(label) for label in one if int(label) != -1] for one in sets]
    every = np.array([label for one in numbered for label in one], dtype=np.int64)
    if every.size and every.min() < 0:
        raise DataError(
            f"{file} has the label {every.min()}; number classes from 0, -1 for no label"
        )
    most = len(names) or (len(classes) if classes is not None else 0)
    if most and every.size and every.max() >= most:
        raise DataError(
            f"{file} has the label {every.max()} but only {most} classes, numbered 0 to {most - 1}"
        )
    if not names:
        return classes or numbered_classes(every, file=file), numbered
    if classes is None or classes.names == names:
        return classes or ClassSpace(names), numbered
    places = {name: place for place, name in enumerate(classes.names)}
    return classes, [[_place(names[label], places, file) for label in one] for one in numbered]


def _listed(one: Raw) -> list[int | str]:
    if one is None:
        return []
    if isinstance(one, str):
        return [one]
    if isinstance(one, Sequence):
        return list(one)
    return [one]


def _in_order(sets: list[list[int | str]], file: str) -> tuple[str, ...]:
    """Class names in the order that folders of these names would have."""
    found = sorted({str(label) for one in sets for label in one})
    if all(_NUMBER.fullmatch(name) for name in found):
        found.sort(key=lambda name: (int(name), name))
    if len(found) < 2:
        raise DataError(f"{file} has examples of {len(found)} classes only; two are the least")
    return tuple(found)


def _place(name: str, places: dict[str, int], file: str) -> int:
    if name not in places:
        raise DataError(f"{file} has the class {name[:80]!r}, which is none of the {len(places)}")
    return places[name]
