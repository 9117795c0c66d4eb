"""Parts: the rows of a condition that are answered, and written down, at one go.

Part boundaries follow from the examples and the options alone. So a run that was killed and goes on
cuts its work exactly as one that was never interrupted, and both leave the same bytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fieldmark.attacks import CHUNK
from fieldmark.records import Condition, Pixels, Rows
from fieldmark.testbed.options import Options

_CERTIFIED_PART = 20  # pictures, each shown some ten thousand times
_LARGEST_PART = 128 * 2**20  # bytes of pixels; two or three parts are in memory at a time
_LARGEST_PIECE = 8 * 2**20  # bytes of pixels that are made, and asked about, at one go


@dataclass(frozen=True)
class Part:
    """Rows ``start`` to ``stop`` of a condition."""

    start: int
    stop: int

    @property
    def rows(self) -> Rows:
        """The rows, int64."""
        return np.arange(self.start, self.stop)


@dataclass(frozen=True)
class Shown:
    """A part with its pictures, made once for every subject that is asked."""

    condition: Condition
    part: Part
    images: Pixels

    @property
    def ids(self) -> list[str]:
        """The ids of the pictures."""
        return list(self.condition.examples.ids[self.part.start : self.part.stop])


def parts_of(condition: Condition, options: Options) -> tuple[Part, ...]:
    """The parts of a condition, in order, covering every row once.

    Under an attack a part is a whole number of the attack's chunks, so that the kernels see the
    same shapes wherever a part begins.
    """
    n = len(condition.examples)
    height, width, channels = condition.examples.frame
    fitting = max(1, _LARGEST_PART // (height * width * channels))
    if condition.certificate is not None:
        size = _CERTIFIED_PART
    elif condition.attack is None:
        batch = options.batch_for(condition.examples.frame)
        size = max(batch, min(options.part, fitting) // batch * batch)
    else:
        size = max(CHUNK, min(options.attack_part, fitting) // CHUNK * CHUNK)
    return tuple(Part(start, min(start + size, n)) for start in range(0, n, size))


def pieces_of(part: Part, condition: Condition, options: Options) -> tuple[Part, ...]:
    """The rows of a part that are made and asked about at one go: whole batches, in order.

    So every core finds work however few models there are, and asking begins when the first batch
    is there. Batches lie where they lie in the whole part, and answers are the same. An attack or a
    proof takes a part whole.
    """
    if condition.attack is not None or condition.certificate is not None:
        return (part,)
    height, width, channels = condition.examples.frame
    batch = options.batch_for(condition.examples.frame)
    size = max(batch, _LARGEST_PIECE // (height * width * channels) // batch * batch)
    return tuple(
        Part(start, min(start + size, part.stop)) for start in range(part.start, part.stop, size)
    )


def shown(condition: Condition, parts: tuple[Part, ...]) -> Iterator[Shown]:
    """The pictures of some parts, one part at a time.

    Raises:
        DataError: An image cannot be decoded.
    """
    for part in parts:
        yield Shown(condition, part, condition.images(part.rows))
