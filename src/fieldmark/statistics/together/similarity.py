"""Similarity: how often two subjects are right and wrong together, for all pairs at once.

Everything follows from one count per pair, of the examples that both have right. Counting and
reducing are apart: counts of two halves of a test set add up to the counts of the whole.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64, UInt16

from fieldmark.records import NO_ANSWER, Correct, DataError
from fieldmark.statistics.ground.belonging import insist_on_one_each, insist_on_shares

Shares = Float64[np.ndarray, "..."]
Pairs = Float64[np.ndarray, "s s"]

_BLOCK = 1 << 14
"""Examples at a time: few enough for fast memory, and for float32 to count without rounding."""


@dataclass(frozen=True)
class PairAgreement:
    """Who is right together with whom, subject × subject.

    Args:
        n: How many examples were counted.
        both: On how many of them both are right, int64 (s, s); the diagonal holds each subject's
            own hits.

    Raises:
        DataError: The counts cannot come from n examples.
    """

    n: int
    both: Int64[np.ndarray, "s s"]

    def __post_init__(self) -> None:
        least = np.maximum(self.hits[:, None] + self.hits - self.n, 0)
        most = np.minimum(self.hits[:, None], self.hits)
        if self.n < 0 or ((self.both < least) | (self.both > most)).any():
            raise DataError(f"these counts of pairs cannot come from {self.n} examples")

    def __add__(self, other: "PairAgreement") -> "PairAgreement":
        """The counts of both test sets together, for the same subjects in the same order."""
        if len(other.both) != len(self.both):
            raise DataError(f"{len(self.both)} subjects cannot be added to {len(other.both)}")
        return PairAgreement(self.n + other.n, self.both + other.both)

    @property
    def hits(self) -> Int64[np.ndarray, " s"]:
        """How many examples each subject has right."""
        return np.diagonal(self.both)

    @property
    def only_first(self) -> Int64[np.ndarray, "s s"]:
        """On how many examples the subject of the row is right and that of the column wrong."""
        return self.hits[:, None] - self.both

    @property
    def accuracies(self) -> Float64[np.ndarray, " s"]:
        """Share of examples each subject has right; NaN without examples."""
        return _shares(self.hits, self.n)

    @property
    def observed(self) -> Pairs:
        """0-1 agreement: share of examples that both have right or both wrong; 1 with oneself."""
        return _shares(self.n - self.only_first - self.only_first.T, self.n)

    @property
    def expected(self) -> Pairs:
        """The agreement of two subjects of these accuracies who err independently."""
        return independent_agreement(self.accuracies[:, None], self.accuracies)

    @property
    def kappa(self) -> Pairs:
        """Error consistency, Cohen's kappa of being right; NaN where it is undefined."""
        return kappa(self.observed, self.expected)

    @property
    def covariance(self) -> Pairs:
        """The covariance of being right on an example (divided by n); NaN without examples."""
        return _shares(self.both, self.n) - np.outer(self.accuracies, self.accuracies)


def pair_agreement(
    correct: Correct, *, labelled: Bool[np.ndarray, " n"] | None = None
) -> PairAgreement:
    """How often each two subjects are right together, counted for all pairs by matrix products.

    Args:
        correct: Was subject s right on example n? All rows are about the same examples in the
            same order.
        labelled: Has the example a label? None when all have; the others are not counted.

    Raises:
        DataError: Not one label per example.

    Source:
        Geirhos, Meding & Wichmann 2020, arXiv:2006.16736; Mania et al. 2019, arXiv:1905.12580.

    Example:
        >>> three = np.array([[1, 1, 1, 0], [1, 1, 0, 0], [0, 0, 0, 1]], bool)
        >>> found = pair_agreement(three)
        >>> found.both.tolist()
        [[3, 2, 0], [2, 2, 0], [0, 0, 1]]
        >>> found.observed[0].tolist(), found.kappa[0].round(3).tolist()
        ([1.0, 0.75, 0.0], [1.0, 0.5, -0.6])
    """
    known = np.ones(correct.shape[1], np.bool_) if labelled is None else labelled
    insist_on_one_each("answers and labels", correct, known)
    counted = correct if labelled is None else correct[:, labelled]
    subjects, n = counted.shape
    both = np.zeros((subjects, subjects), np.int64)
    for start in range(0, n, _BLOCK):
        block = counted[:, start : start + _BLOCK].astype(np.float32)
        both += (block @ block.T).astype(np.int64)
    return PairAgreement(n, both)


def same_answers(classes: UInt16[np.ndarray, "s n"]) -> Pairs:
    """The share of examples on which two subjects give the same answer, right or wrong.

    Args:
        classes: Each subject's best class per example; ``NO_ANSWER`` where it gave none, which is
            the same as nobody's.

    Returns:
        float64 (s, s), symmetric; on the diagonal the share that the subject answered at all. NaN
        without examples.

    Example:
        >>> same_answers(np.array([[3, 3, 7], [3, 5, 7]], np.uint16)).round(3).tolist()
        [[1.0, 0.667], [0.667, 1.0]]
    """
    subjects, n = classes.shape
    same = np.zeros((subjects, subjects), np.int64)
    for start in range(0, n, _BLOCK):
        block = np.ascontiguousarray(classes[:, start : start + _BLOCK])
        silent = (block == NO_ANSWER).astype(np.float32)
        same -= (silent @ silent.T).astype(np.int64)
        for row in range(subjects):
            # Bits are counted eight bytes at a time, which is far faster than adding booleans.
            bits = np.packbits(block[row] == block[row:], axis=1)
            bits = np.pad(bits, ((0, 0), (0, -bits.shape[1] % 8))).view(np.uint64)
            same[row, row:] += np.bitwise_count(bits).sum(axis=1, dtype=np.int64)
    lower = np.tril_indices(subjects, -1)
    same[lower] = same.T[lower]
    return _shares(same, n)


def independent_agreement(first: Shares, second: Shares) -> Shares:
    """The 0-1 agreement that follows from two accuracies alone, when errors are independent.

    Raises:
        DataError: An accuracy outside [0, 1]; NaN passes through.

    Example:
        >>> independent_agreement(np.array([0.9]), np.array([0.8])).round(3).tolist()
        [0.74]
    """
    for some in (first, second):
        insist_on_shares("accuracies", some)
    return first * second + (1 - first) * (1 - second)


def kappa(observed: Shares, expected: Shares) -> Shares:
    """Cohen's kappa, elementwise: agreement beyond chance, as a share of what was possible.

    Args:
        observed: Observed agreement in [0, 1].
        expected: Agreement expected by chance, the same shape.

    Returns:
        float64; 1 for perfect agreement, 0 for chance, and NaN where chance alone gives perfect
        agreement (both always right, or both always wrong): there nothing was left to agree on.

    Source:
        Cohen 1960, doi:10.1177/001316446002000104.

    Example:
        >>> kappa(np.array([0.9, 1.0]), np.array([0.5, 1.0])).round(3).tolist()
        [0.8, nan]
    """
    room = np.where(expected < 1, 1 - expected, np.nan)
    return (observed - expected) / room


def agreement_bounds(first: Shares, second: Shares) -> tuple[Shares, Shares]:
    """(least, most) 0-1 agreement that two accuracies allow; both ends can be reached.

    Raises:
        DataError: An accuracy outside [0, 1]; NaN passes through.

    Source:
        Geirhos, Meding & Wichmann 2020, arXiv:2006.16736, for two known accuracies.

    Example:
        >>> least, most = agreement_bounds(np.array([0.9]), np.array([0.8]))
        >>> least.round(3).tolist(), most.round(3).tolist()
        ([0.7], [0.9])
    """
    for some in (first, second):
        insist_on_shares("accuracies", some)
    return np.abs(first + second - 1), 1 - np.abs(first - second)


def agreement_bounds_by_chance(expected: Shares) -> tuple[Shares, Shares]:
    """(least, most) 0-1 agreement that is possible for some accuracies with this chance agreement.

    Wider than ``agreement_bounds``, which knows the accuracies.

    Args:
        expected: Agreement expected by chance, in [0, 1].

    Raises:
        DataError: An agreement outside [0, 1]; NaN passes through.

    Source:
        Geirhos, Meding & Wichmann 2020, arXiv:2006.16736.

    Example:
        >>> least, most = agreement_bounds_by_chance(np.array([0.32, 0.68]))
        >>> least.round(3).tolist(), most.round(3).tolist()
        ([0.0, 0.6], [0.4, 1.0])
    """
    insist_on_shares("agreements", expected)
    least = np.sqrt(np.maximum(2 * expected - 1, 0.0))
    most = 1 - np.sqrt(np.maximum(1 - 2 * expected, 0.0))
    return least, most


def _shares(counts: np.ndarray, n: int) -> np.ndarray:
    return counts / n if n else np.full(counts.shape, np.nan)
