"""Dawid-Skene and its one-coin version: which classes votes point to when workers err unequally."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64, Int64

from fieldmark.records import DataError
from fieldmark.statistics.labels.consensus import (
    LEAST,
    ByClass,
    Consensus,
    climb,
    expect,
    frequencies,
    start,
    voted,
)
from fieldmark.statistics.labels.votes import Votes
from fieldmark.statistics.shares.intervals import wilson_bounds


@dataclass(frozen=True)
class DawidSkene:
    """Classes of the items, and how each worker confuses them.

    Args:
        consensus: The classes.
        confusion: P(worker w answers l | class k), float64 (workers, k, l); NaN for a worker
            who met nothing of a class.
        met: How many items of class k worker w is expected to have met, float64 (workers, k).
    """

    consensus: Consensus
    confusion: Float64[np.ndarray, "w k l"]
    met: Float64[np.ndarray, "w k"]

    def bounds(
        self, *, level: float = 0.95
    ) -> tuple[Float64[np.ndarray, "w k l"], Float64[np.ndarray, "w k l"]]:
        """(low, high) of each confusion: Wilson's interval at the expected counts.

        It takes the posterior for the truth, so it is too short where classes are uncertain.
        """
        met = np.broadcast_to(self.met[:, :, None], self.confusion.shape)
        hits = np.minimum(np.nan_to_num(self.confusion) * met, met)
        return wilson_bounds(hits, met, level=level)


@dataclass(frozen=True)
class OneCoin:
    """Classes of the items, and how often each worker is right.

    Args:
        consensus: The classes.
        right: P(worker w is right), float64 (workers,); NaN for a worker without votes.
        cast: How many votes each worker cast, int64 (workers,).
    """

    consensus: Consensus
    right: Float64[np.ndarray, " w"]
    cast: Int64[np.ndarray, " w"]

    def bounds(
        self, *, level: float = 0.95
    ) -> tuple[Float64[np.ndarray, " w"], Float64[np.ndarray, " w"]]:
        """(low, high) of each worker's rate: Wilson's, the posterior taken for the truth.

        So it is too short: 95 % covers about 90 % of the rates where three classes get five votes
        an item from workers who are right between 45 and 95 % of the time.
        """
        return wilson_bounds(np.nan_to_num(self.right) * self.cast, self.cast * 1.0, level=level)


def dawid_skene(
    votes: Votes,
    *,
    says: Float64[np.ndarray, "l k"] | None = None,
    smoothing: float = 0.01,
    most: int = 1000,
    tolerance: float = 1e-8,
) -> DawidSkene:
    """The classes that votes point to when each worker confuses classes in their own way.

    EM from the votes' shares. The objective is the observed-data log-likelihood (with smoothing,
    plus the log density of a Dirichlet prior); each iteration checks that it has not decreased,
    and the search ends when it gains less than ``tolerance`` per item. It finds a local maximum
    near what most workers say.

    Args:
        votes: Who answered what.
        says: What each answer says of each class before anything is learnt about the workers,
            float64 (answers, classes), not negative, a positive sum in each row; None when each
            answer is a class. There may be more answers than classes: "no", "maybe" and "yes"
            about two classes start from ``[[1, 0], [0.5, 0.5], [0, 1]]``.
        smoothing: Votes added to each square of each worker's confusions, >= 0.
        most: Iterations at most, >= 1.
        tolerance: Gain per item that counts as none, > 0.

    Raises:
        DataError: Fewer than two classes, or an impossible option.

    Source:
        Dawid & Skene 1979, doi:10.2307/2346806, section 3; the start from shares and the Dirichlet
        prior are ours.

    Example:
        >>> from fieldmark.statistics import votes_of
        >>> said = ["cat", "cat", "dog", "dog", "dog", "dog", "cat", "dog", "cat"]
        >>> made = votes_of(list("aaabbbccc"), ["ann", "bob", "cy"] * 3, said)
        >>> [made.answers[best] for best in dawid_skene(made).consensus.labels()]
        ['cat', 'dog', 'cat']
    """
    says = np.eye(len(votes.answers)) if says is None else says
    _check_options(votes, says, smoothing, most, tolerance)
    w, answers, k = len(votes.workers), len(votes.answers), says.shape[1]
    cast, items = _cast(votes), voted(votes)

    def learnt(posterior: ByClass) -> tuple[np.ndarray, np.ndarray]:
        counts = (cast.T @ posterior.T).reshape(w, answers, k)
        met = counts.sum(axis=1)
        return (counts + smoothing) / np.maximum(met + answers * smoothing, LEAST)[:, None], met

    def step(posterior: ByClass) -> tuple[ByClass, float, float]:
        table, _ = learnt(posterior)
        logs = np.log(np.maximum(table, LEAST))
        said = np.ascontiguousarray((cast @ logs.reshape(-1, k)).T)
        after, likelihood = expect(said, frequencies(posterior, items))
        return after, likelihood, smoothing * float(logs.sum()) if smoothing else 0.0

    consensus = climb("Dawid-Skene", votes, start(votes, says), step, most, tolerance)
    table, met = learnt(consensus.posterior.T)
    known = np.where((met > 0)[:, None], table, np.nan)
    return DawidSkene(consensus, np.ascontiguousarray(known.transpose(0, 2, 1)), met)


def one_coin(
    votes: Votes, *, smoothing: float = 0.01, most: int = 1000, tolerance: float = 1e-8
) -> OneCoin:
    """The classes that votes point to when each worker is right with one chance of their own.

    A worker who is wrong takes each other class equally often. Fewer parameters than Dawid-Skene,
    so it is the better of the two where workers cast few votes.

    Args:
        votes: Who answered what; the answers are the classes.
        smoothing: Right votes, and votes for each wrong class, added to each worker's, >= 0.
        most: Iterations at most, >= 1.
        tolerance: Gain in the objective per item that counts as none, > 0.

    Raises:
        DataError: Fewer than two classes, or an impossible option.

    Source:
        The "homogeneous" Dawid-Skene model: Li & Yu 2014, arXiv:1411.4086.

    Example:
        >>> from fieldmark.statistics import votes_of
        >>> said = ["cat", "cat", "dog", "dog", "dog", "dog", "cat", "dog", "cat"]
        >>> fitted = one_coin(votes_of(list("aaabbbccc"), ["ann", "bob", "cy"] * 3, said))
        >>> bool(fitted.right[0] > fitted.right[1])
        True
    """
    says = np.eye(len(votes.answers))
    _check_options(votes, says, smoothing, most, tolerance)
    n, k, w = len(votes.items), len(votes.answers), len(votes.workers)
    place, items = votes.answer * n + votes.item, voted(votes)
    cast = np.bincount(votes.worker, minlength=w)

    def learnt(posterior: ByClass) -> np.ndarray:
        hits = np.bincount(votes.worker, weights=posterior.ravel()[place], minlength=w)
        return (hits + smoothing) / np.maximum(cast + k * smoothing, LEAST)

    def step(posterior: ByClass) -> tuple[ByClass, float, float]:
        right = learnt(posterior)
        yes = np.log(np.maximum(right, LEAST))
        no = np.log(np.maximum((1 - right) / (k - 1), LEAST))
        all_wrong = np.bincount(votes.item, weights=no[votes.worker], minlength=n)
        gained = np.bincount(place, weights=(yes - no)[votes.worker], minlength=n * k)
        logs = all_wrong + gained.reshape(k, n)
        after, likelihood = expect(logs, frequencies(posterior, items))
        return after, likelihood, smoothing * float((yes + (k - 1) * no).sum())

    consensus = climb("one-coin", votes, start(votes, says), step, most, tolerance)
    right = np.where(cast > 0, learnt(np.ascontiguousarray(consensus.posterior.T)), np.nan)
    return OneCoin(consensus, right, cast)


def _cast(votes: Votes) -> Any:  # noqa: ANN401  # SciPy's sparse arrays carry no types
    """Which answer of which worker each item got: sparse (items, workers × answers)."""
    from scipy.sparse import csr_array

    column = votes.worker * len(votes.answers) + votes.answer
    shape = (len(votes.items), len(votes.workers) * len(votes.answers))
    return csr_array((np.ones(len(votes)), (votes.item, column)), shape=shape)


def _check_options(
    votes: Votes, says: np.ndarray, smoothing: float, most: int, tolerance: float
) -> None:
    if says.shape[0] != len(votes.answers):
        raise DataError(f"{says.shape[0]} answers are explained, but {len(votes.answers)} exist")
    if says.shape[1] < 2:
        raise DataError("consensus needs at least two classes: of one, nothing can be in doubt")
    if not (np.isfinite(says).all() and (says >= 0).all() and (says.sum(axis=1) > 0).all()):
        raise DataError("what an answer says is not negative, and something of at least one class")
    if not (smoothing >= 0 and most >= 1 and tolerance > 0):
        raise DataError(
            f"smoothing >= 0, at least 1 iteration and a tolerance > 0 are needed, got "
            f"{smoothing:g}, {most} and {tolerance:g}"
        )
