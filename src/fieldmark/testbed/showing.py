"""Showing: the pictures of a condition, with what they are, for a person to look at."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from fieldmark.records import Condition, ConfigError, Pixels, Rows, Subject
from fieldmark.testbed.answering import grey_levels, under_attack
from fieldmark.testbed.specimens import specimen_rows

_LONGEST_SIDE = 192


@dataclass(frozen=True)
class Showing:
    """Pictures and what stands under them.

    Args:
        title: The condition's name, and who was attacked.
        images: uint8 (n, h, w, c), large ones made smaller.
        captions: n texts: the label, and under an attack the subject's answer.
    """

    title: str
    images: Pixels
    captions: tuple[str, ...]


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
    named = [examples.classes.names[label] for label in examples.labels[row] if label >= 0]
    return " / ".join(named) or "no label"
