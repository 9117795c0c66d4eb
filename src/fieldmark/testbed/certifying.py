"""Certifying: how far a smoothed classifier can prove its answers, example by example."""

import numpy as np
from jaxtyping import Float32, Float64

from fieldmark.records import (
    NO_ANSWER,
    Answers,
    Certificate,
    Classifier,
    FloatImages,
    NotApplicableError,
    Smoothed,
    seed_of,
)
from fieldmark.statistics import certified_radii
from fieldmark.testbed.asking import believed, fits
from fieldmark.testbed.parts import Shown


def certified(classifier: Classifier, shown: Shown, certificate: Certificate) -> Answers:
    """The classes that a smoothed classifier proves for the pictures of a part, and how far.

    The class is chosen by ``certificate.selection`` noisy copies, then counted among as many
    others as ``certificate.draws`` says; both are drawn from the example's own seed. Where the
    count proves nothing the answer is ``NO_ANSWER``.

    Returns:
        One class per picture with its share of the draws. ``measures`` hold "hits", the draws that
        agreed with the chosen class, and "radius", the proved L2 radius in pixel units, rounded
        down; 0 where nothing is proved.

    Raises:
        NotApplicableError: The classifier is not a smoothed one, so it can prove nothing.
        ModelError: It could not be loaded, is made for other images, or answers nonsense.
        DataError: It does not know all of the examples' classes.
    """
    if not isinstance(classifier, Smoothed):
        classifier(shown.images[:1])  # whoever could not be loaded says so here
        raise NotApplicableError(
            f"{classifier.card.name} proves nothing; a smoothed one does, such as "
            f"smoothed:0.25:{classifier.card.name}"
        )
    examples = shown.condition.examples
    fits(classifier, examples)
    if not examples.classes.plain and classifier.card.classes not in ((), examples.classes.names):
        raise NotApplicableError(
            f"votes are counted for the classes that {classifier.card.name} knows, and those of "
            f"{examples.card.name} stand for several of them (policy {examples.classes.policy})"
        )
    seeds = shown.condition.seeds(shown.part.rows)
    chosen, hits = [], []
    for image, seed, one in zip(_unit(shown.images), seeds.tolist(), shown.ids, strict=True):
        first = classifier.votes(image, seed_of(seed, "selection"), certificate.selection)
        ranked = believed(classifier, _row(first), examples.classes, [one])
        again = classifier.votes(image, seed_of(seed, "estimation"), certificate.draws)
        counted = believed(classifier, _row(again), examples.classes, [one])
        chosen.append(int(ranked[0].argmax()))
        hits.append(int(counted[0, chosen[-1]]))
    found = certified_radii(
        np.array(hits, np.int64), certificate.draws, classifier.sigma, alpha=certificate.alpha
    )
    classes = np.where(found.certified, chosen, NO_ANSWER).astype(np.uint16)
    return Answers(
        classes=classes[:, None],
        scores=(np.array(hits) / certificate.draws).astype(np.float32)[:, None],
        measures={"hits": np.array(hits, np.float32), "radius": rounded_down(found.radius)},
    )


def rounded_down(radii: Float64[np.ndarray, " n"]) -> Float32[np.ndarray, " n"]:
    """Radii as float32, never larger: rounding up would claim what is not proved.

    Example:
        >>> float(rounded_down(np.array([0.1]))[0]) <= 0.1 < float(np.float32(0.1))
        True
    """
    near = radii.astype(np.float32)
    return np.where(near > radii, np.nextafter(near, np.float32(-np.inf)), near).clip(0.0)


def _unit(images: np.ndarray) -> FloatImages:
    return images if images.dtype == np.float32 else images.astype(np.float32) / np.float32(255)


def _row(votes: np.ndarray) -> Float32[np.ndarray, "1 k"]:
    return votes.astype(np.float32)[None]
