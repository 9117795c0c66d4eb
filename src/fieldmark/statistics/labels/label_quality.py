"""Label errors: how many there are at least, and what they do to accuracies and differences."""

from dataclasses import dataclass

from fieldmark.records import DataError, Estimate, undefined
from fieldmark.statistics.ground.distributions import checked_level, normal_quantile, percent_sure
from fieldmark.statistics.shares.intervals import clopper_pearson


@dataclass(frozen=True)
class Audit:
    """What people found who looked at labels again.

    Args:
        examples: How many the test set has.
        flagged: How many of them something (an algorithm, say) held for suspicious.
        checked: How many of the flagged ones people looked at.
        errors: How many of those had a wrong label.
        others_checked: How many of the others, drawn at random, people looked at.
        others_errors: How many of those had a wrong label.

    Raises:
        DataError: Impossible counts.
    """

    examples: int
    flagged: int
    checked: int
    errors: int
    others_checked: int = 0
    others_errors: int = 0

    def __post_init__(self) -> None:
        chains = (
            (0, self.errors, self.checked, self.flagged, self.examples),
            (0, self.others_errors, self.others_checked, self.examples - self.flagged),
        )
        for chain in chains:
            if list(chain) != sorted(chain):
                raise DataError(
                    f"an audit finds no more errors than it checks, and checks no more than there "
                    f"are: {self.errors} errors in {self.checked} of {self.flagged} flagged, "
                    f"{self.others_errors} in {self.others_checked} of the others, of "
                    f"{self.examples} examples"
                )

    def precision(self, *, level: float = 0.95) -> Estimate:
        """The share of the flagged labels that are wrong (Clopper-Pearson)."""
        return clopper_pearson(self.errors, self.checked, level=level)

    def found(self, *, level: float = 0.95) -> Estimate:
        """The share of all labels that were found to be wrong: a **lower bound** of the error rate.

        Nobody looked at the labels that were not flagged, so errors among them count as none. The
        interval takes the examples for a sample of all that could have been collected. Where only
        some of the flagged ones were checked, the share found in those stands for the rest.

        Returns:
            The share; undefined without examples, or when labels were flagged and none checked.
        """
        if self.examples == 0 or (self.flagged and not self.checked):
            return undefined(f"Clopper-Pearson {percent_sure(checked_level(level))}")
        if self.checked == self.flagged:
            return clopper_pearson(self.errors, self.examples, level=level)
        return self._stratified(level, others=False)

    def rate(self, *, level: float = 0.95) -> Estimate:
        """The error rate of all labels of this set, from the flagged and a sample of the others.

        Strata are weighted by their sizes; what was checked altogether is not left to chance.

        Returns:
            The rate; undefined when none of the others were checked: then only ``found`` is known.

        Example:
            >>> audit = Audit(10_000, flagged=300, checked=300, errors=54)
            >>> str(audit.found()), str(audit.rate())
            ('0.005 [0.004, 0.007] (n=10000)', 'undefined (0 counted, 9700 missing)')
            >>> str(Audit(10_000, 300, 300, 54, others_checked=500, others_errors=5).rate())
            '0.015 [0.006, 0.024] (n=800)'
        """
        others = self.examples - self.flagged
        unknown = others > 0 and self.others_checked == 0
        if unknown or self.examples == 0 or (self.flagged and not self.checked):
            return undefined(_stratified_method(level), missing=others)
        return self._stratified(level, others=True)

    def _stratified(self, level: float, *, others: bool) -> Estimate:
        """Errors per stratum, each stratum's rate with a Jeffreys floor under its variance."""
        strata = [(self.errors, self.checked, self.flagged)]
        if others:
            strata.append((self.others_errors, self.others_checked, self.examples - self.flagged))
        value, variance = 0.0, 0.0
        for errors, checked, size in strata:
            if not size:
                continue
            weight, rate = size / self.examples, errors / checked
            floor = (errors + 0.5) / (checked + 1)
            left = 1 - checked / size
            value += weight * rate
            variance += weight**2 * max(rate * (1 - rate), floor * (1 - floor)) / checked * left
        half = normal_quantile((1 + level) / 2) * variance**0.5
        counted = sum(checked for _, checked, _ in strata)
        low, high = max(0.0, value - half), min(1.0, value + half)
        return Estimate(value, low, high, n=counted, method=_stratified_method(level))


def accuracy_ceiling(error_rate: Estimate) -> Estimate:
    """The accuracy that somebody who is always right would be measured to have.

    Every wrong label turns a right answer into an error. From a lower bound of the error rate
    comes an upper bound of the ceiling.

    Args:
        error_rate: The share of wrong labels.

    Example:
        >>> str(accuracy_ceiling(Audit(10_000, 300, 300, 54).found()))
        '0.995 [0.993, 0.996] (n=10000)'
    """
    return Estimate(
        1 - error_rate.value,
        1 - error_rate.high,
        1 - error_rate.low,
        n=error_rate.n,
        method=error_rate.method,
        missing=error_rate.missing,
    )


@dataclass(frozen=True)
class Undone:
    """A difference in accuracy with wrong labels taken into account.

    Args:
        expected: What it would be with right labels, if errors struck the answers of both subjects
            alike: the measured one divided by 1 - e (1 + c).
        least: The smallest it can be, whichever examples are mislabelled: measured - 2 e.
        most: The largest it can be: measured + 2 e.
    """

    expected: Estimate
    least: float
    most: float


def undo_label_errors(
    difference: Estimate, error_rate: float, *, coincidence: float = 0.0
) -> Undone:
    """What a measured difference between two subjects says about the one with right labels.

    Where a label is wrong, the right answer counts as an error, and a wrong answer counts as right
    when it falls on the wrong label (with chance c). If neither depends on the example, a measured
    difference is the true one times 1 - e (1 + c): it shrinks, and never changes its sign. If it
    does depend, each mislabelled example can at worst count for the one subject and belong to
    the other, so the true difference lies within 2 e of the measured one.

    Args:
        difference: Accuracy of the one minus accuracy of the other, as measured.
        error_rate: e, the share of wrong labels, in [0, 1/2).
        coincidence: c, the chance that a wrong answer is the wrong label, in [0, 1].

    Returns:
        The difference undone; undefined when the measured one is.

    Raises:
        DataError: A share outside its range.

    Example:
        >>> measured = Estimate(0.02, 0.01, 0.03, n=10_000, method="Tango 95 %")
        >>> found = undo_label_errors(measured, 0.06)
        >>> round(found.expected.value, 4), round(found.least, 2), round(found.most, 2)
        (0.0213, -0.1, 0.14)
    """
    if not (0 <= error_rate < 0.5 and 0 <= coincidence <= 1):
        raise DataError(
            f"an error rate lies in [0, 1/2) and a chance in [0, 1], got {error_rate:g} "
            f"and {coincidence:g}"
        )
    left = 1 - error_rate * (1 + coincidence)
    expected = Estimate(
        _inside(difference.value / left),
        _inside(difference.low / left),
        _inside(difference.high / left),
        n=difference.n,
        method=f"{difference.method}, divided by {left:.4f} for label errors",
        missing=difference.missing,
    )
    least, most = difference.value - 2 * error_rate, difference.value + 2 * error_rate
    return Undone(expected, _inside(least), _inside(most))


def _inside(difference: float) -> float:
    return difference if difference != difference else min(1.0, max(-1.0, difference))


def _stratified_method(level: float) -> str:
    return f"stratified, normal {percent_sure(checked_level(level))}"
