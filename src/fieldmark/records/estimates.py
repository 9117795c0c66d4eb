"""Estimates: a number never travels alone, and undefined is not zero."""

from dataclasses import dataclass
from math import isnan, nan


@dataclass(frozen=True)
class Estimate:
    """A number with its interval, what it was counted on, and how.

    Args:
        value: The number; NaN when it is undefined.
        low: Lower end of the interval, or NaN.
        high: Upper end of the interval, or NaN.
        n: How many examples (or models) were counted.
        method: How the interval was made, such as "Clopper-Pearson 95 %".
        missing: How many should have been counted and could not be.

    Example:
        >>> str(Estimate(1.0, 0.342, 1.0, n=2, method="Wilson 95 %", missing=1))
        '1.000 [0.342, 1.000] (n=2, 1 missing)'
        >>> str(Estimate(0.0, nan, nan, n=1, method="t 95 %"))
        '0.000 (n=1)'
        >>> str(undefined("Wilson 95 %", missing=3))
        'undefined (0 counted, 3 missing)'
    """

    value: float
    low: float
    high: float
    n: int
    method: str
    missing: int = 0

    @property
    def defined(self) -> bool:
        """Is there a number at all?"""
        return not isnan(self.value)

    def __str__(self) -> str:
        missing = f", {self.missing} missing" if self.missing else ""
        if not self.defined:
            return f"undefined ({self.n} counted{missing})"
        ends = "" if isnan(self.low) and isnan(self.high) else f" [{self.low:.3f}, {self.high:.3f}]"
        return f"{self.value:.3f}{ends} (n={self.n}{missing})"

    def as_json(self) -> dict[str, float | int | str | None]:
        """Plain values for JSON; an undefined number is null, never 0."""
        return {
            "value": _or_null(self.value),
            "low": _or_null(self.low),
            "high": _or_null(self.high),
            "n": self.n,
            "missing": self.missing,
            "method": self.method,
        }


def undefined(method: str, *, n: int = 0, missing: int = 0) -> Estimate:
    """The estimate of something that cannot be told: NaN, with the reason why in its counts.

    Example:
        >>> undefined("Wilson 95 %").as_json()["value"] is None
        True
    """
    return Estimate(nan, nan, nan, n=n, method=method, missing=missing)


def _or_null(number: float) -> float | None:
    return None if isnan(number) else number
