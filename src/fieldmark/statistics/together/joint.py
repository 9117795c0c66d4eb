"""Joint multiplicity: how far the luckiest of many similar subjects strays, and what that costs.

Subjects that are right and wrong on the same examples are lucky together. The accuracies of s
subjects on n examples are close to jointly normal, with the correlations of their correctness; the
largest of the s deviations follows from that, and is smaller than for s unrelated subjects.
"""

from dataclasses import dataclass
from math import inf, isnan, log1p, nan

import numpy as np
from jaxtyping import Float64

from fieldmark.records import DataError, Estimate, undefined
from fieldmark.statistics.ground.distributions import checked_level, normal_quantile, percent_sure
from fieldmark.statistics.shares.intervals import clopper_pearson_bounds
from fieldmark.statistics.together.similarity import PairAgreement

Square = Float64[np.ndarray, "s s"]

_BLOCK = 4_000_000
"""Normal numbers held at once (32 MB)."""


@dataclass(frozen=True)
class Simultaneous:
    """Accuracies whose intervals hold for all subjects at once.

    Args:
        accuracies: One per subject.
        critical: How many standard errors the band is wide on either side, in the joint normal.
        each: The level at which each single interval is taken.
        effective: To how many unrelated subjects these similar ones amount (k_eff).
        correlation: Mean correlation of correctness over all pairs; NaN for fewer than two
            subjects that are sometimes right and sometimes wrong.
    """

    accuracies: tuple[Estimate, ...]
    critical: float
    each: float
    effective: float
    correlation: float


def simultaneous_accuracies(
    counts: PairAgreement,
    *,
    rng: np.random.Generator,
    missing: int = 0,
    draws: int = 40_000,
    level: float = 0.95,
) -> Simultaneous:
    """Every subject's accuracy, with bands that hold for all of them together.

    Each band is the exact (Clopper-Pearson) interval at the level that the joint normal leaves to
    each, so it stays inside [0, 1] and has a width for a subject that is always right.

    Args:
        counts: Who is right together with whom, see ``pair_agreement``.
        rng: Source of chance.
        missing: Examples that should have been counted and could not be.
        draws: Monte Carlo draws of the largest deviation.
        level: Confidence level in (0, 1) for all subjects at once.

    Returns:
        The accuracies; undefined without examples.

    Raises:
        DataError: No subjects, no draws, or an impossible level.

    Source:
        Hothorn, Bretz & Westfall 2008, doi:10.1002/bimj.200810425, section 3.

    Example:
        >>> from fieldmark.statistics import pair_agreement
        >>> twins = pair_agreement(np.array([[True, True, False, True]] * 2))
        >>> found = simultaneous_accuracies(twins, rng=np.random.Generator(np.random.PCG64(0)))
        >>> round(found.correlation, 3), round(found.effective)
        (1.0, 1)
    """
    subjects = len(counts.both)
    correlations = correlation(counts)
    critical = critical_value(correlations, rng=rng, draws=draws, level=level)
    each = level_each(critical)
    at_once = f", for all {subjects} at once" if subjects > 1 else ""
    method = f"Clopper-Pearson at {100 * each:.4g} % each{at_once}: {percent_sure(level)}"
    if counts.n == 0:
        nothing = tuple(undefined(method, missing=missing) for _ in range(subjects))
        return Simultaneous(nothing, critical, each, nan, nan)
    trials = np.full(subjects, counts.n, np.int64)
    bounds = clopper_pearson_bounds(counts.hits.copy(), trials, level=each)
    accuracies = tuple(
        Estimate(float(value), float(low), float(high), counts.n, method, missing)
        for value, low, high in zip(counts.accuracies, *bounds, strict=True)
    )
    effective = effective_number(critical, level=level)
    return Simultaneous(accuracies, critical, each, effective, mean_correlation(counts))


def correlation(counts: PairAgreement) -> Square:
    """How correctness is correlated, float64 (s, s), 1 on the diagonal.

    A subject that is always right or always wrong shows no correlation with anybody; it counts as
    unrelated, which can only make bands wider.
    """
    covariance = np.nan_to_num(counts.covariance)
    spread = np.sqrt(np.maximum(np.diagonal(covariance), 0.0))
    inverse = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 0)
    found = np.clip(covariance * np.outer(inverse, inverse), -1.0, 1.0)
    np.fill_diagonal(found, 1.0)
    return found


def mean_correlation(counts: PairAgreement) -> float:
    """The mean correlation of correctness over all pairs of subjects that vary; else NaN."""
    varied = (counts.hits > 0) & (counts.hits < counts.n)
    found = correlation(counts)[np.ix_(varied, varied)]
    pairs = found[np.triu_indices(len(found), 1)]
    return float(pairs.mean()) if len(pairs) else nan


def critical_value(
    correlations: Square, *, rng: np.random.Generator, draws: int = 40_000, level: float = 0.95
) -> float:
    """The number that max |z| exceeds with a chance of 1 - level, for correlated normal z.

    Args:
        correlations: Positive semi-definite, 1 on the diagonal.
        rng: Source of chance.
        draws: Monte Carlo draws; 40,000 give about two decimals.
        level: Confidence level in (0, 1).

    Returns:
        At least the quantile of a single normal number, at most that of unrelated ones, up to
        Monte Carlo error; the quantile itself for one subject.

    Raises:
        DataError: No subjects, no draws, or an impossible level.

    Example:
        >>> same = np.ones((5, 5))
        >>> found = critical_value(same, rng=np.random.Generator(np.random.PCG64(0)))
        >>> abs(found - 1.96) < 0.02
        True
    """
    single = normal_quantile((1 + checked_level(level)) / 2)
    subjects = len(correlations)
    if subjects < 1 or draws < 1:
        raise DataError(f"no critical value for {subjects} subjects from {draws} draws")
    if subjects == 1:
        return single
    largest = np.concatenate(
        [np.abs(z).max(axis=1) for z in normals(correlations, rng=rng, draws=draws)]
    )
    return max(single, float(np.quantile(largest, level)))


def pairwise_critical_value(
    counts: PairAgreement, *, rng: np.random.Generator, draws: int = 10_000, level: float = 0.95
) -> float:
    """The same for the differences of all pairs: max |z_i - z_j| in their own standard errors.

    Two subjects that are right on exactly the same examples have no difference and do not count.

    Args:
        counts: Who is right together with whom.
        rng: Source of chance.
        draws: Monte Carlo draws.
        level: Confidence level in (0, 1).

    Returns:
        The critical value; infinite where no two subjects ever differ (nothing to compare).

    Raises:
        DataError: No draws, or an impossible level.

    Source:
        Tukey's method for correlated estimates: Hothorn, Bretz & Westfall 2008,
        doi:10.1002/bimj.200810425.
    """
    single = normal_quantile((1 + checked_level(level)) / 2)
    if draws < 1:
        raise DataError("no critical value from no draws")
    covariance = np.nan_to_num(counts.covariance)
    own = np.diagonal(covariance)
    variance = own[:, None] + own - 2 * covariance
    differ = (counts.only_first + counts.only_first.T > 0) & (variance > 1e-12)
    inverse = np.divide(1.0, np.sqrt(np.abs(variance)), out=np.zeros_like(variance), where=differ)
    if not differ.any():
        return inf
    if differ.sum() == 2:  # one pair
        return single
    largest = np.concatenate(
        [_largest_difference(z, inverse) for z in normals(covariance, rng=rng, draws=draws)]
    )
    return max(single, float(np.quantile(largest, level)))


def effective_number(critical: float, *, level: float = 0.95) -> float:
    """How many unrelated comparisons have this critical value; NaN where it is not a number.

    Source:
        Šidák 1967, doi:10.1080/01621459.1967.10482935, solved for the number of comparisons.

    Example:
        >>> round(effective_number(1.959964), 3), round(effective_number(3.111), 1)
        (1.0, 27.5)
    """
    each = level_each(critical)
    if isnan(each) or each >= 1:
        return nan
    return log1p(-(1 - checked_level(level))) / log1p(-(1 - each))


def level_each(critical: float) -> float:
    """The level of a single two-sided interval that is ``critical`` standard errors wide.

    Example:
        >>> round(level_each(1.959964), 4)
        0.95
    """
    from scipy.special import ndtr

    return float(1 - 2 * ndtr(-critical))


def normals(covariance: Square, *, rng: np.random.Generator, draws: int) -> list[np.ndarray]:
    """Blocks of draws from a centred normal distribution that may be singular, (some, s) each."""
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    block = max(1, _BLOCK // max(len(covariance), 1))
    sizes = [min(block, draws - start) for start in range(0, draws, block)]
    return [rng.standard_normal((size, len(root))) @ root.T for size in sizes]


def _largest_difference(z: np.ndarray, inverse: Square) -> np.ndarray:
    largest = np.zeros(len(z))
    columns = np.ascontiguousarray(z.T)
    for row in range(len(columns) - 1):
        rest = np.abs(columns[row] - columns[row + 1 :]) * inverse[row, row + 1 :, None]
        np.maximum(largest, rest.max(axis=0), out=largest)
    return largest
