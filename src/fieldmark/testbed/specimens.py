"""Specimens: a few pictures kept beside the answers, chosen before any answer is known.

A gallery of failures that somebody picked is an illustration, not evidence. So the pictures that
may ever be shown are fixed by a hash of their ids, and a report shows them by a printed rule.
"""

from functools import lru_cache
from io import BytesIO

import numpy as np
from PIL import Image

from fieldmark.records import Examples, Pixels, Rows, seed_of

KEPT_SPECIMENS = 48
"""How many examples of each condition are kept as pictures."""

LONGEST_SIDE = 96
"""Larger pictures are kept as thumbnails, so that a store stays small."""


def specimen_rows(examples: Examples, *, most: int = KEPT_SPECIMENS) -> Rows:
    """Rows of the examples that are kept as pictures: those with the lowest hash of their id.

    The choice depends on the ids alone: not on the run's seed, the condition, or any answer.
    """
    return np.array(lowest(examples.ids, most), dtype=np.int64)


@lru_cache(maxsize=16)  # asked for every part of every attacked cell
def lowest(ids: tuple[str, ...], most: int) -> tuple[int, ...]:
    """The rows of the ``most`` ids with the lowest hash."""
    order = sorted(range(len(ids)), key=lambda row: seed_of(0, "specimen", ids[row]))
    return tuple(order[:most])


def png(image: Pixels) -> bytes:
    """PNG of one picture, uint8 (1, h, w, c), at most 96 pixels on its longer side."""
    array = image[0, :, :, 0] if image.shape[3] == 1 else image[0]
    picture = Image.fromarray(array)
    if max(picture.size) > LONGEST_SIDE:
        picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    buffer = BytesIO()
    picture.save(buffer, format="PNG", optimize=False)
    return buffer.getvalue()
