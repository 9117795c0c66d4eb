"""Answering: what one classifier says to one part of a condition, attacked first if need be."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from jaxtyping import Float32

from fieldmark.attacks import Outcome, attacked
from fieldmark.records import (
    Answers,
    Classifier,
    Condition,
    FloatImages,
    Labels,
    NotApplicableError,
    Pixels,
    Rows,
)
from fieldmark.testbed.asking import ask, believed, fits, ranked
from fieldmark.testbed.certifying import certified
from fieldmark.testbed.parts import Shown
from fieldmark.testbed.specimens import png, specimen_rows


def answer(
    classifier: Classifier,
    shown: Shown,
    *,
    batch: int,
    halved: Callable[[int], None] = lambda size: None,
) -> Answers:
    """The answers of a classifier to the pictures of a part, in their order.

    Under an attack each answer is to the worst picture found, ``measures`` say how far it was moved
    and what that took (see ``Outcome``), and the pictures of specimens are kept.

    Args:
        classifier: Who is asked.
        shown: The pictures.
        batch: How many are shown at once.
        halved: Told how many were shown at once where so many did not fit into memory.

    Raises:
        NotApplicableError: The attack needs something that the classifier does not give.
        ModelError: The classifier raises, or answers nonsense.
        BudgetExceededError: The attack left its budget.
    """
    condition, part = shown.condition, shown.part
    if condition.certificate is not None:
        return certified(classifier, shown, condition.certificate)
    if condition.attack is None:
        return ask(
            classifier, shown.images, condition.examples, shown.ids, batch=batch, halved=halved
        )
    outcome = under_attack(classifier, condition, part.rows, shown.images)
    # The harness's own last look is what is kept: asked again in another batch, a picture that
    # crosses the boundary by a hair might come back over it.
    logits = believed(classifier, outcome.logits, condition.examples.classes, shown.ids)
    kept = [row for row in specimen_rows(condition.examples) if part.start <= row < part.stop]
    pictures = grey_levels(outcome.images)
    return replace(
        ranked(logits, condition.examples.classes),
        measures=_measured(outcome),
        pictures={
            int(row - part.start): png(pictures[row - part.start : row - part.start + 1])
            for row in kept
        },
    )


def under_attack(
    classifier: Classifier, condition: Condition, rows: Rows, images: Pixels
) -> Outcome:
    """The worst pictures that the condition's attack finds for some rows, starting from ``images``.

    Raises:
        NotApplicableError: The attack needs gradients or labels that are not there.
        ModelError: The classifier is made for other images, or answers nonsense.
    """
    assert condition.attack is not None
    fits(classifier, condition.examples)
    return attacked(
        classifier,
        condition.attack,
        images,
        _own_labels(classifier, condition, rows),
        condition.seeds(rows),
        ids=[condition.examples.ids[row] for row in rows],
    )


def _measured(outcome: Outcome) -> dict[str, Float32[np.ndarray, " n"]]:
    """What is kept of an attack beside its answers: one number per picture for each name."""
    kept = ("distance", "smallest", "rounded", "first", "queries", "gradients")
    return {name: getattr(outcome, name).astype(np.float32) for name in kept}


def grey_levels(images: FloatImages) -> Pixels:
    """Images in [0, 1] as the nearest of 256 grey levels, for people to look at."""
    return np.rint(images * 255).astype(np.uint8)


def _own_labels(classifier: Classifier, condition: Condition, rows: Rows) -> Labels:
    """The labels of some rows as positions in the classifier's own class space."""
    examples = condition.examples
    labels = examples.first_labels[rows]
    missing = dict(examples.broken)  # shown as black, searched by nobody, counted nowhere
    if any(examples.ids[row] not in missing for row in rows[labels < 0]):
        raise NotApplicableError("an attack needs labels, and some of these examples have none")
    own = classifier.card.classes
    if not own or own == examples.classes.names:
        return labels
    if examples.classes.members:
        raise NotApplicableError(
            f"an attack needs one class of {classifier.card.name}'s for each label, and those of "
            f"{examples.card.name} stand for several (policy {examples.classes.policy})"
        )
    known = {name: position for position, name in enumerate(own)}
    lost = [name for name in examples.classes.names if name not in known]
    if lost:
        raise NotApplicableError(f"{classifier.card.name} does not know the class {lost[0]}")
    positions = [known[name] for name in examples.classes.names]
    return np.array([*positions, -1], dtype=np.int64)[labels]  # the last is where -1 points
