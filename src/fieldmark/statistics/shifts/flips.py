"""Flips: how often an answer changes along a sequence whose content does not."""

import numpy as np
from jaxtyping import Float64, Int64

from fieldmark.records import DataError, Estimate, undefined
from fieldmark.statistics.ground.distributions import checked_level, percent_sure, t_quantile
from fieldmark.statistics.ground.resampling import middle_of, resampled_means
from fieldmark.statistics.shares.grouped import cluster_standard_error

Groups = Int64[np.ndarray, " n"]
Pairs = Int64[np.ndarray, "p 2"]

_TOP = 5


def successive_pairs(groups: Groups, *, stride: int = 1) -> Pairs:
    """The rows (earlier, later) that are ``stride`` frames apart in the same sequence.

    For perturbations that change a little from frame to frame. A greater stride is a greater
    difficulty: the sub-sequences of every ``stride``-th frame are pooled.

    Args:
        groups: Which sequence each row belongs to; the rows of one are in their order in time,
            though not necessarily side by side.
        stride: How far apart, at least 1.

    Raises:
        DataError: An impossible stride.

    Source:
        Hendrycks & Dietterich 2019, arXiv:1903.12261, section 4.2.

    Example:
        >>> successive_pairs(np.array([7, 7, 7, 8, 8])).tolist()
        [[0, 1], [1, 2], [3, 4]]
    """
    if stride < 1:
        raise DataError(f"frames are at least 1 apart, got {stride}")
    rows = np.argsort(groups, kind="stable")
    same = groups[rows[stride:]] == groups[rows[:-stride]]
    return np.stack([rows[:-stride][same], rows[stride:][same]], axis=1).astype(np.int64)


def pairs_with_first(groups: Groups) -> Pairs:
    """The rows (first, later) of every frame with the first of its sequence.

    For noise, whose frames do not follow from each other.

    Args:
        groups: See ``successive_pairs``.

    Source:
        Hendrycks & Dietterich 2019, arXiv:1903.12261, section 4.2.

    Example:
        >>> pairs_with_first(np.array([7, 7, 7, 8, 8])).tolist()
        [[0, 1], [0, 2], [3, 4]]
    """
    _, first, members = np.unique(groups, return_index=True, return_inverse=True)
    starts = first[members]
    later = np.flatnonzero(starts != np.arange(len(groups)))
    pairs = np.stack([starts[later], later], axis=1)
    return pairs.astype(np.int64)


def flipped(answers: Int64[np.ndarray, " n"], pairs: Pairs) -> Float64[np.ndarray, " p"]:
    """1 where the two answers of a pair differ, else 0.

    Raises:
        DataError: A pair of frames that were not answered.

    Example:
        >>> flipped(np.array([3, 3, 4]), np.array([[0, 1], [1, 2]])).tolist()
        [0.0, 1.0]
    """
    if len(pairs) and not 0 <= pairs.min() <= pairs.max() < len(answers):
        raise DataError(f"pairs of frames {pairs.min()} to {pairs.max()}, of {len(answers)}")
    return (answers[pairs[:, 0]] != answers[pairs[:, 1]]).astype(np.float64)


def top5_distance(
    first: Int64[np.ndarray, "p k"], second: Int64[np.ndarray, "q j"]
) -> Float64[np.ndarray, " p"]:
    """How far the five best classes of one answer are from those of another.

    The sum over the first answer's five best of how many places each has moved, where every place
    beyond the fifth counts as the sixth. 0 for equal lists, 15 for disjoint ones.

    Args:
        first: Classes, best first, k >= 5; only five are looked at.
        second: The same of the other answer.

    Raises:
        DataError: Fewer than five classes, or lists of other shapes.

    Source:
        Hendrycks & Dietterich 2019, arXiv:1903.12261, section 4.2: d(tau, tau').

    Example:
        >>> one = np.array([[0, 1, 2, 3, 4]])
        >>> top5_distance(one, np.array([[1, 0, 2, 3, 9]])).tolist()
        [3.0]
    """
    if first.shape != second.shape or first.shape[1] < _TOP:
        raise DataError(
            f"a top-5 distance needs five classes of each, got {first.shape} and {second.shape}"
        )
    one, other = first[:, :_TOP], second[:, :_TOP]
    equal = one[:, :, None] == other[:, None, :]
    places = np.where(equal.any(axis=2), equal.argmax(axis=2), _TOP)
    return np.abs(places - np.arange(_TOP)).sum(axis=1).astype(np.float64)


def mean_over_sequences(
    values: Float64[np.ndarray, " p"], groups: Int64[np.ndarray, " g"], *, level: float = 0.95
) -> Estimate:
    """The mean of a value per pair of frames, with errors clustered by sequence.

    Args:
        values: Flips (0 or 1) or distances, one per pair.
        groups: The sequence of each pair.
        level: Confidence level in (0, 1).

    Returns:
        The mean ± t · clustered error, never below 0, ``n`` counting pairs; undefined without
        pairs. Its ends are NaN for a single sequence, and where all sequences have the same mean:
        neither says anything about the spread.

    Raises:
        DataError: Lengths that differ, values that are no numbers, an impossible level.

    Example:
        >>> str(mean_over_sequences(np.array([1., 0., 0., 0.]), np.array([0, 0, 1, 1])))
        '0.250 [0.000, 3.427] (n=4)'
    """
    many = len(np.unique(groups))
    method = f"clustered errors {percent_sure(checked_level(level))}, {many} sequences"
    if not len(values):
        return undefined(method)
    error = cluster_standard_error(values, groups)
    value = float(values.mean())
    half = t_quantile((1 + level) / 2, many - 1.0) * error if error > 1e-12 else np.nan
    low, high = float(max(0.0, value - half)), float(value + half)
    if np.isnan(half):
        low = high = float("nan")
    return Estimate(value, low, high, n=len(values), method=method)


def rate_over_baseline(
    values: Float64[np.ndarray, "t p"],
    baseline: Float64[np.ndarray, "b q"],
    groups: Int64[np.ndarray, " g"],
    *,
    rng: np.random.Generator,
    draws: int = 1000,
    level: float = 0.95,
) -> Estimate:
    """The mean over t perturbations of a rate over the baseline's rate: mFR, or mT5D.

    The interval is from a bootstrap over sequences, each drawn with all that subject and baseline
    answered to it under every perturbation.

    Args:
        values: Flips or distances of the subject; a row per perturbation, a column per pair.
        baseline: The same of the baseline.
        groups: The sequence of each pair.
        rng: Source of chance.
        draws: Number of bootstrap samples.
        level: Share of the draws between low and high.

    Returns:
        The mean of the ratios, ``n`` counting pairs; undefined without pairs, and where the
        baseline never flips under some perturbation. Its ends are NaN with a single sequence,
        and where the baseline never flips in some draw.

    Raises:
        DataError: Shapes that differ, values that are no numbers or below 0, no draws, an
            impossible level.

    Source:
        Hendrycks & Dietterich 2019, arXiv:1903.12261, section 4.2.

    Example:
        >>> rng = np.random.Generator(np.random.PCG64(0))
        >>> mine, its = np.array([[1., 0., 0., 0.]]), np.array([[1., 1., 1., 1.]])
        >>> str(rate_over_baseline(mine, its, np.array([0, 0, 1, 1]), rng=rng))
        '0.250 [0.000, 0.500] (n=4)'
    """
    if values.shape != baseline.shape or values.shape[1] != len(groups):
        raise DataError(
            f"values of {values.shape}, a baseline of {baseline.shape}, {len(groups)} pairs"
        )
    if not (np.isfinite(values).all() and np.isfinite(baseline).all()):
        raise DataError("some values are not numbers: leave those pairs out first")
    if (values < 0).any() or (baseline < 0).any():
        raise DataError("flips and distances are not negative")
    names, members = np.unique(groups, return_inverse=True)
    method = f"bootstrap {percent_sure(checked_level(level))} over {len(names)} sequences"
    rates = baseline.mean(axis=1) if len(groups) else np.zeros(len(baseline))
    if not len(values) or (rates <= 0).any():
        return undefined(method, n=len(groups))
    value = float((values.mean(axis=1) / rates).mean())
    if len(names) < 2:
        return Estimate(value, float("nan"), float("nan"), n=len(groups), method=method)
    sums = np.array(
        [np.bincount(members, weights=row) for row in np.concatenate([values, baseline])]
    )
    means = resampled_means(sums, draws=draws, rng=rng)
    mine, its = means[:, : len(values)], means[:, len(values) :]
    ratios = np.divide(mine, its, out=np.full(mine.shape, np.nan), where=its > 0).mean(axis=1)
    return Estimate(value, *middle_of(ratios, level), n=len(groups), method=method)
