"""Multiplicity: p-values of many tests, adjusted so that chance does not win by numbers."""

import numpy as np
from jaxtyping import Float64

from fieldmark.records import DataError

PValues = Float64[np.ndarray, " m"]


def holm(p: PValues) -> PValues:
    """Adjusted p-values: reject those <= alpha, and any false rejection has a chance <= alpha.

    Holds however the tests depend on each other, and rejects whatever Bonferroni rejects.

    Args:
        p: p-values in [0, 1], one per test; NaN where a test could not be made. Such a test is
            not counted among the tests.

    Returns:
        float64 (m,), in the order of ``p``; NaN stays NaN. The adjusted value of the i-th smallest
        of m is the largest of (m - j + 1) p_(j) over j <= i, at most 1.

    Raises:
        DataError: A p-value outside [0, 1].

    Source:
        Holm 1979, Scandinavian Journal of Statistics 6:65-70.

    Example:
        >>> holm(np.array([0.01, 0.04, 0.03, np.nan])).tolist()
        [0.03, 0.06, 0.06, nan]
    """
    order, ascending = _sorted(p)
    factors = len(order) - np.arange(len(order), dtype=np.float64)
    return _put_back(p, order, np.maximum.accumulate(factors * ascending))


def benjamini_hochberg(p: PValues) -> PValues:
    """Adjusted p-values: of those <= q, a share of at most q is expected to be false.

    Holds for independent tests and for positively dependent ones, such as comparisons of many
    subjects with one other on the same examples.

    Args:
        p: p-values in [0, 1]; NaN where a test could not be made (not counted).

    Returns:
        float64 (m,), in the order of ``p``; NaN stays NaN. The adjusted value of the i-th smallest
        of m is the smallest of m p_(j) / j over j >= i.

    Raises:
        DataError: A p-value outside [0, 1].

    Source:
        Benjamini & Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x.

    Example:
        >>> benjamini_hochberg(np.array([0.01, 0.04, 0.03, np.nan])).round(3).tolist()
        [0.03, 0.04, 0.04, nan]
    """
    return _stepped_up(p, 1.0)


def benjamini_yekutieli(p: PValues) -> PValues:
    """Benjamini-Hochberg for tests that depend on each other in any way.

    The price is the factor 1 + 1/2 + ... + 1/m.

    Args:
        p: p-values in [0, 1]; NaN where a test could not be made (not counted).

    Returns:
        float64 (m,), in the order of ``p``; NaN stays NaN.

    Raises:
        DataError: A p-value outside [0, 1].

    Source:
        Benjamini & Yekutieli 2001, doi:10.1214/aos/1013699998.

    Example:
        >>> benjamini_yekutieli(np.array([0.01, 0.04, 0.03])).round(3).tolist()
        [0.055, 0.073, 0.073]
    """
    made = int((~np.isnan(p)).sum())
    return _stepped_up(p, float((1 / np.arange(1, made + 1)).sum()))


def _stepped_up(p: PValues, factor: float) -> PValues:
    order, ascending = _sorted(p)
    scaled = factor * len(order) / np.arange(1, len(order) + 1) * ascending
    return _put_back(p, order, np.minimum.accumulate(scaled[::-1])[::-1])


def _sorted(p: PValues) -> tuple[np.ndarray, np.ndarray]:
    """Places and values of the tests that were made, smallest p first."""
    made = np.flatnonzero(~np.isnan(p))
    wrong = (p[made] < 0) | (p[made] > 1)
    if wrong.any():
        raise DataError(f"p-values lie between 0 and 1, got {p[made][wrong][0]:g}")
    order = made[np.argsort(p[made], kind="stable")]
    return order, p[order]


def _put_back(p: PValues, order: np.ndarray, adjusted: np.ndarray) -> PValues:
    result = np.full(len(p), np.nan)
    result[order] = np.minimum(adjusted, 1.0)
    return result
