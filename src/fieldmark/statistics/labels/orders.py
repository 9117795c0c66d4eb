"""The order of labels: would answers be right far more often if classes were counted otherwise?"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, log2, nan
from typing import Literal

import numpy as np
from jaxtyping import Bool, Int64

from fieldmark.records import DataError, Estimate
from fieldmark.statistics.differences.paired import mcnemar
from fieldmark.statistics.ground.multiplicity import holm
from fieldmark.statistics.shares.intervals import clopper_pearson

Call = Literal["as labelled", "another order", "doubtful", "too few"]
Places = Int64[np.ndarray, " k"]

Usual = tuple[Int64[np.ndarray, " pairs"], Int64[np.ndarray, " seen"]]

_CLEAR = 0.25
"""In fewer of the classes an order does not explain the answers: neighbours in ImageNet's order are
often of one kind, and a subject that is always wrong names the next class in up to a tenth."""


@dataclass(frozen=True)
class OrderTest:
    """One other order, held against the labels as they are.

    Args:
        name: Which.
        right: Share of examples whose answer is right if labels mean that order (Clopper-Pearson).
        gain: That minus the share that is right by the labels as they are (paired, Tango).
        p: Exact McNemar p-value of no difference, Holm-adjusted for all orders tried.
        agreeing: Of the classes with examples, the share whose most frequent answer is the class
            that the order says.
        p_agreeing: How probable as many classes would be, were each one's most frequent answer any
            of the other classes.
    """

    name: str
    right: Estimate
    gain: Estimate
    p: float
    agreeing: float
    p_agreeing: float


@dataclass(frozen=True)
class OrderProbe:
    """What the answers say of the order of the labels.

    Args:
        call: "another order" where one order explains the answers beyond doubt, "doubtful" where
            some order is better but does not explain them, "too few" where no evidence could
            have been enough.
        given: Share that is right by the labels as they are (Clopper-Pearson).
        tests: Every order tried, the one with most right answers first.
        needed: With fewer labelled examples no order is ever called.
    """

    call: Call
    given: Estimate
    tests: tuple[OrderTest, ...]
    needed: int

    @property
    def first(self) -> OrderTest | None:
        """The order that is better than the labels; None where none is."""
        return self.tests[0] if self.call in ("another order", "doubtful") else None


def order_probe(
    best: Int64[np.ndarray, " n"],
    labels: Int64[np.ndarray, "rows m"],
    orders: Mapping[str, Places],
    *,
    alpha: float = 1e-6,
) -> OrderProbe:
    """Whether labels count classes in the order that the answers do.

    An order is called if, by it, answers are right more often (exact McNemar test on the same
    examples, Holm-adjusted for all orders, at ``alpha``) **and** in at least a quarter of the
    classes the most frequent answer is the class it says: more classes than chance allows (binomial
    tail at ``alpha``), and four times as many as for the labels as they are. The latter tells a
    mistake of counting from a set on which the subject is merely wrong: an adversarially filtered
    one, say, where any other order is better than the labels.

    Args:
        best: The best class of each example; a number that is no class where there was no answer.
        labels: int64 (n, m), padded with -1.
        orders: From a name to the class that is meant by each label.
        alpha: How improbable a false call by chance may be; among fewer than eight classes the
            default is never reached.

    Raises:
        DataError: There are not as many answers as labels, or an order of fewer classes.

    Example:
        >>> labels = np.arange(60)[:, None] % 12
        >>> text = np.array([0, 1, 10, 11, 2, 3, 4, 5, 6, 7, 8, 9])
        >>> probe = order_probe(text[labels[:, 0]], labels, {"text-sorted": text})
        >>> probe.call, str(probe.given), str(probe.tests[0].right)
        ('another order', '0.167 [0.083, 0.285] (n=60)', '1.000 [0.940, 1.000] (n=60)')
    """
    k = _insist(best, labels, orders)
    counted = np.asarray((labels >= 0).any(axis=1))
    n, missing = int(counted.sum()), int((~counted).sum())
    needed = ceil(1 + log2(max(1, len(orders)) / alpha))
    now = _right(best, labels, np.arange(k))
    given = clopper_pearson(int(now.sum()), n, missing=missing)
    usual = _usual(best, labels, k)
    tests = _tests(best, labels, orders, now, usual)
    seen = len(usual[1])
    call: Call = "as labelled"
    if n < needed or _chance(seen, seen, k) > alpha:
        call = "too few"
    elif tests and tests[0].gain.value > 0 and tests[0].p <= alpha:
        first, straight = tests[0], _agreeing(usual, np.arange(k))
        sure = first.agreeing >= max(_CLEAR, 4 * straight / seen) and first.p_agreeing <= alpha
        call = "another order" if sure else "doubtful"
    return OrderProbe(call, given, tests, needed)


def _insist(best: np.ndarray, labels: np.ndarray, orders: Mapping[str, Places]) -> int:
    """The number of classes.

    Raises:
        DataError: Lengths differ.
    """
    if len(best) != len(labels):
        raise DataError(f"{len(best)} answers cannot be held against {len(labels)} labels")
    highest = int(labels.max(initial=-1))
    sizes = {len(one) for one in orders.values()}
    if len(sizes) > 1 or (sizes and highest >= min(sizes)):
        raise DataError(f"orders of {sorted(sizes)} classes cannot explain a label {highest}")
    return min(sizes, default=highest + 1)


def _right(best: np.ndarray, labels: np.ndarray, meant: Places) -> Bool[np.ndarray, " n"]:
    there = labels >= 0
    return ((meant[np.where(there, labels, 0)] == best[:, None]) & there).any(axis=1)


def _tests(
    best: np.ndarray,
    labels: np.ndarray,
    orders: Mapping[str, Places],
    now: Bool[np.ndarray, " n"],
    usual: Usual,
) -> tuple[OrderTest, ...]:
    """Every order, the one with most right answers first."""
    counted = np.asarray((labels >= 0).any(axis=1))
    seen = len(usual[1])
    then = {name: _right(best, labels, meant) for name, meant in orders.items()}
    paired = {name: mcnemar(right, now, labelled=counted) for name, right in then.items()}
    adjusted = holm(np.array([one.p_exact for one in paired.values()], dtype=np.float64))
    n, missing = int(counted.sum()), int((~counted).sum())
    found = []
    for name, p in zip(orders, adjusted, strict=True):
        agreeing = _agreeing(usual, orders[name])
        found.append(
            OrderTest(
                name=name,
                right=clopper_pearson(int(then[name].sum()), n, missing=missing),
                gain=paired[name].difference,
                p=float(p),
                agreeing=agreeing / seen if seen else nan,
                p_agreeing=_chance(agreeing, seen, len(orders[name])),
            )
        )
    return tuple(sorted(found, key=lambda one: (-int(then[one.name].sum()), one.name)))


def _usual(best: np.ndarray, labels: np.ndarray, k: int) -> Usual:
    """(class · k + answer for every answer that is the most frequent of its class; classes).

    An example belongs to the first of its labels.
    """
    places = (labels >= 0).argmax(axis=1)
    own = labels[np.arange(len(labels)), places]
    rows = (own >= 0) & (best >= 0) & (best < k)
    pairs, times = np.unique(own[rows] * k + best[rows], return_counts=True)
    classes = pairs // k
    most = np.zeros(k, np.int64)
    np.maximum.at(most, classes, times)
    return pairs[times == most[classes]], np.unique(own[own >= 0])


def _agreeing(usual: Usual, meant: Places) -> int:
    """In how many classes what ``meant`` says is the most frequent answer, or ties with it."""
    pairs, seen = usual
    return int(np.isin(seen * len(meant) + meant[seen], pairs).sum())


def _chance(agreeing: int, seen: int, k: int) -> float:
    """How probable so many classes are, were each one's most frequent answer any other class."""
    from scipy.special import bdtrc

    return float(bdtrc(agreeing - 1, seen, 1 / (k - 1))) if agreeing and k > 1 else 1.0
