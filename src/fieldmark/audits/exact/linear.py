"""Linear classifiers: the exact distance to the nearest wrong answer, with and without the box."""

import numpy as np
from jaxtyping import Float64

from fieldmark.records import DataError, Labels, Norm

Points = Float64[np.ndarray, "n d"]
Distances = Float64[np.ndarray, " n"]


def linear_distance(
    weights: Float64[np.ndarray, "k e"],
    bias: Float64[np.ndarray, " b"],
    points: Points,
    labels: Labels,
    norm: Norm,
    *,
    box: bool = False,
) -> Distances:
    """How far each point is from the nearest one that a linear classifier gets wrong, (n,).

    Against each wrong class the way to go is known in closed form; the nearest class counts.

    Args:
        weights: One row per class.
        bias: One number per class.
        points: Where to start, in [0, 1] where ``box`` holds.
        labels: The right classes, int64 (n,).
        norm: How distance is measured: "linf", "l2" or "l1".
        box: May no coordinate leave [0, 1]? Then a coordinate stops at its wall, and the others go
            on; exact as well.

    Returns:
        Distances in ``norm``: 0 where the classifier is wrong, or undecided, to begin with;
        infinite where no point (of the box) is classified wrongly.

    Raises:
        DataError: The shapes do not fit, or a number is not finite, or a label has no row.

    Source:
        Without the box: Hölder's inequality, margin over the dual norm of the difference of
        weights. With it: the same, coordinate by coordinate (for "l1" a fractional knapsack).

    Example:
        >>> weights, bias = np.array([[1.0, 0.0], [0.0, 1.0]]), np.zeros(2)
        >>> points, labels = np.array([[0.9, 0.1]]), np.array([0])
        >>> linear_distance(weights, bias, points, labels, "linf").round(6).tolist()
        [0.4]
        >>> linear_distance(weights, bias, points, labels, "l1", box=True).round(6).tolist()
        [0.8]
    """
    _check(weights, bias, points, labels)
    scores = points @ weights.T + bias
    nearest = np.full(len(points), np.inf)
    for other in range(len(weights)):
        rows = np.flatnonzero(labels != other)
        short = scores[rows, labels[rows]] - scores[rows, other]
        uphill = weights[other] - weights[labels[rows]]
        far = (
            _within_the_box(points[rows], uphill, short, norm)
            if box
            else _anywhere(uphill, short, norm)
        )
        nearest[rows] = np.minimum(nearest[rows], far)
    return nearest


def linear_robust_accuracy(
    weights: Float64[np.ndarray, "k e"],
    bias: Float64[np.ndarray, " b"],
    points: Points,
    labels: Labels,
    norm: Norm,
    size: float,
) -> float:
    """The exact share of points that a linear classifier gets right all over their ball.

    Args:
        weights: One row per class.
        bias: One number per class.
        points: In [0, 1]; the ball is cut off there.
        labels: The right classes.
        norm: The ball's norm.
        size: Its radius.

    Example:
        >>> weights, bias = np.array([[1.0, 0.0], [0.0, 1.0]]), np.zeros(2)
        >>> points, labels = np.array([[0.9, 0.1], [0.6, 0.4]]), np.array([0, 0])
        >>> linear_robust_accuracy(weights, bias, points, labels, "linf", 0.2)
        0.5
    """
    distance = linear_distance(weights, bias, points, labels, norm, box=True)
    return float((distance > size).mean())


def _anywhere(uphill: Points, short: Distances, norm: Norm) -> Distances:
    """Margin over dual norm."""
    dual = {"linf": 1.0, "l2": 2.0, "l1": np.inf}[norm]
    gain = np.linalg.norm(uphill, dual, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(short <= 0, 0.0, np.where(gain > 0, short / gain, np.inf))


def _within_the_box(points: Points, uphill: Points, short: Distances, norm: Norm) -> Distances:
    slope = np.abs(uphill)
    room = np.where(uphill > 0, 1 - points, points)
    solve = {"linf": _linf_in_box, "l2": _l2_in_box, "l1": _l1_in_box}[norm]
    with np.errstate(divide="ignore", invalid="ignore"):
        found = solve(slope, room, short)
    reachable = (slope * room).sum(axis=1) >= short
    return np.where(short <= 0, 0.0, np.where(reachable, found, np.inf))


def _linf_in_box(slope: Points, room: Points, short: Distances) -> Distances:
    """Everybody walks r, those at their wall excepted: the gain is piecewise linear in r."""
    order = np.argsort(room, axis=1)
    walls, slopes = (np.take_along_axis(each, order, axis=1) for each in (room, slope))
    walking = slopes[:, ::-1].cumsum(axis=1)[:, ::-1]  # slopes of those not yet at their wall
    steps = np.diff(walls, axis=1, prepend=0.0)
    gained = (steps * walking).cumsum(axis=1)
    return _cross(gained, walls, short, lambda rows, at, rest: rest / walking[rows, at])


def _l1_in_box(slope: Points, room: Points, short: Distances) -> Distances:
    """The steepest coordinate first, to its wall; then the next."""
    order = np.argsort(-slope, axis=1)
    walls, slopes = (np.take_along_axis(each, order, axis=1) for each in (room, slope))
    gained, walked = (slopes * walls).cumsum(axis=1), walls.cumsum(axis=1)
    return _cross(gained, walked, short, lambda rows, at, rest: rest / slopes[rows, at])


def _l2_in_box(slope: Points, room: Points, short: Distances) -> Distances:
    """Everybody walks t times its slope, up to its wall; solved between two walls."""
    reach = np.where(slope > 0, room / np.where(slope > 0, slope, 1.0), np.inf)
    order = np.argsort(reach, axis=1)
    times, walls, slopes = (np.take_along_axis(each, order, 1) for each in (reach, room, slope))
    idle = ~np.isfinite(times)
    walls, slopes = np.where(idle, 0.0, walls), np.where(idle, 0.0, slopes)
    stopped = (walls * slopes).cumsum(axis=1) - walls * slopes  # gained by those at their walls
    square = (slopes**2)[:, ::-1].cumsum(axis=1)[:, ::-1]
    gained = stopped + np.where(idle, 0.0, times) * square
    at = np.minimum((gained < short[:, None] * (1 - 1e-15)).sum(axis=1), gained.shape[1] - 1)
    rows = np.arange(len(short))
    time = (short - stopped[rows, at]) / square[rows, at]
    length = (walls**2).cumsum(axis=1) - walls**2
    return np.sqrt(length[rows, at] + time**2 * square[rows, at])


def _cross(gained: Points, walked: Points, short: Distances, rest_of: object) -> Distances:
    """Where a gain that grows step by step reaches what it is short of."""
    assert callable(rest_of)
    rows = np.arange(len(short))
    at = np.minimum((gained < short[:, None] * (1 - 1e-15)).sum(axis=1), gained.shape[1] - 1)
    before = np.maximum(at - 1, 0)
    gained_before = np.where(at > 0, gained[rows, before], 0.0)
    walked_before = np.where(at > 0, walked[rows, before], 0.0)
    return walked_before + rest_of(rows, at, short - gained_before)


def _check(weights: np.ndarray, bias: np.ndarray, points: np.ndarray, labels: np.ndarray) -> None:
    if len(weights) < 2 or len(bias) != len(weights) or weights.shape[1:] != points.shape[1:]:
        raise DataError(
            f"weights {weights.shape}, bias {bias.shape} and points {points.shape} do not fit; "
            "wanted two classes or more, and one weight per coordinate"
        )
    if len(labels) != len(points) or (len(labels) and not 0 <= labels.min() <= labels.max()):
        raise DataError(f"{len(points)} points want one label each, 0 or more")
    if len(labels) and labels.max() >= len(weights):
        raise DataError(f"label {labels.max()} has no row among {len(weights)} classes")
    if not all(np.isfinite(each).all() for each in (weights, bias, points)):
        raise DataError("weights, bias and points must be finite numbers")
