"""Evidence about re-use: the gap taken apart, slope, bend, trend and order, and their power."""

from dataclasses import dataclass

import numpy as np

from fieldmark.records import Axis, ConfigError, Estimate, generator, seed_of
from fieldmark.statistics import (
    Gap,
    ReusePower,
    composition_gap,
    decompose_gap,
    mean_difference,
    rank_correlation,
    resampled_means,
    reuse_power,
    slope_of_line,
    trend_beside_line,
)
from fieldmark.studies.benchmarks.both import Both

_AXES: tuple[Axis, ...] = ("linear", "logit", "probit")


@dataclass(frozen=True)
class Evidence:
    """Everything that was found about one pair of test sets.

    Args:
        both: The accuracies.
        gaps: Of each subject, term by term; None where numbers of examples are not known.
        mean: Mean new minus old accuracy of the fitted subjects.
        composition: What other shares of the same classes explain of the mean gap.
        slopes: Of the fitted line, per axis.
        bend: How far the best third lies beside the line of the others.
        trend: Change beside the line per unit of time; None where no dates were given.
        ranks: Spearman's and Kendall's correlation.
        power: Of slope and bend (or trend) together.
        axis: Where bend, trend and power were sought.
        newest: Was the gain planted in the newest third (else in the best)?
    """

    both: Both
    gaps: tuple[Gap | None, ...]
    mean: Estimate
    composition: Estimate | None
    slopes: dict[Axis, Estimate]
    bend: Estimate
    trend: Estimate | None
    ranks: tuple[Estimate, Estimate]
    power: ReusePower
    axis: Axis
    newest: bool


def evidence(
    both: Both, axis: Axis, when: dict[str, float] | None, draws: int, seed: int
) -> Evidence:
    """Everything that bears on re-use, for the fitted subjects.

    Args:
        both: Old and new accuracies.
        axis: Where bend, trend and power are sought.
        when: Date of each subject, or None.
        draws: Number of bootstrap draws and of simulated worlds.
        seed: Where chance comes from.

    Raises:
        ConfigError: Some fitted subjects have a date and others have none.
    """
    x, y, counted = both.x[both.rows], both.y[both.rows], both.counted
    along = None if when is None else _dated(both, when)
    best = _best_third(x)
    chance = {
        use: generator(seed_of(seed, "test-set-reuse", use, *both.titles))
        for use in ("examples", "models", "worlds")
    }
    drawn = _drawn(both, draws, chance["examples"])
    return Evidence(
        both=both,
        gaps=tuple(_gap(old, new) for old, new in zip(both.old, both.new, strict=True)),
        mean=_mean(both),
        composition=_composition(both),
        slopes={
            one: slope_of_line(
                x, y, axis=one, counted=counted, rng=chance["models"], drawn=drawn, draws=draws
            )
            for one in _AXES
        },
        bend=trend_beside_line(x, y, best.astype(np.float64), axis=axis, counted=counted),
        trend=None if along is None else trend_beside_line(x, y, along, axis=axis, counted=counted),
        ranks=(
            rank_correlation(x, y, kind="Spearman"),
            rank_correlation(x, y, kind="Kendall"),
        ),
        power=reuse_power(
            x,
            y,
            best if along is None else _best_third(along),
            axis=axis,
            counted=counted,
            along=along,
            rng=chance["worlds"],
            draws=draws,
        ),
        axis=axis,
        newest=along is not None,
    )


def _drawn(
    both: Both, draws: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray] | None:
    """Accuracies of the fitted subjects in resamples of the examples, where these are known."""
    if both.shares is None or not len(both.rows):
        return None
    old, new = (some[both.rows] for some in both.shares)
    return resampled_means(old, draws=draws, rng=rng), resampled_means(new, draws=draws, rng=rng)


def _dated(both: Both, when: dict[str, float]) -> np.ndarray:
    """The date of every fitted subject."""
    lacking = [both.subjects[row] for row in both.rows if both.subjects[row] not in when]
    if lacking:
        raise ConfigError(
            f"{len(lacking)} fitted subjects have no date, such as {lacking[0]}: "
            "give all of them one, or none"
        )
    return np.array([when[both.subjects[row]] for row in both.rows])


def _best_third(values: np.ndarray) -> np.ndarray:
    """Who is among the highest third, bool (m,)."""
    order = np.argsort(-values, kind="stable")
    chosen = np.zeros(len(values), np.bool_)
    chosen[order[: round(len(values) / 3)]] = True
    return chosen


def _gap(old: Estimate, new: Estimate) -> Gap | None:
    if not (old.n and new.n and old.defined and new.defined):
        return None
    return decompose_gap(round(old.value * old.n), old.n, round(new.value * new.n), new.n)


def _mean(both: Both) -> Estimate:
    rows = both.rows
    if both.shares is not None and len(rows):
        old, new = (some[rows].mean(axis=0) for some in both.shares)
        return mean_difference(old, new, paired=False)
    value = float((both.y[rows] - both.x[rows]).mean()) if len(rows) else float("nan")
    nan = float("nan")
    return Estimate(value, nan, nan, n=len(rows), method="mean over subjects, examples not known")


def _composition(both: Both) -> Estimate | None:
    if both.shares is None or both.classes is None or not len(both.rows):
        return None
    return composition_gap(both.shares[0][both.rows].mean(axis=0), *both.classes)
