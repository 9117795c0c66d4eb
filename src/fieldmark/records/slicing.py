"""Slicing: the part of some examples of which something is known, as a natural shift of its own."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool

from fieldmark.records.arrays import Pixels, Rows
from fieldmark.records.errors import ConfigError, DataError, UnknownNameError
from fieldmark.records.examples import Examples
from fieldmark.records.fingerprints import fingerprint
from fieldmark.records.framing import Framing
from fieldmark.records.slices import Slice, natural_order, printed_value

MOST_SLICES = 200
"""More values than this are hardly meant to be asked one by one."""

CLASSES = "classes"
"""The key that is about labels, not about metadata."""

_SHOWN = 12


@dataclass(frozen=True)
class Chosen:
    """From rows of a part to the images of the whole."""

    decode: Callable[[Rows], Pixels]
    rows: Rows

    def __call__(self, rows: Rows) -> Pixels:
        """The images, uint8 (r, h, w, c)."""
        return self.decode(self.rows[rows])


@dataclass(frozen=True)
class ChosenIn:
    """What decodes a part of the whole in the framing that a model wants."""

    reframe: Callable[[Framing], Callable[[Rows], Pixels]]
    rows: Rows

    def __call__(self, framing: Framing) -> Chosen:
        """From rows of the part to their images."""
        return Chosen(self.reframe(framing), self.rows)


def sliced(examples: Examples, one: Slice) -> Examples:
    """The examples that a slice keeps, in their order, under a name that says so.

    They are a natural shift of the whole set, or of what that is a shift of. Ids, labels and
    classes stay as they are, so a change of a picture is the same here and in the whole.

    Args:
        examples: The whole set.
        one: What must be known of an example. The key "classes" is about their labels: names of
            classes, where no column of the metadata is called so.

    Raises:
        UnknownNameError: The examples have no such metadata.
        DataError: No example is kept; says which values there are, and how often.
        ConfigError: The slice stands for every value in turn: see ``every_slice``.
    """
    if one.every:
        raise ConfigError(f"{one} stands for several slices; take one value")
    kept = _holds(examples, one)
    if not kept.any():
        raise _none(examples, one)
    whole = f"{len(examples):,} examples of {examples.card.name}"
    n = int(kept.sum())
    unknown = 0 if "" in one.values else _column(examples, one).count("")
    lost = f", {unknown:,} left out for being unknown" if unknown else ""
    return part(
        examples,
        np.flatnonzero(kept),
        name=f"{examples.card.name}{one}",
        title=f"{n:,} of the {whole}",
        collected=f"{examples.card.collected}; of the {whole}, {one} keeps {n:,}{lost}",
    )


def part(examples: Examples, rows: Rows, *, name: str, title: str, collected: str) -> Examples:
    """Some rows of examples, under a name of their own, as a natural shift of the whole.

    Args:
        examples: The whole set.
        rows: Which, in their order.
        name: The printed name of the part.
        title: One line for people.
        collected: How it came about.
    """
    rows = rows.astype(np.int64)
    card = replace(
        examples.card,
        name=name,
        title=title,
        collected=collected,
        reference=examples.card.reference or examples.card.name,
    )
    ids = tuple(examples.ids[row] for row in rows)
    named = set(ids)
    labels = examples.labels[rows]
    labels.setflags(write=False)
    return replace(
        examples,
        card=card,
        ids=ids,
        labels=labels,
        decode=Chosen(examples.decode, rows),
        content=fingerprint(examples.content, "part", list(ids)),
        groups=tuple(examples.groups[row] for row in rows) if examples.groups else (),
        reframe=examples.reframe and ChosenIn(examples.reframe, rows),
        metadata={
            key: tuple(column[row] for row in rows) for key, column in examples.metadata.items()
        },
        broken=tuple(one for one in examples.broken if one[0] in named),
        altered=None,  # what it is to be held against has other examples
    )


def every_slice(examples: Examples, one: Slice) -> tuple[Slice, ...]:
    """The slice itself, or one for each value that some example has where it stands for all.

    Raises:
        UnknownNameError: The examples have no such metadata.
        DataError: There are more values than anybody asks one by one, or none is known.
    """
    if not one.every:
        return (one,)
    column = _column(examples, one)
    values = natural_order([value for value in column if value])
    if not values:
        raise DataError(f"no {one.key} of {examples.card.name} is known, so {one} is nothing")
    if len(values) > MOST_SLICES:
        raise DataError(
            f"{one} of {examples.card.name} would be {len(values):,} conditions, and {MOST_SLICES} "
            f"are the most; choose values: {_counted(column)}"
        )
    return tuple(Slice(one.key, "=", (value,)) for value in values)


def grouped(examples: Examples, key: str) -> Examples:
    """The same examples, in groups by one column of their metadata: a writer, a camera.

    Who is in one group is taken as alike, and intervals that heed groups become honest. An example
    whose value is unknown is a group of its own.

    Raises:
        UnknownNameError: The examples have no such metadata.
    """
    column = _column(examples, Slice(key, "=", ("*",), every=True))
    pairs = zip(column, examples.ids, strict=True)
    return replace(examples, groups=tuple(value or f"unknown: {one}" for value, one in pairs))


def _holds(examples: Examples, one: Slice) -> Bool[np.ndarray, " n"]:
    column = _column(examples, one)
    if _of_classes(examples, one):
        wanted = np.array([examples.classes.index(name) for name in _classes(examples, one)])
        inside = np.isin(examples.labels, wanted).any(axis=1)
        labelled = (examples.labels >= 0).any(axis=1)
        return np.asarray(inside if one.sign == "=" else ~inside & labelled)
    different = set(column)
    if not one.orders and any(value not in different for value in one.values):
        raise _none(examples, one)
    right = {value for value in different if one.holds(value)}
    return np.array([value in right for value in column], np.bool_)


def _none(examples: Examples, one: Slice) -> DataError:
    column = _column(examples, one)
    absent = [value for value in one.values if value not in set(column)]
    asked = one if one.orders or not absent else f"[{one.key}={printed_value(absent[0])}]"
    return DataError(
        f"{examples.card.name} has no example with {asked}; there are: {_counted(column)}"
    )


def _of_classes(examples: Examples, one: Slice) -> bool:
    return one.key == CLASSES and CLASSES not in examples.metadata


def _classes(examples: Examples, one: Slice) -> list[str]:
    """The classes that the values of a slice name."""
    if one.orders:
        raise ConfigError(f"classes have no order; write [{CLASSES}=a|b] instead of {one}")
    absent = [value for value in one.values if value not in examples.classes.names]
    if absent:
        raise UnknownNameError(f"class of {examples.card.name}", absent[0], examples.classes.names)
    return list(one.values)


def _column(examples: Examples, one: Slice) -> tuple[str, ...]:
    if one.key in examples.metadata:
        return examples.metadata[one.key]
    if one.key == CLASSES:
        names = (*examples.classes.names, "")  # the last is where -1 points
        return tuple(names[label] for label in examples.first_labels)
    if not examples.metadata:
        raise DataError(
            f"nothing is known of the examples of {examples.card.name}, so {one} cannot be asked: "
            "write a metadata.csv beside the class folders (file_name and further columns), or "
            "further arrays into the npz"
        )
    raise UnknownNameError(f"metadata of {examples.card.name}", one.key, examples.metadata)


def _counted(column: Sequence[str]) -> str:
    """The values there are with their counts, as a slice would name them."""
    counts = Counter(column)
    unknown = counts.pop("", 0)
    order = natural_order(list(counts))
    if len(order) > _SHOWN:
        order = [value for value, _ in counts.most_common(_SHOWN)]
    told = [f"{printed_value(value)} ({counts[value]:,})" for value in order]
    told += [f"{len(counts) - len(order):,} more"] if len(counts) > len(order) else []
    return ", ".join([*told, *([f'"" for unknown ({unknown:,})'] if unknown else [])])
