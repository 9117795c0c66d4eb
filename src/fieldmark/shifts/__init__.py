"""Image to image: common corruptions and moves, seeded per example, the same for every model."""

from fieldmark.shifts.names import SHIFTS, shift
from fieldmark.shifts.pixels import PixelShift

__all__ = ["SHIFTS", "PixelShift", "shift"]
