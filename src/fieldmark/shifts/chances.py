"""Noise as a table: the chance of every grey level to become every other.

Where a noise treats each value by itself, all that it does is in 256 × 256 chances, whatever the
formula. A random number of 32 bits then picks the level whose share of the row it falls into (the
inverse of the row's cumulative sum), so the outcome is that of the formula at the same quantile,
and the cost is that of two look-ups, for rare photons as for plain Gaussian noise.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, UInt8, UInt32

from fieldmark.records import Pixels, Seeds, compiled
from fieldmark.shifts.numbers import drawn

LEVELS = 256

HINT_BITS = 11
"""So many leading bits of a number say where in a row the search begins."""

DRAWN = "32 bits for each value, looked up in the chances of its grey level"

Cumulative = Float64[np.ndarray, "256 256"]
"""Row x, column y: the chance that grey level x becomes y or less."""


@dataclass(frozen=True, eq=False)
class Chances:
    """A row per grey level, ready for looking up.

    Args:
        last: The last number that makes level x become y (row x, column y).
        hints: The level to begin with, by the leading bits of the number.
    """

    last: UInt32[np.ndarray, "256 256"]
    hints: UInt8[np.ndarray, "256 hints"]

    @classmethod
    def of(cls, cumulative: Cumulative) -> "Chances":
        """The table of a noise.

        Args:
            cumulative: Rows that grow to 1.

        Example:
            >>> coin = np.repeat([[0.5] * 255 + [1.0]], 256, axis=0)  # black or white
            >>> numbers = np.array([0, 2**31 - 1, 2**31, 2**32 - 1], np.uint32)
            >>> Chances.of(coin).changed(np.full(4, 77, np.uint8), numbers).tolist()
            [0, 0, 255, 255]
        """
        last = np.rint(cumulative * 2.0**32).astype(np.int64) - 1  # -1 where nothing leads there
        starts = np.arange(1 << HINT_BITS, dtype=np.int64) << (32 - HINT_BITS)
        hints = np.stack([np.searchsorted(row, starts) for row in last])
        return cls(last.astype(np.uint32), hints.astype(np.uint8))

    def changed(
        self, levels: UInt8[np.ndarray, "..."], numbers: UInt32[np.ndarray, "..."]
    ) -> UInt8[np.ndarray, "..."]:
        """What the levels become at those numbers, one for each."""
        result = np.array(levels, order="C")
        _look_up(result.reshape(-1), numbers.reshape(-1), self.last, self.hints)
        return result


def noisy(images: Pixels, seeds: Seeds, chances: Chances) -> Pixels:
    """Images whose every value is changed by its chances, each image by a stream of its own."""
    result = np.array(images, order="C")
    for row, seed in enumerate(seeds):
        _look_up(
            result[row].reshape(-1), drawn(seed, result[row].size), chances.last, chances.hints
        )
    return result


def cumulative(
    chance: Callable[[Float64[np.ndarray, "256 1"], np.ndarray], np.ndarray],
) -> Cumulative:
    """The table of ``chance(x, y)``, that level x becomes y or less; nothing is above white."""
    levels = np.arange(LEVELS, dtype=np.float64)
    table = np.array(np.broadcast_to(chance(levels[:, None], levels[None]), (LEVELS, LEVELS)))
    table[:, -1] = 1.0
    return table


@compiled
def _look_up(levels: np.ndarray, numbers: np.ndarray, last: np.ndarray, hints: np.ndarray) -> None:
    shift = 32 - HINT_BITS
    for place in range(levels.size):
        old, number = levels[place], numbers[place]
        new = hints[old, number >> shift]
        while number > last[old, new]:
            new += 1
        levels[place] = new
