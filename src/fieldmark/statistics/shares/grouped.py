"""Examples that come in groups: frames of a video and lines of a writer are not independent."""

from math import nan, sqrt

import numpy as np
from jaxtyping import Bool, Float64, Int64

from fieldmark.records import DataError, Estimate, undefined
from fieldmark.statistics.ground.distributions import checked_level, percent_sure, t_quantile
from fieldmark.statistics.shares.intervals import clopper_pearson_bounds

Groups = Int64[np.ndarray, " m"]


def cluster_standard_error(values: Float64[np.ndarray, " n"], groups: Groups) -> float:
    """The standard error of a mean whose values come in groups.

    Args:
        values: One number per example.
        groups: Which group each belongs to: any whole numbers, equal within a group.

    Returns:
        sqrt(C / (C - 1) · sum over the C groups of (sum of (value - mean) in the group)²) / n;
        NaN with fewer than two groups, which say nothing about the spread between groups.

    Raises:
        DataError: Not one group per value, or a value that is no number.

    Source:
        Liang & Zeger 1986, doi:10.1093/biomet/73.1.13, for a mean; C / (C - 1) as in Cameron &
        Miller 2015, doi:10.3368/jhr.50.2.317.

    Example:
        >>> values = np.array([1.0, 1.0, 0.0, 0.0])
        >>> round(cluster_standard_error(values, np.array([7, 7, 8, 8])), 3)
        0.5
        >>> round(cluster_standard_error(values, np.arange(4)), 3)
        0.289
    """
    if len(values) != len(groups):
        raise DataError(f"{len(values)} values in groups of {len(groups)} examples")
    if not np.isfinite(values).all():
        raise DataError("some values are not numbers: leave those examples out first")
    names, members = np.unique(groups, return_inverse=True)
    if len(names) < 2:
        return nan
    sums = np.bincount(members, weights=values - values.mean())
    correction = len(names) / (len(names) - 1)
    return sqrt(correction * float((sums**2).sum())) / len(values)


def grouped_accuracy(
    correct: Bool[np.ndarray, " n"],
    groups: Groups,
    *,
    labelled: Bool[np.ndarray, " k"] | None = None,
    level: float = 0.95,
) -> Estimate:
    """The share of labelled examples answered correctly, where examples come in groups.

    The clustered standard error says how many independent examples these are worth; the exact
    interval is then taken at that effective number. (The accuracy ± t · the standard error is much
    too sure near 0 and 1.) Where all answers are right, or all wrong, each group counts as one
    example.

    Args:
        correct: Was the answer right? One value per example.
        groups: Which group (video, writer) each example belongs to.
        labelled: Has the example a label? None when all have.
        level: Confidence level in (0, 1).

    Returns:
        The estimate, ``n`` counting examples; undefined without a labelled one. With a single
        group the interval is [0, 1]: one group says nothing about the spread between groups.

    Raises:
        DataError: Shapes that do not fit, or an impossible level.

    Source:
        Korn & Graubard 1998, Survey Methodology 24:193-201, with ``cluster_standard_error``.

    Example:
        >>> right = np.repeat([True, True, True, False], 5)
        >>> str(grouped_accuracy(right, np.repeat(np.arange(4), 5)))
        '0.750 [0.017, 1.000] (n=20)'
        >>> str(grouped_accuracy(right, np.arange(20)))
        '0.750 [0.502, 0.917] (n=20)'
    """
    counted = np.ones_like(correct) if labelled is None else labelled
    if not len(correct) == len(groups) == len(counted):
        raise DataError(f"{len(correct)} answers, {len(groups)} groups, {len(counted)} labels")
    answers, kept = correct[counted].astype(np.float64), groups[counted]
    missing, many = len(correct) - len(answers), len(np.unique(kept))
    method = f"Korn-Graubard {percent_sure(checked_level(level))}, {many} groups"
    if not many:
        return undefined(method, missing=missing)
    value = float(answers.mean())
    if many == 1:
        return Estimate(value, 0.0, 1.0, n=len(answers), method=method, missing=missing)
    trials = np.array([_effective_trials(answers, kept, many, level)])
    low, high = clopper_pearson_bounds(value * trials, trials, level=level)
    return Estimate(
        value, float(low[0]), float(high[0]), n=len(answers), method=method, missing=missing
    )


def _effective_trials(answers: np.ndarray, groups: np.ndarray, many: int, level: float) -> float:
    """How many independent examples these are worth; between 1 and all of them."""
    value, n = answers.mean(), len(answers)
    if value in (0.0, 1.0):
        return float(many)
    error = cluster_standard_error(answers, groups)
    independent = value * (1 - value) / error**2 if error > 0 else float(n)
    share = (1 + level) / 2
    few_groups = (t_quantile(share, n - 1.0) / t_quantile(share, many - 1.0)) ** 2
    return float(np.clip(independent * few_groups, 1.0, n))
