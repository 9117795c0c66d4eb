"""Image to image: common corruptions and moves, seeded per example, the same for every model."""

from fieldmark.shifts.combining import one_of, then
from fieldmark.shifts.digital import as_jpeg
from fieldmark.shifts.names import LEVELS, SHIFTS, shift
from fieldmark.shifts.overlays import Overlays
from fieldmark.shifts.own import from_python, own_shift
from fieldmark.shifts.perturbations import DIFFICULTIES, PictureSequence, sequence
from fieldmark.shifts.pixels import PixelShift
from fieldmark.shifts.psychophysics import PEOPLES_CONDITIONS
from fieldmark.shifts.spectrum import equalised_to

__all__ = [
    "DIFFICULTIES",
    "LEVELS",
    "PEOPLES_CONDITIONS",
    "SHIFTS",
    "Overlays",
    "PictureSequence",
    "PixelShift",
    "as_jpeg",
    "equalised_to",
    "from_python",
    "one_of",
    "own_shift",
    "sequence",
    "shift",
    "then",
]
