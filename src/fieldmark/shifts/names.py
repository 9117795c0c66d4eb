"""Names of shifts: the one table from a name to its makers."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from fieldmark.records import ConfigError, Shift, UnknownNameError
from fieldmark.shifts.blur import CUT_OFF, EDGES, gaussian_blur
from fieldmark.shifts.digital import pixelate
from fieldmark.shifts.geometry import rotation, translation
from fieldmark.shifts.light import brightness, contrast
from fieldmark.shifts.noise import gaussian_noise, impulse_noise
from fieldmark.shifts.published import corruption

_CUT = "cut off, as in the published sets"

SHIFTS: Mapping[str, Callable[[int], Shift]] = MappingProxyType(
    {
        "brightness": corruption("brightness", brightness, grey_levels=_CUT),
        "contrast": corruption("contrast", contrast, grey_levels=_CUT),
        "gaussian-blur": corruption(
            "gaussian-blur", gaussian_blur, grey_levels=_CUT, edges=EDGES, cut_off=CUT_OFF
        ),
        "gaussian-noise": corruption("gaussian-noise", gaussian_noise, grey_levels=_CUT),
        "impulse-noise": corruption("impulse-noise", impulse_noise),
        "pixelate": corruption("pixelate", pixelate, filter="box"),
        "rotation": rotation,
        "translation": translation,
    }
)
"""From a name and a severity, 1 to 5, to the shift."""


def shift(name: str, severity: int | str) -> Shift:
    """The shift ``name`` at ``severity``.

    Args:
        name: A key of ``SHIFTS``.
        severity: 1 (mild) to 5 (strong), as a number or as it is written in a condition's name.

    Raises:
        UnknownNameError: There is no such shift.
        ConfigError: The severity is not 1 to 5.

    Example:
        >>> shift("gaussian-noise", 3).settings["strength at 32 pixels"]
        0.08
        >>> shift("rotation", "2").settings["degrees"]
        20.0
    """
    if name not in SHIFTS:
        raise UnknownNameError("shift", name, SHIFTS)
    try:
        return SHIFTS[name](int(severity))
    except ValueError:
        raise ConfigError(f"{name} comes in severities 1 to 5, got {severity!r}") from None
