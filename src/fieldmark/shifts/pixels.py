"""A pixel shift: a named function from pictures to pictures, and what it shares with its kin."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan, nan
from typing import TypeVar

import numpy as np
from jaxtyping import Float64, UInt8

from fieldmark.records import ConfigError, DataError, Pixels, Seeds

SMALLEST_SIDE = 16


@dataclass(frozen=True)
class PixelShift:
    """A shift made of a function; satisfies ``records.Shift``.

    Args:
        name: What it is, such as "gaussian-noise".
        severity: Its place among its levels; 1 is the mildest.
        settings: Every constant that decides the picture.
        function: From images, uint8 (n, h, w, c), and seeds, uint64 (n,), to images of the same
            shape; row i depends on images[i] and seeds[i] alone, and the input stays as it is.
        level: What is printed after the ``@``; the severity where nothing else is said.
        strength: Where it stands on the axis of a curve; the severity where nothing else is said.

    Example:
        >>> negative = PixelShift("negative", 1, {}, lambda images, seeds: 255 - images)
        >>> int(negative.apply(np.zeros((1, 16, 16, 1), np.uint8), np.zeros(1, np.uint64)).max())
        255
    """

    name: str
    severity: int
    settings: Mapping[str, object] = field(hash=False)
    function: Callable[[Pixels, Seeds], Pixels] = field(repr=False)
    level: str = ""
    strength: float = nan

    def __post_init__(self) -> None:
        # Frozen for everybody else: severities that are levels need not be said three times.
        if not self.level:
            object.__setattr__(self, "level", str(self.severity))
        if isnan(self.strength):
            object.__setattr__(self, "strength", float(self.severity))

    def apply(self, images: Pixels, seeds: Seeds) -> Pixels:
        """Shifted images, uint8, same shape; row i depends on images[i] and seeds[i] alone.

        Args:
            images: Grey levels, uint8 (n, h, w, c), both sides at least 16, c 1 or 3.
            seeds: One seed per image, uint64 (n,).

        Raises:
            DataError: The images are no grey levels, too small, or in another number of channels.
        """
        usable(self.name, images, seeds)
        return self.function(images, seeds)


def usable(name: str, images: Pixels, seeds: Seeds) -> None:
    """Nothing where the shift ``name`` can be applied to the images.

    Raises:
        DataError: They are no grey levels, too small, have another number of channels, or there is
            not one seed for each.
    """
    if images.dtype != np.uint8 or images.ndim != 4:
        raise DataError(
            f"{name} needs grey levels 0..255 as uint8 (n, h, w, c), "
            f"got {images.dtype} {images.shape}"
        )
    number, height, width, channels = images.shape
    if min(height, width) < SMALLEST_SIDE or channels not in (1, 3):
        raise DataError(
            f"{name} needs images of at least {SMALLEST_SIDE} × {SMALLEST_SIDE} pixels "
            f"in 1 or 3 channels, got {height} × {width} in {channels}"
        )
    if len(seeds) != number:
        raise DataError(f"{name} needs one seed per image, got {len(seeds)} for {number} images")


Strength = TypeVar("Strength")


def at_severity(name: str, severity: int, strengths: Sequence[Strength]) -> Strength:
    """The strength of the shift ``name`` at ``severity``, out of those at severities 1 to 5.

    Raises:
        ConfigError: The severity is not 1 to 5.

    Example:
        >>> at_severity("rotation", 2, (10.0, 20.0, 30.0, 45.0, 60.0))
        20.0
    """
    if severity not in range(1, len(strengths) + 1):
        raise ConfigError(f"{name} comes in severities 1 to {len(strengths)}, got {severity}")
    return strengths[severity - 1]


def unit(levels: UInt8[np.ndarray, "..."]) -> Float64[np.ndarray, "..."]:
    """Grey levels 0..255 as float64 in [0, 1].

    Example:
        >>> float(unit(np.array([255], np.uint8))[0])
        1.0
    """
    return levels / 255.0


def truncated(values: Float64[np.ndarray, "..."]) -> UInt8[np.ndarray, "..."]:
    """Values, [0, 1] after clipping, as grey levels 0..255, cut off as the published sets are.

    A value less than a millionth of a level below the next one counts as that one: otherwise the
    last bit of a sum, which differs between machines, would decide (and blurred white be 254).

    Source:
        ImageNet-C and CIFAR-10-C store ``uint8(clip(x, 0, 1) * 255)``, which cuts off.

    Example:
        >>> truncated(np.array([-1.0, 0.999, 1.0 - 1e-12, 2.0])).tolist()
        [0, 254, 255, 255]
    """
    return np.floor(np.clip(values, 0.0, 1.0) * 255.0 + 1e-6).astype(np.uint8)
