"""ImageNet-P: the ten perturbations that play a picture as a sequence of frames.

The constants are those of ImageNet-P (224 pixels), of its Tiny-ImageNet form (64) and of CIFAR-10-P
(32); pictures of other sizes get those of the nearest. Three things are not as in the published
videos: nothing is compressed, what comes in from outside is black at every size (as in CIFAR-10-P;
ImageNet-P was cropped out of larger pictures), and the motion blur of 64 pixels is done on them
(it was done before they were made small).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from fieldmark.records import ConfigError, Pixels, Rows, Seeds, UnknownNameError
from fieldmark.shifts.frames import (
    SNOWY,
    bright_frames,
    gaussian_frames,
    motion_frames,
    moved_frames,
    scaled_frames,
    shot_frames,
    snow_frames,
    tilted_frames,
    turned_frames,
    zoom_frames,
)
from fieldmark.shifts.pixels import usable
from fieldmark.shifts.published import nearest_size

Constants = Mapping[str, int | float | tuple[int, int] | tuple[float, float]]
Frames = Callable[..., Pixels]


@dataclass(frozen=True)
class Form:
    """A perturbation at one published size: how many frames, and with what constants."""

    length: int
    constants: Constants


@dataclass(frozen=True)
class PictureSequence:
    """A perturbation made of a function; satisfies ``records.Perturbation``.

    Args:
        name: What it is, such as "translate-sequence".
        severity: How difficult, from 1.
        settings: Every constant that decides the frames.
        forms: From a published size in pixels to what is done there.
        function: From (picture, places, seed) and constants to the frames at those places.
    """

    name: str
    severity: int
    settings: Mapping[str, object] = field(hash=False)
    forms: Mapping[int, Form] = field(hash=False, repr=False)
    function: Frames = field(repr=False)

    def length(self, frame: tuple[int, int, int]) -> int:
        """How many frames a picture of (height, width, channels) has."""
        return self.forms[nearest_size(*frame[:2])].length

    def play(self, images: Pixels, places: Rows, seeds: Seeds) -> Pixels:
        """Frame ``places[i]`` of the sequence that ``images[i]`` becomes, uint8, same shape.

        Raises:
            DataError: The images are too small, or have another number of channels.
        """
        usable(self.name, images, seeds)
        form = self.forms[nearest_size(*images.shape[1:3])]
        assert ((places >= 0) & (places < form.length)).all(), f"{self.name} has no such frame"
        frames = np.empty(images.shape, dtype=np.uint8)
        # What is common to the frames of one picture, such as its snowfall, is made once.
        for rows in _runs(images, seeds):
            shown = images[rows.start]
            frames[rows] = self.function(shown, places[rows], seeds[rows.start], **form.constants)
        return frames


def _runs(images: Pixels, seeds: Seeds) -> Iterator[slice]:
    """Rows that show one picture with one seed, as far as they lie together."""
    start = 0
    for row in range(1, len(images) + 1):
        same = row < len(images) and seeds[row] == seeds[start]
        if not (same and np.array_equal(images[row], images[start])):
            yield slice(start, row)
            start = row


def _forms(small: Form, middle: Form, large: Form) -> Mapping[int, Form]:
    return {32: small, 64: middle, 224: large}


def _noise(
    key: str, small: int | float, middle: int | float, large: int | float
) -> Mapping[int, Form]:
    """30 noisy frames after the picture itself."""
    return _forms(Form(31, {key: small}), Form(31, {key: middle}), Form(31, {key: large}))


_GREY_WEIGHT = f"picture {SNOWY}, the rest whitened"

_FORMS: Mapping[str, tuple[Frames, tuple[Mapping[int, Form], ...], Mapping[str, str]]] = {
    "gaussian-noise": (
        gaussian_frames,
        (
            _noise("deviation", 0.02, 0.025, 0.03),
            _noise("deviation", 0.04, 0.05, 0.05),
            _noise("deviation", 0.06, 0.075, 0.08),
        ),
        {"first frame": "the picture", "grey levels": "cut off"},
    ),
    "shot-noise": (
        shot_frames,
        (
            _noise("photons", 700, 500, 300),
            _noise("photons", 400, 250, 120),
            _noise("photons", 200, 125, 60),
        ),
        {"first frame": "the picture", "grey levels": "cut off"},
    ),
    "motion-blur": (
        motion_frames,
        (
            _forms(
                Form(21, {"radius": 6, "deviation": 1.8, "degrees": (-180.0, 9.0)}),
                Form(31, {"radius": 14, "deviation": 3.0, "degrees": (-150.0, 5.0)}),
                Form(31, {"radius": 10, "deviation": 3.0, "degrees": (-120.0, 4.0)}),
            ),
        ),
        {"blur": "half a Gaussian in whole steps, as ImageMagick's", "edges": "nearest"},
    ),
    "zoom-blur": (
        zoom_frames,
        (_noise("step", 0.004, 0.004, 0.004),),
        {"between pixels": "bilinear", "first frame": "the picture", "grey levels": "cut off"},
    ),
    "snow": (
        snow_frames,
        (
            _forms(
                Form(
                    31,
                    {"mean": 0.05, "spread": 0.3, "zoom": 2.0, "radius": 10, "deviation": 2.0}
                    | {"degrees": (-150.0, 4.0)},
                ),
                Form(
                    31,
                    {"mean": 0.05, "spread": 0.28, "zoom": 2.0, "radius": 10, "deviation": 2.5}
                    | {"degrees": (-150.0, 4.0)},
                ),
                Form(
                    31,
                    {"mean": 0.05, "spread": 0.3, "zoom": 3.0, "radius": 14, "deviation": 4.0}
                    | {"degrees": (-150.0, 4.0)},
                ),
            ),
        ),
        {"flakes": "above 0.5, one fall per picture and that fall turned", "mix": _GREY_WEIGHT},
    ),
    "brightness": (
        bright_frames,
        (
            _forms(
                Form(31, {"added": (-0.225, 0.015)}),
                Form(31, {"added": (-0.3, 0.02)}),
                Form(31, {"added": (-0.3, 0.02)}),
            ),
        ),
        {"to": "the value of HSV", "grey levels": "cut off"},
    ),
    "translate": (
        moved_frames,
        (
            _forms(
                Form(16, {"pixels": (-7, 1)}),
                Form(31, {"pixels": (-15, 1)}),
                Form(41, {"pixels": (-20, 1)}),
            ),
        ),
        {"direction": "to the right", "outside": "black"},
    ),
    "rotate": (
        turned_frames,
        (_forms(*(Form(31, {"degrees": (-15.0, 1.0)}) for _ in range(3))),),
        {"direction": "clockwise", "between pixels": "bilinear", "outside": "black"},
    ),
    "tilt": (
        tilted_frames,
        (
            _forms(
                Form(31, {"degrees": (-11.25, 0.75)}),
                Form(31, {"degrees": (-15.0, 1.0)}),
                Form(31, {"degrees": (-15.0, 1.0)}),
            ),
        ),
        {"seen from": "one diagonal away", "between pixels": "bilinear", "outside": "black"},
    ),
    "scale": (
        scaled_frames,
        (
            _forms(
                Form(31, {"factor": (0.7, 0.02)}),
                Form(31, {"factor": (0.4, 0.025)}),
                Form(31, {"factor": (0.4, 0.025)}),
            ),
        ),
        {"between pixels": "bilinear", "outside": "black"},
    ),
}


def _made(name: str, severity: int) -> PictureSequence:
    function, difficulties, details = _FORMS[name]
    forms = difficulties[severity - 1]
    settings: dict[str, object] = {
        **{
            f"at {size} pixels": {"frames": form.length, **form.constants}
            for size, form in forms.items()
        },
        "size": "the published one nearest to the shorter side, by ratio",
        **details,
    }
    return PictureSequence(f"{name}-sequence", severity, settings, forms, function)


DIFFICULTIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        f"{name}-sequence": tuple(str(one + 1) for one in range(len(difficulties)))
        for name, (_, difficulties, _) in _FORMS.items()
    }
)
"""From the name of a sequence to the difficulties that were published, mild ones first."""


def sequence(name: str, severity: int | str = 1) -> PictureSequence:
    """The perturbation ``name`` of ImageNet-P.

    Args:
        name: A key of ``DIFFICULTIES``.
        severity: Its difficulty, as a number or as it is written in a condition's name.

    Raises:
        UnknownNameError: There is no such perturbation.
        ConfigError: It does not come in that difficulty.

    Source:
        Hendrycks & Dietterich 2019, arXiv:1903.12261, section 4.2, and the scripts that they
        published with ImageNet-P.

    Example:
        >>> walk = sequence("translate-sequence")
        >>> [walk.length((side, side, 3)) for side in (28, 64, 224)]
        [16, 31, 41]
    """
    if name not in DIFFICULTIES:
        raise UnknownNameError("sequence", name, DIFFICULTIES)
    if str(severity) not in DIFFICULTIES[name]:
        there = " or ".join(DIFFICULTIES[name])
        raise ConfigError(f"{name} comes in difficulty {there}, got {severity!r}")
    return _made(name.removesuffix("-sequence"), int(severity))
