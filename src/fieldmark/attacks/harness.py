"""The harness: an attack searches, and here its outcome is measured and judged.

Nothing that an attack says is believed: it says nothing. The referee keeps what it saw, and here
the pictures are measured in the budget's norm and shown to the model once more.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from fieldmark.attacks.watching.chunks import CHUNK, chunks
from fieldmark.attacks.watching.stages import Stage
from fieldmark.records import (
    Attack,
    Budget,
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
    degrees,
)

TOLERANCE = 1e-6
"""How far float32 rounding may carry a picture beyond its budget."""


@dataclass(frozen=True)
class Outcome:
    """What became of every example under an attack; each array has one entry for each.

    Args:
        images: The worst pictures found, float32 (n, h, w, c): the first that fooled the model, or
            the one that came nearest; under an unbounded budget the nearest that fooled it. Where
            the model was wrong to begin with, and where there is no label, the picture as it was.
        distance: How far each moved in the budget's norm, float32. Under an unbounded budget it is
            infinite where nothing fooled the model, and 0 where it was wrong to begin with.
        logits: The model's scores of these pictures, float32 (n, k): what it now answers.
        smallest: The smallest distance at which the model was seen to be wrong, float64, inside the
            budget or not; 0 where it was wrong to begin with, infinite where it never was.
        rounded: Is it still wrong when the picture is rounded to 256 grey levels, inside the
            budget? False where it was not fooled at all.
        attempt: Which restart or target fooled it first; -1 where none did, or none had to.
        first: Questions up to the first success; 0 where there was none, or none was needed.
        queries: Pictures the model was asked about.
        gradients: Pictures whose gradient was asked for.
        beyond: Of all pictures, those that lay beyond the budget and could not count.
        stages: What each attack of an ensemble achieved, and what it cost; () for other attacks.
        remarks: What the attack noticed that makes its outcome less believable, in words.
    """

    images: FloatImages
    distance: Float32[np.ndarray, " n"]
    logits: Logits
    smallest: Float64[np.ndarray, " n"]
    rounded: Bool[np.ndarray, " n"]
    attempt: Int64[np.ndarray, " n"]
    first: Int64[np.ndarray, " n"]
    queries: Int64[np.ndarray, " n"]
    gradients: Int64[np.ndarray, " n"]
    beyond: Int64[np.ndarray, " n"]
    stages: tuple[Stage, ...] = ()
    remarks: tuple[str, ...] = ()


def attacked(
    model: Classifier,
    attack: Attack,
    images: Images,
    labels: Labels,
    seeds: Seeds,
    *,
    ids: Sequence[str],
    climbed: object = None,
) -> Outcome:
    """What ``attack`` does to ``model``, measured and judged.

    Only pictures that the model gets right are searched: robust accuracy counts the examples that
    are right at first and stay right. The model is in evaluation mode meanwhile, and as it was
    afterwards.

    Args:
        model: Who is attacked.
        attack: Who attacks, and how far it may go.
        images: Where it starts, float32 (n, h, w, c) in [0, 1], or uint8 grey levels.
        labels: The right classes, int64 (n,), positions in the model's own scores; -1 for none.
        seeds: One seed per example, uint64 (n,).
        ids: The examples' ids, n of them, for messages.
        climbed: A torch module whose gradients are followed in place of the model's own, for an
            attack that is adapted to a defence; the model itself still judges.

    Raises:
        NotApplicableError: The attack needs gradients, and the model gives none.
        BudgetExceededError: A picture was kept that lies beyond the budget.
        DataError: There are no images, or a label is beyond the model's classes.
        ModelError: The model's scores or gradients are not numbers.
    """
    knowledge = attack.threat.knowledge
    if knowledge == "white-box" and climbed is None and not isinstance(model, GradientClassifier):
        raise NotApplicableError(f"{model.card.name} gives no gradients, {attack.name} needs them")
    if not len(images):
        raise DataError(f"{attack.name} was given no images")
    originals = images if images.dtype == np.float32 else images / np.float32(255)
    with _in_evaluation_mode(model):
        return _judged(model, attack, originals, labels, seeds, ids, climbed)


def _judged(
    model: Classifier,
    attack: Attack,
    originals: FloatImages,
    labels: Labels,
    seeds: Seeds,
    ids: Sequence[str],
    climbed: object,
) -> Outcome:
    clean = _answers(model, originals)
    _refuse_labels(model, labels, classes=clean.shape[1])
    right = clean.argmax(axis=1) == labels
    rows = np.flatnonzero(right)
    budget = attack.threat.budget
    found = _searched(model, attack, originals[rows], labels[rows], seeds[rows], climbed)
    moved = originals.copy()
    moved[rows] = found.images
    distance = np.zeros(len(labels))
    distance[rows] = found.distance
    _refuse_beyond(attack, distance, ids)
    logits = _answers(model, moved)
    fooled = right & (logits.argmax(axis=1) != labels)
    if not budget.bounded:
        distance = np.where(right & ~fooled, np.inf, distance)

    def spread(numbers: np.ndarray, elsewhere: int) -> np.ndarray:
        """``numbers`` of the rows that were searched, and ``elsewhere`` for the others."""
        every = np.full(len(labels), elsewhere, dtype=numbers.dtype)
        every[rows] = numbers
        return every

    return Outcome(
        images=moved,
        distance=distance.astype(np.float32),
        logits=logits,
        smallest=spread(found.smallest, 0),
        rounded=_still_wrong(model, budget, originals, moved, labels, fooled),
        attempt=spread(found.attempt, -1),
        first=spread(found.first, 0),
        queries=spread(found.queries, 0),
        gradients=spread(found.gradients, 0),
        beyond=spread(found.beyond, 0),
        stages=tuple(replace(one, fooled=rows[one.fooled]) for one in found.stages),
        remarks=found.remarks,
    )


@dataclass(frozen=True)
class _Found:
    """What the referee saw of the rows that were searched; see ``Outcome``."""

    images: FloatImages
    distance: Float64[np.ndarray, " n"]
    smallest: Float64[np.ndarray, " n"]
    attempt: Int64[np.ndarray, " n"]
    first: Int64[np.ndarray, " n"]
    queries: Int64[np.ndarray, " n"]
    gradients: Int64[np.ndarray, " n"]
    beyond: Int64[np.ndarray, " n"]
    stages: tuple[Stage, ...] = ()
    remarks: tuple[str, ...] = ()


def _searched(
    model: Classifier,
    attack: Attack,
    images: FloatImages,
    labels: Labels,
    seeds: Seeds,
    climbed: object,
) -> _Found:
    # Imported here so that planning a grid of attacks needs no torch.
    from fieldmark.attacks.watching.referee import Referee
    from fieldmark.attacks.watching.warps import turned

    if not len(images):
        none = np.zeros(0, dtype=np.int64)
        nothing = np.zeros(0)
        return _Found(images, nothing, nothing, none, none, none, none, none)
    referee = Referee(model, attack.threat, images, labels, seeds, climbed=climbed)
    if attack.threat.budget.size > 0:
        attack.search(referee)
    score = referee.score
    kept = score.worst if referee.keeps == "worst" else score.picture
    if attack.threat.budget.norm == "degrees":
        # Made anew from how they were turned: what is judged is what was allowed.
        turns = kept.cpu().numpy()
        kept, distance = turned(referee.pictures, turns), degrees(turns)
    moved = np.ascontiguousarray(kept.permute(0, 2, 3, 1).cpu().numpy())
    if attack.threat.budget.norm != "degrees":
        distance = attack.threat.budget.distances(images, moved)
    return _Found(
        moved,
        distance,
        score.smallest,
        score.attempt,
        score.first,
        score.queries,
        score.gradients,
        score.beyond,
        tuple(referee.stages),
        tuple(referee.remarks),
    )


def _refuse_labels(model: Classifier, labels: Labels, *, classes: int) -> None:
    if labels.max() >= classes:
        raise DataError(f"{model.card.name} has {classes} classes, but a label is {labels.max()}")


@contextmanager
def _in_evaluation_mode(model: Classifier) -> Iterator[None]:
    """The model's module in evaluation mode, and every part of it as it was afterwards."""
    module = model.module if isinstance(model, GradientClassifier) else None
    parts = list(module.modules()) if module is not None and hasattr(module, "modules") else []
    modes = [part.training for part in parts]
    for part in parts:
        part.training = False
    try:
        yield
    finally:
        for part, mode in zip(parts, modes, strict=True):
            part.training = mode


def _still_wrong(
    model: Classifier,
    budget: Budget,
    originals: FloatImages,
    moved: FloatImages,
    labels: Labels,
    fooled: Bool[np.ndarray, " n"],
) -> Bool[np.ndarray, " n"]:
    """Is the model still wrong about pictures in 256 grey levels, which is what files hold?"""
    wrong = np.zeros(len(labels), dtype=np.bool_)
    rows = np.flatnonzero(fooled)
    if len(rows):
        rounded = in_grey_levels(budget, originals[rows], moved[rows])
        wrong[rows] = _answers(model, rounded).argmax(axis=1) != labels[rows]
    return wrong


def in_grey_levels(budget: Budget, originals: FloatImages, moved: FloatImages) -> FloatImages:
    """``moved`` in multiples of 1/255, without leaving a budget in linf.

    Values are rounded to the nearest level; where the nearest is beyond the budget, to the next one
    towards the original. In other norms rounding to the nearest may leave the budget by a little;
    every value is then rounded towards its original. A turned picture is turned, however rounded.

    Example:
        >>> still = np.zeros((1, 1, 1, 1), np.float32)
        >>> half = np.float32(0.5 / 255)
        >>> in_grey_levels(Budget("linf", 0.5 / 255), still, still + half).item()
        0.0
    """
    change = (moved.astype(np.float64) - originals) * 255
    start = originals.astype(np.float64) * 255
    nearest, towards = np.rint(start + change), start + change
    towards = np.where(change > 0, np.floor(towards + 1e-4), np.ceil(towards - 1e-4))
    if budget.norm == "degrees":
        levels = nearest
    elif budget.norm == "linf":
        levels = np.where(np.abs(nearest - start) <= budget.size * 255 + 1e-6, nearest, towards)
    else:
        inside = budget.distances(originals, (nearest / 255).astype(np.float32)) <= budget.size
        levels = np.where(inside[:, None, None, None], nearest, towards)
    return (levels / 255).clip(0, 1).astype(np.float32)


def _answers(model: Classifier, images: FloatImages) -> Logits:
    """The model's scores, asked in batches of one shape, the last filled up with repeats."""
    parts = [model(images[rows]) for rows in chunks(len(images), CHUNK)]
    logits = np.concatenate(parts)[: len(images)]
    if not np.isfinite(logits).all():
        raise ModelError(f"{model.card.name} gives scores that are not numbers")
    return logits


def _refuse_beyond(attack: Attack, distance: Float64[np.ndarray, " n"], ids: Sequence[str]) -> None:
    allowed = attack.threat.budget.size
    furthest = int(distance.argmax())
    if distance[furthest] > allowed + TOLERANCE:
        raise BudgetExceededError(ids[furthest], float(distance[furthest]), allowed)
