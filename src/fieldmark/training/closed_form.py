"""Ridge regression solved for many penalties at once, the best by leave-one-out told exactly."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float64, Int

PENALTIES = tuple(10.0**power for power in range(-8, 1))
"""What is tried, as shares of the largest eigenvalue that the features' scatter could have."""


@dataclass(frozen=True)
class Regressed:
    """A line for each class.

    Args:
        weights: (d, k).
        bias: (k,).
        penalty: The one of ``PENALTIES`` that was best.
        left_out: The accuracy when each example in turn is left out, with that penalty.
    """

    weights: Float64[np.ndarray, "d k"]
    bias: Float64[np.ndarray, " k"]
    penalty: float
    left_out: float


def regressed(
    features: Float[np.ndarray, "n d"],
    labels: Int[np.ndarray, " n"],
    classes: int,
    *,
    penalties: tuple[float, ...] = PENALTIES,
) -> Regressed:
    """Ridge regression onto the classes, 1 for the right one and 0 for others.

    One eigendecomposition serves all penalties; what a fit without an example would say of it
    follows from the fit with it. Of equally good penalties the largest is taken.

    Source:
        Hastie, Tibshirani and Friedman 2009, The Elements of Statistical Learning, equation 5.26,
        with a bias that is not penalised.

    Example:
        >>> features = np.array([[0.0], [0.1], [1.0], [0.9]])
        >>> found = regressed(features, np.array([0, 0, 1, 1]), 2)
        >>> found.left_out
        1.0
    """
    targets = np.eye(classes)[labels]
    centre, aim = features.mean(0, dtype=np.float64), targets.mean(0)
    rows, wanted = features.astype(np.float64) - centre, targets - aim
    left, values = _basis(rows)
    inside = left.T @ wanted
    trace = float(values.sum()) or 1.0
    best: tuple[float, float] = (-1.0, 0.0)
    for penalty in sorted(penalties, reverse=True):
        share = values / (values + penalty * trace)
        said = left @ (share[:, None] * inside)
        hat = np.square(left) @ share + 1 / len(rows)
        alone = wanted - (wanted - said) / np.maximum(1 - hat, 1e-9)[:, None] + aim
        right = float((alone.argmax(1) == labels).mean())
        if right > best[0]:
            best = right, penalty
    found, penalty = best
    strength = 1 / (values + penalty * trace)
    weights = rows.T @ (left @ (strength[:, None] * inside))
    return Regressed(weights, aim - centre @ weights, penalty, found)


def _basis(
    rows: Float64[np.ndarray, "n d"],
) -> tuple[Float64[np.ndarray, "n r"], Float64[np.ndarray, " r"]]:
    """Left singular vectors and squared singular values, from the smaller of two squares."""
    n, d = rows.shape
    if d <= n:
        values, right = np.linalg.eigh(rows.T @ rows)
        kept = values > 1e-12 * max(float(values.max()), 1e-300)
        return rows @ right[:, kept] / np.sqrt(values[kept]), values[kept]
    values, left = np.linalg.eigh(rows @ rows.T)
    kept = values > 1e-12 * max(float(values.max()), 1e-300)
    return left[:, kept], values[kept]
