"""Examples whose images are held in memory, as one array that nobody can change."""

from dataclasses import dataclass

import numpy as np

from fieldmark.records import (
    ClassSpace,
    DataError,
    DatasetCard,
    Examples,
    Labels,
    Pixels,
    Rows,
    fingerprint,
)

MOST_CLASSES = 65_536
"""Kept predictions write a class as a 16-bit number."""


@dataclass(frozen=True)
class Held:
    """From rows to their images, out of one array."""

    pixels: Pixels

    def __call__(self, rows: Rows) -> Pixels:
        """A copy of the images of ``rows``, uint8 (r, h, w, c)."""
        return self.pixels[rows]


def held(
    card: DatasetCard, classes: ClassSpace, ids: tuple[str, ...], labels: Labels, pixels: Pixels
) -> Examples:
    """Examples with one label each, whose images are ``pixels``; both arrays become read-only.

    Args:
        card: What they are.
        classes: What the labels refer to.
        ids: One name per example.
        labels: One class index per example, int64 (n,); -1 where there is none.
        pixels: The images, uint8 (n, h, w, c).
    """
    sets = labels[:, np.newaxis].copy()
    for array in (sets, pixels):
        array.setflags(write=False)
    _, height, width, channels = pixels.shape
    return Examples(
        card=card,
        classes=classes,
        ids=ids,
        labels=sets,
        frame=(height, width, channels),
        decode=Held(pixels),
        content=fingerprint(list(ids), sets, list(classes.names), pixels),
    )


def numbered_ids(n: int) -> tuple[str, ...]:
    """Positions as ids, of one width, so that the first rows are called the same in a longer set.

    Example:
        >>> numbered_ids(2)
        ('000000', '000001')
    """
    return tuple(f"{position:06d}" for position in range(n))


def numbered_classes(labels: Labels, *, file: str) -> ClassSpace:
    """Classes "0", "1", ... up to the largest label; two at least.

    Raises:
        DataError: That would be more classes than predictions can be kept for.
    """
    k = max(int(labels.max(initial=0)) + 1, 2)
    if k > MOST_CLASSES:
        raise DataError(
            f"{file} has the label {k - 1:,}, which would need {k:,} classes; "
            f"number the classes from 0, at most {MOST_CLASSES:,} of them"
        )
    return ClassSpace(tuple(str(position) for position in range(k)))


def own_card(name: str, title: str, collected: str) -> DatasetCard:
    """The card of a set that a user brings, about which nothing else is known."""
    return DatasetCard(
        name=name,
        title=title,
        source="the user's own files",
        licence="as you obtained it",
        collected=collected,
        not_for="unknown: its owner has not said how the pictures and labels were collected",
    )
