"""Quantiles and tails that everything here rests on; SciPy is loaded when one is asked for."""

import numpy as np
from jaxtyping import Float64

from fieldmark.records import DataError

Numbers = Float64[np.ndarray, "..."]


def checked_level(level: float) -> float:
    """``level`` itself.

    Raises:
        DataError: It is not strictly between 0 and 1.
    """
    if not 0 < level < 1:
        raise DataError(
            f"a confidence level lies between 0 and 1, got {level}; write 0.95 for 95 %"
        )
    return level


def percent_sure(level: float) -> str:
    """The level as it is printed in a method.

    Example:
        >>> percent_sure(0.95)
        '95 %'
    """
    return f"{100 * level:g} %"


def beta_quantile(share: float, a: Numbers, b: Numbers) -> Numbers:
    """The ``share`` quantile of Beta(a, b), elementwise; NaN where a or b is 0."""
    from scipy.special import betaincinv

    return np.asarray(betaincinv(a, b, share), dtype=np.float64)


def beta_share(value: Numbers, a: Numbers, b: Numbers) -> Numbers:
    """P[X <= value] for X ~ Beta(a, b), elementwise; 1 where a is 0, 0 where b is 0.

    With whole numbers it is P[at least a successes of a + b - 1 trials].
    """
    from scipy.special import betainc

    inside = betainc(np.maximum(a, 1e-300), np.maximum(b, 1e-300), value)
    return np.where(a == 0, 1.0, np.where(b == 0, 0.0, inside))


def normal_quantile(share: float) -> float:
    """The ``share`` quantile of the standard normal distribution.

    Example:
        >>> round(normal_quantile(0.975), 6)
        1.959964
    """
    from scipy.special import ndtri

    return float(ndtri(share))


def normal_share(value: float) -> float:
    """P[X <= value] for X standard normal.

    Example:
        >>> round(normal_share(1.959964), 4)
        0.975
    """
    from scipy.special import ndtr

    return float(ndtr(value))


def t_quantile(share: float, freedom: float) -> float:
    """The ``share`` quantile of Student's t with ``freedom`` degrees of freedom (> 0)."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, share))


def fair_coin_tail(heads: int, tosses: int) -> tuple[float, float]:
    """(P[X <= heads], P[X = heads]) for X ~ Bin(tosses, 1/2).

    Example:
        >>> fair_coin_tail(0, 2)
        (0.25, 0.25)
    """
    from scipy.special import bdtr

    below = float(bdtr(heads - 1, tosses, 0.5)) if heads else 0.0
    tail = float(bdtr(heads, tosses, 0.5))
    return tail, tail - below
