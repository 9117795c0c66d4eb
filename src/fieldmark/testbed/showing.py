"""Showing: the pictures of a condition, with what they are, for a person to look at."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from fieldmark.records import Condition, ConfigError, DataError, Pixels, Rows, Subject
from fieldmark.testbed.answering import grey_levels, under_attack
from fieldmark.testbed.specimens import lowest, specimen_rows

_LONGEST_SIDE = 192
_MOST_ACROSS = 9


@dataclass(frozen=True)
class Showing:
    """Pictures and what stands under them.

    Args:
        title: The condition's name, and who was attacked.
        images: uint8 (n, h, w, c), large ones made smaller.
        captions: n texts: the label, the change, the frame; under an attack the answer.
        columns: Pictures in a row; 0 for as many as look well.
    """

    title: str
    images: Pixels
    captions: tuple[str, ...]
    columns: int = 0


def showing(condition: Condition, subject: Subject | None = None, *, count: int = 40) -> Showing:
    """The pictures of a condition with the lowest hash of their id, ``count`` of them at most.

    Args:
        condition: What is shown.
        subject: Who is attacked, where the change is an attack.
        count: How many pictures at most.

    Raises:
        ConfigError: The condition is an attack, and nobody is named to be attacked.
        NotApplicableError: The subject cannot be attacked.
    """
    rows = specimen_rows(condition.examples, most=count)
    images = condition.images(rows)
    labels = [_label(condition, int(row)) for row in rows]
    if condition.attack is None:
        return Showing(condition.name, small(images), tuple(labels))
    if subject is None:
        raise ConfigError(f"{condition.name} depends on who is attacked; name a subject")
    return _attacked(condition, subject, rows, images, labels)


def side_by_side(conditions: Sequence[Condition], *, count: int = 4) -> Showing:
    """The same pictures as they are and under each of several conditions.

    Several pictures stand in rows of their own; one picture is shown in as many rows as it takes.
    Where a change lacks what it needs, such as published overlays, its place stays grey.

    Args:
        conditions: Changes of one set of examples; no sequences, no attacks.
        count: How many pictures at most.

    Raises:
        ConfigError: One of the conditions is a sequence or an attack, or is of other examples.
    """
    examples = conditions[0].examples
    for one in conditions:
        if one.shift is None or one.examples.content != examples.content:
            raise ConfigError(f"{one.name} cannot be shown beside {conditions[0].name}")
    rows = specimen_rows(examples, most=count)
    changes = {one.shift.name for one in conditions if one.shift is not None}
    alike = len(changes) == 1
    shown = [small(examples.images(rows))]
    captions = [[_label(conditions[0], int(row)) for row in rows]]
    for one in conditions:
        called = f"@{one.level}" if alike else f"{one.change.name}@{one.level}"  # type: ignore[union-attr]
        try:
            shown.append(small(one.images(rows)))
        except DataError:
            shown.append(np.full_like(shown[0], 128))
            called += ": cannot be had"
        captions.append([called] * len(rows))
    title = f"{examples.card.name}+{min(changes)}" if alike else examples.card.name
    return Showing(
        title,
        np.stack(shown, axis=1).reshape(-1, *shown[0].shape[1:]),
        tuple(text for line in zip(*captions, strict=True) for text in line),
        columns=len(shown) if len(rows) > 1 or len(shown) <= _MOST_ACROSS else 0,
    )


def along(condition: Condition, *, count: int = 4) -> Showing:
    """Pictures of a sequence, each in a row of its own, its frames from left to right.

    Args:
        condition: A sequence.
        count: How many pictures at most.

    Raises:
        ConfigError: The condition is no sequence.
    """
    examples, played = condition.examples, condition.perturbation
    if played is None:
        raise ConfigError(f"{condition.name} is no sequence")
    length = played.length(examples.frame)
    places = np.unique(np.linspace(0, length - 1, min(_MOST_ACROSS, length)).round().astype(int))
    first = np.array(lowest(examples.groups[::length], count), dtype=np.int64) * length
    rows = (first[:, np.newaxis] + places).reshape(-1)
    captions = tuple(
        f"{_label(condition, int(row))}, frame 0" if place == 0 else f"frame {place}"
        for row in first
        for place in places
    )
    return Showing(condition.name, small(condition.images(rows)), captions, columns=len(places))


def _attacked(
    condition: Condition, subject: Subject, rows: Rows, images: Pixels, labels: list[str]
) -> Showing:
    classifier = subject.load()
    outcome = under_attack(classifier, condition, rows, images)
    names = classifier.card.classes or condition.examples.classes.names
    said = [names[best] for best in np.argmax(outcome.logits, axis=1)]
    return Showing(
        f"{condition.name} on {subject.name}",
        small(grey_levels(outcome.images)),
        tuple(f"{label}, said {answer}" for label, answer in zip(labels, said, strict=True)),
    )


def small(images: Pixels) -> UInt8[np.ndarray, "n height width c"]:
    """The same pictures, at most 192 pixels on their longer side: a sheet of them fits a screen."""
    if max(images.shape[1:3]) <= _LONGEST_SIDE:
        return images
    return np.stack([_thumbnail(image) for image in images])


def _thumbnail(image: np.ndarray) -> np.ndarray:
    picture = Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image)
    picture.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    return np.asarray(picture).reshape(picture.height, picture.width, image.shape[2])


def _label(condition: Condition, row: int) -> str:
    examples = condition.examples
    named = [examples.classes.printed[label] for label in examples.labels[row] if label >= 0]
    return " / ".join(named) or "no label"
