"""Tiny ReLU nets: the exact distance, by looking into every region in which the net is linear."""

from itertools import product

import numpy as np
from jaxtyping import Float64

from fieldmark.audits.exact.polyhedra import nearest_in_polyhedron
from fieldmark.records import ConfigError, DataError, Norm

MOST_UNITS = 12
"""2**12 regions; more hidden units would take too long."""

STRICTLY = 3e-7
"""How far beyond a tie a point must be to be wrong: where units are off, scores may stay tied."""

Layer = tuple[Float64[np.ndarray, "_ _"], Float64[np.ndarray, " _"]]
"""Weights (outputs, inputs) and biases (outputs,)."""


def relu_distance(
    hidden: Layer,
    output: Layer,
    point: Float64[np.ndarray, " d"],
    label: int,
    norm: Norm,
    *,
    box: bool = False,
) -> float:
    """How far ``point`` is from the nearest one that a net with one hidden layer gets wrong.

    Every pattern of which units are on is a polyhedron in which the net is linear. In each, and
    for each wrong class, the nearest point is found exactly; the nearest of them all counts.

    Args:
        hidden: Weights (m, d) and biases (m,) of the ReLU units, m up to 12.
        output: Weights (k, m) and biases (k,) of the scores.
        point: Where to start, (d,).
        label: The right class.
        norm: How distance is measured.
        box: May no coordinate leave [0, 1]?

    Returns:
        The distance; 0 where the net is wrong to begin with, infinite where it is never wrong.

    Raises:
        ConfigError: More than 12 units.
        DataError: The shapes do not fit, or the label has no score.

    Source:
        Regions of piecewise linear nets: Montúfar et al. 2014, arXiv:1402.1869; the search is
        complete enumeration.

    Example:
        >>> hidden = np.eye(2), np.zeros(2)
        >>> output = np.array([[1.0, 0.0], [0.0, 1.0]]), np.zeros(2)
        >>> round(relu_distance(hidden, output, np.array([0.9, 0.1]), 0, "linf"), 5)
        0.4
    """
    (inner, inner_bias), (outer, outer_bias) = hidden, output
    units, d = inner.shape
    if units > MOST_UNITS:
        raise ConfigError(f"{units} units have 2**{units} regions; {MOST_UNITS} units at most")
    if point.shape != (d,) or outer.shape[1] != units or not 0 <= label < len(outer):
        raise DataError(
            f"point {point.shape}, hidden {inner.shape}, output {outer.shape} and label {label} "
            "do not fit"
        )
    here = outer @ np.maximum(inner @ point + inner_bias, 0) + outer_bias
    if np.delete(here, label).max() >= here[label]:
        return 0.0
    walls, ends = _walls(point) if box else (np.empty((0, d)), np.empty(0))
    order = {"linf": np.inf, "l2": 2, "l1": 1}[norm]
    nearest = np.inf
    for pattern in product((0.0, 1.0), repeat=units):
        on = np.array(pattern)
        sides = np.where(on, 1.0, -1.0)
        linear, constant = outer * on @ inner, outer * on @ inner_bias + outer_bias
        for other in set(range(len(outer))) - {label}:
            uphill, short = linear[other] - linear[label], constant[label] - constant[other]
            short = short - uphill @ point + STRICTLY * np.linalg.norm(uphill)
            if not uphill.any() and short >= 0:
                continue  # two scores that are equal all over the region are no mistake
            faces = np.vstack([uphill, sides[:, None] * inner, walls])
            offsets = np.concatenate(
                [
                    [short],
                    -sides * (inner @ point + inner_bias),
                    ends,
                ]
            )
            step = nearest_in_polyhedron(faces, offsets, norm)
            if step is not None:
                nearest = min(nearest, float(np.linalg.norm(step, order)))
    return nearest


def _walls(point: Float64[np.ndarray, " d"]) -> Layer:
    """Inequalities of a step that stays in [0, 1]."""
    d = len(point)
    return np.vstack([np.eye(d), -np.eye(d)]), np.concatenate([-point, point - 1])
