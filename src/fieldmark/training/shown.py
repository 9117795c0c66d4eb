"""What a subject is trained on: a fixed share of the examples, of each class alike."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from fieldmark.records import (
    DataError,
    Examples,
    Labels,
    Pixels,
    generator,
    seed_of,
)


@dataclass(frozen=True)
class Shown:
    """Images, uint8 (n, h, w, c), and one label each, int64 (n,)."""

    images: Pixels
    labels: Labels

    @property
    def frame(self) -> tuple[int, int, int]:
        """(height, width, channels) of every image."""
        height, width, channels = self.images.shape[1:]
        return height, width, channels

    @property
    def flat(self) -> Float32[np.ndarray, "n d"]:
        """Images as rows of pixels in [0, 1]."""
        return self.images.reshape(len(self.images), -1).astype(np.float32) / np.float32(255)


def shown(examples: Examples, share: float) -> Shown:
    """A ``share`` of the labelled examples, of each class alike, and always the same ones.

    A smaller share is part of every larger one.

    Raises:
        DataError: A class is left with no example.
    """
    labels = examples.first_labels
    order = generator(seed_of(0, "training share")).permutation(len(labels))
    chosen = []
    for number, name in enumerate(examples.classes.names):
        rows = order[labels[order] == number]
        chosen.append(rows[: round(share * len(rows))])
        if not len(chosen[-1]):
            raise DataError(f"{examples.card.name} leaves no example of {name!r} to train on")
    rows = np.sort(np.concatenate(chosen))
    return Shown(examples.images(rows), labels[rows])
