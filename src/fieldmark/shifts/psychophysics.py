"""Psychophysics: the distortions that people were tested on, at the levels they were tested at.

Geirhos et al. 2018 showed distorted pictures to people and networks; model-vs-human (Geirhos et al.
2021) publishes the people's answers. A level here is the number printed there, so that a model's
answers can be laid beside theirs.

Sources:
    Geirhos, Medina Temme, Rauber, Schütt, Bethge & Wichmann 2018, "Generalisation in humans and
    deep neural networks", arXiv:1808.08750; github.com/rgeirhos/generalisation-humans-DNNs:
    ``code/image_manipulation.py`` (definitions), ``data-analysis/plotting_methods/
    plot_stimuli_levels.py`` (levels). The same levels stand in github.com/bethgelab/model-vs-human:
    ``modelvshuman/datasets/experiments.py`` (salt-and-pepper noise is not among them).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from math import isfinite, log2
from types import MappingProxyType

from fieldmark.records import Pixels
from fieldmark.shifts.eidolon import GRAIN, SIDE, eidolon
from fieldmark.shifts.greys import WEIGHTS, greyscale, nominal_contrast, quarter_turned
from fieldmark.shifts.laboratory_noise import CONTRAST as NOISE_CONTRAST
from fieldmark.shifts.laboratory_noise import salt_and_pepper, uniform_noise
from fieldmark.shifts.opponent import SCREEN, opponent_colour
from fieldmark.shifts.pixels import PixelShift
from fieldmark.shifts.spectrum import (
    BACKGROUND,
    CONTRAST,
    CUT_OFF,
    SLOPE,
    high_pass,
    low_pass,
    phase_noise,
    phase_scrambling,
    power_equalisation,
)

ONLY = ("1",)
"""The level of a distortion that is there or is not."""

_GREY = {
    "grey": "{} R + {} G + {} B".format(*WEIGHTS),
    "grey levels": "rounded",
}


@dataclass(frozen=True)
class Distortion:
    """A published distortion and its levels.

    Args:
        change: The function from pictures to pictures.
        levels: As they are printed, mild ones first.
        key: What ``change`` calls the number of a level; "" where it takes none.
        axis: What its strength is.
        strength: From the number of a level to its strength.
        constants: What else decides the picture: given to ``change``.
        details: What else decides the picture, for the settings.
    """

    change: Callable[..., Pixels]
    levels: tuple[str, ...] = ONLY
    key: str = ""
    axis: str = "done or not"
    strength: Callable[[float], float] = float
    constants: Mapping[str, float] = field(default_factory=dict)
    details: Mapping[str, object] = field(default_factory=dict)


_REACHES = ("1", "2", "4", "8", "16", "32", "64", "128")
_PHASES = ("0", "30", "60", "90", "120", "150", "180")


def _eidolon(coherence: float) -> Distortion:
    return Distortion(
        eidolon,
        _REACHES,
        "reach",
        "doublings of the reach, from 1",
        lambda reach: 1.0 + log2(reach),
        {"coherence": coherence},
        {"grain": GRAIN, "reach and grain": f"over {SIDE} pixels of the longer side"},
    )


def _noisy(
    change: Callable[..., Pixels], levels: tuple[str, ...], key: str, axis: str
) -> Distortion:
    return Distortion(change, levels, key, axis, details={"contrast before": NOISE_CONTRAST})


def _filter(
    change: Callable[..., Pixels],
    levels: tuple[str, ...],
    axis: str,
    strength: Callable[[float], float],
) -> Distortion:
    details = {"beyond the edges": BACKGROUND, "cut off": CUT_OFF}
    return Distortion(change, levels, "deviation", axis, strength, details=details)


DISTORTIONS: Mapping[str, Distortion] = MappingProxyType(
    {
        "greyscale": Distortion(greyscale),
        "nominal-contrast": Distortion(
            nominal_contrast,
            ("100", "50", "30", "15", "10", "5", "3", "1"),
            "percent",
            "contrast taken away, in per cent",
            lambda percent: 100.0 - percent,
        ),
        "low-pass": _filter(
            low_pass,
            ("0", "1", "3", "5", "7", "10", "15", "40"),
            "standard deviation of the filter, in pixels",
            float,
        ),
        "high-pass": _filter(
            high_pass,
            ("inf", "3", "1.5", "1", "0.7", "0.55", "0.45", "0.4"),
            "one over the standard deviation of the filter, per pixel",
            lambda deviation: 1.0 / deviation,
        ),
        "phase-noise": Distortion(
            phase_noise,
            _PHASES,
            "degrees",
            "phase noise, in degrees",
            details={"amplitudes": "kept"},
        ),
        "phase-scrambling": Distortion(
            phase_scrambling,
            _PHASES,
            "degrees",
            "phase noise, in degrees",
            details={"amplitudes": "the mean of two waves, as in the published stimuli"},
        ),
        "power-equalisation": Distortion(
            power_equalisation,
            details={
                "amplitudes": f"frequency to -{SLOPE}",
                "mean": BACKGROUND,
                "spread": CONTRAST,
            },
        ),
        "opponent-colour": Distortion(
            opponent_colour, details={"screen": SCREEN, "grey": "stays as it is"}
        ),
        "quarter-turn": Distortion(
            quarter_turned,
            ("0", "90", "180", "270"),
            "degrees",
            "turned counter-clockwise, in degrees",
            details={"not square": "cut off, black beside"},
        ),
        "uniform-noise": _noisy(
            uniform_noise,
            ("0", "0.03", "0.05", "0.1", "0.2", "0.35", "0.6", "0.9"),
            "width",
            "width of the noise",
        ),
        "salt-and-pepper": _noisy(
            salt_and_pepper,
            ("0", "0.1", "0.2", "0.35", "0.5", "0.65", "0.8", "0.95"),
            "share",
            "share of pixels replaced",
        ),
        "eidolon-1": _eidolon(1.0),
        "eidolon-2": _eidolon(0.3),
        "eidolon-3": _eidolon(0.0),
    }
)
"""From a name to what was published under it."""

PSYCHOPHYSICS_LEVELS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {name: one.levels for name, one in DISTORTIONS.items()}
)
"""From a name to its published levels, mild ones first."""


def _made(name: str, severity: int) -> PixelShift:
    one = DISTORTIONS[name]
    level = one.levels[severity - 1]
    given = {one.key: float(level)} if one.key else {}
    # No number of a file format is infinite.
    told = {one.key: float(level) if isfinite(float(level)) else level} if one.key else {}
    return PixelShift(
        name,
        severity,
        {**_GREY, **told, **one.constants, **one.details, "axis": one.axis},
        partial(one.change, **given, **one.constants),
        level,
        one.strength(float(level)),
    )


PSYCHOPHYSICS: Mapping[str, Callable[[int], PixelShift]] = MappingProxyType(
    {name: partial(_made, name) for name in DISTORTIONS}
)
"""From a name and a place among its levels to the shift."""


def _pairs(change: str, spellings: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType({there: f"{change}@{here}" for there, here in spellings.items()})


def _same(change: str, *, spelled: Callable[[str], str] = str) -> Mapping[str, str]:
    return _pairs(change, {spelled(level): level for level in PSYCHOPHYSICS_LEVELS[change]})


PEOPLES_CONDITIONS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "colour": _pairs("greyscale", {"bw": "1"}),
        "contrast": _same("nominal-contrast", spelled=lambda one: f"c{int(one):02d}"),
        "eidolonI": _same("eidolon-1", spelled=lambda reach: f"{reach}-10-10"),
        "eidolonII": _same("eidolon-2", spelled=lambda reach: f"{reach}-3-10"),
        "eidolonIII": _same("eidolon-3", spelled=lambda reach: f"{reach}-0-10"),
        "false-colour": _pairs("opponent-colour", {"false": "1"}),
        "high-pass": _same("high-pass"),
        "low-pass": _same("low-pass"),
        "phase-scrambling": _same("phase-scrambling"),
        "power-equalisation": MappingProxyType({"0": "greyscale@1", "pow": "power-equalisation@1"}),
        "rotation": _same("quarter-turn"),
        "uniform-noise": _same("uniform-noise", spelled=lambda width: f"{float(width):.2f}"),
    }
)
"""From a data set of model-vs-human and a condition of its raw data to the change that makes it.

Conditions that are not here are the pictures as they are: colour/cr and false-colour/true.
"""
