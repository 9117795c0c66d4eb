"""Accidents: how a shift of the pipeline is made; none draws a number, all go picture by picture.

These are the shifts that a deployment brings unnoticed: another codec, another resize, another
colour space. The same picture always comes out the same, whatever its seed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from jaxtyping import UInt8

from fieldmark.records import Pixels, Seeds
from fieldmark.shifts.pixels import PixelShift, at_severity

Picture = UInt8[np.ndarray, "h w c"]
"""One picture, c 1 or 3."""

Amount = int | float | tuple[int, int]


@dataclass(frozen=True)
class Accident:
    """From a severity, the place among its levels, to the shift that changes every picture so.

    Args:
        name: What it is called.
        change: From a picture and the keyword ``key`` to a picture of the same shape.
        key: What the levels measure; the setting is called so too.
        levels: From a level as it is printed to what the keyword then is, mild ones first.
        details: Further constants, for the settings.
    """

    name: str
    change: Callable[..., Picture]
    key: str
    levels: Mapping[str, Amount] = field(hash=False)
    details: Mapping[str, str | int | float] = field(default_factory=dict, hash=False)

    def __call__(self, severity: int) -> PixelShift:
        """The shift at one of its levels.

        Raises:
            ConfigError: It has not so many.
        """
        level, amount = at_severity(self.name, severity, tuple(self.levels.items()))
        settings: dict[str, object] = {self.key: amount, **self.details}
        each = partial(_each, change=partial(self.change, **{self.key: amount}))
        return PixelShift(self.name, severity, settings, each, level)


def printed(*amounts: int | float) -> Mapping[str, Amount]:
    """Levels that are printed as the numbers that they are.

    Example:
        >>> dict(printed(0.5, 0.35))
        {'0.5': 0.5, '0.35': 0.35}
    """
    return {f"{amount:g}": amount for amount in amounts}


def _each(images: Pixels, seeds: Seeds, *, change: Callable[[Picture], Picture]) -> Pixels:
    result = np.empty(images.shape, dtype=np.uint8)
    for row, image in enumerate(images):
        result[row] = change(image)
    return result
