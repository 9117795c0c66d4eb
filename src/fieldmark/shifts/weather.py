"""Weather: fog, frost, snow and spatter by name."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from fieldmark.shifts.fog import fog
from fieldmark.shifts.frost import frost
from fieldmark.shifts.pixels import PixelShift
from fieldmark.shifts.published import corruption
from fieldmark.shifts.snow import snow
from fieldmark.shifts.spatter import LUMA, MUD, WATER, spatter

_CUT = "cut off, as in the published sets"

WEATHERS: Mapping[str, Callable[[int], PixelShift]] = MappingProxyType(
    {
        "fog": corruption(
            "fog", fog, strengths="thickness, fading", cloud="diamond-square", grey_levels=_CUT
        ),
        "frost": frost,
        "snow": corruption(
            "snow",
            snow,
            strengths="mean, deviation, zoom, threshold, blur radius, blur spread, image weight",
            blur="one-sided, in whole pixels, as in imagecorruptions 1.1.2",
            wind="-135 to -45 degrees",
            grey_levels=_CUT,
        ),
        "spatter": corruption(
            "spatter",
            spatter,
            strengths="mean, deviation, blur, threshold, thickness or second blur, 0 water 1 mud",
            water=", ".join(map(str, WATER)),
            mud=", ".join(map(str, MUD)),
            one_channel="luma of the colour, " + ", ".join(map(str, LUMA)),
            grey_levels=_CUT,
        ),
    }
)
"""From a name and a severity to the shift."""
