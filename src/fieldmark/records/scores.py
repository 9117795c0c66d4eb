"""Scores: accuracies without the answers behind them, as published tables print them."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from fieldmark.records.errors import DataError


@dataclass(frozen=True)
class Scores:
    """Subjects × conditions, each square a share; what nobody measured is NaN.

    A table knows less than a store: not which examples a subject got wrong, so nothing in it can
    be paired. Studies that need no more take either.

    Args:
        subjects: Names, no two alike.
        conditions: Names, no two alike.
        values: Shares in [0, 1], float64 (subjects, conditions); NaN where there is none.
        counted: How many examples each share counts, int64, the same shape; 0 where nobody says.
        families: The kind of each subject, or () when nobody says; models of one family are
            resampled together.
        standard: Is a trend to be fitted to this subject? () when nobody says: then to all.
        source: Who published them, and where.

    Raises:
        DataError: Names repeat, shapes differ, a share is outside [0, 1], a count is negative.

    Example:
        >>> made = Scores(("a", "b"), ("val",), np.array([[0.7], [np.nan]]), np.array([[100], [0]]))
        >>> made.column("val").tolist()
        [0.7, nan]
    """

    subjects: tuple[str, ...]
    conditions: tuple[str, ...]
    values: Float64[np.ndarray, "s c"]
    counted: Int64[np.ndarray, "s c"]
    families: tuple[str, ...] = ()
    standard: tuple[bool, ...] = ()
    source: str = ""

    def __post_init__(self) -> None:
        for kind, names in (("subject", self.subjects), ("condition", self.conditions)):
            if len(set(names)) != len(names):
                twice = next(name for name in names if names.count(name) > 1)
                raise DataError(f"two {kind}s of these scores are called {twice[:80]!r}")
        shape = (len(self.subjects), len(self.conditions))
        if self.values.shape != shape or self.counted.shape != shape:
            raise DataError(
                f"scores of {self.values.shape} and counts of {self.counted.shape}, "
                f"but {shape[0]} subjects and {shape[1]} conditions"
            )
        for name, some in (("families", self.families), ("standard", self.standard)):
            if len(some) not in (0, shape[0]):
                raise DataError(f"{len(some)} {name} for {shape[0]} subjects")
        outside = (self.values < 0) | (self.values > 1)
        if outside.any():
            raise DataError(
                f"a share lies in [0, 1], got {self.values[outside][0]:g}; "
                "divide percentages by 100"
            )
        if (self.counted < 0).any():
            raise DataError(f"a number of examples is not negative, got {self.counted.min()}")

    def column(self, condition: str) -> Float64[np.ndarray, " s"]:
        """Every subject's share on a condition.

        Raises:
            DataError: There is no such condition.
        """
        return self.values[:, self._place(condition)]

    def sizes(self, condition: str) -> Int64[np.ndarray, " s"]:
        """How many examples each of these shares counts.

        Raises:
            DataError: There is no such condition.
        """
        return self.counted[:, self._place(condition)]

    def _place(self, condition: str) -> int:
        if condition not in self.conditions:
            raise DataError(f"these scores have no condition {condition[:80]!r}")
        return self.conditions.index(condition)
