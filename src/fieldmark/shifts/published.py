"""The constants that were published with the common corruptions, by the size of the images.

Hendrycks & Dietterich chose other constants for CIFAR-10-C (32 pixels), Tiny-ImageNet-C (64) and
ImageNet-C (224), since the same blur hides more of a small image. An image of another size, such as
a digit of 28 pixels, gets those of the published size nearest to it.
"""

from collections.abc import Callable, Mapping
from functools import partial
from math import log
from types import MappingProxyType
from typing import Protocol, runtime_checkable

from fieldmark.records import Pixels, Seeds
from fieldmark.shifts.pixels import PixelShift, at_severity

SIZES = (32, 64, 224)

STRENGTHS: Mapping[str, Mapping[int, tuple[float, ...]]] = MappingProxyType(
    {
        "gaussian-noise": {  # standard deviation
            32: (0.04, 0.06, 0.08, 0.09, 0.10),
            64: (0.04, 0.08, 0.12, 0.15, 0.18),
            224: (0.08, 0.12, 0.18, 0.26, 0.38),
        },
        "impulse-noise": {  # share of values replaced
            32: (0.01, 0.02, 0.03, 0.05, 0.07),
            64: (0.01, 0.02, 0.05, 0.08, 0.14),
            224: (0.03, 0.06, 0.09, 0.17, 0.27),
        },
        "gaussian-blur": {  # standard deviation in pixels
            32: (0.4, 0.6, 0.7, 0.8, 1.0),
            64: (0.5, 0.75, 1.0, 1.25, 1.5),
            224: (1.0, 2.0, 3.0, 4.0, 6.0),
        },
        "contrast": {  # factor on the difference from the mean
            32: (0.75, 0.5, 0.4, 0.3, 0.15),
            64: (0.4, 0.3, 0.2, 0.1, 0.05),
            224: (0.4, 0.3, 0.2, 0.1, 0.05),
        },
        "brightness": {  # added to the value of HSV
            32: (0.05, 0.1, 0.15, 0.2, 0.3),
            64: (0.1, 0.2, 0.3, 0.4, 0.5),
            224: (0.1, 0.2, 0.3, 0.4, 0.5),
        },
        "pixelate": {  # side of the small image over the side of the large one
            32: (0.95, 0.9, 0.85, 0.75, 0.65),
            64: (0.9, 0.8, 0.7, 0.6, 0.5),
            224: (0.6, 0.5, 0.4, 0.3, 0.25),
        },
    }
)
"""Corruption → published size in pixels → strength at severities 1 to 5."""


@runtime_checkable
class Corruption(Protocol):
    """A change of pictures with one number that says how strong it is."""

    def __call__(self, images: Pixels, seeds: Seeds, *, strength: float) -> Pixels:
        """Corrupted images, uint8, same shape."""


def nearest_size(height: int, width: int) -> int:
    """The published size nearest to the shorter side, by ratio.

    Example:
        >>> nearest_size(28, 28), nearest_size(299, 480)
        (32, 224)
    """
    return min(SIZES, key=lambda size: abs(log(min(height, width) / size)))


def corruption(
    name: str, change: Corruption, **details: str | float
) -> Callable[[int], PixelShift]:
    """From a severity to the corruption ``name`` at its published strength.

    Args:
        name: A key of ``STRENGTHS``.
        change: How a picture is corrupted at a given strength.
        details: Further constants of ``change``, for the settings.

    Raises:
        ConfigError: The maker that comes back is given a severity that is not 1 to 5.
    """
    return partial(_at_severity, name, change, details)


def _at_severity(
    name: str, change: Corruption, details: Mapping[str, str | float], severity: int
) -> PixelShift:
    strengths = {size: at_severity(name, severity, row) for size, row in STRENGTHS[name].items()}
    settings: dict[str, object] = {
        **{f"strength at {size} pixels": strength for size, strength in strengths.items()},
        "size": "the published one nearest to the shorter side, by ratio",
        **details,
    }
    return PixelShift(name, severity, settings, partial(_at_size, change, strengths))


def _at_size(
    change: Corruption, strengths: Mapping[int, float], images: Pixels, seeds: Seeds
) -> Pixels:
    size = nearest_size(*images.shape[1:3])
    return change(images, seeds, strength=strengths[size])
