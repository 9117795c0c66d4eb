"""What a model makes of votes, and the EM that finds it and never goes down."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

from fieldmark.statistics.labels.votes import TIED, Votes

ByClass = Float64[np.ndarray, "k n"]
"""A posterior while it is being fitted: a row per class, which NumPy adds up ten times as fast."""
LEAST = 1e-300
"""A probability of 0 has no logarithm; this is as good as none."""


@dataclass(frozen=True)
class Consensus:
    """What a model of the workers makes of their votes.

    Args:
        model: Its name.
        posterior: How probable each class is for each item, float64 (n, k), rows add up to 1.
        prior: How frequent each class is, float64 (k,).
        log_likelihood: Observed-data log-likelihood of all votes, nats.
        history: The objective per item in each iteration: the log-likelihood, plus the log prior
            of the parameters where there is one. It never decreases.
        converged: Did the objective settle before the iterations ran out?
    """

    model: str
    posterior: Float64[np.ndarray, "n k"]
    prior: Float64[np.ndarray, " k"]
    log_likelihood: float
    history: tuple[float, ...]
    converged: bool

    @property
    def iterations(self) -> int:
        """How many there were."""
        return len(self.history)

    def labels(self) -> Int64[np.ndarray, " n"]:
        """The most probable class of each item; ``TIED`` where the two most probable are equal."""
        ordered = np.sort(self.posterior, axis=1)
        open_still = ordered[:, -1] - ordered[:, -2] < 1e-9
        return np.where(open_still, TIED, self.posterior.argmax(axis=1))


def climb(
    model: str,
    votes: Votes,
    posterior: ByClass,
    step: Callable[[ByClass], tuple[ByClass, float, float]],
    most: int,
    tolerance: float,
) -> Consensus:
    """EM: iterate ``step`` until the objective settles, and insist that it never decreases.

    Args:
        model: What to call it.
        votes: Who answered what.
        posterior: Where to start.
        step: From a posterior to (the next one, its log-likelihood, the log prior density of the
            parameters between the two).
        most: Iterations at most.
        tolerance: Gain per item that counts as none.
    """
    n = len(votes.items)
    history: list[float] = []
    converged, likelihood = False, 0.0
    while not converged and len(history) < most:
        posterior, likelihood, density = step(posterior)
        now = (likelihood + density) / n
        if history:
            # A broken derivation shows here; rounding of a sum over the items does not.
            assert now >= history[-1] - 1e-9 * (1 + abs(now)), f"{model}: {history[-1]} -> {now}"
            converged = now - history[-1] < tolerance
        history.append(now)
    prior = frequencies(posterior, voted(votes))
    by_item = np.ascontiguousarray(posterior.T)
    return Consensus(model, by_item, prior, likelihood, tuple(history), converged)


def start(votes: Votes, says: Float64[np.ndarray, "l k"]) -> ByClass:
    """What the votes' shares say; an item without votes starts from what all the others say."""
    voices = votes.counts() @ (says / says.sum(axis=1, keepdims=True))
    heard = voices.sum(axis=1, keepdims=True)
    of_all = voices.sum(axis=0) / heard.sum()
    return np.ascontiguousarray(np.where(heard > 0, voices / np.maximum(heard, 1), of_all).T)


def voted(votes: Votes) -> slice | Bool[np.ndarray, " n"]:
    """The items that somebody voted on; a slice when they are all."""
    some = np.bincount(votes.item, minlength=len(votes.items)) > 0
    return slice(None) if some.all() else some


def frequencies(
    posterior: ByClass, items: slice | Bool[np.ndarray, " n"]
) -> Float64[np.ndarray, " k"]:
    """How frequent each class is among these items."""
    return np.asarray(posterior[:, items].mean(axis=1))


def expect(logs: ByClass, prior: Float64[np.ndarray, " k"]) -> tuple[ByClass, float]:
    """(posterior, log-likelihood) from what the votes say of each class, in logarithms."""
    logs = logs + np.log(np.maximum(prior, LEAST))[:, None]
    top = logs.max(axis=0)
    shares = np.exp(logs - top)
    total = shares.sum(axis=0)
    return shares / total, float((top + np.log(total)).sum())
