"""The k nearest neighbours: the class that most of the most similar images have."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float32, Int64

from fieldmark.models.baselines import squared_distances
from fieldmark.models.pixels import flat_pixels
from fieldmark.records import Images, Labels, Logits, ModelCard

_AT_ONCE = 256


@dataclass(frozen=True)
class Neighbours:
    """Counts the classes of the k most similar images, by Euclidean distance of pixels.

    Scores are the votes, and less than half a vote for being near: a tie goes to the class whose
    nearest voter is nearest.

    Args:
        images: What it was shown, (m, h, w, c).
        labels: Their classes, int64 (m,).
        k: How many vote.
        card: What it is; its ``classes`` are what labels count.

    Example:
        >>> shown = np.uint8([0, 9, 255]).reshape(3, 1, 1, 1)
        >>> card = ModelCard("3nn", "neighbours", "you", "MIT", "three", ("dark", "bright"))
        >>> Neighbours(shown, np.array([0, 0, 1]), 3, card)(shown[:1]).argmax(1).tolist()
        [0]
    """

    images: Images
    labels: Labels
    k: int
    card: ModelCard

    def __call__(self, images: Images) -> Logits:
        """Votes, float32 (n, classes)."""
        rows = flat_pixels(images)
        parts = [
            votes(
                squared_distances(rows[at : at + _AT_ONCE], self._flat),
                self.labels,
                self.k,
                len(self.card.classes),
            )
            for at in range(0, len(rows), _AT_ONCE)
        ]
        return np.concatenate(parts)

    @cached_property
    def _flat(self) -> Float32[np.ndarray, "m d"]:
        return flat_pixels(self.images)


def votes(
    squares: Float32[np.ndarray, "n m"], labels: Int64[np.ndarray, " m"], k: int, classes: int
) -> Float32[np.ndarray, "n j"]:
    """Votes of the k nearest, and less than half a vote for the nearest of each class."""
    nearest = np.argsort(squares, axis=1, kind="stable")[:, :k]
    rows = np.arange(len(squares))[:, None]
    counted = np.zeros((len(squares), classes), np.float32)
    near = np.zeros((len(squares), classes), np.float32)
    np.add.at(counted, (rows, labels[nearest]), 1)
    closeness = 0.5 / (1 + np.sqrt(np.take_along_axis(squares, nearest, axis=1)))
    np.maximum.at(near, (rows, labels[nearest]), closeness * np.float32(0.999))
    return counted + near


def best_k(
    images: Images, labels: Labels, candidates: tuple[int, ...], classes: int
) -> tuple[int, float]:
    """Which k is best when each image in turn is asked about by the others; and its accuracy.

    Of equally good ones the largest is taken.
    """
    flat = flat_pixels(images)
    right = np.zeros(len(candidates))
    for at in range(0, len(flat), _AT_ONCE):
        squares = squared_distances(flat[at : at + _AT_ONCE], flat)
        own = np.arange(len(squares))
        squares[own, at + own] = np.inf
        # The nearest are the same for all k: they are looked for once.
        few = np.argpartition(squares, min(max(candidates), len(flat) - 1), axis=1)
        few = np.sort(few[:, : max(candidates)], axis=1)
        near = np.take_along_axis(squares, few, axis=1)
        for place, k in enumerate(candidates):
            said = _said(near, labels[few], k, classes)
            right[place] += (said == labels[at : at + _AT_ONCE]).sum()
    order = sorted(range(len(candidates)), key=lambda one: (right[one], candidates[one]))
    return candidates[order[-1]], float(right[order[-1]] / len(flat))


def _said(
    near: Float32[np.ndarray, "n q"], of: Int64[np.ndarray, "n q"], k: int, classes: int
) -> Int64[np.ndarray, " n"]:
    order = np.argsort(near, axis=1, kind="stable")[:, :k]
    counted = np.zeros((len(near), classes))
    rows, voted = np.arange(len(near))[:, None], np.take_along_axis(of, order, axis=1)
    np.add.at(counted, (rows, voted), 1)
    closest = np.zeros_like(counted)
    closeness = 0.5 / (1 + np.sqrt(np.take_along_axis(near, order, axis=1)))
    np.maximum.at(closest, (rows, voted), closeness * 0.999)
    return (counted + closest).argmax(1)
