"""Accuracy: the share of labelled examples answered correctly, over one condition or many."""

import numpy as np
from jaxtyping import Bool

from fieldmark.records import Estimate, undefined
from fieldmark.statistics.ground.belonging import insist_on_one_each
from fieldmark.statistics.ground.distributions import checked_level, percent_sure, t_quantile
from fieldmark.statistics.shares.intervals import clopper_pearson, clopper_pearson_bounds

Hits = Bool[np.ndarray, " n"]


def accuracy(correct: Hits, *, labelled: Hits | None = None, level: float = 0.95) -> Estimate:
    """The share of labelled examples that were answered correctly (Clopper-Pearson).

    Args:
        correct: Was the answer right? One value per example.
        labelled: Has the example a label? None when all have. The others count as missing.
        level: Confidence level in (0, 1).

    Returns:
        The estimate; undefined when no example is labelled.

    Raises:
        DataError: Not one label per answer, or an impossible level.

    Example:
        >>> str(accuracy(np.array([True, True, False]), labelled=np.array([True, True, False])))
        '1.000 [0.158, 1.000] (n=2, 1 missing)'
    """
    counted = np.ones_like(correct) if labelled is None else labelled
    insist_on_one_each("answers and labels", correct, counted)
    n = int(counted.sum())
    hits = int((correct & counted).sum())
    return clopper_pearson(hits, n, missing=len(correct) - n, level=level)


def clustered_accuracy(
    correct: Bool[np.ndarray, "c n"], *, labelled: Hits | None = None, level: float = 0.95
) -> Estimate:
    """The mean accuracy over c conditions that show the same n examples, each example a cluster.

    The answers to one picture under several changes resemble each other, so c × n answers are
    worth fewer independent ones. The variance between examples says how many; the exact interval
    is then taken at that effective number, which keeps it inside [0, 1] and honest at the edges.

    Args:
        correct: Was the answer right? One row per condition, the examples in one order.
        labelled: Has the example a label? None when all have.
        level: Confidence level in (0, 1).

    Returns:
        The estimate, ``n`` counting examples; undefined without a labelled example. With a single
        example the interval is [0, 1]: one cluster says nothing about the spread.

    Raises:
        DataError: Not one label per answer, or an impossible level.

    Source:
        Korn & Graubard 1998, Survey Methodology 24:193-201, with equal clusters.

    Example:
        >>> both = np.array([[True, True, True, False], [True, True, False, False]])
        >>> str(clustered_accuracy(both))
        '0.625 [0.043, 0.995] (n=4)'
    """
    method = f"Korn-Graubard {percent_sure(checked_level(level))}, clustered by example"
    counted = np.ones(correct.shape[1], np.bool_) if labelled is None else labelled
    insist_on_one_each("answers and labels", correct, counted)
    shares = correct[:, counted].mean(axis=0) if len(correct) else np.empty(0)
    n, missing = len(shares), int((~counted).sum())
    if n == 0:
        return undefined(method, missing=missing)
    value = float(shares.mean())
    if n == 1:
        return Estimate(value, 0.0, 1.0, n=1, method=method, missing=missing)
    trials = np.array([_effective_trials(shares, len(correct), level)])
    low, high = clopper_pearson_bounds(trials * value, trials, level=level)
    return Estimate(value, float(low[0]), float(high[0]), n=n, method=method, missing=missing)


def _effective_trials(shares: np.ndarray, conditions: int, level: float) -> float:
    """How many independent answers are as good as these; between 1 and conditions × examples."""
    n, value = len(shares), shares.mean()
    if value in (0.0, 1.0):
        return float(n)  # no spread to learn from: take answers to one example as copies
    variance = shares.var(ddof=1) / n
    most = float(conditions * n)
    independent = value * (1 - value) / variance if variance > 0 else most
    share = (1 + level) / 2
    few_clusters = (t_quantile(share, n * conditions - 1.0) / t_quantile(share, n - 1.0)) ** 2
    return float(np.clip(independent * few_clusters, 1.0, most))
