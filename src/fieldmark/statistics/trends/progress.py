"""Progress over time: who set a record, how fast records rise, how many years a gap is worth."""

from dataclasses import dataclass
from math import nan

import numpy as np
from jaxtyping import Bool, Float, Float64

from fieldmark.records import DataError, Estimate, undefined
from fieldmark.statistics.ground.distributions import checked_level, percent_sure
from fieldmark.statistics.ground.resampling import middle_of, resampled_counts
from fieldmark.statistics.trends.lines import moments, weighted_line

Dates = Float[np.ndarray, " m"]
Scores = Float[np.ndarray, " k"]


@dataclass(frozen=True)
class Progress:
    """The records among dated accuracies, and their rate.

    Args:
        records: Rows of those that beat everybody before them, the earliest first.
        rate: Share gained per unit of time by the records: the slope of the line through them.
        drawn: The rate in each bootstrap sample of the models; NaN where it had one record only.
    """

    records: tuple[int, ...]
    rate: Estimate
    drawn: Float64[np.ndarray, " draws"]


def progress(
    when: Dates,
    scores: Scores,
    *,
    rng: np.random.Generator,
    draws: int = 1000,
    level: float = 0.95,
) -> Progress:
    """The record setters of a benchmark and how fast they raised it.

    Of several on one date, the best may set a record. The rate is the slope of the least-squares
    line through the records; its interval is the middle of the bootstrap over models, so it says
    what it would have been had other models of this kind been published.

    Args:
        when: A date per model, such as 2015.5.
        scores: Their accuracies.
        rng: Source of chance.
        draws: Number of bootstrap samples.
        level: Confidence level in (0, 1).

    Returns:
        The records; the rate is undefined for fewer than two records on different dates.

    Raises:
        DataError: Lengths differ, there is no model, or a value is not a number.

    Example:
        >>> when, chance = np.arange(2012.0, 2018.0), np.random.Generator(np.random.PCG64(0))
        >>> made = progress(when, np.array([0.57, 0.60, 0.72, 0.70, 0.78, 0.81]), rng=chance)
        >>> made.records, round(made.rate.value, 3)
        ((0, 1, 2, 4, 5), 0.05)
    """
    method = f"bootstrap over models {percent_sure(checked_level(level))}"
    if len(when) != len(scores) or not len(when):
        raise DataError(f"{len(when)} dates for {len(scores)} accuracies: one per model is needed")
    when, scores = when.astype(np.float64), scores.astype(np.float64)
    if not (np.isfinite(when).all() and np.isfinite(scores).all()):
        raise DataError("dates and accuracies must be finite numbers")
    order = np.lexsort((-scores, when))
    here = _records(scores[order], np.ones((1, len(when)), np.bool_))
    value = float(_rates(when[order], scores[order], here)[0])
    records = tuple(int(row) for row in order[here[0]])
    weights = resampled_counts(len(when), draws=draws, rng=rng)
    drawn = _rates(when[order], scores[order], _records(scores[order], weights > 0))
    if np.isnan(value):
        return Progress(records, undefined(method, n=len(when)), drawn)
    ends = middle_of(drawn[~np.isnan(drawn)], level)
    return Progress(records, Estimate(value, *ends, len(when), method), drawn)


def time_of_gap(size: float, made: Progress, *, level: float = 0.95) -> Estimate:
    """How much time a gap is worth at the rate of progress: years, if dates were in years.

    Args:
        size: The gap as a share, such as 0.118; at least 0.
        made: What ``progress`` found.
        level: Confidence level in (0, 1).

    Returns:
        Gap divided by rate; undefined where the rate is, or is not above 0. The upper end is NaN
        where the slowest samples saw no progress, so that no time is long enough.

    Raises:
        DataError: The gap is negative or not a number.

    Source:
        Recht et al. 2019, arXiv:1902.10811, who put the ImageNet gap at about five years.

    Example:
        >>> when, chance = np.arange(2012.0, 2018.0), np.random.Generator(np.random.PCG64(0))
        >>> made = progress(when, np.array([0.57, 0.60, 0.72, 0.70, 0.78, 0.81]), rng=chance)
        >>> round(time_of_gap(0.12, made).value, 1)
        2.4
    """
    method = f"gap / rate, bootstrap over models {percent_sure(checked_level(level))}"
    if not size >= 0:
        raise DataError(f"a gap is a share of at least 0, got {size}")
    if not (made.rate.defined and made.rate.value > 0):
        return undefined(method, n=made.rate.n)
    rates = made.drawn[~np.isnan(made.drawn)]
    slow, fast = middle_of(rates, level)
    high = size / slow if slow > 0 else nan
    low = size / fast if fast > 0 else nan
    return Estimate(size / made.rate.value, low, high, n=made.rate.n, method=method)


def _records(
    scores: Float64[np.ndarray, " m"], there: Bool[np.ndarray, "draws m"]
) -> Bool[np.ndarray, "draws m"]:
    """Who beat everybody before, of those that are there; rows in order of date."""
    shown = np.where(there, scores, -np.inf)
    before = np.maximum.accumulate(shown, axis=1)[:, :-1]
    first = np.full((len(there), 1), -np.inf)
    return there & (shown > np.concatenate([first, before], axis=1))


def _rates(
    when: Float64[np.ndarray, " m"],
    scores: Float64[np.ndarray, " m"],
    records: Bool[np.ndarray, "draws m"],
) -> Float64[np.ndarray, " draws"]:
    """The slope through each row's records; NaN for fewer than two dates."""
    since = when - when.mean()  # dates are large numbers with small differences
    return weighted_line(moments(since[None], scores[None], records.astype(np.float64)))[0]
