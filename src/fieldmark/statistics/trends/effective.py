"""Effective robustness: accuracy beyond what accuracy on the reference predicts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

from fieldmark.records import Axis, DataError, Estimate, undefined
from fieldmark.statistics.ground.distributions import checked_level, percent_sure
from fieldmark.statistics.ground.resampling import resampled_means
from fieldmark.statistics.trends.beside import expected_of_others, simultaneous, slopes_of
from fieldmark.statistics.trends.budget import Budget, uncertainty_budget
from fieldmark.statistics.trends.families import clusters, model_weights
from fieldmark.statistics.trends.lines import FEWEST, Line, fit_line

Answers = Float64[np.ndarray, "m a"]
Shares = Float64[np.ndarray, " m"]
Others = Float64[np.ndarray, " k"]
Counts = Int64[np.ndarray, "..."]
Table = Float64[np.ndarray, "draws m"]


@dataclass(frozen=True)
class EffectiveRobustness:
    """The fitted line, and how far each model lies from it.

    Args:
        line: Through all fitted models; what a figure draws.
        slope: Its slope with an interval, ``n`` counting models.
        predicted: What the line expects of each model; of a fitted model, the line through the
            others.
        effective: Accuracy minus ``predicted``, with intervals that hold for all models at once.
        budget: Which part of the uncertainty of ``effective`` comes from where.
        clustered: Were whole families of models drawn?
    """

    line: Line
    slope: Estimate
    predicted: tuple[Estimate, ...]
    effective: tuple[Estimate, ...]
    budget: Budget
    clustered: bool


def effective_robustness(
    first: Answers,
    second: Float64[np.ndarray, "k b"],
    fitted: Bool[np.ndarray, " f"],
    *,
    axis: Axis,
    paired: bool,
    rng: np.random.Generator,
    counted: tuple[int, int] | None = None,
    families: Sequence[str] | None = None,
    draws: int = 1000,
    level: float = 0.95,
) -> EffectiveRobustness:
    """How far each model's accuracy lies above what its reference accuracy predicts.

    Uncertainty is a nested bootstrap. Each draw resamples the examples, jointly for all models
    (and jointly for both conditions when they show the same examples), and the fitted models.

    A fitted model pulls the line towards itself. So it is held against the line through the
    *other* fitted models, in the estimate and, with its copies taken out, in every draw.

    The intervals are symmetric and simultaneous: their common half-width, in units of each
    model's own standard error, is the ``level`` quantile of the largest deviation over all
    models. With that probability all of them hold, so picking the largest is allowed.

    Args:
        first: Share of right answers to each example of the reference (0 or 1 for one answer),
            one row per model.
        second: The same for the condition in question; the columns are the same examples if
            ``paired``.
        fitted: Which models the line is fitted to.
        axis: "linear", "logit" or "probit".
        paired: Do both conditions show the same examples in the same order?
        rng: Source of chance.
        counted: How many answers an accuracy is a share of, on each condition; accuracies of 0
            and 1 are moved to (k + 1/2) / (n + 1) of it. None: the numbers of columns.
        families: The family of each model: with five or more among the fitted ones, whole
            families are drawn. None: models are drawn one by one.
        draws: Number of bootstrap draws.
        level: Confidence level in (0, 1).

    Returns:
        The line and one estimate per model; undefined where fewer than three (other) models are
        fitted, or where there are no examples.

    Raises:
        DataError: Shapes that do not fit together.

    Source:
        Taori et al. 2020, arXiv:2007.00644, section 2. The intervals are ours: max-t bands as in
        Romano & Wolf 2005, doi:10.1198/016214504000000539, section 4.
    """
    _check(first, second, fitted, paired)
    sizes = tuple(np.full(len(fitted), side.shape[1], np.int64) for side in (first, second))
    if first.shape[1] == 0 or second.shape[1] == 0:
        return _nothing((first.shape[1], second.shape[1]), fitted, axis, level)
    both = (first.mean(axis=1), second.mean(axis=1))
    drawn = _resampled(first, second, paired, draws, rng)
    counted = counted or (first.shape[1], second.shape[1])
    return _held(both, drawn, fitted, families, axis, counted, sizes[1], "", rng, level)


def published_robustness(
    first: Shares,
    second: Others,
    fitted: Bool[np.ndarray, " f"],
    *,
    sizes: tuple[Counts, Counts],
    axis: Axis,
    rng: np.random.Generator,
    families: Sequence[str] | None = None,
    draws: int = 1000,
    level: float = 0.95,
) -> EffectiveRobustness:
    """The same as ``effective_robustness`` where only accuracies are known, not the answers.

    The noise of the examples is drawn from binomial distributions, model by model. Real models
    err on the same examples, so part of that noise cancels between a model and its line: these
    intervals are wider than those that the answers would give.

    Args:
        first: Accuracies on the reference, in [0, 1].
        second: Accuracies on the condition in question.
        fitted: Which models the line is fitted to.
        sizes: How many answers each of them counts; 0 where nobody says: in the line that
            accuracy is taken as exact, and the model's own interval has no ends.
        axis: "linear", "logit" or "probit".
        rng: Source of chance.
        families: See ``effective_robustness``.
        draws: Number of bootstrap draws.
        level: Confidence level in (0, 1).

    Returns:
        See ``effective_robustness``.

    Raises:
        DataError: Lengths differ, an accuracy is no number in [0, 1], a size is negative, or an
            accuracy of 0 or 1 has no known size and so no place on the axis.

    Source:
        Taori et al. 2020, arXiv:2007.00644, section 2; see ``effective_robustness``.

    Example:
        >>> x, n = np.array([0.6, 0.7, 0.8, 0.9, 0.75]), np.full(5, 10_000)
        >>> y = x - 0.1 + np.array([0, 0, 0, 0, 0.05])
        >>> found = published_robustness(x, y, np.arange(5) < 4, sizes=(n, n), axis="linear",
        ...                              rng=np.random.Generator(np.random.PCG64(0)))
        >>> round(found.effective[4].value, 3), found.effective[4].low > 0
        (0.05, True)
    """
    _check_shares(first, second, fitted, sizes)
    counted = tuple(
        _fewest(side, size, axis) for side, size in zip((first, second), sizes, strict=True)
    )
    drawn = tuple(
        _binomial(side, size, draws, rng) for side, size in zip((first, second), sizes, strict=True)
    )
    return _held(
        (first, second),
        (drawn[0], drawn[1]),
        fitted,
        families,
        axis,
        (counted[0], counted[1]),
        np.where(sizes[0] > 0, sizes[1], 0),
        "binomial draws, ",
        rng,
        level,
    )


def _held(
    both: tuple[Shares, Shares],
    drawn: tuple[Table, Table],
    fitted: np.ndarray,
    families: Sequence[str] | None,
    axis: Axis,
    counted: tuple[int, int],
    sizes: Counts,
    how: str,
    rng: np.random.Generator,
    level: float,
) -> EffectiveRobustness:
    """Every model held against the line through the others, in the data and in every draw."""
    x, y = both
    line = fit_line(x[fitted], y[fitted], axis=axis, counted=counted)
    weights = np.zeros_like(drawn[0])
    if line.defined:
        weights = model_weights(fitted, families, draws=len(weights), rng=rng)
    alone = fitted.sum() - fitted < FEWEST
    whole = fitted[None].astype(np.float64)
    predicted = expected_of_others(x[None], y[None], whole, axis, counted)[0]
    predicted = np.where(alone, np.nan, predicted)
    expected = expected_of_others(*drawn, weights, axis, counted)
    slopes = slopes_of(*drawn, weights, axis, counted)
    clustered = line.defined and clusters(families, fitted)
    sure = percent_sure(checked_level(level))
    method = f"nested bootstrap {sure}{', families together' if clustered else ''}"
    if how:
        method = f"{how}{method}"
    sure_of = int((~np.isnan(y - predicted) & (sizes > 0)).sum())
    at_once = f"{method}, for all {sure_of} at once"
    models = np.array([line.n])
    return EffectiveRobustness(
        line,
        simultaneous(np.array([line.slope]), slopes[:, None], level, models, method)[0],
        tuple(
            simultaneous(np.array([one]), column[:, None], level, np.array([n]), method)[0]
            for one, column, n in zip(predicted, expected.T, sizes, strict=True)
        ),
        _with_ends(y - predicted, drawn[1] - expected, level, sizes, at_once),
        _known_only(
            uncertainty_budget(both, drawn, fitted, weights, axis=axis, counted=counted), sizes
        ),
        clustered,
    )


def _known_only(budget: Budget, sizes: Counts) -> Budget:
    """The budget without the noise of examples that nobody counted."""
    return Budget(np.where(sizes > 0, budget.images, np.nan), budget.models, budget.axis)


def _with_ends(
    values: np.ndarray, drawn: np.ndarray, level: float, sizes: Counts, method: str
) -> tuple[Estimate, ...]:
    """Simultaneous intervals of those whose answers were counted; the others have no ends."""
    known = np.where(sizes > 0, values, np.nan)
    nan = float("nan")
    return tuple(
        Estimate(float(value), nan, nan, n=0, method="as published")
        if size == 0 and not np.isnan(value)
        else one
        for value, size, one in zip(
            values, sizes, simultaneous(known, drawn, level, sizes, method), strict=True
        )
    )


def _check(first: np.ndarray, second: np.ndarray, fitted: np.ndarray, paired: bool) -> None:
    if not len(first) == len(second) == len(fitted):
        raise DataError(
            f"{len(first)}, {len(second)} and {len(fitted)} models: one row each is needed"
        )
    if paired and first.shape[1] != second.shape[1]:
        raise DataError(f"{first.shape[1]} and {second.shape[1]} examples cannot be paired")


def _check_shares(
    first: np.ndarray, second: np.ndarray, fitted: np.ndarray, sizes: tuple[Counts, Counts]
) -> None:
    lengths = [len(one) for one in (first, second, fitted, *sizes)]
    if len(set(lengths)) > 1:
        raise DataError(f"accuracies, fitted and sizes differ in length: {lengths}")
    for side, size in zip((first, second), sizes, strict=True):
        if not ((side >= 0) & (side <= 1)).all():
            raise DataError("an accuracy is missing or outside [0, 1]: leave that model out")
        if (size < 0).any():
            raise DataError(f"a number of answers is not negative, got {size.min()}")


def _fewest(side: Shares, size: Counts, axis: Axis) -> int:
    """How many answers the accuracies of 0 and 1 are moved off the edge by."""
    if axis != "linear" and ((side == 0) | (side == 1))[size == 0].any():
        raise DataError(
            f"an accuracy of 0 or 1 has no place on the {axis} axis unless it is known how many "
            "answers it counts: say how many, or take the linear axis"
        )
    return int(size[size > 0].min()) if (size > 0).any() else 1_000_000


def _binomial(side: Shares, size: Counts, draws: int, rng: np.random.Generator) -> Table:
    """Accuracies in every draw; those of unknown size stay as they are."""
    hits = rng.binomial(np.maximum(size, 1), side, size=(draws, len(side)))
    return np.asarray(np.where(size > 0, hits / np.maximum(size, 1), side))


def _nothing(
    counted: tuple[int, int], fitted: np.ndarray, axis: Axis, level: float
) -> EffectiveRobustness:
    nan = float("nan")
    reason = "there are no labelled examples"
    line = Line(nan, nan, nan, int(fitted.sum()), axis, counted, reason)
    none = undefined(f"nested bootstrap {percent_sure(level)}", n=counted[1])
    unknown = np.full(len(fitted), np.nan)
    each = (none,) * len(fitted)
    return EffectiveRobustness(
        line, none, each, each, Budget(unknown, unknown, unknown), clustered=False
    )


def _resampled(
    first: np.ndarray, second: np.ndarray, paired: bool, draws: int, rng: np.random.Generator
) -> tuple[Table, Table]:
    """Accuracies of every model on both conditions in every draw, each (draws, models)."""
    if paired:
        both = resampled_means(np.concatenate([first, second]), draws=draws, rng=rng)
        return both[:, : len(first)], both[:, len(first) :]
    return (
        resampled_means(first, draws=draws, rng=rng),
        resampled_means(second, draws=draws, rng=rng),
    )
