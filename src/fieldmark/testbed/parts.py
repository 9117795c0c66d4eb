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
        size = min(options.part, fitting)
        size = max(options.batch, size // options.batch * options.batch)
    else:
        size = max(CHUNK, min(options.attack_part, fitting) // CHUNK * CHUNK)
    return tuple(Part(start, min(start + size, n)) for start in range(0, n, size))


def shown(condition: Condition, parts: tuple[Part, ...]) -> Iterator[Shown]:
    """The pictures of some parts, one part at a time.

    Raises:
        DataError: An image cannot be decoded.
    """
    for part in parts:
        yield Shown(condition, part, condition.images(part.rows))
