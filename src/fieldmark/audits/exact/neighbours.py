"""The nearest neighbour classifier: the exact L2 distance to the cells of other classes."""

import numpy as np
from jaxtyping import Float64

from fieldmark.audits.exact.polyhedra import nearest_in_polyhedron
from fieldmark.records import DataError, Labels


def neighbour_distance(
    known: Float64[np.ndarray, "n d"],
    classes: Labels,
    point: Float64[np.ndarray, " d"],
    label: int,
    *,
    box: bool = False,
) -> float:
    """How far, in L2, ``point`` is from the nearest one that 1-NN gives another class.

    For each known point of another class, the nearest place that is no farther from it than from
    any known point of the right class: a projection onto a polyhedron, whose faces are bisectors.
    Known points are tried in the order of a lower bound, and the search ends when that bound
    passes the best found.

    Args:
        known: What the classifier knows.
        classes: Its classes, int64 (n,).
        point: Where to start.
        label: The right class.
        box: May no coordinate leave [0, 1]?

    Returns:
        The distance; 0 where the classifier is wrong to begin with, infinite where it knows one
        class only.

    Raises:
        DataError: The shapes do not fit, or no known point has the right class.

    Source:
        Wang, Liu, Yi & Hsieh 2019, arXiv:1906.03972 (the quadratic programmes).

    Example:
        >>> known = np.array([[0.0, 0.0], [1.0, 0.0]])
        >>> round(neighbour_distance(known, np.array([0, 1]), np.array([0.2, 0.7]), 0), 9)
        0.3
    """
    if len(classes) != len(known) or point.shape != known.shape[1:]:
        raise DataError(f"{known.shape} points, {len(classes)} classes, {point.shape} do not fit")
    own, others = known[classes == label], known[classes != label]
    if not len(own):
        raise DataError(f"no known point has the class {label}")
    to_own = ((own - point) ** 2).sum(axis=1)
    to_others = ((others - point) ** 2).sum(axis=1)
    if len(others) and to_others.min() <= to_own.min():
        return 0.0
    # From z's side of the bisector with each of its own: never more than the answer for z.
    apart = np.sqrt(((others[:, None] - own[None]) ** 2).sum(axis=2))
    gap = to_others[:, None] - to_own[None]
    bound = np.divide(gap, 2 * apart, out=np.zeros_like(gap), where=apart > 0).max(axis=1)
    nearest = np.inf
    for z in np.argsort(bound).tolist():
        if bound[z] >= nearest:
            break
        faces, offsets = 2 * (others[z] - own), to_others[z] - to_own
        if box:
            d = len(point)
            faces = np.vstack([faces, np.eye(d), -np.eye(d)])
            offsets = np.concatenate([offsets, -point, point - 1])
        step = nearest_in_polyhedron(faces, offsets, "l2")
        if step is not None:
            nearest = min(nearest, float(np.linalg.norm(step)))
    return nearest
