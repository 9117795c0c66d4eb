"""Blurs by name: an unfocused lens, a frosted pane, a moving camera, a rubber sheet."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from fieldmark.shifts import elastic, lens
from fieldmark.shifts.blur import CUT_OFF, EDGES, gaussian_blur
from fieldmark.shifts.glass import SWAP, glass_blur
from fieldmark.shifts.motion import ALONG, motion_blur, zoom_blur
from fieldmark.shifts.pixels import PixelShift
from fieldmark.shifts.published import corruption

_CUT: dict[str, str | float] = {"grey_levels": "cut off, as in the published sets"}
_HOW: dict[str, str | float] = {**_CUT, "arithmetic": "32 bits"}
_GAUSSIAN: dict[str, str | float] = {"edges": EDGES, "cut_off": CUT_OFF, **_CUT}
_SHEET: dict[str, str | float] = {
    "between_pixels": "bilinear, unrounded",
    "edges": elastic.EDGES,
    "cut_off": elastic.CUT_OFF,
}

BLURS: Mapping[str, Callable[[int], PixelShift]] = MappingProxyType(
    {
        "defocus-blur": corruption(
            "defocus-blur",
            lens.defocus_blur,
            strengths="radius, softness",
            edges=lens.EDGES,
            **_HOW,
        ),
        "elastic-in-place": corruption(
            "elastic-in-place",
            elastic.elastic_in_place,
            pull=f"{elastic.HELD} of the height, smoothed over {elastic.HELD_SIGMA} of the sides",
            definition="imagecorruptions 1.1.2: no corner moves",
            **_SHEET,
            **_HOW,
        ),
        "elastic-transform": corruption(
            "elastic-transform",
            elastic.elastic_transform,
            strengths="amplitude, smoothing, reach of the corners, in pixels",
            definition="ImageNet-C, Tiny-ImageNet-C, CIFAR-10-C: corners move",
            **_SHEET,
            **_HOW,
        ),
        "gaussian-blur": corruption("gaussian-blur", gaussian_blur, **_GAUSSIAN),
        "glass-blur": corruption(
            "glass-blur",
            glass_blur,
            strengths="blur, reach, times",
            swap=SWAP,
            **_GAUSSIAN,
        ),
        "motion-blur": corruption(
            "motion-blur",
            motion_blur,
            strengths="radius, spread",
            direction="-45 to 45 degrees",
            steps=ALONG,
            **_HOW,
        ),
        "zoom-blur": corruption(
            "zoom-blur",
            zoom_blur,
            strengths="end, step",
            between_pixels="bilinear, corners on corners",
            **_HOW,
        ),
    }
)
"""From a name and a severity to the shift."""
