"""Do the best stay best? Rank correlation of two columns of accuracies, with its interval."""

from math import atanh, nan, sqrt, tanh
from typing import Literal

import numpy as np
from jaxtyping import Float

from fieldmark.records import DataError, Estimate, undefined
from fieldmark.statistics.ground.distributions import checked_level, normal_quantile, percent_sure

Column = Float[np.ndarray, " m"]
Kind = Literal["Spearman", "Kendall"]


def rank_correlation(x: Column, y: Column, *, kind: Kind, level: float = 0.95) -> Estimate:
    """Spearman's rho or Kendall's tau-b of two columns, over m models.

    Args:
        x: Accuracies on the one condition.
        y: Accuracies of the same models on the other.
        kind: "Spearman" or "Kendall".
        level: Confidence level in (0, 1).

    Returns:
        The correlation in [-1, 1], ``n`` counting models; undefined for fewer than three, or
        where a column is constant. The ends are NaN for fewer than five models and for a perfect
        correlation, where the interval has no width to speak of. It treats models as independent,
        which relatives are not.

    Raises:
        DataError: Lengths differ, or a value is not a number.

    Source:
        Bonett & Wright 2000, doi:10.1007/BF02294183 (Spearman); Fieller, Hartley & Pearson 1957,
        doi:10.1093/biomet/44.3-4.470 (Kendall).

    Example:
        >>> x = np.array([0.5, 0.6, 0.7, 0.8, 0.9, 0.95])
        >>> str(rank_correlation(x, x[[1, 0, 2, 3, 4, 5]], kind="Spearman"))
        '0.943 [0.383, 0.996] (n=6)'
    """
    from scipy.stats import kendalltau, rankdata

    z = normal_quantile((1 + checked_level(level)) / 2)
    method = f"{kind}, Fisher z {percent_sure(level)}"
    if len(x) != len(y):
        raise DataError(f"{len(x)} values against {len(y)}: a correlation needs pairs")
    if np.isnan(x).any() or np.isnan(y).any():
        raise DataError("a correlation of ranks needs numbers, got NaN")
    m = len(x)
    if m < 3 or x.min() == x.max() or y.min() == y.max():
        return undefined(method, n=m)
    if kind == "Spearman":
        value = float(np.corrcoef(rankdata(x), rankdata(y))[0, 1])
    else:
        value = float(kendalltau(x, y).statistic)
    value = min(1.0, max(-1.0, value))
    if m < 5 or abs(value) > 1 - 1e-12:
        return Estimate(value, nan, nan, n=m, method=method)
    half = z * sqrt((1 + value**2 / 2) / (m - 3) if kind == "Spearman" else 0.437 / (m - 4))
    return Estimate(value, tanh(atanh(value) - half), tanh(atanh(value) + half), m, method)
