"""The gap between an old and a new test set, taken apart: re-use, distribution, and chance."""

from dataclasses import dataclass
from math import nan

import numpy as np
from jaxtyping import Float64, Int64

from fieldmark.records import DataError, Estimate, undefined
from fieldmark.statistics.ground.belonging import insist_on_shares
from fieldmark.statistics.ground.distributions import checked_level, normal_quantile, percent_sure
from fieldmark.statistics.shares.intervals import clopper_pearson

Shares = Float64[np.ndarray, " a"]
Strata = Int64[np.ndarray, " a"]


@dataclass(frozen=True)
class Gap:
    """What one subject loses from the old test set S to the new one S', term by term.

    acc_S - acc_S' = (acc_S - acc_D) + (acc_D - acc_D') + (acc_D' - acc_S'): adaptivity, then
    distribution, then generalisation. Only the sum of the first two is identified.

    Args:
        old: Accuracy on S (exact interval).
        new: Accuracy on S' (exact interval).
        total: The gap. Its interval is that of the first two terms together: the total, less
            whatever chance did when S' was drawn. It excludes 0 where chance cannot explain it.
        generalisation: The third term: 0, with the exact interval of chance in drawing S'.
        sampling: What chance in drawing S does to the first term when nobody re-used S: 0, with
            its exact interval. Beyond it, the first term is re-use.
    """

    old: Estimate
    new: Estimate
    total: Estimate
    generalisation: Estimate
    sampling: Estimate


def decompose_gap(
    hits_old: int, n_old: int, hits_new: int, n_new: int, *, level: float = 0.95
) -> Gap:
    """The gap of one subject between an old test set and a new one that nobody has used.

    Args:
        hits_old: Right answers on the old set.
        n_old: Its examples.
        hits_new: Right answers on the new set.
        n_new: Its examples.
        level: Confidence level in (0, 1) of the exact intervals.

    Returns:
        The terms; undefined where a set is empty.

    Raises:
        DataError: Impossible counts, or an impossible level.

    Source:
        Recht et al. 2019, arXiv:1902.10811, section 2 (there in losses).

    Example:
        >>> found = decompose_gap(38_065, 50_000, 6_333, 10_000)
        >>> str(found.total), str(found.generalisation)
        ('0.128 [0.119, 0.138] (n=10000)', '0.000 [-0.010, 0.009] (n=10000)')
    """
    old = clopper_pearson(hits_old, n_old, level=level)
    new = clopper_pearson(hits_new, n_new, level=level)
    method = f"Clopper-Pearson {percent_sure(level)} of the new accuracy"
    if not (old.defined and new.defined):
        none = undefined(method, n=n_new)
        return Gap(old, new, none, none, none)
    return Gap(
        old,
        new,
        Estimate(old.value - new.value, old.value - new.high, old.value - new.low, n_new, method),
        Estimate(0.0, new.low - new.value, new.high - new.value, n=n_new, method=method),
        Estimate(
            0.0,
            old.value - old.high,
            old.value - old.low,
            n=n_old,
            method=f"Clopper-Pearson {percent_sure(level)} of the old accuracy",
        ),
    )


def composition_gap(
    old: Shares,
    old_strata: Strata,
    new_strata: Int64[np.ndarray, " b"],
    *,
    level: float = 0.95,
) -> Estimate:
    """How much of a gap comes from the new set having other shares of the same strata.

    The old answers are re-weighted to the strata (classes, selection frequencies, difficulties)
    of the new set; what accuracy they lose by that needs no harder pictures to explain it.

    Args:
        old: Share of right answers to each example of the old set, in [0, 1].
        old_strata: Where each of them belongs, >= 0.
        new_strata: Where each example of the new set belongs.
        level: Confidence level in (0, 1).

    Returns:
        Old accuracy minus re-weighted old accuracy, ``n`` counting the new examples; ``missing``
        counts those whose stratum the old set has not, which are left out. Undefined where none
        is left. The interval is by the delta method over examples of both sets; there is none
        where nothing shows a spread, such as strata in which everybody is always right.

    Raises:
        DataError: Lengths differ, a share is no number in [0, 1], or a stratum is negative.

    Example:
        >>> right, strata = np.array([1.0, 1.0, 1.0, 0.0]), np.array([0, 0, 1, 1])
        >>> composition_gap(right, strata, np.array([0, 1, 1, 1])).value
        0.125
    """
    z = normal_quantile((1 + checked_level(level)) / 2)
    method = f"delta method {percent_sure(level)}, re-weighted by stratum"
    if len(old) != len(old_strata):
        raise DataError(f"{len(old)} answers, but strata of {len(old_strata)} examples")
    insist_on_shares("shares of right answers", old)
    if np.isnan(old).any():
        raise DataError("some answers are missing: leave those examples out first")
    if min(old_strata.min(initial=0), new_strata.min(initial=0)) < 0:
        raise DataError("a stratum is a number from 0 on")
    size = int(max(old_strata.max(initial=0), new_strata.max(initial=0))) + 1
    have = np.bincount(old_strata, minlength=size)
    shared = new_strata[have[new_strata] > 0]
    missing = len(new_strata) - len(shared)
    if not len(shared):
        return undefined(method, missing=missing)
    within = np.bincount(old_strata, old, minlength=size) / np.maximum(have, 1)
    weight = np.bincount(shared, minlength=size) / len(shared)
    mean, there = float(old.mean()), float(weight @ within)
    # What each example moves the difference by, on either side (its influence).
    ratio = weight * len(old) / np.maximum(have, 1)
    mine = old - mean - ratio[old_strata] * (old - within[old_strata])
    its = within[shared] - there
    error = float(np.sqrt(_error(mine) + _error(its)))
    half = z * error if error > 1e-12 else nan  # nothing shows a spread: that is not certainty
    return Estimate(
        mean - there,
        mean - there - half,
        mean - there + half,
        n=len(shared),
        method=method,
        missing=missing,
    )


def _error(influence: Float64[np.ndarray, " c"]) -> float:
    """The squared standard error of a mean; NaN where one example says nothing of the spread."""
    return float(influence.var(ddof=1) / len(influence)) if len(influence) > 1 else nan
