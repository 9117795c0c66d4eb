"""Error consistency of two subjects: do they err on the same examples more often than by chance?"""

from math import nan

import numpy as np
from jaxtyping import Bool

from fieldmark.records import DataError, Estimate, undefined
from fieldmark.statistics.ground.distributions import checked_level, normal_quantile, percent_sure
from fieldmark.statistics.together.similarity import PairAgreement, kappa, pair_agreement

Hits = Bool[np.ndarray, " n"]
OtherHits = Bool[np.ndarray, " m"]
OtherMask = Bool[np.ndarray, " k"]

_SMOOTHED = 0.5
"""Added to each of the four cells for the interval only: perfect agreement on a few examples does
not prove perfect agreement."""


def error_consistency(
    first: Hits, second: OtherHits, *, labelled: OtherMask | None = None, level: float = 0.95
) -> Estimate:
    """Cohen's kappa of being right: do two subjects err on the same examples?

    1 when they err on exactly the same ones, 0 when as often as independent errors would meet,
    below 0 when they avoid each other's errors.

    Args:
        first: Was the first subject right? One value per example.
        second: Was the second? The same examples in the same order.
        labelled: Has the example a label? None when all have; the others count as missing.
        level: Confidence level in (0, 1).

    Returns:
        The estimate; undefined without examples, and where both are always right or both always
        wrong. The interval is that of the delta method after half an example has been added to
        each cell of the two-by-two table; the value is plain kappa.

    Raises:
        DataError: The subjects did not answer the same number of examples.

    Source:
        Geirhos, Meding & Wichmann 2020, arXiv:2006.16736; variance: Fleiss, Cohen & Everitt
        1969, doi:10.1037/h0028106.

    Example:
        >>> a = np.repeat([True, True, False, False], [60, 10, 5, 25])
        >>> b = np.repeat([True, False, True, False], [60, 10, 5, 25])
        >>> str(error_consistency(a, b))
        '0.659 [0.488, 0.803] (n=100)'
    """
    counts, missing = _counted(first, second, labelled)
    return consistency_of(counts, missing=missing, level=level)[0][1]


def consistency_of(
    counts: PairAgreement, *, missing: int = 0, level: float = 0.95
) -> tuple[tuple[Estimate, ...], ...]:
    """The error consistency of all pairs, each with the interval of ``error_consistency``.

    Args:
        counts: Who is right together with whom.
        missing: Examples that should have been counted and could not be.
        level: Confidence level in (0, 1), for one pair at a time.

    Returns:
        A row of estimates per subject; undefined where kappa is, and the trivial 1 with oneself.
    """
    method = f"delta method {percent_sure(checked_level(level))}, half an example in each cell"
    z = normal_quantile((1 + level) / 2)
    values = counts.kappa
    middle, error = _smoothed(counts)
    low = np.clip(np.minimum(middle - z * error, values), -1.0, 1.0)
    high = np.clip(np.maximum(middle + z * error, values), -1.0, 1.0)

    def one(row: int, column: int) -> Estimate:
        if np.isnan(values[row, column]):
            return undefined(method, n=counts.n, missing=missing)
        ends = (1.0, 1.0) if row == column else (float(low[row, column]), float(high[row, column]))
        return Estimate(float(values[row, column]), *ends, counts.n, method, missing)

    places = range(len(values))
    return tuple(tuple(one(row, column) for column in places) for row in places)


def independence_band(
    first: Hits, second: OtherHits, *, labelled: OtherMask | None = None, level: float = 0.95
) -> tuple[float, float]:
    """(low, high): where kappa would lie if the two erred independently of each other.

    Two independent binomials, given how often each is right, meet as often as a hypergeometric
    number says; so the band is exact and nothing is simulated. A kappa outside it is not chance.

    Args:
        first: Was the first subject right?
        second: Was the second? The same examples in the same order.
        labelled: Has the example a label? None when all have.
        level: Share of the chance values inside, at least.

    Returns:
        The ends; NaN where kappa is undefined.

    Raises:
        DataError: The subjects did not answer the same number of examples.

    Source:
        Geirhos, Meding & Wichmann 2020, arXiv:2006.16736, who simulate the binomials.

    Example:
        >>> a, b = np.arange(200) % 4 > 0, np.arange(200) % 5 > 0
        >>> tuple(round(end, 3) for end in independence_band(a, b))
        (-0.143, 0.143)
    """
    from scipy.stats import hypergeom

    checked_level(level)
    counts, _ = _counted(first, second, labelled)
    n, (hits_a, hits_b) = counts.n, counts.hits.tolist()
    expected = counts.expected[0, 1]
    if n == 0 or expected >= 1:
        return nan, nan
    both = hypergeom.ppf([(1 - level) / 2, (1 + level) / 2], n, hits_a, hits_b)
    observed = (n - hits_a - hits_b + 2 * both) / n
    low, high = kappa(observed, np.full(2, expected))
    return float(low), float(high)


def _counted(
    first: Hits, second: OtherHits, labelled: OtherMask | None
) -> tuple[PairAgreement, int]:
    sizes = {len(first), len(second), len(first) if labelled is None else len(labelled)}
    if len(sizes) > 1:
        raise DataError(
            f"{len(first)} answers against {len(second)}: two subjects can only be compared on "
            "the same examples"
        )
    counts = pair_agreement(np.stack([first, second]), labelled=labelled)
    return counts, len(first) - counts.n


def _smoothed(counts: PairAgreement) -> tuple[np.ndarray, np.ndarray]:
    """Kappa and its standard error, all pairs, from tables that have no empty cell."""
    n = counts.n + 4 * _SMOOTHED
    only_a = (counts.only_first + _SMOOTHED) / n
    only_b = only_a.T
    both = (counts.both + _SMOOTHED) / n
    neither = 1 - both - only_a - only_b
    a, b, observed = both + only_a, both + only_b, both + neither
    expected = a * b + (1 - a) * (1 - b)
    room, rest = 1 - expected, 1 - observed
    spread = (
        both * (room - (a + b) * rest) ** 2
        + neither * (room - (2 - a - b) * rest) ** 2
        + rest**2 * (only_a * (b + 1 - a) ** 2 + only_b * (a + 1 - b) ** 2)
        - (observed * expected - 2 * expected + observed) ** 2
    )
    return (observed - expected) / room, np.sqrt(np.maximum(spread, 0.0) / n) / room**2
