"""Thumbnails: every picture small, square and grey, and a fingerprint of it as it was."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from jaxtyping import Float32, UInt8

from fieldmark.records import Examples, Framing

SIDE = 64
"""Pictures are compared at this size, smaller ones at their own."""

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_BATCH = 256

Greys = UInt8[np.ndarray, "n s s"]
Watch = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Thumbnails:
    """What is compared of a set of pictures.

    Args:
        greys: Luma of each, uint8 (n, s, s); the whole picture, whatever its shape.
        colours: Mean colour of each of 4 × 4 fields, float32 (n, 48), in grey levels.
        digests: Of the decoded picture in the frame that it is compared in.
    """

    greys: Greys
    colours: Float32[np.ndarray, "n 48"]
    digests: tuple[bytes, ...]

    def __len__(self) -> int:
        return len(self.greys)


def thumbnails(examples: Examples, side: int, watch: Watch | None = None) -> Thumbnails:
    """The thumbnails of all examples.

    Args:
        examples: The pictures. Where they can be framed otherwise they are squashed into a square,
            so that nothing is cropped; else they are taken as they are.
        side: Height and width.
        watch: Told (name of the set, pictures done, pictures in all).

    Raises:
        DataError: A picture cannot be decoded.
    """
    whole = examples.framed(_square(examples))
    greys = np.empty((len(whole), side, side), np.uint8)
    colours = np.empty((len(whole), 48), np.float32)
    digests: list[bytes] = []
    for start in range(0, len(whole), _BATCH):
        rows = np.arange(start, min(start + _BATCH, len(whole)))
        for row, image in zip(rows, whole.images(rows), strict=True):
            digests.append(_digest(image))
            greys[row], colours[row] = _small(image, side)
        if watch is not None:
            watch(whole.card.name, len(digests), len(whole))
    return Thumbnails(greys, colours, tuple(digests))


def side_of(*sets: Examples) -> int:
    """The size that these sets are compared at: 64, or the smallest side where that is less."""
    return min([SIDE, *(min(one.frame[:2]) for one in sets if one.reframe is None)])


def _square(examples: Examples) -> Framing:
    """The whole picture, larger than it is compared: the last step down averages over areas."""
    return Framing(2 * SIDE, 2 * SIDE, examples.frame[2], fit="squash")


def _digest(image: UInt8[np.ndarray, "h w c"]) -> bytes:
    # A grey picture that is kept in three equal channels is the same picture.
    flat = image[..., :1] if image.shape[2] == 3 and _is_grey(image) else image
    head = f"{flat.shape}".encode()
    return blake2b(head + np.ascontiguousarray(flat).tobytes(), digest_size=16).digest()


def _is_grey(image: UInt8[np.ndarray, "h w c"]) -> bool:
    return bool((image == image[..., :1]).all())


def _small(image: UInt8[np.ndarray, "h w c"], side: int) -> tuple[np.ndarray, np.ndarray]:
    import cv2

    colour = image if image.shape[2] == 3 else np.repeat(image, 3, axis=2)
    down = cv2.INTER_AREA if min(image.shape[:2]) >= side else cv2.INTER_LINEAR
    reduced = cv2.resize(colour, (side, side), interpolation=down).astype(np.float32)
    fields = cv2.resize(reduced, (4, 4), interpolation=cv2.INTER_AREA)
    return np.rint(reduced @ _LUMA).astype(np.uint8), fields.reshape(-1)
