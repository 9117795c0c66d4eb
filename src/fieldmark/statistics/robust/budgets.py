"""Accuracy against budget: from the smallest norm per example, every budget, with a band."""

from dataclasses import dataclass
from math import inf, log, nan, sqrt

import numpy as np
from jaxtyping import Bool, Float64

from fieldmark.records import DataError, Estimate, undefined
from fieldmark.statistics.differences.paired import paired_difference
from fieldmark.statistics.ground.belonging import insist_on_one_each
from fieldmark.statistics.ground.distributions import (
    checked_level,
    normal_share,
    percent_sure,
)
from fieldmark.statistics.shares.intervals import wilson_bounds

Norms = Float64[np.ndarray, " n"]
Budgets = Float64[np.ndarray, " b"]


@dataclass(frozen=True)
class BudgetCurve:
    """A share of examples that falls as the budget grows.

    Args:
        budgets: Where it is looked at, rising.
        shares: The share at each budget; each interval (Wilson) holds for its own budget.
        low: Lower end of a band that holds for all budgets at once, even those between.
        high: Its upper end.
        level: With which confidence.
    """

    budgets: Budgets
    shares: tuple[Estimate, ...]
    low: Budgets
    high: Budgets
    level: float

    @property
    def method(self) -> str:
        """How the band was made."""
        return f"Dvoretzky-Kiefer-Wolfowitz-Massart {percent_sure(self.level)}, all budgets at once"


@dataclass(frozen=True)
class CurveDifference:
    """The difference of two curves on the same examples.

    Args:
        budgets: Where it is looked at, rising.
        differences: First minus second at each; each interval (Tango) holds for its own budget.
        low: Lower end of a band that holds for these budgets at once.
        high: Its upper end.
        level: With which confidence.
    """

    budgets: Budgets
    differences: tuple[Estimate, ...]
    low: Budgets
    high: Budgets
    level: float

    @property
    def method(self) -> str:
        """How the band was made."""
        return f"Tango, max-t multiplier bootstrap {percent_sure(self.level)}, all budgets at once"

    def apart(self) -> Bool[np.ndarray, " b"]:
        """At which budgets does the band leave 0 out?"""
        return (self.low > 0) | (self.high < 0)


def every_budget(*norms: Norms, most: int = 200) -> Budgets:
    """0 and the budgets at which any of these examples breaks, thinned evenly to ``most``.

    Args:
        norms: Smallest norms of one subject or several; inf where nothing was found.
        most: How many budgets at most, at least 2; the smallest and the largest stay.

    Raises:
        DataError: A norm is negative or no number, or ``most`` is below 2.

    Example:
        >>> every_budget(np.array([0.2, 0.0, np.inf, 0.1])).tolist()
        [0.0, 0.1, 0.2]
    """
    if most < 2:
        raise DataError(f"a curve needs at least two budgets, got {most}")
    for some in norms:
        _insist_on_norms(some)
    found = np.unique(np.concatenate([np.zeros(1), *norms]))
    finite = found[np.isfinite(found)]
    kept = np.unique(np.linspace(0, len(finite) - 1, min(most, len(finite))).round().astype(int))
    return finite[kept]


def budget_curve(norms: Norms, budgets: Budgets, *, level: float = 0.95) -> BudgetCurve:
    """Accuracy under attack at every budget, from the smallest norm that broke each example.

    An example counts at a budget where its norm is larger. So this is an upper bound of robust
    accuracy at every budget: a better search can only lower a norm.

    Args:
        norms: Smallest norm at which each example was seen to be wrong: 0 where it is wrong as it
            is, inf where no attack broke it.
        budgets: Where to look, rising, >= 0.
        level: Confidence level in (0, 1).

    Returns:
        The curve; undefined at every budget without examples.

    Raises:
        DataError: A norm is negative or no number, budgets that do not rise, an impossible level.

    Source:
        The band: Massart 1990, doi:10.1214/aop/1176990746: the norms' distribution function is
        nowhere further off than sqrt(log(2 / alpha) / 2n), whatever it is.

    Example:
        >>> curve = budget_curve(np.array([0.0, 0.1, 0.3, np.inf]), np.array([0.0, 0.1, 0.2, 1.0]))
        >>> [one.value for one in curve.shares]
        [0.75, 0.5, 0.5, 0.25]
    """
    _insist_on_norms(norms)
    return _curve(
        len(norms) - np.searchsorted(np.sort(norms), budgets, "right"), norms, budgets, level
    )


def certified_curve(radii: Norms, budgets: Budgets, *, level: float = 0.95) -> BudgetCurve:
    """Certified accuracy at every budget, from the radius proved of each example.

    An example counts at a budget that its radius reaches: a lower bound of the smoothed
    classifier's robust accuracy at every budget.

    Args:
        radii: The radius of each example: -inf where the answer is wrong or there is none.
        budgets: Where to look, rising, >= 0.
        level: Confidence level in (0, 1).

    Returns:
        The curve; undefined at every budget without examples.

    Raises:
        DataError: A radius that is no number, budgets that do not rise, an impossible level.

    Source:
        Cohen, Rosenfeld & Kolter 2019, arXiv:1902.02918, section 4; band as of ``budget_curve``.

    Example:
        >>> curve = certified_curve(np.array([-np.inf, 0.1, 0.3]), np.array([0.0, 0.1, 0.2]))
        >>> [round(one.value, 3) for one in curve.shares]
        [0.667, 0.667, 0.333]
    """
    if np.isnan(radii).any():
        raise DataError("a certified radius is a number; give -inf where nothing is proved")
    return _curve(
        len(radii) - np.searchsorted(np.sort(radii), budgets, "left"), radii, budgets, level
    )


def median_norm(norms: Norms, *, level: float = 0.95) -> Estimate:
    """The budget at which half of the examples are broken, with an exact interval.

    Args:
        norms: Smallest norm at which each example was seen to be wrong: 0 where it is wrong as it
            is, inf where no attack broke it.
        level: Confidence level in (0, 1); the interval covers at least as often as it says.

    Returns:
        The median; undefined without examples, and where half of them or more were never broken
        (they are counted as missing). It has no interval where too few examples are given to have
        one, where it would reach to examples that were never broken, and where it has no width.

    Raises:
        DataError: A norm is negative or no number, an impossible level.

    Source:
        Two order statistics with binomial ranks: Hahn & Meeker 1991, Statistical Intervals,
        section 5.2.

    Example:
        >>> str(median_norm(np.arange(1, 22) / 10))
        '1.100 [0.600, 1.600] (n=21)'
    """
    from scipy.special import bdtr

    method = f"order statistics {percent_sure(checked_level(level))}"
    _insist_on_norms(norms)
    n, never = len(norms), int(np.isinf(norms).sum())
    ranked = np.sort(norms)
    if not n or ranked[(n - 1) // 2] == inf:
        return undefined(method, n=n - never, missing=never)
    value = float(ranked[(n - 1) // 2])
    tails = bdtr(np.arange(n, dtype=np.float64), n, 0.5)
    below = int((tails <= (1 - level) / 2).sum())  # this many order statistics may be cut off
    low, high = (ranked[below - 1], ranked[n - below]) if below else (nan, nan)
    if not np.isfinite(high) or low == high:
        low = high = nan
    return Estimate(value, float(low), float(high), n=n, method=method)


def curve_difference(
    first: Norms,
    second: Norms,
    budgets: Budgets,
    *,
    rng: np.random.Generator,
    draws: int = 1000,
    level: float = 0.95,
) -> CurveDifference:
    """The difference of two accuracy-budget curves, paired by example, with a simultaneous band.

    The band is made of score intervals, as the pointwise ones are, but with the quantile that the
    largest of all standardised deviations needs instead of that of a single one. It is found by
    Gaussian multipliers, one per example and the same for all budgets, so budgets near each other
    cost next to nothing.

    Args:
        first: Smallest norms of the one subject.
        second: Those of the other, on the same examples in the same order.
        budgets: Where to look, rising, >= 0.
        rng: Source of chance.
        draws: Draws of the multipliers, at least 1.
        level: Confidence level in (0, 1).

    Returns:
        The difference; undefined at every budget without examples.

    Raises:
        DataError: Lengths that differ, negative norms, budgets that do not rise, no draws.

    Source:
        Max-t: Hothorn, Bretz & Westfall 2008, doi:10.1002/bimj.200810425; multipliers:
        Chernozhukov, Chetverikov & Kato 2013, doi:10.1214/13-AOS1161; score intervals: see
        ``paired_difference``.

    Example:
        >>> rng = np.random.Generator(np.random.PCG64(0))
        >>> one = np.linspace(0, 1, 50)
        >>> found = curve_difference(one + 0.2, one, np.array([0.5]), rng=rng)
        >>> str(found.differences[0])
        '0.200 [0.112, 0.330] (n=50)'
    """
    insist_on_one_each("norms of two subjects", first, second)
    for norms in (first, second):
        _insist_on_norms(norms)
    _insist_on_budgets(budgets)
    checked_level(level)
    if draws < 1:
        raise DataError(f"a band needs at least one draw, got {draws}")
    one, other = first[:, None] > budgets, second[:, None] > budgets
    counts = (one & ~other).sum(axis=0).tolist(), (other & ~one).sum(axis=0).tolist()
    wide = _simultaneous_level(one.astype(np.float64) - other, rng=rng, draws=draws, level=level)
    pointwise, band = (
        [paired_difference(a, b, len(first), level=each) for a, b in zip(*counts, strict=True)]
        for each in (level, wide)
    )
    low, high = (np.array([getattr(each, end) for each in band]) for end in ("low", "high"))
    return CurveDifference(budgets, tuple(pointwise), low, high, level)


_BLOCK = 2_000_000
"""Multipliers held at once (16 MB)."""


def _simultaneous_level(
    change: Float64[np.ndarray, "n b"], *, rng: np.random.Generator, draws: int, level: float
) -> float:
    """The level of a single interval with which all hold at once, at least ``level`` itself."""
    n = len(change)
    apart = change - change.mean(axis=0) if n else change
    spread = np.sqrt((apart**2).sum(axis=0))
    moving = apart[:, spread > 0] / spread[spread > 0]
    block = max(1, _BLOCK // max(n, 1))
    furthest = [
        np.abs(rng.standard_normal((min(block, draws - start), n)) @ moving).max(1, initial=0.0)
        for start in range(0, draws, block)
    ]
    return max(level, 2 * normal_share(float(np.quantile(np.concatenate(furthest), level))) - 1)


def _curve(hits: np.ndarray, norms: Norms, budgets: Budgets, level: float) -> BudgetCurve:
    _insist_on_budgets(budgets)
    n, half = len(norms), sqrt(log(2 / (1 - checked_level(level))) / (2 * max(len(norms), 1)))
    counts = np.full(len(budgets), n, np.int64)
    ends = wilson_bounds(hits.astype(np.int64), counts, level=level)
    method = f"Wilson {percent_sure(level)}"
    if not n:
        none = np.full(len(budgets), nan)
        return BudgetCurve(budgets, (undefined(method),) * len(budgets), none, none, level)
    shares = hits / n
    return BudgetCurve(
        budgets,
        tuple(
            Estimate(share, low, high, n=n, method=method)
            for share, low, high in zip(*(one.tolist() for one in (shares, *ends)), strict=True)
        ),
        np.maximum(shares - half, 0.0),
        np.minimum(shares + half, 1.0),
        level,
    )


def _insist_on_norms(norms: np.ndarray) -> None:
    if not (norms >= 0).all():
        raise DataError("a norm is a number >= 0; give inf where an example was never broken")


def _insist_on_budgets(budgets: np.ndarray) -> None:
    rising = np.isfinite(budgets).all() and (budgets >= 0).all() and (np.diff(budgets) > 0).all()
    if not rising:
        raise DataError("budgets are numbers >= 0 in rising order, no two alike")
