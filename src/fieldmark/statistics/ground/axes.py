"""Axes on which accuracies lie on a line: as they are, log odds, or normal quantiles."""

import numpy as np
from jaxtyping import Float64

from fieldmark.records import Axis, DataError
from fieldmark.statistics.ground.belonging import insist_on_shares

Shares = Float64[np.ndarray, "*shape"]


def to_axis(shares: Shares, axis: Axis) -> Shares:
    """``shares`` of any shape on the axis; 0 and 1 lie at infinity on "logit" and "probit".

    Raises:
        DataError: A share outside [0, 1]; NaN passes through.

    Example:
        >>> to_axis(np.array([0.5, 0.9]), "logit").round(3).tolist()
        [0.0, 2.197]
    """
    from scipy.special import logit, ndtri

    if ((shares < 0) | (shares > 1)).any():
        raise DataError(f"shares lie between 0 and 1, got {shares.min():g} to {shares.max():g}")
    return shares if axis == "linear" else {"logit": logit, "probit": ndtri}[axis](shares)


def from_axis(values: Shares, axis: Axis) -> Shares:
    """The shares whose places on the axis are ``values``: the inverse of ``to_axis``.

    On "linear" nothing keeps a value inside [0, 1].

    Example:
        >>> from_axis(np.array([0.0]), "probit").tolist()
        [0.5]
    """
    from scipy.special import expit, ndtr

    return values if axis == "linear" else {"logit": expit, "probit": ndtr}[axis](values)


def off_the_edges(shares: Shares, n: int) -> Shares:
    """``shares`` of n answers with 0 and 1 moved to (k + 1/2) / (n + 1), so that they have a logit.

    No other share k/n moves, since 1/n is farther from the edge than that.

    Args:
        shares: Shares in [0, 1], any shape.
        n: Number of answers that each is a share of, at least 1.

    Raises:
        DataError: n is less than 1, or a share outside [0, 1].

    Example:
        >>> off_the_edges(np.array([0.0, 0.25, 1.0]), 4).round(3).tolist()
        [0.1, 0.25, 0.9]
    """
    if n < 1:
        raise DataError(f"a share needs at least one answer, got n = {n}")
    insist_on_shares("shares", shares)
    edge = 0.5 / (n + 1)
    return np.clip(shares, edge, 1 - edge)
