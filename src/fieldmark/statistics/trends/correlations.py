"""Pearson's correlation with its interval, the variance it explains, and a permutation test."""

from math import atanh, nan, sqrt, tanh

import numpy as np
from jaxtyping import Float64

from fieldmark.records import DataError, Estimate, undefined
from fieldmark.statistics.ground.distributions import checked_level, normal_quantile, percent_sure

Numbers = Float64[np.ndarray, " n"]
Others = Float64[np.ndarray, " k"]


def pearson(x: Numbers, y: Others, *, level: float = 0.95) -> Estimate:
    """Pearson's r of y and x with Fisher's interval.

    Args:
        x: One number per model, finite.
        y: The same for another quantity.
        level: Confidence level in (0, 1).

    Returns:
        r; undefined for fewer than four models, or where x or y is constant. A perfect
        correlation has no ends.

    Raises:
        DataError: Lengths differ, a number is not finite, or an impossible level.

    Source:
        Fisher 1915, doi:10.2307/2331838: atanh r is normal with standard error 1 / sqrt(n - 3).

    Example:
        >>> x = np.arange(10.0)
        >>> str(pearson(x, x + np.tile([1.0, -1.0], 5)))
        '0.939 [0.758, 0.986] (n=10)'
    """
    _check(x, y)
    method = f"Fisher {percent_sure(checked_level(level))}"
    r, n = _product_moment(x, y), len(x)
    if np.isnan(r) or n <= 3:
        return undefined(method, n=n)
    if abs(r) > 1 - 1e-12:
        return Estimate(r, nan, nan, n=n, method=method)
    half = normal_quantile((1 + level) / 2) / sqrt(n - 3)
    return Estimate(r, tanh(atanh(r) - half), tanh(atanh(r) + half), n=n, method=method)


def explained(r: Estimate) -> Estimate:
    """The share of variance that a correlation explains: its square, and its interval's squares.

    Example:
        >>> round(explained(Estimate(-0.5, -0.8, 0.2, n=9, method="Fisher 95 %")).high, 2)
        0.64
    """
    ends = sorted((r.low**2, r.high**2))
    low = 0.0 if r.low <= 0 <= r.high else ends[0]
    low = low if r.defined else nan
    return Estimate(r.value**2, low, ends[1], n=r.n, method=r.method, missing=r.missing)


def permutation_p(x: Numbers, y: Others, *, rng: np.random.Generator, draws: int = 9999) -> float:
    """How often models paired at random correlate as strongly (either way) as these do.

    Args:
        x: One number per model, finite.
        y: The same for another quantity.
        rng: Source of chance.
        draws: Number of random pairings.

    Returns:
        (1 + those as strong) / (1 + draws); NaN where Pearson's r is undefined.

    Raises:
        DataError: Lengths differ, a number is not finite, or no draws.

    Source:
        Phipson & Smyth 2010, doi:10.2202/1544-6115.1585 (why 1 is added).

    Example:
        >>> x = np.arange(8.0)
        >>> permutation_p(x, x, rng=np.random.Generator(np.random.PCG64(0)), draws=99)
        0.01
    """
    _check(x, y)
    if draws < 1:
        raise DataError(f"a permutation test needs at least one draw, got {draws}")
    r = _product_moment(x, y)
    if np.isnan(r):
        return nan
    u, v = x - x.mean(), y - y.mean()
    shuffled = rng.permuted(np.broadcast_to(v, (draws, len(v))), axis=1) @ u
    as_strong = np.abs(shuffled) >= abs(u @ v) * (1 - 1e-12)
    return float((1 + as_strong.sum()) / (1 + draws))


def _product_moment(x: np.ndarray, y: np.ndarray) -> float:
    if len(x) < 2:
        return nan
    u, v = x - x.mean(), y - y.mean()
    size = sqrt(u @ u) * sqrt(v @ v)
    # What rounding leaves of a constant is not a spread.
    tiny = 1e-12 * max(len(x) * np.abs(x).max() * np.abs(y).max(), 1e-300)
    return float(np.clip(u @ v / size, -1, 1)) if size > tiny else nan


def _check(x: np.ndarray, y: np.ndarray) -> None:
    if len(x) != len(y):
        raise DataError(f"{len(x)} numbers against {len(y)}: a correlation needs pairs")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise DataError("a correlation needs finite numbers: leave out what was not measured")
