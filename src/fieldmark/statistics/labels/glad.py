"""GLAD: some workers are better and some items harder; how sure a vote is follows from both."""

from collections.abc import Callable
from dataclasses import dataclass
from math import log, pi

import numpy as np
from jaxtyping import Float64

from fieldmark.records import DataError
from fieldmark.statistics.labels.consensus import ByClass, Consensus, climb, expect, start
from fieldmark.statistics.labels.votes import Votes

_STEPS = 2
"""Newton steps per side in each iteration; more of them do not make it finish sooner."""
_STEEPEST = 8.0
"""No single step moves a parameter farther: an item that all got right could run away."""


@dataclass(frozen=True)
class Glad:
    """Classes of the items, how able each worker and how easy each item is.

    A vote of worker w about item j is right with probability 1 / (1 + exp(-ability_w · ease_j)).

    Args:
        consensus: The classes; its history counts the log density of the priors in.
        ability: 0 for a worker who guesses, negative for one who errs on purpose, (workers,).
        ease: Positive; large for an item that everybody gets right, (items,).
    """

    consensus: Consensus
    ability: Float64[np.ndarray, " w"]
    ease: Float64[np.ndarray, " n"]


def glad(votes: Votes, *, most: int = 200, tolerance: float = 1e-6) -> Glad:
    """The classes that votes point to when workers differ in ability and items in difficulty.

    EM whose M-step takes damped Newton steps, first for all workers at once, then for all items at
    once; a step that would lower a worker's or an item's own part is halved, then dropped. So the
    objective (log-likelihood plus log priors) never decreases, which is checked, and the search is
    bounded: each iteration costs a fixed number of passes over the votes.

    Priors: ability ~ N(1, 1) and log ease ~ N(0, 1). They keep a worker with one vote and an item
    that all agree on finite, and tell the solution from its mirror image.

    Args:
        votes: Who answered what; the answers are the classes.
        most: Iterations at most, >= 1.
        tolerance: Gain in the objective per item that counts as none, > 0.

    Returns:
        The fit; ``consensus.converged`` says whether it settled in time.

    Raises:
        DataError: Fewer than two classes, or an impossible option.

    Source:
        Whitehill et al. 2009, "Whose vote should count more", NeurIPS 22; there the
        M-step is conjugate gradient ascent.

    Example:
        >>> from fieldmark.statistics import votes_of
        >>> said = ["cat", "cat", "dog", "dog", "dog", "dog", "cat", "dog", "cat"]
        >>> fitted = glad(votes_of(list("aaabbbccc"), ["ann", "bob", "cy"] * 3, said))
        >>> fitted.consensus.converged, bool(fitted.ability[0] > fitted.ability[1])
        (True, True)
    """
    n, k = len(votes.items), len(votes.answers)
    if k < 2:
        raise DataError("consensus needs at least two classes: of one, nothing can be in doubt")
    if not (most >= 1 and tolerance > 0):
        raise DataError(f"at least 1 iteration and a tolerance > 0, got {most} and {tolerance:g}")
    sides = _Sides(votes)
    place = votes.answer * n + votes.item

    def step(posterior: ByClass) -> tuple[ByClass, float, float]:
        sides.improve(posterior.ravel()[place])
        right, wrong = sides.log_chances()
        wrong = wrong - log(k - 1)
        all_wrong = np.bincount(votes.item, weights=wrong, minlength=n)
        gained = np.bincount(place, weights=right - wrong, minlength=n * k)
        logs = all_wrong + gained.reshape(k, n)
        after, likelihood = expect(logs, np.full(k, 1 / k))
        return after, likelihood, sides.log_density()

    consensus = climb("GLAD", votes, start(votes, np.eye(k)), step, most, tolerance)
    return Glad(consensus, sides.ability, np.exp(sides.log_ease))


class _Sides:
    """Abilities and eases while they are being fitted."""

    def __init__(self, votes: Votes) -> None:
        self.votes = votes
        self.ability = np.ones(len(votes.workers))
        self.log_ease = np.zeros(len(votes.items))

    def improve(self, hit: Float64[np.ndarray, " v"]) -> None:
        """Raise the expected log-likelihood; ``hit`` is how probably each vote is right."""
        for _ in range(_STEPS):
            self._improve_abilities(hit)
        for _ in range(_STEPS):
            self._improve_eases(hit)

    def _improve_abilities(self, hit: np.ndarray) -> None:
        worker, ease = self.votes.worker, np.exp(self.log_ease)[self.votes.item]
        w = len(self.ability)
        chance = _sigmoid(self.ability[worker] * ease)
        slope = np.bincount(worker, (hit - chance) * ease, w) - (self.ability - 1)
        bend = np.bincount(worker, chance * (1 - chance) * ease**2, w) + 1

        def part(ability: np.ndarray) -> np.ndarray:
            gain = _expected(hit, ability[worker] * ease)
            return np.bincount(worker, gain, w) - (ability - 1) ** 2 / 2

        self.ability = _halving(self.ability, slope / bend, part)

    def _improve_eases(self, hit: np.ndarray) -> None:
        item, ability = self.votes.item, self.ability[self.votes.worker]
        n = len(self.log_ease)
        sure = ability * np.exp(self.log_ease)[item]
        chance = _sigmoid(sure)
        slope = np.bincount(item, (hit - chance) * sure, n) - self.log_ease
        # The expected curvature is positive everywhere; the exact one is not.
        bend = np.bincount(item, chance * (1 - chance) * sure**2, n) + 1

        def part(log_ease: np.ndarray) -> np.ndarray:
            gain = _expected(hit, ability * np.exp(log_ease)[item])
            return np.bincount(item, gain, n) - log_ease**2 / 2

        self.log_ease = _halving(self.log_ease, slope / bend, part)

    def log_chances(self) -> tuple[np.ndarray, np.ndarray]:
        """Log probability that each vote is right, and that it is wrong."""
        sure = self.ability[self.votes.worker] * np.exp(self.log_ease)[self.votes.item]
        return -np.logaddexp(0, -sure), -np.logaddexp(0, sure)

    def log_density(self) -> float:
        """Log density of both priors."""
        distance = ((self.ability - 1) ** 2).sum() + (self.log_ease**2).sum()
        return float(-distance / 2 - log(2 * pi) / 2 * (len(self.ability) + len(self.log_ease)))


def _halving(
    now: np.ndarray, step: np.ndarray, part: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """``now`` plus the step, halved where ``part`` would fall, and dropped where that fails too."""
    step = np.clip(step, -_STEEPEST, _STEEPEST)
    before = part(now)
    for _ in range(4):
        worse = part(now + step) < before
        if not worse.any():
            return now + step
        step = np.where(worse, step / 2, step)
    return np.where(part(now + step) < before, now, now + step)


def _expected(hit: np.ndarray, sure: np.ndarray) -> np.ndarray:
    """Expected log chance: hit · log s(sure) + (1 - hit) · log s(-sure), without overflow."""
    return hit * sure - np.logaddexp(0, sure)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    from scipy.special import expit

    return np.asarray(expit(x))
