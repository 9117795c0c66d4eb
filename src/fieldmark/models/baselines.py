"""Baselines that need no gradient: the nearest neighbour, and chance."""

from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

import numpy as np
from jaxtyping import Float32

from fieldmark.models.pixels import flat_pixels
from fieldmark.records import Images, Labels, Logits, ModelCard, ModelError, generator


@dataclass(frozen=True)
class NearestNeighbour:
    """Names the class of the most similar image it was shown, by Euclidean distance of pixels.

    Scores are minus the distance, in pixel units, to the nearest image of each class.

    Args:
        images: What it was shown, (m, h, w, c).
        labels: Their classes, int64 (m,), each of 0..k-1 at least once.
        card: What it is; its ``classes`` are the k classes.

    Raises:
        ModelError: A class has no image.

    Example:
        >>> shown = np.uint8([0, 255]).reshape(2, 1, 1, 1)
        >>> card = ModelCard("1nn", "neighbours", "you", "MIT", "two pixels", ("dark", "bright"))
        >>> NearestNeighbour(shown, np.array([0, 1]), card)(shown)[:, 1].tolist()
        [-1.0, -0.0]
    """

    images: Images
    labels: Labels
    card: ModelCard

    def __post_init__(self) -> None:
        for number, name in enumerate(self.card.classes):
            if not (self.labels == number).any():
                raise ModelError(f"{self.card.name} was shown no image of class {name!r}")

    def __call__(self, images: Images) -> Logits:
        """Minus the distance to the nearest image of each class, float32 (n, k)."""
        shown, starts = self._by_class
        squares = squared_distances(flat_pixels(images), shown)
        return -np.sqrt(np.minimum.reduceat(squares, starts, axis=1))

    @cached_property
    def _by_class(self) -> tuple[Float32[np.ndarray, "m d"], list[int]]:
        """The images in the order of their classes, and where each class starts."""
        order = np.argsort(self.labels, kind="stable")
        starts = np.searchsorted(self.labels[order], range(len(self.card.classes)))
        return flat_pixels(self.images)[order], starts.tolist()


def squared_distances(
    rows: Float32[np.ndarray, "n d"], others: Float32[np.ndarray, "m d"]
) -> Float32[np.ndarray, "n m"]:
    """Squared Euclidean distances, float32 (n, m), by one matrix product.

    |a - b|² = |a|² - 2ab + |b|²; rounding can take the result below 0, which is cut off.
    """
    squares = rows @ (others.T * np.float32(-2))
    squares += np.einsum("nd,nd->n", rows, rows)[:, None]
    squares += np.einsum("md,md->m", others, others)
    return np.maximum(squares, 0, out=squares)


@dataclass(frozen=True)
class Chance:
    """Guesses, always the same for the same picture: random scores seeded by the grey levels.

    Args:
        card: What it is; its ``classes`` are what it guesses among.
        seed: Another seed guesses differently.

    Example:
        >>> card = ModelCard("chance", "chance", "you", "MIT", "none", ("heads", "tails"))
        >>> coin, picture = Chance(card), np.zeros((1, 4, 4, 1), np.uint8)
        >>> bool((coin(picture) == coin(picture)).all())
        True
    """

    card: ModelCard
    seed: int = 0

    def __call__(self, images: Images) -> Logits:
        """Standard normal scores, float32 (n, k)."""
        levels = images if images.dtype == np.uint8 else np.rint(images * 255).astype(np.uint8)
        scores = [self._guess(level.tobytes()) for level in levels]
        return np.array(scores, np.float32).reshape(len(images), len(self.card.classes))

    def _guess(self, picture: bytes) -> Float32[np.ndarray, " k"]:
        digest = blake2b(picture, digest_size=8, salt=self.seed.to_bytes(8, "little")).digest()
        chance = generator(int.from_bytes(digest, "little"))
        return chance.standard_normal(len(self.card.classes), dtype=np.float32)
