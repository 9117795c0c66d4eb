"""Certified radii from counts of votes: what randomised smoothing proves, and when it abstains."""

from dataclasses import dataclass
from math import isfinite, nan, sqrt

import numpy as np
from jaxtyping import Bool, Float64, Int64

from fieldmark.records import DataError, Estimate, undefined
from fieldmark.statistics.ground.belonging import insist_on_one_each
from fieldmark.statistics.ground.distributions import checked_level, percent_sure, t_quantile
from fieldmark.statistics.shares.intervals import clopper_pearson_bounds


@dataclass(frozen=True)
class Radii:
    """What is proved of every example.

    Args:
        lower: One-sided lower bound of the probability that noise leaves the chosen class on top.
        radius: No L2 change shorter than this turns the smoothed classifier's answer; 0 where it
            abstains.
        certified: Is there a proof at all, that is, is the bound above one half?
        alpha: How often each proof may fail, at most.
    """

    lower: Float64[np.ndarray, " n"]
    radius: Float64[np.ndarray, " n"]
    certified: Bool[np.ndarray, " n"]
    alpha: float


def certified_radii(
    hits: Int64[np.ndarray, " n"], draws: int, sigma: float, *, alpha: float = 0.001
) -> Radii:
    """The L2 radius within which the smoothed classifier's answer is proved not to change.

    Args:
        hits: How many of the noisy pictures of each example got the class that was chosen
            beforehand, from other draws. To count the draws that chose it would prove nothing.
        draws: Noisy pictures per example, >= 1.
        sigma: Standard deviation of the Gaussian noise, in pixel units, > 0.
        alpha: How often each proof may fail, in (0, 1/2).

    Returns:
        A radius for each example: sigma * Phi^-1(lower) where the lower bound is above one half;
        elsewhere 0, and the classifier abstains.

    Raises:
        DataError: Counts beyond the draws, no draws, an impossible sigma or alpha.

    Source:
        Cohen, Rosenfeld & Kolter 2019, arXiv:1902.02918, theorem 1 and the procedure CERTIFY of
        section 3.2.2; the bound is Clopper & Pearson's, one-sided.

    Example:
        >>> found = certified_radii(np.array([100_000, 99_000, 50_000]), 100_000, 0.25)
        >>> found.radius.round(3).tolist(), found.certified.tolist()
        ([0.953, 0.572, 0.0], [True, True, False])
    """
    from scipy.special import ndtri

    if not (isfinite(sigma) and sigma > 0):
        raise DataError(f"the noise needs a standard deviation above 0, got sigma = {sigma}")
    if draws < 1:
        raise DataError(f"a certificate needs at least one draw, got {draws}")
    lower = clopper_pearson_bounds(
        hits, np.full_like(hits, draws), level=1 - 2 * _checked_alpha(alpha)
    )[0]
    certified = lower > 0.5
    radius = np.where(certified, sigma * ndtri(np.where(certified, lower, 0.75)), 0.0)
    return Radii(lower, radius, certified, alpha)


def decided(
    first: Int64[np.ndarray, " n"], second: Int64[np.ndarray, " n"], *, alpha: float = 0.001
) -> Bool[np.ndarray, " n"]:
    """Can it be told that the class with most votes is what the smoothed classifier answers?

    A two-sided exact test that of the two classes with most votes both are equally likely; where
    it does not reject, the smoothed classifier is to abstain.

    Args:
        first: Votes for the class with most votes.
        second: Votes for the next.
        alpha: How often the answer given may be another than the smoothed classifier's.

    Raises:
        DataError: More votes for the second class than for the first, negative counts, lengths
            that differ, an impossible alpha.

    Source:
        Cohen, Rosenfeld & Kolter 2019, arXiv:1902.02918, procedure PREDICT of section 3.2.1; after
        Hung & Fithian 2019.

    Example:
        >>> decided(np.array([60, 80, 11, 0]), np.array([40, 20, 0, 0])).tolist()
        [False, True, True, False]
    """
    from scipy.special import bdtr

    insist_on_one_each("votes for two classes", first, second)
    if (second < 0).any() or (second > first).any():
        raise DataError("votes are counts, and the first class has no fewer than the second")
    tail = bdtr(second.astype(np.float64), first + second, 0.5)
    return np.asarray(np.minimum(1.0, 2 * tail) <= _checked_alpha(alpha))


def mean_radius(proved: Float64[np.ndarray, " n"], *, level: float = 0.95) -> Estimate:
    """The average certified radius, with Student's t interval.

    Args:
        proved: The radius of every example: 0 where the answer is wrong and where there is none.
        level: Confidence level in (0, 1).

    Returns:
        The mean, in pixel units; undefined without examples. It has no interval where there are
        fewer than two examples, or where all have the same radius.

    Raises:
        DataError: A radius below 0, or that is not finite.

    Source:
        Zhai et al. 2020, arXiv:2001.02378 (MACER), section 3.

    Example:
        >>> str(mean_radius(np.array([0.0, 0.5, 0.9, 0.2])))
        '0.400 [0.000, 1.023] (n=4)'
    """
    method = f"t {percent_sure(checked_level(level))}"
    if not (np.isfinite(proved) & (proved >= 0)).all():
        raise DataError(
            "a certified radius is a finite number >= 0; give 0 where nothing is proved"
        )
    n = len(proved)
    if not n:
        return undefined(method)
    mean = float(proved.mean())
    spread = float(proved.std(ddof=1)) if n > 1 else 0.0
    if spread <= 1e-12 * max(1.0, mean):
        return Estimate(mean, nan, nan, n=n, method=method)
    half = t_quantile((1 + level) / 2, n - 1.0) * spread / sqrt(n)
    return Estimate(mean, max(0.0, mean - half), mean + half, n=n, method=method)


def _checked_alpha(alpha: float) -> float:
    if not 0 < alpha < 0.5:
        raise DataError(f"alpha lies between 0 and 1/2, got {alpha}; write 0.001 for 0.1 %")
    return alpha
