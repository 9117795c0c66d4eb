"""Orders: the ways in which labels come to count classes in another order than answers do."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64

from fieldmark.records.classes import ClassSpace

Places = Int64[np.ndarray, " k"]


@dataclass(frozen=True, eq=False)
class Reordering:
    """One mistake: label i stands for the class ``meant[i]``.

    Args:
        name: What to call it.
        told: What it looks like, such as "labels look one too low".
        cure: What to do about it.
        meant: The class that answers call what the labels call i, for every i.
    """

    name: str
    told: str
    cure: str
    meant: Places


def text_order(names: Sequence[str]) -> Places:
    """Positions of names in the order of text, int64 (k,): 0, 1, 10, 100, 101, ….

    Example:
        >>> text_order([str(number) for number in range(12)]).tolist()
        [0, 1, 10, 11, 2, 3, 4, 5, 6, 7, 8, 9]
    """
    return np.array(sorted(range(len(names)), key=lambda place: names[place]), dtype=np.int64)


def reorderings(space: ClassSpace) -> tuple[Reordering, ...]:
    """What labels in a class space could have been meant for, had somebody counted otherwise.

    Classes counted in the order of text (of their numbers, or of their names where they are not
    sorted), in the alphabetical order of their titles, from 1, or from -1; each with labels and
    answers in either part. An order that changes nothing for these classes is left out.

    Example:
        >>> ten = ClassSpace(tuple("0123456789"))
        >>> [one.name for one in reorderings(ten)]
        ['labels-one-up', 'labels-one-down']
    """
    k = len(space)
    numbers = [str(number) for number in range(k)]
    orders = [("text-sorted", "sorted as text, 0, 1, 10, 100, …", _RENUMBER, text_order(numbers))]
    if not all(map(str.isdecimal, space.names)):
        by_name = text_order(space.names)
        orders.append(("name-sorted", "sorted by the names of the classes", _RELIST, by_name))
    if space.titles:
        titles = [title.lower() for title in space.titles]
        orders.append(
            ("title-sorted", "in alphabetical order of titles", _RELIST, text_order(titles))
        )
    found = []
    for name, told, cure, order in orders:
        back = np.argsort(order)
        found.append(Reordering(name, f"labels look {told}", cure, order))
        found.append(Reordering(f"{name}-answers", f"answers look {told}", _MODEL, back))
    up, down = (np.arange(k) - 1) % k, (np.arange(k) + 1) % k
    found.append(
        Reordering("labels-one-up", "labels look counted from 1, answers from 0", _RENUMBER, up)
    )
    found.append(Reordering("labels-one-down", "labels look one too low", _RENUMBER, down))
    known = {np.arange(k).tobytes()}
    different: list[Reordering] = []
    for one in found:
        if one.meant.tobytes() not in known:
            known.add(one.meant.tobytes())
            different.append(one)
    return tuple(different)


_RENUMBER = (
    "name classes instead of numbering them, or number them from 0 and in the order of numbers "
    "(folders of numbers are read right with ?classes=NAME)"
)
_RELIST = "give labels by name, or class_names in the order of the labels"
_MODEL = "tell the model's card the classes in the order of its scores"
