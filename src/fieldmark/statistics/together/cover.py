"""What similarity proves: a bound on the largest deviation of many subjects from a few centres.

The bound is our own, in the spirit of Mania et al. 2019 and not their theorem. Choose m of the k
subjects as centres. Hoeffding and a union bound hold the centres; every other subject errs
differently from its centre on a share eta of examples only, so the difference of their errors has
variance at most eta, and Bernstein holds that. For any t in (0, eps)

    P[max deviation >= eps]
        <= 2 m exp(-2 n (eps - t)^2) + 2 sum_i exp(-n t^2 / (2 eta_i + 4 t / 3)).
"""

from dataclasses import dataclass
from math import log, sqrt

import numpy as np
from jaxtyping import Float64, Int64

from fieldmark.records import DataError
from fieldmark.statistics.ground.distributions import checked_level

_SHARES = np.linspace(0.02, 0.98, 49)
"""Shares of the error probability that go to the centres; the best of them is taken."""


@dataclass(frozen=True)
class Cover:
    """The best cover that was found, and what it proves.

    Args:
        deviation: With the level asked for, no subject's accuracy on the sample is further than
            this from its true accuracy.
        union: The same without similarity: Hoeffding and a union bound over all subjects.
        centres: Rows of the centres, in the order in which they were chosen.
        disagreement: The largest disagreement of a subject with its nearest centre.
    """

    deviation: float
    union: float
    centres: Int64[np.ndarray, " m"]
    disagreement: float

    @property
    def gain(self) -> float:
        """By which factor fewer examples would do, 1 where similarity does not help."""
        return (self.union / self.deviation) ** 2


def cover_bound(disagreement: Float64[np.ndarray, "k k"], *, n: int, level: float = 0.95) -> Cover:
    """How far any of k similar subjects can stray on n examples, by a cover of a few centres.

    Centres are chosen greedily, each time the subject that is farthest from all so far (at most
    twice the radius of the best cover), for every number of centres; the smallest bound is kept.
    With all subjects as centres it is the plain union bound, so it is never worse.

    Args:
        disagreement: Probability that exactly one of two subjects is wrong, symmetric, 0 on the
            diagonal. The bound is a theorem for values (or upper limits) that were known before
            the n examples were drawn; with values counted on the same examples it is an estimate
            of that theorem.
        n: How many examples.
        level: Confidence level in (0, 1).

    Returns:
        The cover. It holds for subjects that were fixed before the examples were drawn, not for
        those that were tuned on them.

    Raises:
        DataError: No subjects, no examples, or values that are no disagreements.

    Source:
        Own derivation; the idea: Mania et al. 2019, arXiv:1905.12580. Greedy cover: Gonzalez 1985,
        doi:10.1016/0304-3975(85)90224-5.

    Example:
        >>> twins = np.full((1000, 1000), 1e-4) * (1 - np.eye(1000))
        >>> found = cover_bound(twins, n=10_000)
        >>> len(found.centres), round(found.union, 4), round(found.deviation, 4)
        (1, 0.023, 0.0156)
    """
    chance = 1 - checked_level(level)
    k = _checked(disagreement, n)
    order, distances = _greedy(disagreement)
    union = sqrt(log(2 * k / chance) / (2 * n))
    best = Cover(union, union, order, 0.0)
    for m in range(1, k):
        eta = np.delete(distances[m - 1], order[:m])
        centre_part = np.sqrt(np.log(2 * m / (chance * _SHARES)) / (2 * n))
        if centre_part.min() >= best.deviation:
            break  # more centres can only be worse from here on
        others = _bernstein(eta, chance * (1 - _SHARES), n)
        deviation = float((centre_part + others).min())
        if deviation < best.deviation:
            best = Cover(deviation, union, order[:m], float(eta.max()))
    return best


def _greedy(disagreement: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Centres in the order of choice, and after each how far everybody is from the nearest."""
    order = [int(disagreement.mean(axis=1).argmin())]
    distances = [disagreement[order[0]]]
    left = np.ones(len(disagreement), np.bool_)
    left[order[0]] = False
    while left.any():
        far = int(np.where(left, distances[-1], -1.0).argmax())
        left[far] = False
        order.append(far)
        distances.append(np.minimum(distances[-1], disagreement[far]))
    return np.array(order, np.int64), np.array(distances)


def _bernstein(eta: np.ndarray, chances: np.ndarray, n: int) -> np.ndarray:
    """For each chance the smallest t that all differences together exceed no more often."""
    low, high = np.zeros(len(chances)), np.full(len(chances), 1.0)
    for _ in range(50):
        t = (low + high) / 2
        tails = np.exp(-n * t[:, None] ** 2 / (2 * eta + 4 * t[:, None] / 3))
        over = 2 * tails.sum(axis=1) > chances
        low, high = np.where(over, t, low), np.where(over, high, t)
    return high


def _checked(disagreement: np.ndarray, n: int) -> int:
    k = len(disagreement)
    if k < 1 or n < 1:
        raise DataError(f"nothing can be bounded for {k} subjects on {n} examples")
    if disagreement.shape[1] != k:
        raise DataError(f"disagreements of {disagreement.shape[1]} subjects with {k}")
    inside = (disagreement >= 0) & (disagreement <= 1)
    symmetric = np.allclose(disagreement, disagreement.T) and not np.diagonal(disagreement).any()
    if not (inside.all() and symmetric):
        raise DataError("disagreements are shares, alike both ways, and 0 with oneself")
    return k
