"""Shrinkage: the worst of many classes looks worse than it is, and by how much."""

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
from jaxtyping import Float64, Int64

from fieldmark.records import DataError, Estimate, undefined
from fieldmark.statistics.ground.distributions import checked_level, percent_sure
from fieldmark.statistics.shares.intervals import clopper_pearson_bounds

Hits = Int64[np.ndarray, " k"]
Sizes = Int64[np.ndarray, " c"]

_GRID = 40
_WIDEST = 1.5
"""Largest 1 / sqrt(examples that the prior is worth): almost every class all right or all wrong."""
_EQUAL = 1e9
"""Weight of a distribution whose classes are all alike."""
_BLOCK = 4_000_000
"""Draws held at once (32 MB)."""


@dataclass(frozen=True)
class Shrunk:
    """Shares of classes (or groups), each drawn towards what is usual among them.

    Args:
        shares: Of each class its posterior mean with an interval, ``n`` counting its examples;
            undefined for a class without examples.
        minimum: The lowest true share of all classes that have examples, ``n`` counting those.
        lowest: Chance that a class is the lowest one; NaN for a class without examples.
        usual: Mean of the distribution that the true shares of classes are taken to come from.
        weight: How many examples that distribution is worth: a class with as many goes half way.
        alike: Chance that the classes do not differ at all, if that was as likely as not before.
    """

    shares: tuple[Estimate, ...]
    minimum: Estimate
    lowest: tuple[float, ...]
    usual: float
    weight: float
    alike: float


def shrunken_shares(
    hits: Hits,
    n: Sizes,
    *,
    rng: np.random.Generator,
    draws: int = 4000,
    level: float = 0.95,
) -> Shrunk:
    """What the shares of many classes probably are, and the lowest of them.

    With ten examples a class, the lowest of a hundred equal classes is observed at about half of
    what it is. Here the true shares are taken to come from one beta distribution. Its mean and
    its weight are learnt from all classes by the beta-binomial likelihood; instead of being set
    to their best values (empirical Bayes by maximum likelihood) they are averaged over all that
    the data leave possible, so that the intervals do not pretend to know them. Where the data
    may as well come from classes that are all alike, the interval of the lowest share reaches up
    to what they then all are.

    Args:
        hits: Right answers of each class.
        n: Examples of each class.
        rng: Source of chance.
        draws: How many times all shares are drawn from their posterior.
        level: Share of the draws between low and high.

    Returns:
        See ``Shrunk``. With one class there is nothing to learn from others, and little is
        shrunk; without a class that has examples everything is undefined.

    Raises:
        DataError: Impossible counts, an impossible level, or no draws.

    Source:
        Gelman et al., Bayesian Data Analysis, 3rd edition, section 5.3: the prior is even in the
        mean and in 1 / sqrt(weight). Computed on a grid; nothing is iterated.

    Example:
        >>> rng = np.random.Generator(np.random.PCG64(0))
        >>> shrunk = shrunken_shares(np.array([4, 8, 8, 9, 9]), np.full(5, 10), rng=rng)
        >>> shrunk.shares[0].value > 0.5, shrunk.lowest[0] > 0.8
        (True, True)
    """
    method = f"beta-binomial shrinkage {percent_sure(checked_level(level))}"
    there = _checked(hits, n) > 0
    if draws < 1:
        raise DataError(f"at least one draw is needed, got {draws}")
    absent = int((~there).sum())
    if not there.any():
        nothing = tuple(undefined(method) for _ in n)
        return Shrunk(nothing, undefined(method, missing=absent), (nan,) * len(n), nan, nan, nan)
    means, weights, alike = _posterior_draws(hits[there], n[there], draws, rng)
    ends, lowest, minima = _drawn_shares(hits[there], n[there], means, weights, level, rng)
    shares = [undefined(method) for _ in n]
    chances = np.full(len(n), nan)
    chances[there] = lowest
    for place, (value, low, high) in zip(np.flatnonzero(there), ends.T.tolist(), strict=True):
        shares[place] = Estimate(value, low, high, n=int(n[place]), method=method)
    low, high = (float(one) for one in np.percentile(minima, _percentiles(level)))
    if alike > 1 - level:  # then the lowest may be what they all are
        pooled = np.array([hits.sum()]), np.array([n.sum()])
        high = max(high, float(clopper_pearson_bounds(*pooled, level=level)[1][0]))
    minimum = Estimate(
        float(minima.mean()), low, high, n=int(there.sum()), method=method, missing=absent
    )
    return Shrunk(
        tuple(shares),
        minimum,
        tuple(chances.tolist()),
        float(means.mean()),
        float(np.median(weights)),
        alike,
    )


def minimum_share(hits: Hits, n: Sizes, *, level: float = 0.95) -> Estimate:
    """The lowest observed share of many classes, with an interval for the lowest true one.

    Whatever the classes have in common or not: each end is the lowest of the classes' exact ends,
    with the error shared out among all classes (Bonferroni), so it holds at least as often as it
    says. The price is width. The value itself is too low: it was picked for being the lowest.

    Args:
        hits: Right answers of each class.
        n: Examples of each class.
        level: Confidence level in (0, 1).

    Returns:
        The estimate; its ``n`` counts the classes that have examples. Undefined without any.

    Raises:
        DataError: Impossible counts, or an impossible level.

    Example:
        >>> str(minimum_share(np.array([4, 8, 8, 9, 9]), np.full(5, 10)))
        '0.400 [0.077, 0.809] (n=5)'
    """
    method = f"Bonferroni and Clopper-Pearson {percent_sure(checked_level(level))}"
    there = _checked(hits, n) > 0
    classes, absent = int(there.sum()), int((~there).sum())
    if not classes:
        return undefined(method, missing=absent)
    low, high = clopper_pearson_bounds(hits[there], n[there], level=1 - (1 - level) / classes)
    value = float((hits[there] / n[there]).min())
    return Estimate(
        value, float(low.min()), float(high.min()), n=classes, method=method, missing=absent
    )


def _posterior_draws(
    hits: np.ndarray, n: np.ndarray, draws: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, float]:
    """(means, weights) of the distribution of classes, from what the data leave possible.

    Third comes the chance that the classes are all alike, if that was as likely as not before.
    """
    pairs, times = np.unique(np.stack([hits, n], axis=1), axis=0, return_counts=True)
    means = _mean_grid(hits / n, n)
    low, high = 0.0, _WIDEST
    for _ in range(4):  # the likely widths may be a small part of the possible ones: look closer
        step = (high - low) / _GRID
        widths = low + step * (np.arange(_GRID) + 0.5)
        found = _log_likelihood(pairs, times, means, widths**-2)
        likely = np.flatnonzero(found.max(axis=0) > found.max() - 10)
        low, high = max(0.0, widths[likely[0]] - 1.5 * step), widths[likely[-1]] + 1.5 * step
    chances = np.exp(found - found.max())
    places = rng.choice(chances.size, size=draws, p=(chances / chances.sum()).ravel())
    rows, columns = np.unravel_index(places, chances.shape)
    equal = np.exp(_log_likelihood(pairs, times, means, np.array([_EQUAL])) - found.max()).sum()
    alike = equal / (equal + chances.sum() * step / _WIDEST)
    return means[rows], widths[columns] ** -2, float(alike)


def _mean_grid(shares: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Places to try for the mean, six standard errors to each side of the observed one."""
    middle = (shares * n).sum() + 0.5
    pooled = middle / (n.sum() + 1)
    error = sqrt(pooled * (1 - pooled) / n.sum())
    if len(shares) > 1:
        error = max(error, sqrt(shares.var(ddof=1) / len(shares)))
    low, high = min(shares.mean(), pooled) - 6 * error, max(shares.mean(), pooled) + 6 * error
    low, high = max(low, 0.0), min(high, 1.0)
    return low + (high - low) * (np.arange(_GRID) + 0.5) / _GRID


def _log_likelihood(
    pairs: np.ndarray, times: np.ndarray, means: np.ndarray, weights: np.ndarray
) -> Float64[np.ndarray, "means weights"]:
    """Beta-binomial log likelihood of all classes, but for a constant."""
    from scipy.special import betaln

    a, b = np.outer(means, weights), np.outer(1 - means, weights)
    total = -times.sum() * betaln(a, b)
    for (right, size), often in zip(pairs.tolist(), times.tolist(), strict=True):
        total += often * betaln(a + right, b + size - right)
    return total


def _drawn_shares(
    hits: np.ndarray,
    n: np.ndarray,
    means: np.ndarray,
    weights: np.ndarray,
    level: float,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(value, low, high) of each class; each one's chance to be lowest; the lowest of each draw."""
    ends = np.empty((3, len(n)))
    minima, holders = np.full(len(means), np.inf), np.zeros(len(means), np.int64)
    block = max(1, _BLOCK // len(means))
    for start in range(0, len(n), block):
        some = slice(start, start + block)
        a = (means * weights)[:, None] + hits[some]
        b = ((1 - means) * weights)[:, None] + n[some] - hits[some]
        drawn = rng.beta(a, b)
        ends[0, some] = (a / (a + b)).mean(axis=0)
        ends[1:, some] = np.percentile(drawn, _percentiles(level), axis=0)
        place = drawn.argmin(axis=1)
        found = drawn[np.arange(len(drawn)), place]
        holders = np.where(found < minima, start + place, holders)
        minima = np.minimum(minima, found)
    return ends, np.bincount(holders, minlength=len(n)) / len(means), minima


def _percentiles(level: float) -> list[float]:
    return [50 * (1 - level), 50 * (1 + level)]


def _checked(hits: Hits, n: Sizes) -> Sizes:
    if len(hits) != len(n):
        raise DataError(f"right answers of {len(hits)} classes, examples of {len(n)}")
    wrong = (hits < 0) | (hits > n)
    if wrong.any():
        raise DataError(f"got {hits[wrong][0]} right answers to {n[wrong][0]} examples of a class")
    return n
