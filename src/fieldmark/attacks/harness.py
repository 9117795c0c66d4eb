"""The harness: an attack searches, and here its outcome is measured and judged.

Nothing that an attack says is believed. Its pictures are measured in the budget's norm, their range
is checked, and whether they fool the model is decided by asking the model.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32

from fieldmark.attacks.chunks import CHUNK
from fieldmark.records import (
    Attack,
    BudgetExceededError,
    Classifier,
    DataError,
    FloatImages,
    GradientClassifier,
    Images,
    Labels,
    Logits,
    ModelError,
    NotApplicableError,
    Seeds,
)

TOLERANCE = 1e-6
"""How far float32 rounding may carry a picture beyond its budget."""


@dataclass(frozen=True)
class Outcome:
    """What became of every example under an attack.

    Args:
        images: The worst pictures found, float32 (n, h, w, c); where the model was wrong to begin
            with, and where there is no label, the picture as it was.
        distance: How far each picture moved in the budget's norm, float32 (n,).
        logits: The model's scores of these pictures, float32 (n, k): what it now answers.
        gradients: How many gradients of single pictures the search asked for, empty places of its
            batches among them.
    """

    images: FloatImages
    distance: Float32[np.ndarray, " n"]
    logits: Logits
    gradients: int


def attacked(
    model: Classifier,
    attack: Attack,
    images: Images,
    labels: Labels,
    seeds: Seeds,
    *,
    ids: Sequence[str],
) -> Outcome:
    """What ``attack`` does to ``model``, measured and judged.

    Only pictures that the model gets right are searched: robust accuracy counts the examples that
    are right at first and stay right.

    Args:
        model: Who is attacked.
        attack: Who attacks, and how far it may go.
        images: Where it starts, float32 (n, h, w, c) in [0, 1], or uint8 grey levels.
        labels: The right classes, int64 (n,), positions in the model's own scores; -1 for none.
        seeds: One seed per example, uint64 (n,).
        ids: The examples' ids, n of them, for messages.

    Raises:
        NotApplicableError: The model gives no gradients.
        BudgetExceededError: The attack left its budget.
        DataError: A label is beyond the model's classes, or the attack returned what is no picture.
        ModelError: The model's scores or gradients are not numbers.
    """
    if not isinstance(model, GradientClassifier):
        raise NotApplicableError(f"{model.card.name} gives no gradients, {attack.name} needs them")
    if not len(images):
        raise DataError(f"{attack.name} was given no images")
    from fieldmark.attacks.metering import metered

    originals = images if images.dtype == np.float32 else images / np.float32(255)
    counting = metered(model)  # before anything is asked: it sees to evaluation mode
    clean = _answers(model, originals)
    if labels.max() >= clean.shape[1]:
        raise DataError(
            f"{model.card.name} has {clean.shape[1]} classes, but a label is {labels.max()}"
        )
    rows = np.flatnonzero(_right(clean, labels))
    moved = originals.copy()
    if len(rows):
        found = attack.search(counting, originals[rows], labels[rows], seeds[rows])
        _refuse_no_pictures(attack, found, originals[rows], [ids[row] for row in rows.tolist()])
        moved[rows] = found
    distance = attack.budget.distances(originals, moved)
    _refuse_beyond(attack, distance, ids)
    return Outcome(
        images=moved,
        distance=distance.astype(np.float32),
        logits=_answers(model, moved),
        gradients=counting.module.gradients,
    )


def _answers(model: Classifier, images: FloatImages) -> Logits:
    """The model's scores, asked in batches of one shape, the last filled up with repeats."""
    rows = np.arange(-(-len(images) // CHUNK) * CHUNK) % len(images)
    parts = [model(images[rows[start : start + CHUNK]]) for start in range(0, len(rows), CHUNK)]
    logits = np.concatenate(parts)[: len(images)]
    if not np.isfinite(logits).all():
        raise ModelError(f"{model.card.name} gives scores that are not numbers")
    return logits


def _right(logits: Logits, labels: Labels) -> Bool[np.ndarray, " n"]:
    return logits.argmax(axis=1) == labels


def _refuse_no_pictures(
    attack: Attack, found: np.ndarray, originals: FloatImages, ids: Sequence[str]
) -> None:
    if found.shape != originals.shape or found.dtype != np.float32:
        raise DataError(
            f"{attack.name} must return float32 images of shape {originals.shape}, "
            f"got {found.dtype} of shape {found.shape}"
        )
    # Written so that what is not a number is refused too.
    outside = ~((found >= 0) & (found <= 1)).all(axis=(1, 2, 3))
    if outside.any():
        first = ids[int(outside.argmax())]
        raise DataError(f"{attack.name} returned values outside [0, 1] for example {first}")


def _refuse_beyond(attack: Attack, distance: np.ndarray, ids: Sequence[str]) -> None:
    furthest = int(distance.argmax())
    if distance[furthest] > attack.budget.size + TOLERANCE:
        raise BudgetExceededError(ids[furthest], float(distance[furthest]), attack.budget.size)
