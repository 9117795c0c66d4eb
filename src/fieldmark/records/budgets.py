"""Budgets: how far an attack may move an image, in pixel units, never in normalised ones."""

import re
from dataclasses import dataclass
from fractions import Fraction
from math import inf, isnan
from typing import Literal

import numpy as np
from jaxtyping import Float64

from fieldmark.records.arrays import FloatImages
from fieldmark.records.errors import ConfigError

Norm = Literal["linf", "l2", "l1", "degrees"]
"""How a change is measured. Three are norms of what happens to pixels; a picture that is turned or
moved is far from where it was in each of them, so turns are measured by themselves."""

DEGREES_PER_SIDE = 300.0
"""A move by a whole side counts as much as this many degrees: within 30 degrees, a tenth of it."""

ANY = "any"
"""How a budget without bounds is written: what is searched for is the smallest change of all."""


@dataclass(frozen=True)
class Budget:
    """A ball around each image, for pixels in [0, 1].

    Args:
        norm: "linf" (largest change of any value), "l2" (Euclidean length of the change) or "l1"
            (sum of all changes); or "degrees" (how far it is turned; to be moved by 1/300 of its
            side counts as one degree).
        size: Radius of the ball, >= 0; infinite where the smallest change is searched for.

    Raises:
        ConfigError: The size is negative or not a number.

    Example:
        >>> str(Budget("linf", 8 / 255)), str(Budget("l2", 1.5)), str(Budget("l2", inf))
        ('8/255', '1.5', 'any')
    """

    norm: Norm
    size: float

    def __post_init__(self) -> None:
        if isnan(self.size) or self.size < 0:
            raise ConfigError(f"a budget is a number >= 0, got {self.size}")

    @classmethod
    def parse(cls, norm: Norm, text: str) -> "Budget":
        """The budget that ``text`` says: "8/255", "0.5", or "any" for one without bounds.

        Raises:
            ConfigError: The text is neither a fraction nor a decimal number.

        Example:
            >>> Budget.parse("linf", "8/255") == Budget("linf", 8 / 255)
            True
        """
        if text == ANY:
            return cls(norm, inf)
        if not re.fullmatch(r"\d+(\.\d+)?(/[1-9]\d*)?", text):
            raise ConfigError(f"{text!r} is no budget; write 8/255, 0.5 or {ANY}")
        top, _, bottom = text.partition("/")
        return cls(norm, float(Fraction(top) / Fraction(bottom or "1")))

    @property
    def bounded(self) -> bool:
        """Is there a ball to stay in? False where the smallest change is searched for."""
        return self.size < inf

    def __str__(self) -> str:
        if not self.bounded:
            return ANY
        levels = self.size * 255
        if self.norm == "linf" and self.size and abs(levels - round(levels)) < 1e-9:
            return f"{round(levels)}/255"
        return f"{self.size:.10g}"

    def distances(self, images: FloatImages, moved: FloatImages) -> Float64[np.ndarray, " n"]:
        """How far each image moved, float64 (n,), in this budget's norm.

        Raises:
            ConfigError: The budget is in degrees, which pixels do not tell; see ``degrees``.

        Example:
            >>> still = np.zeros((1, 2, 2, 1), np.float32)
            >>> Budget("l2", 1.0).distances(still, still + np.float32(0.5))
            array([1.])
        """
        if self.norm == "degrees":
            raise ConfigError("a budget in degrees is measured by turns and moves, not by pixels")
        change = (moved.astype(np.float64) - images.astype(np.float64)).reshape(len(images), -1)
        if self.norm == "linf":
            return np.abs(change).max(axis=1, initial=0.0)
        if self.norm == "l1":
            return np.abs(change).sum(axis=1)
        return np.sqrt((change**2).sum(axis=1))


def degrees(turns: Float64[np.ndarray, "n 3"]) -> Float64[np.ndarray, " n"]:
    """How far turns go, float64 (n,): the largest of three parts, in degrees.

    Args:
        turns: For each picture the angle in degrees, and by which shares of its width and height it
            is moved.

    Example:
        >>> degrees(np.array([[-20.0, 0.1, 0.0]])).tolist()
        [30.0]
    """
    each = np.abs(turns) * np.array([1.0, DEGREES_PER_SIDE, DEGREES_PER_SIDE])
    return each.max(axis=1, initial=0.0)
