"""Filtered examples: how accurate somebody is on what somebody else got wrong."""

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
from jaxtyping import Bool, Int64

from fieldmark.records import DataError, Estimate, undefined
from fieldmark.statistics.ground.belonging import insist_on_one_each
from fieldmark.statistics.ground.distributions import checked_level, normal_quantile, percent_sure
from fieldmark.statistics.shares.intervals import clopper_pearson

Hits = Bool[np.ndarray, " n"]
Classes = Int64[np.ndarray, " n"]


@dataclass(frozen=True)
class Filtered:
    """One subject on examples that were kept for being answered wrongly by somebody else.

    Args:
        whole: Its accuracy on all labelled examples.
        kept: Its accuracy on those that were kept.
        expected: What that would be if its errors had nothing to do with the filter's, class by
            class; without an interval of its own.
        shared: kept minus expected: what is lost because both err on the same examples.
    """

    whole: Estimate
    kept: Estimate
    expected: Estimate
    shared: Estimate


def filtered_accuracy(
    correct: Hits, kept: Hits, classes: Classes, *, level: float = 0.95
) -> Filtered:
    """The accuracy on kept examples, beside what it would be without any errors in common.

    If the errors of two subjects were independent given the class, the second would be as accurate
    on what the first got wrong as on any other example of the same class. What is missing is not
    difficulty that the filter found in the pictures alone: it is how far the two err alike.

    Args:
        correct: Was the answer right?
        kept: Was the example kept?
        classes: The class of each example, -1 where it has no label: such are not counted.
        level: Confidence level in (0, 1).

    Returns:
        The estimates; undefined where nothing was kept. The interval of ``shared`` is normal, with
        the variances of the classes' shares (half an example added to either side of each).

    Raises:
        DataError: Not one of each per example, or an impossible level.

    Example:
        >>> right = np.array([True, True, False, False])
        >>> kept = np.array([False, False, True, True])
        >>> found = filtered_accuracy(right, kept, np.zeros(4, np.int64))
        >>> found.whole.value, found.kept.value, found.expected.value, found.shared.value
        (0.5, 0.0, 0.5, -0.5)
    """
    insist_on_one_each("answers, kept ones and classes", correct, kept, classes)
    method = f"normal {percent_sure(checked_level(level))}, class by class"
    known = classes >= 0
    missing = int((~known).sum())
    right, chosen, names = correct[known], kept[known], classes[known]
    whole = clopper_pearson(int(right.sum()), len(right), missing=missing, level=level)
    n = int(chosen.sum())
    share = clopper_pearson(int((right & chosen).sum()), n, level=level)
    if not n:
        nothing = undefined(method)
        return Filtered(whole, share, nothing, nothing)
    size = np.bincount(names).astype(np.float64)
    inside = np.bincount(names, weights=chosen, minlength=len(size))
    hits = np.bincount(names, weights=right, minlength=len(size))
    hits_inside = np.bincount(names, weights=right & chosen, minlength=len(size))
    there = inside > 0
    usual = hits[there] / size[there]
    expected = float((inside[there] / n * usual).sum())
    spread = sqrt(
        float(
            (
                (inside[there] / n * (1 - inside[there] / size[there])) ** 2
                * (
                    _variance(hits_inside[there], inside[there])
                    + _variance((hits - hits_inside)[there], (size - inside)[there])
                )
            ).sum()
        )
    )
    difference = share.value - expected
    z = normal_quantile((1 + level) / 2)
    ends = (max(difference - z * spread, -1.0), min(difference + z * spread, 1.0))
    if spread == 0:  # everything was kept: there is nothing to compare with
        ends = (nan, nan)
    return Filtered(
        whole,
        share,
        Estimate(expected, nan, nan, n=n, method="mean of the classes' accuracies"),
        Estimate(difference, *ends, n=n, method=method),
    )


def wrong_for(correct: Bool[np.ndarray, "s n"], labelled: Hits, *, at_least: int) -> Hits:
    """The labelled examples that at least so many of s subjects got wrong.

    Raises:
        DataError: So many are more than there are, or none.

    Example:
        >>> both = np.array([[True, False, False], [True, True, False]])
        >>> wrong_for(both, np.ones(3, np.bool_), at_least=2).tolist()
        [False, False, True]
    """
    if not 1 <= at_least <= len(correct):
        raise DataError(f"{at_least} of {len(correct)} subjects cannot be wrong")
    return np.asarray(((~correct).sum(axis=0) >= at_least) & labelled)


def _variance(hits: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    share = (hits + 0.5) / (sizes + 1)
    return np.asarray(share * (1 - share) / np.maximum(sizes, 1))
