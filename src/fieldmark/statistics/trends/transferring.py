"""Transfer: how well accuracy on a reference predicts accuracy on many other test sets at once."""

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
from jaxtyping import Float64

from fieldmark.records import Axis, DataError, Estimate, undefined
from fieldmark.statistics.ground.axes import from_axis
from fieldmark.statistics.ground.distributions import checked_level, percent_sure, t_quantile
from fieldmark.statistics.trends.correlations import pearson, permutation_p
from fieldmark.statistics.trends.lines import on_axis
from fieldmark.statistics.trends.rank_correlation import rank_correlation

Shares = Float64[np.ndarray, " m"]


@dataclass(frozen=True)
class Transfer:
    """Does what is better on the reference do better elsewhere?

    Args:
        r: Pearson's correlation of reference and model score, both on the axis.
        p: Its two-sided permutation p-value.
        spearman: The same correlation, of ranks.
        each: Pearson's r of the reference with each dataset alone.
        without_each: r when one dataset is left out of the model score, (d,).
        scores: Each model's score, how far above the average model it is on the average dataset,
            in units of the axis, with the error bar over datasets.
        shares: The same as an accuracy on a dataset of average difficulty.
    """

    r: Estimate
    p: float
    spearman: Estimate
    each: tuple[Estimate, ...]
    without_each: Float64[np.ndarray, " d"]
    scores: tuple[Estimate, ...]
    shares: tuple[Estimate, ...]


def transfer(
    reference: Shares,
    others: Float64[np.ndarray, "k d"],
    *,
    axis: Axis,
    counted: tuple[int, tuple[int, ...]],
    rng: np.random.Generator,
    draws: int = 9999,
    level: float = 0.95,
) -> Transfer:
    """The correlation of accuracy on the reference with accuracy on d datasets taken together.

    Accuracies are put on the axis and centred within each dataset, so that a hard dataset does not
    pull a model down. A model's score is its mean over the datasets; scores are correlated with
    the reference, on the same axis.

    The error bar of a score is over datasets, with their difficulty taken out: standard error of
    the centred values, times sqrt(m / (m - 1)), for centring on the mean of m models makes them
    a little too alike. That factor is Morey's for repeated measures. How exactly the paper made
    its bars could not be checked against its code.

    Args:
        reference: Accuracies on the reference, in [0, 1].
        others: Accuracies on the datasets, one row per model, complete.
        axis: "logit" as published, "probit" or "linear".
        counted: How many answers each reference accuracy is a share of, and those of each dataset.
        rng: Source of chance of the permutation test.
        draws: Number of permutations.
        level: Confidence level in (0, 1), of every interval.

    Returns:
        The correlations; undefined for fewer than four models, or where all are equal. Scores
        have no ends with a single dataset, or where all datasets say the same.

    Raises:
        DataError: Shapes differ, there is no dataset, or an accuracy is no number in [0, 1].

    Source:
        Kornblith, Shlens & Le 2019, arXiv:1805.08974, section 3 and appendix; Morey 2008,
        doi:10.20982/tqmp.04.2.p061.

    Example:
        >>> reference = np.linspace(0.6, 0.8, 6)
        >>> others = np.stack([reference - 0.1, reference + 0.15], axis=1)
        >>> found = transfer(reference, others, axis="logit", counted=(1000, (1000, 1000)),
        ...                  rng=np.random.Generator(np.random.PCG64(0)), draws=199)
        >>> found.r.value > 0.99, found.p <= 0.01, len(found.each)
        (True, True, 2)
    """
    _check(reference, others, counted[1])
    u = on_axis(reference, axis, counted[0])
    columns = [on_axis(others[:, j], axis, n) for j, n in enumerate(counted[1])]
    v = np.stack(columns, axis=1)
    centred = v - v.mean(axis=0) if len(v) else v
    d = v.shape[1]
    mean = centred.mean(axis=1)
    rest = (centred.sum(axis=1)[:, None] - centred) / max(d - 1, 1)
    alone = [pearson(u, rest[:, j]).value if d > 1 else nan for j in range(d)]
    scores = _scores(centred, level)
    return Transfer(
        r=pearson(u, mean, level=level),
        p=permutation_p(u, mean, rng=rng, draws=draws),
        spearman=rank_correlation(u, mean, kind="Spearman", level=level),
        each=tuple(pearson(u, v[:, j], level=level) for j in range(d)),
        without_each=np.array(alone, dtype=np.float64),
        scores=scores,
        shares=tuple(_as_share(one, float(v.mean()), axis) for one in scores),
    )


def _check(reference: np.ndarray, others: np.ndarray, sizes: tuple[int, ...]) -> None:
    if len(reference) != len(others) or others.shape[1] != len(sizes):
        raise DataError(
            f"{len(reference)} models and {len(sizes)} datasets, but accuracies of {others.shape}"
        )
    if others.shape[1] == 0:
        raise DataError("there is no other dataset to transfer to")
    for side in (reference, others):
        if not ((side >= 0) & (side <= 1)).all():
            raise DataError("an accuracy is missing or outside [0, 1]: leave that model out")


def _scores(centred: np.ndarray, level: float) -> tuple[Estimate, ...]:
    """Each model's mean over datasets, with Student's interval and Morey's factor."""
    m, d = centred.shape
    method = f"over datasets, difficulty removed (Morey 2008) {percent_sure(checked_level(level))}"
    if m < 2:
        return tuple(undefined(method, n=d) for _ in range(m))
    if d < 2:
        return tuple(Estimate(float(one), nan, nan, n=d, method=method) for one in centred[:, 0])
    error = centred.std(axis=1, ddof=1) / sqrt(d) * sqrt(m / (m - 1))
    half = t_quantile((1 + level) / 2, float(d - 1)) * np.where(error > 1e-12, error, nan)
    return tuple(
        Estimate(float(one), float(one - far), float(one + far), n=d, method=method)
        for one, far in zip(centred.mean(axis=1), half, strict=True)
    )


def _as_share(score: Estimate, middle: float, axis: Axis) -> Estimate:
    ends = np.array([score.value, score.low, score.high]) + middle
    value, low, high = (float(one) for one in from_axis(ends, axis))
    return Estimate(value, low, high, n=score.n, method=score.method)
