"""Selection frequency: how many of those who were shown a picture with a class took it."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

from fieldmark.records import DataError
from fieldmark.statistics.shares.intervals import jeffreys_bounds, wilson_bounds

Numbers = Int64[np.ndarray, " n"]


@dataclass(frozen=True)
class Selection:
    """How often each example was selected.

    Args:
        selected: By how many, int64 (n,).
        shown: Of how many who saw it, int64 (n,), the same length.

    Raises:
        DataError: Lengths differ, or more selected an example than saw it.

    Example:
        >>> seen = Selection(np.array([10, 7, 0]), np.array([10, 10, 0]))
        >>> seen.frequency.tolist()
        [1.0, 0.7, nan]
        >>> [end.round(2).tolist() for end in seen.wilson()]
        [[0.72, 0.4, nan], [1.0, 0.89, nan]]
    """

    selected: Numbers
    shown: Numbers

    def __post_init__(self) -> None:
        if len(self.selected) != len(self.shown):
            raise DataError(
                f"{len(self.selected)} examples were selected and {len(self.shown)} shown"
            )
        wrong = (self.selected < 0) | (self.selected > self.shown)
        if wrong.any():
            raise DataError(
                f"{self.selected[wrong][0]} of {self.shown[wrong][0]} cannot have selected an "
                f"example (number {int(wrong.argmax())})"
            )

    def __len__(self) -> int:
        return len(self.shown)

    @property
    def frequency(self) -> Float64[np.ndarray, " n"]:
        """Selected by / shown to; NaN where it was shown to nobody."""
        return np.where(self.shown > 0, self.selected / np.maximum(self.shown, 1), np.nan)

    def wilson(
        self, *, level: float = 0.95
    ) -> tuple[Float64[np.ndarray, " n"], Float64[np.ndarray, " n"]]:
        """(low, high) of each example's frequency; NaN where it was shown to nobody."""
        return wilson_bounds(self.selected, self.shown, level=level)

    def jeffreys(
        self, *, level: float = 0.95
    ) -> tuple[Float64[np.ndarray, " n"], Float64[np.ndarray, " n"]]:
        """(low, high) of each example's frequency; NaN where it was shown to nobody."""
        return jeffreys_bounds(self.selected, self.shown, level=level)

    def of(self, kept: Bool[np.ndarray, " n"]) -> "Selection":
        """The selection of some of the examples."""
        return Selection(self.selected[kept], self.shown[kept])


def thinned_chances(
    selected: Numbers, shown: Numbers, fewer: int
) -> Float64[np.ndarray, "n fewer_and_one"]:
    """How probable each count is when only ``fewer`` answers about an example are kept.

    Leaving out answers at random turns ``selected`` of ``shown`` into a hypergeometric number.

    Args:
        selected: By how many each example was selected.
        shown: Of how many; at least ``fewer``.
        fewer: How many answers are kept.

    Returns:
        float64 (n, fewer + 1), rows add up to 1.

    Raises:
        DataError: An example was shown to fewer.

    Example:
        >>> thinned_chances(np.array([2]), np.array([4]), 2).round(3).tolist()
        [[0.167, 0.667, 0.167]]
    """
    from scipy.stats import hypergeom

    if len(shown) and shown.min() < fewer:
        raise DataError(f"an example was shown to {shown.min()}, fewer than {fewer}")
    kept = np.arange(fewer + 1)
    return np.asarray(hypergeom.pmf(kept, shown[:, None], selected[:, None], fewer))
