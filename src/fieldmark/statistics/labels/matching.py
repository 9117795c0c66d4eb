"""What matching on noisy selection frequencies does to accuracy, and three ways to undo it."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

from fieldmark.records import DataError, Estimate, undefined
from fieldmark.statistics.ground.distributions import checked_level, percent_sure
from fieldmark.statistics.ground.resampling import middle_of
from fieldmark.statistics.labels.selection import Selection, thinned_chances

_COMPONENTS = 10
_STEPS = 200
_GRID = (np.arange(400) + 0.5) / 400


@dataclass(frozen=True)
class Matched:
    """Accuracy on a replica, had it the reference's selection frequencies.

    Args:
        plain: Accuracy on the replica as it is.
        adjusted: T_n: each observed frequency of the replica weighted as in the reference.
        jackknife: T_n without the part of its bias that is proportional to 1 / n.
        beta_binomial: The same with the frequencies behind the observed ones.
        answers: n, the number of answers about each example that T_n rests on.
        uncovered: The share of the reference whose frequency no example of the replica has.
    """

    plain: Estimate
    adjusted: Estimate
    jackknife: Estimate
    beta_binomial: Estimate
    answers: int
    uncovered: float


def matched_accuracy(
    reference: Selection,
    replica: Selection,
    correct: Bool[np.ndarray, " m"],
    *,
    rng: np.random.Generator,
    leave_out: int = 1,
    draws: int = 200,
    level: float = 0.95,
) -> Matched:
    """Accuracy on a replica at the selection frequencies of its reference, with the bias undone.

    An observed frequency is the true one plus noise. Examples of a harder pool that are observed
    as often as those of the reference are truly selected less often (regression to the mean), so
    a replica matched on observed frequencies is harder, and a model looks worse on it. Three
    estimators of the accuracy it would have if the true frequencies were matched:

    - T_n = sum over observed frequencies b of acc_replica(b) · P_reference(b): biased, less so the
      more answers n there are about each example;
    - its delete-d jackknife (n · T_n - (n - d) · T_(n-d)) / d, where T_(n-d) comes from tables
      averaged over all ways of leaving out d answers about each example;
    - beta-binomial: the true frequencies of the reference, and of the right and the wrong examples
      of the replica, each as a mixture of 10 fixed Beta densities (Bernstein polynomials) with
      weights by 200 steps of EM; acc(s) follows from Bayes' rule and is integrated over the
      reference's frequencies.

    The replica's answers must be **fresh**: not the ones that it was selected by, whose noise is
    what selected it.

    Args:
        reference: Who took what on the reference.
        replica: Who took what on the replica, asked anew.
        correct: Was the model right on each example of the replica?
        rng: Source of chance.
        leave_out: d, at least 1 and fewer than the answers about any example.
        draws: Bootstrap samples of the examples of both sets.
        level: Share of the draws between low and high.

    Returns:
        Four estimates; ``n`` counts the replica's examples, ``missing`` those shown to nobody.
        Undefined when either set has no example that was shown; ``adjusted`` and ``jackknife`` also
        when no frequency of the reference occurs in the replica.

    Raises:
        DataError: Lengths differ, or an impossible option.

    Source:
        Engstrom et al. 2020, arXiv:2005.09619: the statistic, its jackknife and a mixture of
        beta-binomials. The exact averaging and the fixed components are ours.

    Example:
        >>> rng = np.random.Generator(np.random.PCG64(0))
        >>> easy, hard = rng.beta(5, 1, 2000), rng.beta(3, 2, 2000)
        >>> ten = np.full(2000, 10)
        >>> sets = [Selection(rng.binomial(ten, s), ten) for s in (easy, hard)]
        >>> found = matched_accuracy(*sets, rng.random(2000) < hard, rng=rng)
        >>> round(found.plain.value, 2), round(found.beta_binomial.value, 2)
        (0.58, 0.82)
        >>> round(float(easy.mean()), 2)
        0.83
    """
    if len(correct) != len(replica):
        raise DataError(f"{len(correct)} answers to a replica of {len(replica)} examples")
    checked_level(level)
    if draws < 2:
        raise DataError(f"an interval needs at least 2 bootstrap samples, got {draws}")
    seen = replica.shown > 0
    missing = int((~seen).sum())
    reference, correct = reference.of(reference.shown > 0), correct[seen]
    replica = replica.of(seen)
    method = f"bootstrap over the examples of both sets, percentile {percent_sure(level)}"
    if not len(reference) or not len(replica):
        none = undefined(method, missing=missing)
        return Matched(none, none, none, none, 0, 1.0)
    n = int(min(reference.shown.min(), replica.shown.min()))
    if not 1 <= leave_out < n:
        raise DataError(
            f"of {n} answers about each example at least 1 and at most {n - 1} can be left out, "
            f"got {leave_out}"
        )
    kinds = _Kinds(reference, replica, correct)
    tables = [
        np.concatenate([first[None], more])
        for first, more in zip(kinds.counts, kinds.drawn(draws, rng), strict=True)
    ]
    whole, part = (kinds.adjusted(tables, shown) for shown in (n, n - leave_out))
    right, wrong = tables[1].sum(axis=1), tables[2].sum(axis=1)
    jackknifed = (n * whole - (n - leave_out) * part) / leave_out

    def estimate(values: np.ndarray) -> Estimate:
        drawn = values[1:][~np.isnan(values[1:])]
        if np.isnan(values[0]) or not len(drawn):
            return undefined(method, n=len(replica), missing=missing)
        ends = middle_of(drawn, level)
        return Estimate(float(values[0]), *ends, len(replica), method, missing)

    return Matched(
        estimate(right / (right + wrong)),
        estimate(whole),
        estimate(jackknifed),
        estimate(kinds.deconvolved(tables)),
        answers=n,
        uncovered=kinds.uncovered(n),
    )


class _Kinds:
    """Examples with the same answers are the same example: their kinds, and how often each is."""

    def __init__(self, reference: Selection, replica: Selection, correct: np.ndarray) -> None:
        parts = [reference, replica.of(correct), replica.of(~correct)]
        pairs = np.concatenate([np.stack([one.selected, one.shown], axis=1) for one in parts])
        kinds, which = np.unique(pairs, axis=0, return_inverse=True)
        sizes = np.cumsum([len(one) for one in parts])[:-1]
        self.selected, self.shown = kinds[:, 0], kinds[:, 1]
        # How often each kind is in the reference, among the right and among the wrong answers.
        self.counts = [
            np.bincount(rows, minlength=len(kinds)).astype(np.float64)
            for rows in np.split(which.ravel(), sizes)
        ]

    def drawn(self, draws: int, rng: np.random.Generator) -> list[Float64[np.ndarray, "draws k"]]:
        """The three tables of resampled examples, the two sets drawn apart."""
        reference, right, wrong = self.counts
        own = rng.multinomial(int(reference.sum()), reference / reference.sum(), size=draws)
        both = np.concatenate([right, wrong])
        other = rng.multinomial(int(both.sum()), both / both.sum(), size=draws)
        return [one.astype(np.float64) for one in (own, *np.split(other, 2, axis=1))]

    def adjusted(self, tables: list[np.ndarray], shown: int) -> Float64[np.ndarray, " draws"]:
        """T of ``shown`` answers: the replica's accuracy, weighted as the reference is."""
        chances = thinned_chances(self.selected, self.shown, shown)
        reference, right, wrong = (table @ chances for table in tables)
        replica = right + wrong
        there = replica > 1e-12
        accuracy = right / np.where(there, replica, 1)
        covered = (reference * there).sum(axis=1)
        return np.where(
            covered > 0,
            (reference * there * accuracy).sum(axis=1) / np.where(covered > 0, covered, 1),
            np.nan,
        )

    def uncovered(self, shown: int) -> float:
        """The share of the reference that ``adjusted`` must leave out."""
        chances = thinned_chances(self.selected, self.shown, shown)
        reference, right, wrong = (table @ chances for table in self.counts)
        return float(reference[right + wrong <= 1e-12].sum() / reference.sum())

    def deconvolved(self, tables: list[np.ndarray]) -> Float64[np.ndarray, " draws"]:
        """The integral of acc(s) over the reference's true frequencies s."""
        reference, right, wrong = (self._density(table) for table in tables)
        return (reference * right / (right + wrong)).sum(axis=1) / reference.sum(axis=1)

    def _density(self, table: np.ndarray) -> Float64[np.ndarray, "draws grid"]:
        """The density of the true frequencies on a grid, times the number of examples."""
        from scipy.stats import beta, betabinom

        a = np.arange(1.0, _COMPONENTS + 1)
        b = _COMPONENTS + 1 - a
        chances = betabinom.pmf(self.selected[:, None], self.shown[:, None], a, b)
        weights = np.full((len(table), _COMPONENTS), 1 / _COMPONENTS)
        total = np.maximum(table.sum(axis=1, keepdims=True), 1.0)
        for _ in range(_STEPS):  # concave: there is one maximum, and stopping early smooths
            expected = np.maximum(weights @ chances.T, 1e-300)
            weights = weights * ((table / expected) @ chances) / total
        densities = weights @ beta.pdf(_GRID, a[:, None], b[:, None])
        return densities * table.sum(axis=1, keepdims=True)
