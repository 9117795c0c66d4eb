"""Power of a paired comparison: what a test set can tell, and how many examples it needs."""

from functools import lru_cache
from math import nan, sqrt

import numpy as np

from fieldmark.records import ConfigError
from fieldmark.statistics.differences.sizes import (
    checked_power,
    insist_on_difference,
    insist_on_examples,
    smallest_enough,
    whole_size,
)
from fieldmark.statistics.ground.distributions import checked_level, normal_quantile, normal_share

_MANY = 20_000
"""Discordant examples above which the sums are left to the normal approximation."""


def paired_power(n: int, discordance: float, difference: float, *, level: float = 0.95) -> float:
    """The chance that McNemar's exact test finds a difference between two subjects.

    The number of examples on which exactly one of the two is right is binomial, and so is, given
    that number, how often it is the first: the chance is summed over both.

    Args:
        n: Examples that both answer, at least 1.
        discordance: Share of examples on which exactly one of the two is right, in (0, 1].
        difference: Accuracy of the one minus accuracy of the other; at most the discordance.
        level: 1 - the test's two-sided size.

    Returns:
        The power, in [0, 1]; for no difference, the chance of finding one nevertheless.

    Raises:
        ConfigError: Numbers outside these ranges.

    Source:
        Duffy 1984, Biometrics 40:1005-1015, with the exact test of McNemar 1947.

    Example:
        >>> round(paired_power(1000, 0.1, 0.03), 3)
        0.835
    """
    _check(discordance, difference)
    insist_on_examples(n)
    outcomes = _outcomes(n, discordance, checked_level(level))
    return _chance(outcomes, discordance, difference)


def paired_power_formula(
    n: int, discordance: float, difference: float, *, level: float = 0.95
) -> float:
    """The same chance by the normal approximation, which is a little too hopeful.

    Args:
        n: Examples that both answer, at least 1.
        discordance: Share of examples on which exactly one of the two is right, in (0, 1].
        difference: Accuracy of the one minus accuracy of the other; at most the discordance.
        level: 1 - the test's two-sided size.

    Raises:
        ConfigError: Numbers outside these ranges.

    Source:
        Connor 1987, Biometrics 43:207-211.

    Example:
        >>> round(paired_power_formula(1000, 0.1, 0.03), 3)
        0.852
    """
    _check(discordance, difference)
    insist_on_examples(n)
    z = normal_quantile((1 + checked_level(level)) / 2)
    rest = discordance - difference**2
    if rest <= 0:
        return 1.0  # they disagree everywhere, and always in the same way
    return normal_share((abs(difference) * sqrt(n) - z * sqrt(discordance)) / sqrt(rest))


def minimum_difference(
    n: int, discordance: float, *, power: float = 0.8, level: float = 0.95
) -> float:
    """The smallest difference that McNemar's exact test finds with the wanted power.

    As a rule of thumb it is (z + z') sqrt(discordance / n), 2.8 sqrt(discordance / n) for 80 %
    power at the 5 % level: two subjects that resemble each other are easily told apart.

    Args:
        n: Examples that both answer, at least 1.
        discordance: Share of examples on which exactly one of the two is right, in (0, 1].
        power: Wanted chance of finding it, in (0, 1).
        level: 1 - the test's two-sided size.

    Returns:
        A difference of accuracies in (0, discordance]; NaN where not even the largest possible
        one, the discordance itself, would be found.

    Raises:
        ConfigError: Numbers outside these ranges.

    Example:
        >>> round(minimum_difference(1000, 0.1), 4)
        0.0287
    """
    _check(discordance, 0.0)
    insist_on_examples(n)
    checked_power(power)
    outcomes = _outcomes(n, discordance, checked_level(level))
    if _chance(outcomes, discordance, discordance) < power:
        return nan
    low, high = 0.0, discordance
    for _ in range(22):  # to a millionth of the discordance
        middle = (low + high) / 2
        enough = _chance(outcomes, discordance, middle) >= power
        low, high = (low, middle) if enough else (middle, high)
    return high


def paired_size(
    discordance: float, difference: float, *, power: float = 0.8, level: float = 0.95
) -> int:
    """How many examples McNemar's exact test needs to find a difference with the wanted power.

    This many are enough, one fewer is not. (Power has small saw teeth in the number of examples,
    since counts are whole; a few numbers below may be enough as well.) Where more
    than 20,000 examples are discordant, it is the normal approximation with a correction for
    continuity, which is then within a thousandth.

    Args:
        discordance: Share of examples on which exactly one of the two is right, in (0, 1].
        difference: Accuracy of the one minus accuracy of the other; not 0, at most the
            discordance.
        power: Wanted chance of finding it, in (0, 1).
        level: 1 - the test's two-sided size.

    Raises:
        ConfigError: Numbers outside these ranges, or more than 10⁹ examples would be needed.

    Example:
        >>> paired_size(0.1, 0.01)
        8032
    """
    _check(discordance, difference)
    insist_on_difference(difference)
    checked_power(power)
    z = normal_quantile((1 + checked_level(level)) / 2) + normal_quantile(power)
    rule = z**2 * discordance / difference**2
    if rule * discordance > _MANY:
        return _large_size(discordance, difference, power, level)
    return smallest_enough(
        lambda n: paired_power(n, discordance, difference, level=level) >= power, rule
    )


def _large_size(discordance: float, difference: float, power: float, level: float) -> int:
    """Where the normal approximation of the power reaches ``power``, counts being whole."""
    spread = sqrt(max(discordance - difference**2, 0.0))
    z = normal_quantile((1 + level) / 2)
    size = ((z * sqrt(discordance) + normal_quantile(power) * spread) / difference) ** 2
    return whole_size(size + 2 / abs(difference))


@lru_cache(maxsize=64)  # the same sizes are asked for one difference after the other
def _outcomes(n: int, discordance: float, level: float) -> tuple[np.ndarray, ...]:
    """How many may disagree, the chance of each number, and how few wins are then rejected.

    The last is the largest number of heads in that many tosses whose lower tail is at most half
    of the test's size; numbers of tosses with which nothing is rejected are left out.
    """
    from scipy.stats import binom

    middle = n * discordance
    reach = 8 * sqrt(middle * (1 - discordance)) + 10  # farther out there is nothing to add
    tosses = np.arange(max(0, int(middle - reach)), min(n, int(middle + reach)) + 1)
    tail = (1 - level) / 2
    last = binom.ppf(tail, tosses, 0.5)
    last = np.where(binom.cdf(last, tosses, 0.5) <= tail, last, last - 1)
    some = last >= 0
    return tosses[some], binom.pmf(tosses[some], n, discordance), last[some]


def _chance(outcomes: tuple[np.ndarray, ...], discordance: float, difference: float) -> float:
    """The power, summed over the outcomes."""
    from scipy.special import bdtr

    tosses, chances, last = outcomes
    wins = min(1.0, (discordance + abs(difference)) / (2 * discordance))
    tails = bdtr(last, tosses, wins) + bdtr(last, tosses, 1 - wins)
    return float(np.clip(chances @ tails, 0.0, 1.0))


def _check(discordance: float, difference: float) -> None:
    if not 0 < discordance <= 1:
        raise ConfigError(
            "the discordance is the share of examples on which exactly one of the two is right, "
            f"above 0 and at most 1; got {discordance:g}"
        )
    if not abs(difference) <= discordance * (1 + 1e-12):
        raise ConfigError(
            f"two subjects that disagree on a share of {discordance:g} cannot differ by "
            f"{difference:g} in accuracy"
        )
