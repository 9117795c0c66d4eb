"""Leaderboards that bear being asked often: the Ladder, Thresholdout, and an attack to try them."""

from dataclasses import dataclass
from math import fsum, inf, nan, sqrt

import numpy as np
from jaxtyping import Bool, Float64, Int64

from fieldmark.records import DataError

Losses = Float64[np.ndarray, "k n"]
Told = Float64[np.ndarray, " k"]


@dataclass(frozen=True)
class Released:
    """What a mechanism told after each of k submissions.

    Args:
        told: The released score, float64 (k,); NaN where the mechanism refused to answer.
        accepted: Did this submission change what is known: a new best loss, or, of Thresholdout,
            an answer that cost budget?
        refused_from: The first submission that got no answer, counted from 0; None if all did.
    """

    told: Told
    accepted: Bool[np.ndarray, " k"]
    refused_from: int | None = None

    @property
    def best(self) -> Told:
        """The smallest score told so far; NaN before the first."""
        return np.fmin.accumulate(self.told)


def every_score(losses: Losses, *, digits: int = 5) -> Released:
    """The usual leaderboard: every submission gets its mean loss, rounded to some digits.

    Args:
        losses: Loss of each submission (in the order they came) on each example, in [0, 1].
        digits: Decimal places that are shown.

    Returns:
        All scores; accepted are those below every earlier one.

    Raises:
        DataError: No submissions or examples, or losses outside [0, 1].

    Example:
        >>> every_score(np.array([[1.0, 0.0, 1.0], [0.0, 0.0, 1.0]])).told.tolist()
        [0.66667, 0.33333]
    """
    told = _checked(losses).mean(axis=1).round(digits)
    before = np.concatenate([[inf], np.minimum.accumulate(told)[:-1]])
    return Released(told, told < before)


def fixed_ladder(losses: Losses, *, step: float) -> Released:
    """The Ladder with a fixed step: a new best counts only if it is better by more than ``step``.

    Args:
        losses: Loss of each submission (in the order they came) on each example, in [0, 1].
        step: Least improvement, in (0, 1]; scores are rounded to multiples of it.

    Returns:
        After each submission, the loss of the best one that was accepted.

    Raises:
        DataError: No submissions or examples, losses outside [0, 1], or an impossible step.

    Source:
        Blum & Hardt 2015, arXiv:1502.04585, figure 1.

    Example:
        >>> losses = np.array([[1.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
        >>> fixed_ladder(losses, step=0.3).told.round(2).tolist()
        [0.6, 0.3, 0.3]
    """
    if not 0 < step <= 1:
        raise DataError(f"the step of a Ladder lies in (0, 1], got {step}")
    best, told, accepted = inf, [], []
    for mean in _checked(losses).mean(axis=1):
        better = bool(mean < best - step)
        best = round(mean / step) * step if better else best
        told.append(best)
        accepted.append(better)
    return Released(np.array(told), np.array(accepted))


def ladder(losses: Losses) -> Released:
    """The Ladder without a parameter: a new best must beat the old one by a standard error.

    The standard error is that of the paired difference to the best submission so far.

    Args:
        losses: Loss of each submission (in the order they came) on each example, in [0, 1].

    Returns:
        After each submission, the loss of the best one that was accepted.

    Raises:
        DataError: No submissions, fewer than two examples, or losses outside [0, 1].

    Source:
        Blum & Hardt 2015, arXiv:1502.04585, figure 2.

    Example:
        >>> losses = np.repeat(np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 0.0]]), 5, axis=1)
        >>> ladder(losses).told.tolist()
        [1.0, 0.5, 0.0]
    """
    n = _checked(losses).shape[1]
    if n < 2:
        raise DataError("the Ladder needs at least two examples to know a standard error")
    best, champion = inf, np.zeros(n)
    told, accepted = [], []
    for row in losses:
        mean = fsum(row.tolist()) / n
        better = mean < best - _spread(row - champion) / sqrt(n)
        if better:
            best, champion = round(mean * n) / n, row
        told.append(best)
        accepted.append(better)
    return Released(np.array(told), np.array(accepted))


def _spread(differences: Told) -> float:
    """Their standard deviation; sums are exact, for a tie must not depend on anybody's order."""
    n = len(differences)
    mean = fsum(differences.tolist()) / n
    return sqrt(fsum(((differences - mean) ** 2).tolist()) / (n - 1))


def thresholdout(
    training: Told,
    holdout: Float64[np.ndarray, " h"],
    *,
    threshold: float,
    noise: float,
    budget: int,
    rng: np.random.Generator,
) -> Released:
    """Answers from the training set as long as the holdout agrees; then, noisily, from the holdout.

    Each answer from the holdout costs one of the budget. When it is spent, nothing more is told:
    ``refused_from`` says since when, and those answers are NaN.

    Args:
        training: Mean of each query on the training set, in the order they came.
        holdout: Mean of the same queries on the holdout set.
        threshold: How far the two may be apart, > 0.
        noise: Scale of the Laplace noise, >= 0; the comparison gets 4 times, the threshold twice.
        budget: How often the holdout may answer, >= 1.
        rng: Source of chance.

    Raises:
        DataError: Lengths differ, or a setting is impossible.

    Source:
        Dwork et al. 2015, arXiv:1506.02629, figure 1.

    Example:
        >>> same, chance = np.array([0.1, 0.2]), np.random.Generator(np.random.PCG64(0))
        >>> thresholdout(same, same, threshold=0.5, noise=0.0, budget=1, rng=chance).told.tolist()
        [0.1, 0.2]
    """
    if len(training) != len(holdout) or not len(training):
        raise DataError(f"{len(training)} queries on the training set, {len(holdout)} on the other")
    if not (np.isfinite(training).all() and np.isfinite(holdout).all()):
        raise DataError("some losses are not numbers: leave those queries out first")
    if threshold <= 0 or noise < 0 or budget < 1:
        raise DataError(
            "Thresholdout needs a threshold above 0, noise of at least 0 and a budget of at least "
            f"1, got {threshold}, {noise} and {budget}"
        )
    told, asked = np.full(len(training), nan), np.zeros(len(training), np.bool_)
    bar = threshold + rng.laplace(0.0, 2 * noise)
    for query, (seen, hidden) in enumerate(zip(training, holdout, strict=True)):
        if budget < 1:
            return Released(told, asked, query)
        asked[query] = abs(hidden - seen) > bar + rng.laplace(0.0, 4 * noise)
        told[query] = hidden + rng.laplace(0.0, noise) if asked[query] else seen
        if asked[query]:
            budget -= 1
            bar = threshold + rng.laplace(0.0, 2 * noise)
    return Released(told, asked)


@dataclass(frozen=True)
class Boosted:
    """What an attacker who knows nothing gets on a leaderboard by asking.

    Args:
        queries: How many random submissions were made first.
        naive: The loss of their vote where every score is told.
        ladder: The same where the Ladder answers.
        fresh: The loss of the same submission on new examples: what it is worth.
    """

    queries: Int64[np.ndarray, " q"]
    naive: Float64[np.ndarray, " q"]
    ladder: Float64[np.ndarray, " q"]
    fresh: Float64[np.ndarray, " q"]


def boosting_attack(
    n: int, queries: Int64[np.ndarray, " q"], *, rng: np.random.Generator
) -> Boosted:
    """The loss that votes of random submissions seem to have, once their scores were told.

    Labels are coin tosses, and so is every submission. The attacker keeps those that the usual
    leaderboard gives a loss of at most 1/2, or those that lowered the Ladder's score, and submits
    their majority vote. Its true loss is 1/2, whatever the leaderboard says.

    Args:
        n: Examples of the test set, at least 2.
        queries: After how many submissions to vote, each at least 1.
        rng: Source of chance.

    Raises:
        DataError: Too few examples or queries.

    Source:
        Blum & Hardt 2015, arXiv:1502.04585, section 5.

    Example:
        >>> chance = np.random.Generator(np.random.PCG64(1))
        >>> made = boosting_attack(1000, np.array([200]), rng=chance)
        >>> bool(made.naive[0] < 0.45 < made.ladder[0] < 0.5)
        True
    """
    if n < 2 or not len(queries) or queries.min() < 1:
        raise DataError(f"cannot attack {n} examples with {queries.tolist()[:8]} queries")
    labels = rng.random(n) < 0.5
    guesses = rng.random((int(queries.max()), n)) < 0.5
    losses = (guesses != labels).astype(np.float64)
    asked = np.arange(len(guesses)) < queries[:, None]
    climbed = ladder(losses)
    lowered = climbed.accepted & (climbed.told < 0.5)
    fresh = rng.binomial(2 * n, 0.5, size=len(queries)) / (2 * n)
    good = every_score(losses).told <= 0.5
    return Boosted(
        queries,
        _voted(guesses, labels, asked & good),
        _voted(guesses, labels, asked & lowered),
        fresh,
    )


def _voted(
    guesses: Bool[np.ndarray, "k n"], labels: Bool[np.ndarray, " n"], kept: Bool[np.ndarray, "q k"]
) -> Float64[np.ndarray, " q"]:
    """The loss of the majority of the kept guesses, each time; a tie counts as a yes."""
    yes = kept.astype(np.float32) @ guesses.astype(np.float32)
    said = yes >= kept.sum(axis=1)[:, None] / 2
    return (said != labels).mean(axis=1)


def _checked(losses: Losses) -> Losses:
    if not losses.size:
        raise DataError(f"a leaderboard needs submissions and examples, got {losses.shape}")
    if not ((losses >= 0) & (losses <= 1)).all():
        raise DataError("a loss lies between 0 and 1 on each example, and is a number")
    return losses
