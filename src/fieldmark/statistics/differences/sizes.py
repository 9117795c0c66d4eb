"""Sizes: how many examples an interval of a width, or a comparison on other examples, needs."""

from collections.abc import Callable
from math import ceil, isnan, sqrt

import numpy as np

from fieldmark.records import ConfigError
from fieldmark.statistics.ground.distributions import checked_level, normal_quantile, normal_share
from fieldmark.statistics.shares.intervals import clopper_pearson_bounds

MOST = 1_000_000_000
"""No test set is larger."""


def unpaired_size(first: float, second: float, *, power: float = 0.8, level: float = 0.95) -> int:
    """How many examples *each* of two test sets needs, when the two subjects answer different ones.

    Args:
        first: Accuracy of the one, in [0, 1].
        second: Accuracy of the other; not the same.
        power: Wanted chance that the two-sided z test of two shares finds the difference.
        level: 1 - the test's two-sided size.

    Raises:
        ConfigError: Numbers outside these ranges, or more than 10⁹ examples would be needed.

    Source:
        Fleiss, Levin & Paik 2003, Statistical Methods for Rates and Proportions, chapter 4,
        without continuity correction.

    Example:
        >>> unpaired_size(0.81, 0.82)
        23668
    """
    for share in (first, second):
        _insist_on_share(share)
    insist_on_difference(first - second)
    checked_power(power)
    middle = (first + second) / 2
    z, z_power = normal_quantile((1 + checked_level(level)) / 2), normal_quantile(power)
    spread = z * sqrt(2 * middle * (1 - middle)) + z_power * sqrt(
        first * (1 - first) + second * (1 - second)
    )
    return whole_size((spread / (first - second)) ** 2)


def unpaired_power(n: int, first: float, second: float, *, level: float = 0.95) -> float:
    """The chance that a z test finds the difference of two subjects, each on n examples of its own.

    Args:
        n: Examples of each, at least 1.
        first: Accuracy of the one, in [0, 1].
        second: Accuracy of the other.
        level: 1 - the test's two-sided size.

    Raises:
        ConfigError: Numbers outside these ranges.

    Source:
        The same; the chance to find it with the wrong sign is left out.

    Example:
        >>> round(unpaired_power(23_668, 0.81, 0.82), 3)
        0.8
    """
    for share in (first, second):
        _insist_on_share(share)
    insist_on_examples(n)
    z = normal_quantile((1 + checked_level(level)) / 2)
    middle = (first + second) / 2
    rest = sqrt(first * (1 - first) + second * (1 - second))
    if rest == 0:
        return 0.0 if first == second else 1.0
    needed = z * sqrt(2 * middle * (1 - middle))
    return normal_share((abs(first - second) * sqrt(n) - needed) / rest)


def half_width(n: int, accuracy: float, *, level: float = 0.95) -> float:
    """Half the width of the exact interval that n examples give an accuracy.

    Args:
        n: Labelled examples, at least 1.
        accuracy: In [0, 1].
        level: Confidence level in (0, 1).

    Raises:
        ConfigError: Numbers outside these ranges.

    Example:
        >>> round(half_width(1000, 0.9), 4)
        0.0191
    """
    _insist_on_share(accuracy)
    insist_on_examples(n)
    trials = np.array([float(n)])
    low, high = clopper_pearson_bounds(accuracy * trials, trials, level=level)
    return float(high[0] - low[0]) / 2


def interval_size(accuracy: float, within: float, *, level: float = 0.95) -> int:
    """How many examples are needed to know an accuracy to ± ``within``, by the exact interval.

    Args:
        accuracy: What it is expected to be, in [0, 1].
        within: Half the width that the interval may have, in (0, 1/2).
        level: Confidence level in (0, 1).

    Raises:
        ConfigError: Numbers outside these ranges, or more than 10⁹ examples would be needed.

    Example:
        >>> interval_size(0.9, 0.01)
        3557
    """
    _insist_on_share(accuracy)
    if not 0 < within < 0.5:
        raise ConfigError(f"half a width lies between 0 and 0.5, got {within:g}")
    z = normal_quantile((1 + checked_level(level)) / 2)
    rule = z**2 * accuracy * (1 - accuracy) / within**2
    return smallest_enough(
        lambda n: half_width(n, accuracy, level=level) <= within, max(rule, 1 / within)
    )


def smallest_enough(enough: Callable[[int], bool], rule: float) -> int:
    """A number that is enough while one less is not, sought around a rule of thumb.

    Raises:
        ConfigError: It would be above 10⁹.
    """
    high = max(1, whole_size(rule))
    step = 1 + high // 500  # the rules of thumb are near, and every question costs
    while not enough(high):
        high, step = whole_size(float(high + step)), 2 * step
    step = 1 + high // 500
    low = high - step
    while low > 0 and enough(low):
        step *= 2
        low, high = low - step, low
    low = max(low, 0)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def whole_size(size: float) -> int:
    """``size`` rounded up.

    Raises:
        ConfigError: It is above 10⁹, or NaN.
    """
    if isnan(size) or size > MOST:
        raise ConfigError("more than 10⁹ examples would be needed: ask for a larger difference")
    return ceil(size)


def checked_power(power: float) -> float:
    """``power`` itself.

    Raises:
        ConfigError: It is not strictly between 0 and 1.
    """
    if not 0 < power < 1:
        raise ConfigError(f"power lies between 0 and 1, got {power:g}; write 0.8 for 80 %")
    return power


def insist_on_difference(difference: float) -> None:
    """Refuse a difference of 0, which nothing can find.

    Raises:
        ConfigError: It is 0, or NaN.
    """
    if difference == 0 or isnan(difference):
        raise ConfigError("no number of examples tells two equal accuracies apart")


def _insist_on_share(share: float) -> None:
    if not 0 <= share <= 1:
        raise ConfigError(f"an accuracy lies between 0 and 1, got {share:g}; write 0.9 for 90 %")


def insist_on_examples(n: int) -> None:
    """Refuse an empty test set, and one larger than any.

    Raises:
        ConfigError: n is less than 1, or above 10⁹.
    """
    if not 1 <= n <= MOST:
        raise ConfigError(f"a test set has at least one example and at most 10⁹, got {n}")
