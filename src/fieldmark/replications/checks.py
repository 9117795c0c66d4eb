"""A check: one published number held against the one that its raw data give."""

from dataclasses import dataclass
from math import isnan, nan
from typing import Literal

Verdict = Literal["agrees", "differs", "not in the data"]
Unit = Literal["%", "points", "count", "number", "p"]


@dataclass(frozen=True)
class Check:
    """One number that somebody printed, and what comes out here.

    Args:
        what: What it is a number of, such as "resnet50, top-1 on MatchedFrequency".
        published: As it was printed (or, of a ``golden`` one, as it was computed independently).
        computed: What comes out of the raw data; NaN where they cannot give it.
        tolerance: How far apart they may be: half a unit of the last printed digit, or what the
            source of the difference explains; 0 for counts.
        source: Who printed it and where (paper and table, repository and file).
        unit: "%" and "points" are given in percent, not as shares.
        note: Why they differ, or why the data cannot give it; must be said in both cases.
        golden: Was it computed from the same raw data by other code, rather than printed?

    Example:
        >>> check = Check("ResNet-50, top-1", 63.3, 63.33, 0.05, "Recht et al. 2019, table 5", "%")
        >>> check.verdict, round(check.difference, 2)
        ('agrees', 0.03)
    """

    what: str
    published: float
    computed: float
    tolerance: float
    source: str
    unit: Unit = "number"
    note: str = ""
    golden: bool = False

    @property
    def difference(self) -> float:
        """Computed minus published; NaN where nothing could be computed."""
        return nan if isnan(self.computed) else self.computed - self.published

    @property
    def verdict(self) -> Verdict:
        """Do the two agree within the tolerance?"""
        if isnan(self.computed):
            return "not in the data"
        # A printed 0.8 is not the float 0.8: leave room for the last bit.
        return "agrees" if abs(self.difference) <= self.tolerance + 1e-9 else "differs"
