"""Names of shifts: the one table from a name to its makers."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from fieldmark.records import Shift, UnknownNameError
from fieldmark.shifts.blurs import BLURS
from fieldmark.shifts.digital import DIGITAL
from fieldmark.shifts.frost import frost
from fieldmark.shifts.geometry import GEOMETRY, GEOMETRY_LEVELS
from fieldmark.shifts.levels import SEVERITIES, place_of
from fieldmark.shifts.light import brightness, contrast, saturate
from fieldmark.shifts.noise import NOISES
from fieldmark.shifts.overlays import Overlays
from fieldmark.shifts.pipeline import PIPELINE, PIPELINE_LEVELS
from fieldmark.shifts.psychophysics import PSYCHOPHYSICS, PSYCHOPHYSICS_LEVELS
from fieldmark.shifts.published import corruption
from fieldmark.shifts.weather import WEATHERS

_CUT = "cut off, as in the published sets"

SHIFTS: Mapping[str, Callable[[int], Shift]] = MappingProxyType(
    {
        "brightness": corruption("brightness", brightness, grey_levels=_CUT),
        "contrast": corruption("contrast", contrast, grey_levels=_CUT),
        "saturate": corruption(
            "saturate",
            saturate,
            strengths="factor, addition",
            grey="stays as it is",
            grey_levels=_CUT,
        ),
        **BLURS,
        **DIGITAL,
        **GEOMETRY,
        **NOISES,
        **PIPELINE,
        **PSYCHOPHYSICS,
        **WEATHERS,
    }
)
"""From a name and a severity, its place among the levels, to the shift."""

LEVELS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        **dict.fromkeys(SHIFTS, SEVERITIES),
        **GEOMETRY_LEVELS,
        **PIPELINE_LEVELS,
        **PSYCHOPHYSICS_LEVELS,
    }
)
"""From a name to its levels as they are written after the ``@``, mild ones first."""


def shift(name: str, level: object, *, overlays: Overlays | None = None) -> Shift:
    """The shift ``name`` at a level.

    Args:
        name: A key of ``SHIFTS``.
        level: One of its ``LEVELS``, written out or as a number.
        overlays: Where frost finds its photographs; None for the user's cache, then the network.

    Raises:
        UnknownNameError: There is no such shift.
        ConfigError: It has no such level.

    Example:
        >>> shift("gaussian-noise", 3).settings["strength at 32 pixels"]
        0.08
        >>> shift("nominal-contrast", "30").severity  # the third of its levels
        3
    """
    if name not in SHIFTS:
        raise UnknownNameError("shift", name, SHIFTS)
    place = place_of(name, level, LEVELS[name])
    if name == "frost" and overlays is not None:
        return frost(place, overlays=overlays)
    return SHIFTS[name](place)
