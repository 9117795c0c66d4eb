"""Changes by name: every shift and every attack, made at a level that a person typed."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType

from fieldmark import attacks, shifts
from fieldmark.catalog.places import cache_folder, data_folder
from fieldmark.catalog.subjects import subject
from fieldmark.catalog.tables import Entry, Table
from fieldmark.records import (
    Attack,
    Certificate,
    ConfigError,
    Perturbation,
    Shift,
    Subject,
    UnknownNameError,
)

SEVERITIES = ("1", "2", "3", "4", "5")


def _shift(name: str, level: str) -> Shift:
    """The shift; photographs of frost are where this user keeps published data."""
    overlays = shifts.Overlays(data_folder(), cache_folder() / "data")
    return shifts.shift(name, level, overlays=overlays)


SHIFTS: Table[Callable[[str], Shift]] = Table(
    "shift",
    "fieldmark.shifts",
    MappingProxyType(
        {
            name: Entry(about, partial(_shift, name))
            for name, about in {
                "gaussian-noise": "Gaussian noise on every pixel",
                "shot-noise": "light counted in few photons",
                "impulse-noise": "salt and pepper",
                "speckle-noise": "every value multiplied by Gaussian noise",
                "gaussian-blur": "blur by a Gaussian kernel",
                "defocus-blur": "out of focus: every point a disk",
                "glass-blur": "through frosted glass: pixels from somewhere near",
                "motion-blur": "blur to one side, as of a moving camera",
                "zoom-blur": "blur towards the middle, as of an approaching camera",
                "elastic-transform": "on a rubber sheet, pulled at corners and all over",
                "elastic-in-place": "on a rubber sheet, pulled all over but at no corner",
                "contrast": "pixels drawn towards the image's mean",
                "brightness": "pixels made brighter",
                "saturate": "colours made paler or stronger",
                "fog": "behind a cloud of fog",
                "frost": "behind an iced window, from published photographs",
                "snow": "in falling snow, paled",
                "spatter": "drops of water or mud on the lens",
                "pixelate": "fewer, larger pixels",
                "jpeg-compression": "stored as JPEG of quality 80 to 7",
                "rotation": "turned by 10 to 60 degrees, left or right",
                "translation": "moved by up to a quarter of the side",
                "scale": "enlarged or shrunk, up to twice",
                "shear": "leaning by 5 to 30 degrees, left or right",
                "flip": "@left-right, @upside-down or @both",
                "jpeg-recoding": "written as JPEG of quality @95 to @40, read again",
                "webp-recoding": "written as WebP of quality @95 to @40, read again",
                "chroma-subsampling": "neighbours share their colour, @4:2:2 to @4:1:0",
                "video-range": "through video's levels 16 to 235, @1 to @16 times",
                "ycbcr-round-trip": "to YCbCr and back, in @8 to @4 bits",
                "hsv-round-trip": "to HSV and back, in @8 to @4 bits",
                "lab-round-trip": "to CIELAB and back, in @8 to @4 bits",
                "resize-nearest": "to @0.875 to @0.35 of its sides and back: Pillow, nearest pixel",
                "resize-bilinear": "to a share and back: Pillow, bilinear",
                "resize-bicubic": "to a share and back: Pillow, bicubic",
                "resize-lanczos": "to a share and back: Pillow, Lanczos",
                "resize-bilinear-aliased": "the same, bilinear, shrunk without antialiasing",
                "resize-bicubic-aliased": "the same, bicubic, shrunk without antialiasing",
                "resize-opencv-nearest": "to a share and back: OpenCV, nearest pixel",
                "resize-opencv-linear": "to a share and back: OpenCV, linear, no antialias",
                "resize-opencv-cubic": "to a share and back: OpenCV, cubic, no antialias",
                "resize-opencv-lanczos": "to a share and back: OpenCV, Lanczos, no antialias",
                "resize-opencv-area": "to a share and back: OpenCV, area means",
                "centre-crop": "the middle @0.95 to @0.7 of each side, enlarged",
                "gamma-dark": "levels raised to @1.1 to @2.2: a display curve too many",
                "gamma-light": "the @1.1th to @2.2th root of levels: a display curve too few",
                "bit-depth": "@7 to @3 bits per channel",
                "greyscale": "colour taken away",
                "nominal-contrast": "grey, 100 to 1 per cent of its contrast left, @30",
                "low-pass": "grey, blurred by a Gaussian of 0 to 40 pixels, @7",
                "high-pass": "grey, what a blur of infinitely many to 0.4 pixels removes, @0.7",
                "phase-noise": "grey, frequencies moved in phase by up to 180 degrees, @90",
                "phase-scrambling": "the same as its stimuli were made: contrast fades too, @90",
                "power-equalisation": "grey, all frequencies as strong as in the mean photograph",
                "opponent-colour": "hues turned into their opposites (false colour)",
                "quarter-turn": "grey, turned by 0, 90, 180 or 270 degrees, @90",
                "uniform-noise": "grey at 30 % contrast, noise of width 0 to 0.9, @0.1",
                "salt-and-pepper": "grey at 30 % contrast, share of black and white, @0.2",
                "eidolon-1": "grey, details dragged about together, reach 1 to 128, @8",
                "eidolon-2": "grey, details dragged about mostly alone, reach 1 to 128, @8",
                "eidolon-3": "grey, details of every scale dragged about alone, @8",
            }.items()
        }
    ),
)

SEQUENCES: Table[Callable[[str], Perturbation]] = Table(
    "sequence",
    "fieldmark.sequences",
    MappingProxyType(
        {
            f"{name}-sequence": Entry(about, partial(shifts.sequence, f"{name}-sequence"))
            for name, about in {
                "gaussian-noise": "30 frames of Gaussian noise after the picture, @1 to 3",
                "shot-noise": "30 frames of shot noise after the picture, @1 to 3",
                "motion-blur": "motion blur whose direction turns",
                "zoom-blur": "more and more enlargements, laid over each other",
                "snow": "one snowfall whose direction turns",
                "brightness": "from dark to bright",
                "translate": "moving to the right, pixel by pixel",
                "rotate": "turning clockwise, degree by degree",
                "tilt": "tilting in space",
                "scale": "growing",
            }.items()
        }
    ),
)

OWN_SHIFTS: Mapping[str, str] = MappingProxyType(
    {"python": "python:package.module:function: from (picture, rng, severity) to a picture"}
)

ATTACKS: Table[Callable[[str], Attack]] = Table(
    "attack",
    "fieldmark.attacks",
    MappingProxyType(
        {
            name: Entry(about, partial(attacks.attack, name))
            for name, about in {
                "apgd-ce-linf": "100 steps that set their own size, on the cross-entropy, @8/255",
                "apgd-ce-l2": "the same, Euclidean length within the budget, @0.5",
                "apgd-ce-l1": "the same, sum of changes within the budget, @12",
                "apgd-dlr-linf": "the same on a loss blind to the scores' scale, @8/255",
                "apgd-dlr-l2": "the same, Euclidean length within the budget, @0.5",
                "apgd-dlr-l1": "the same, sum of changes within the budget, @12",
                "apgd-t-linf": "the same towards the nine likeliest wrong classes, @8/255",
                "apgd-t-l2": "the same, Euclidean length within the budget, @0.5",
                "apgd-t-l1": "the same, sum of changes within the budget, @12",
                "autoattack-linf": "apgd-ce, apgd-t, fab-t and square on what is left, @8/255",
                "autoattack-l2": "the same, Euclidean length within the budget, @0.5",
                "autoattack-brief-linf": "a first look: a tenth of its steps, without FAB, @8/255",
                "autoattack-brief-l2": "the same, Euclidean length within the budget, @0.5",
                "autoattack-plus-linf": "AutoAttack with dlr, untargeted FAB and restarts, @8/255",
                "autoattack-plus-l2": "the same, Euclidean length within the budget, @0.5",
                "autoattack-rand-linf": "apgd on slopes averaged over 20 draws, for chance, @8/255",
                "autoattack-rand-l2": "the same, Euclidean length within the budget, @0.5",
                "fgsm-linf": "one step of the gradient's sign to the edge of the budget, @8/255",
                "noise-linf": "a hundred random pictures within the budget, @8/255",
                "noise-l2": "the same, Euclidean length within the budget, @1.5",
                "noise-l1": "the same, sum of changes within the budget, @12",
                "pgd-l1": "projected gradient, sum of changes within the budget, @12",
                "pgd-linf": "projected gradient, no pixel moves further than the budget, @8/255",
                "pgd-l2": "projected gradient, Euclidean length within the budget, @1.5",
                "square-linf": "random squares, 5,000 questions, no gradients, @8/255",
                "square-l2": "the same, Euclidean length within the budget, @1.5",
                "fab-linf": "walks the nearest boundary to the smallest change, @8/255 or @any",
                "fab-l2": "the same for the smallest Euclidean length, @0.5 or @any",
                "fab-l1": "the same for the smallest sum of changes, @12 or @any",
                "fab-t-linf": "the same, aimed at the nine likeliest wrong classes in turn",
                "fab-t-l2": "the same for the smallest Euclidean length, @0.5 or @any",
                "fab-t-l1": "the same for the smallest sum of changes, @12 or @any",
                "boundary-l2": "walks along the boundary by answers alone, @any or @1.5",
                "hop-skip-jump-l2": "learns the boundary's slope from answers alone, @any or @1.5",
                "hop-skip-jump-linf": "the same, no pixel far from where it was, @any or @8/255",
                "spatial": "the worst of ten turns, @30 degrees and a tenth of the side at most",
                "spatial-grid": "the worst of 775 turns and moves, @30: 30 degrees, a tenth",
                "nes-linf": "projected gradient on a slope estimated from scores, @8/255",
                "nes-l2": "the same, Euclidean length within the budget, @1.5",
                "cw-l2": "distance weighed against margin by gradient descent, @any; slow",
            }.items()
        }
    ),
)


CERTIFICATES: Mapping[str, str] = MappingProxyType(
    {
        "certified-l2": "certified-l2: what a smoothed classifier proves within L2 radii, "
        "from @10000 draws"
    }
)


TRANSFERS: Table[Callable[[str, Subject], Attack]] = Table(
    "transfer attack",
    "fieldmark.transfers",
    MappingProxyType(
        {
            name: Entry(about, partial(attacks.attack_from, name))
            for name, about in {
                "mi-linf": "climbs a surrogate with momentum, asks the target once, @8/255",
                "mi-l2": "the same, Euclidean length within the budget, @1.5",
                "ni-linf": "the same, looking a step ahead (Nesterov), @8/255",
                "di-linf": "the same on pictures shrunk and shifted at random, @8/255",
                "ti-linf": "the same with slopes blurred, as if pictures were shifted, @8/255",
                "vmi-linf": "the same, corrected by the slopes of twenty neighbours, @8/255",
            }.items()
        }
    ),
)
"""Attacks on a model that stands in for the target: ``mi-linf-from-cnn-medium``."""

FROM_SURROGATES: Mapping[str, str] = MappingProxyType(
    {
        f"{name}{attacks.FROM}SUBJECT": f"{name}{attacks.FROM}SUBJECT: {TRANSFERS.about(name)}"
        for name in TRANSFERS.own
    }
)


def levels(name: str) -> tuple[str, ...]:
    """The levels that a change comes in, mild ones first; () where any number will do.

    Raises:
        UnknownNameError: No change has that name.

    Example:
        >>> levels("shot-noise-sequence"), levels("phase-noise")[-2:], levels("pgd-l2")
        (('1', '2', '3'), ('150', '180'), ())
    """
    if name in shifts.DIFFICULTIES:
        return shifts.DIFFICULTIES[name]
    if name in SHIFTS:
        # Of shifts that other packages register, no more is known than that they have severities.
        return shifts.LEVELS.get(name, SEVERITIES)
    if is_own(name):
        return SEVERITIES
    if is_transfer(name) or any(name in table for table in (ATTACKS, SEQUENCES, CERTIFICATES)):
        return ()
    raise _unknown(name)


def is_change(name: str) -> bool:
    """Is it the name of a shift, a sequence, an attack or a certificate?"""
    known = (SHIFTS, SEQUENCES, ATTACKS, CERTIFICATES)
    return is_own(name) or is_transfer(name) or any(name in table for table in known)


def is_transfer(name: str) -> bool:
    """Does it name a transfer attack and its surrogate, as ``mi-linf-from-cnn-medium``?"""
    method, _, surrogate = name.partition(attacks.FROM)
    return bool(surrogate) and method in TRANSFERS


def is_own(name: str) -> bool:
    """Does it name a function of the user's, as ``python:package.module:function``?"""
    return name.startswith("python:")


def change(
    name: str, level: str, *, base: Path = Path(), models: Mapping[str, str] = MappingProxyType({})
) -> Shift | Perturbation | Attack | Certificate:
    """The shift at a level ("1" to "5"), the sequence, the attack at a budget, or the certificate.

    Args:
        name: Of the catalogue, or ``python:package.module:function``.
        level: As it is written in a condition's name: "3", "8/255", or draws as "10000".
        base: The folder where modules of the user's are looked for.
        models: Short names of the user's own models, which may be surrogates.

    Raises:
        UnknownNameError: Neither a shift, a sequence nor an attack has that name, or no subject has
            that of the surrogate.
        ConfigError: The level is not one of its, or the function is not there.

    Example:
        >>> change("contrast", "3").severity
        3
    """
    if name in SHIFTS:
        return SHIFTS[name].make(level)
    if name in ATTACKS:
        return ATTACKS[name].make(level)
    if name in SEQUENCES:
        return SEQUENCES[name].make(level)
    if is_transfer(name):
        method, _, who = name.partition(attacks.FROM)
        own = models.get(who, "")
        surrogate = subject(own or who, name=who if own else "", base=base)
        return TRANSFERS[method].make(level, surrogate)
    if name in CERTIFICATES:
        return _certificate(name, level)
    if is_own(name):
        if level not in SEVERITIES:
            raise ConfigError(f"{name} comes in severities 1 to 5, got {level!r}")
        return shifts.from_python(name.removeprefix("python:"), int(level), base=base)
    raise _unknown(name)


def _certificate(name: str, level: str) -> Certificate:
    if not (level.isascii() and level.isdigit() and 1 <= len(level) <= 9):
        raise ConfigError(f"{name} takes a number of draws, such as @10000, got {level[:40]!r}")
    return Certificate(int(level))


def _unknown(name: str) -> UnknownNameError:
    known = (*SHIFTS, *SEQUENCES, *ATTACKS, *CERTIFICATES, *FROM_SURROGATES)
    return UnknownNameError("shift, sequence or attack", name, known)
