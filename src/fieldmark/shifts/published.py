"""The constants that were published with the common corruptions, by the size of the images.

Hendrycks & Dietterich chose other constants for CIFAR-10-C (32 pixels), Tiny-ImageNet-C (64) and
ImageNet-C (224), since the same blur hides more of a small image. An image of another size, such as
a digit of 28 pixels, gets those of the published size nearest to it.
"""

from collections.abc import Callable, Mapping
from functools import partial
from math import log
from types import MappingProxyType
from typing import Any, Protocol, runtime_checkable

from fieldmark.records import Pixels, Seeds
from fieldmark.shifts.pixels import PixelShift, at_severity

SIZES = (32, 64, 224)

Strength = float | int | tuple[float | int, ...]
"""One number, or the several that a corruption needs at one severity."""


def _pixels(side: int, *shares: tuple[float, ...]) -> tuple[tuple[float, ...], ...]:
    """Shares of a side in pixels."""
    return tuple(tuple(side * share for share in row) for row in shares)


STRENGTHS: Mapping[str, Mapping[int, tuple[Strength, ...]]] = MappingProxyType(
    {
        "gaussian-noise": {  # standard deviation
            32: (0.04, 0.06, 0.08, 0.09, 0.10),
            64: (0.04, 0.08, 0.12, 0.15, 0.18),
            224: (0.08, 0.12, 0.18, 0.26, 0.38),
        },
        "shot-noise": {  # photons that make white
            32: (500, 250, 100, 75, 50),
            64: (250, 100, 50, 30, 15),
            224: (60, 25, 12, 5, 3),
        },
        "speckle-noise": {  # standard deviation, over the value itself
            32: (0.06, 0.1, 0.12, 0.16, 0.2),
            64: (0.15, 0.2, 0.25, 0.3, 0.35),
            224: (0.15, 0.2, 0.35, 0.45, 0.6),
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
        "saturate": {  # factor on the saturation of HSV, added to it
            32: ((0.3, 0.0), (0.1, 0.0), (1.5, 0.0), (2.0, 0.1), (2.5, 0.2)),
            64: ((0.3, 0.0), (0.1, 0.0), (2.0, 0.0), (5.0, 0.1), (30.0, 0.2)),
            224: ((0.3, 0.0), (0.1, 0.0), (2.0, 0.0), (5.0, 0.1), (20.0, 0.2)),
        },
        "fog": {  # thickness, how fast its detail fades
            32: ((0.2, 3.0), (0.5, 3.0), (0.75, 2.5), (1.0, 2.0), (1.5, 1.75)),
            64: ((0.4, 3.0), (0.7, 3.0), (1.0, 2.5), (1.5, 2.0), (2.0, 1.75)),
            224: ((1.5, 2.0), (2.0, 2.0), (2.5, 1.7), (2.5, 1.5), (3.0, 1.4)),
        },
        "frost": {  # weight of the image, of the overlay, scale of the overlay
            32: (
                (1.0, 0.2, 0.2),
                (1.0, 0.3, 0.2),
                (0.9, 0.4, 0.2),
                (0.85, 0.4, 0.2),
                (0.75, 0.45, 0.2),
            ),
            64: (
                (1.0, 0.3, 0.3),
                (0.9, 0.4, 0.3),
                (0.8, 0.45, 0.3),
                (0.75, 0.5, 0.3),
                (0.7, 0.55, 0.3),
            ),
            224: (
                (1.0, 0.4, 1.0),
                (0.8, 0.6, 1.0),
                (0.7, 0.7, 1.0),
                (0.65, 0.7, 1.0),
                (0.6, 0.75, 1.0),
            ),
        },
        "snow": {  # mean, deviation, zoom, threshold, blur radius, blur deviation, image weight
            32: (
                (0.1, 0.2, 1.0, 0.6, 8, 3.0, 0.95),
                (0.1, 0.2, 1.0, 0.5, 10, 4.0, 0.9),
                (0.15, 0.3, 1.75, 0.55, 10, 4.0, 0.9),
                (0.25, 0.3, 2.25, 0.6, 12, 6.0, 0.85),
                (0.3, 0.3, 1.25, 0.65, 14, 12.0, 0.8),
            ),
            64: (
                (0.1, 0.2, 1.0, 0.6, 8, 3.0, 0.8),
                (0.1, 0.2, 1.0, 0.5, 10, 4.0, 0.8),
                (0.15, 0.3, 1.75, 0.55, 10, 4.0, 0.7),
                (0.25, 0.3, 2.25, 0.6, 12, 6.0, 0.65),
                (0.3, 0.3, 1.25, 0.65, 14, 12.0, 0.6),
            ),
            224: (
                (0.1, 0.3, 3.0, 0.5, 10, 4.0, 0.8),
                (0.2, 0.3, 2.0, 0.5, 12, 4.0, 0.7),
                (0.55, 0.3, 4.0, 0.9, 12, 8.0, 0.7),
                (0.55, 0.3, 4.5, 0.85, 12, 8.0, 0.65),
                (0.55, 0.3, 2.5, 0.85, 12, 12.0, 0.55),
            ),
        },
        "spatter": {  # mean, deviation, blur, threshold, thickness or second blur, water 0 or mud 1
            32: (
                (0.62, 0.1, 0.7, 0.7, 0.5, 0),
                (0.65, 0.1, 0.8, 0.7, 0.5, 0),
                (0.65, 0.3, 1.0, 0.69, 0.5, 0),
                (0.65, 0.1, 0.7, 0.69, 0.6, 1),
                (0.65, 0.1, 0.5, 0.68, 0.6, 1),
            ),
            64: (
                (0.62, 0.1, 0.7, 0.7, 0.6, 0),
                (0.65, 0.1, 0.8, 0.7, 0.6, 0),
                (0.65, 0.3, 1.0, 0.69, 0.6, 0),
                (0.65, 0.1, 0.7, 0.68, 0.6, 1),
                (0.65, 0.1, 0.5, 0.67, 0.6, 1),
            ),
            224: (
                (0.65, 0.3, 4.0, 0.69, 0.6, 0),
                (0.65, 0.3, 3.0, 0.68, 0.6, 0),
                (0.65, 0.3, 2.0, 0.68, 0.5, 0),
                (0.65, 0.3, 1.0, 0.65, 1.5, 1),
                (0.67, 0.4, 1.0, 0.65, 1.5, 1),
            ),
        },
        "defocus-blur": {  # radius of the disk, standard deviation of what softens it
            32: ((0.3, 0.4), (0.4, 0.5), (0.5, 0.6), (1.0, 0.2), (1.5, 0.1)),
            64: ((0.5, 0.6), (1.0, 0.1), (1.5, 0.1), (2.5, 0.01), (3.0, 0.1)),
            224: ((3.0, 0.1), (4.0, 0.5), (6.0, 0.5), (8.0, 0.5), (10.0, 0.5)),
        },
        "glass-blur": {  # standard deviation of the blur, reach of the scattering, times
            32: ((0.05, 1, 1), (0.25, 1, 1), (0.4, 1, 1), (0.25, 1, 2), (0.4, 1, 2)),
            64: ((0.1, 1, 1), (0.5, 1, 1), (0.6, 1, 2), (0.7, 2, 1), (0.9, 2, 2)),
            224: ((0.7, 1, 2), (0.9, 2, 1), (1.0, 2, 3), (1.1, 3, 2), (1.5, 4, 2)),
        },
        "motion-blur": {  # radius, standard deviation
            32: ((6, 1.0), (6, 1.5), (6, 2.0), (8, 2.0), (9, 2.5)),
            64: ((10, 1.0), (10, 1.5), (10, 2.0), (10, 2.5), (12, 3.0)),
            224: ((10, 3.0), (15, 5.0), (15, 8.0), (15, 12.0), (20, 15.0)),
        },
        "zoom-blur": {  # end of the enlargements, their step
            32: ((1.06, 0.01), (1.11, 0.01), (1.16, 0.01), (1.21, 0.01), (1.26, 0.01)),
            64: ((1.06, 0.01), (1.11, 0.01), (1.16, 0.01), (1.21, 0.01), (1.26, 0.01)),
            224: ((1.11, 0.01), (1.16, 0.01), (1.21, 0.02), (1.26, 0.02), (1.31, 0.03)),
        },
        "elastic-transform": {  # amplitude, smoothing, reach of the corners, over 32, 64 or 244
            32: _pixels(32, (0.0, 0.0, 0.08), (0.05, 0.2, 0.07), (0.08, 0.06, 0.06))
            + _pixels(32, (0.1, 0.04, 0.05), (0.1, 0.03, 0.03)),
            64: _pixels(64, (0.0, 0.0, 0.08), (0.05, 0.3, 0.06), (0.1, 0.08, 0.06))
            + _pixels(64, (0.1, 0.03, 0.03), (0.16, 0.03, 0.02)),
            # 244 is what was published, and meant to be 224.
            224: _pixels(244, (2.0, 0.7, 0.1), (2.0, 0.08, 0.2), (0.05, 0.01, 0.02))
            + _pixels(244, (0.07, 0.01, 0.02), (0.12, 0.01, 0.02)),
        },
        "elastic-in-place": dict.fromkeys(  # factor on the pulls, at any size
            SIZES, (12.5, 16.25, 21.25, 25.0, 30.0)
        ),
        "jpeg-compression": {  # quality
            32: (80, 65, 58, 50, 40),
            64: (65, 58, 50, 40, 25),
            224: (25, 18, 15, 10, 7),
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
    """A change of pictures, and the number or numbers that say how strong it is."""

    def __call__(
        self,
        images: Pixels,
        seeds: Seeds,
        *,
        strength: Any,  # noqa: ANN401  each takes the one or the several numbers it needs
    ) -> Pixels:
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
    change: Corruption, strengths: Mapping[int, Strength], images: Pixels, seeds: Seeds
) -> Pixels:
    size = nearest_size(*images.shape[1:3])
    return change(images, seeds, strength=strengths[size])
