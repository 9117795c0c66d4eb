"""Effective robustness: accuracy beyond what accuracy on the reference predicts."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

from fieldmark.records import Axis, DataError, Estimate, undefined
from fieldmark.statistics.axes import from_axis
from fieldmark.statistics.distributions import checked_level, percent_sure
from fieldmark.statistics.lines import (
    FEWEST,
    Line,
    fit_line,
    moments,
    on_axis,
    weighted_line,
)
from fieldmark.statistics.resampling import resampled_counts, resampled_means

Answers = Float64[np.ndarray, "m a"]
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
    """

    line: Line
    slope: Estimate
    predicted: tuple[Estimate, ...]
    effective: tuple[Estimate, ...]


def effective_robustness(
    first: Answers,
    second: Float64[np.ndarray, "k b"],
    fitted: Bool[np.ndarray, " f"],
    *,
    axis: Axis,
    paired: bool,
    rng: np.random.Generator,
    counted: tuple[int, int] | None = None,
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
    if first.shape[1] == 0 or second.shape[1] == 0:
        return _nothing(first, second, fitted, axis, level)
    counted = counted or (first.shape[1], second.shape[1])
    x, y = first.mean(axis=1), second.mean(axis=1)
    line = fit_line(x[fitted], y[fitted], axis=axis, counted=counted)
    others = fitted.sum() - fitted >= FEWEST
    xs, ys = _resampled(first, second, paired, draws, rng)
    weights = np.zeros((draws, len(fitted)))
    if line.defined:
        weights[:, fitted] = resampled_counts(int(fitted.sum()), draws=draws, rng=rng)
    expected = _expected(x[None], y[None], fitted[None].astype(np.float64), axis, counted)[0]
    drawn = _expected(xs, ys, weights, axis, counted)
    slopes = weighted_line(_sums(xs, ys, weights, axis, counted))[0]
    method = f"nested bootstrap {percent_sure(checked_level(level))}"
    n = second.shape[1]
    beyond = np.where(others, y - expected, np.nan)
    return EffectiveRobustness(
        line,
        _simultaneous(np.array([line.slope]), slopes[:, None], level, line.n, method)[0],
        tuple(
            _simultaneous(np.array([one]), column[:, None], level, n, method)[0]
            for one, column in zip(np.where(others, expected, np.nan), drawn.T, strict=True)
        ),
        _simultaneous(
            beyond,
            ys - drawn,
            level,
            n,
            f"{method}, for all {np.count_nonzero(~np.isnan(beyond))} at once",
        ),
    )


def _check(first: np.ndarray, second: np.ndarray, fitted: np.ndarray, paired: bool) -> None:
    if not len(first) == len(second) == len(fitted):
        raise DataError(
            f"{len(first)}, {len(second)} and {len(fitted)} models: one row each is needed"
        )
    if paired and first.shape[1] != second.shape[1]:
        raise DataError(f"{first.shape[1]} and {second.shape[1]} examples cannot be paired")


def _nothing(
    first: np.ndarray, second: np.ndarray, fitted: np.ndarray, axis: Axis, level: float
) -> EffectiveRobustness:
    nan, n = float("nan"), second.shape[1]
    reason = "there are no labelled examples"
    line = Line(nan, nan, nan, int(fitted.sum()), axis, (first.shape[1], n), reason)
    none = undefined(f"nested bootstrap {percent_sure(level)}", n=n)
    return EffectiveRobustness(line, none, (none,) * len(fitted), (none,) * len(fitted))


def _resampled(
    first: np.ndarray, second: np.ndarray, paired: bool, draws: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Accuracies of every model on both conditions in every draw, each (draws, models)."""
    if paired:
        both = resampled_means(np.concatenate([first, second]), draws=draws, rng=rng)
        return both[:, : len(first)], both[:, len(first) :]
    return (
        resampled_means(first, draws=draws, rng=rng),
        resampled_means(second, draws=draws, rng=rng),
    )


def _sums(
    x: Table,
    y: Table,
    weights: Table,
    axis: Axis,
    counted: tuple[int, int],
    *,
    without_each: bool = False,
) -> np.ndarray:
    u, v = on_axis(x, axis, counted[0]), on_axis(y, axis, counted[1])
    return moments(u, v, weights, without_each=without_each)


def _expected(x: Table, y: Table, weights: Table, axis: Axis, counted: tuple[int, int]) -> Table:
    """What the line through the other models expects of each, (draws, models)."""
    slope, intercept = weighted_line(_sums(x, y, weights, axis, counted, without_each=True))
    return from_axis(slope * on_axis(x, axis, counted[0]) + intercept, axis)


def _simultaneous(
    values: np.ndarray, drawn: np.ndarray, level: float, n: int, method: str
) -> tuple[Estimate, ...]:
    """Estimates whose symmetric intervals hold together; draws without a line are left out."""
    there = ~np.isnan(values)
    usable = drawn[:, there]
    usable = usable[~np.isnan(usable).any(axis=1)]
    if not there.any() or len(usable) < 2:
        return tuple(undefined(method, n=n) for _ in values)
    spread = usable.std(axis=0, ddof=1)
    far = np.abs(usable - usable.mean(axis=0)) / np.where(spread > 0, spread, np.inf)
    half = np.zeros(len(values))
    half[there] = np.quantile(far.max(axis=1), level) * spread
    return tuple(
        Estimate(float(value), float(value - one), float(value + one), n=n, method=method)
        if defined
        else undefined(method, n=n)
        for value, one, defined in zip(values, half, there, strict=True)
    )
