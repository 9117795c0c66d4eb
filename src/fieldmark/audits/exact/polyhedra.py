"""The nearest point of a polyhedron: an active set for L2, a linear programme for the rest."""

import numpy as np
from jaxtyping import Float64

from fieldmark.records import Norm

Faces = Float64[np.ndarray, "m d"]
Offsets = Float64[np.ndarray, " m"]


def nearest_in_polyhedron(
    faces: Faces, offsets: Offsets, norm: Norm
) -> Float64[np.ndarray, " d"] | None:
    """The shortest ``x`` with ``faces @ x >= offsets``, or None where there is none.

    Args:
        faces: One inequality per row.
        offsets: Its right-hand side.
        norm: What "shortest" means.

    Source:
        "l2": least distance programming by non-negative least squares, Lawson & Hanson 1974,
        chapter 23, section 4; exact up to rounding. "linf" and "l1": linear programming (HiGHS).

    Example:
        >>> nearest_in_polyhedron(np.array([[1.0, 1.0]]), np.array([1.0]), "l2").round(6).tolist()
        [0.5, 0.5]
        >>> nearest_in_polyhedron(np.array([[1.0], [-1.0]]), np.ones(2), "l2") is None
        True
    """
    if (offsets <= 0).all():
        return np.zeros(faces.shape[1])
    length = np.linalg.norm(faces, axis=1)
    if (offsets[length == 0] > 0).any():
        return None
    # Rows of one length: otherwise a long row would be met more exactly than a short one.
    faces, offsets = (
        faces[length > 0] / length[length > 0, None],
        (offsets[length > 0] / length[length > 0]),
    )
    return _least_distance(faces, offsets) if norm == "l2" else _programme(faces, offsets, norm)


def _least_distance(faces: Faces, offsets: Offsets) -> Float64[np.ndarray, " d"] | None:
    from scipy.optimize import nnls

    scale = float(np.abs(offsets).max())
    tall = np.vstack([faces.T, offsets / scale])
    wanted = np.zeros(len(tall))
    wanted[-1] = 1.0
    try:
        weight, residual = nnls(tall, wanted, maxiter=50 * tall.shape[1])
    except RuntimeError:  # cycling among parallel faces
        return _least_distance_by_steps(faces, offsets)
    if residual < 1e-9:
        return None
    rest = tall @ weight - wanted
    found = -rest[:-1] / rest[-1] * scale
    return found if (faces @ found >= offsets - 1e-7 * scale).all() else None


def _least_distance_by_steps(faces: Faces, offsets: Offsets) -> Float64[np.ndarray, " d"] | None:
    from scipy.optimize import minimize

    start = _programme(faces, offsets, "linf")
    if start is None:
        return None
    found = minimize(
        lambda x: x @ x / 2,
        start,
        jac=lambda x: x,
        method="SLSQP",
        constraints={"type": "ineq", "fun": lambda x: faces @ x - offsets, "jac": lambda _: faces},
        options={"maxiter": 500, "ftol": 1e-14},
    )
    return found.x if found.success else start


def _programme(faces: Faces, offsets: Offsets, norm: Norm) -> Float64[np.ndarray, " d"] | None:
    from scipy.optimize import linprog

    d = faces.shape[1]
    if norm == "linf":  # x, and one number that no |x_i| exceeds
        cost = np.append(np.zeros(d), 1.0)
        walls = np.ones((d, 1))
        rows = np.vstack(
            [
                np.hstack([-faces, np.zeros((len(faces), 1))]),
                np.hstack([np.eye(d), -walls]),
                np.hstack([-np.eye(d), -walls]),
            ]
        )
        limits = np.concatenate([-offsets, np.zeros(2 * d)])
        bounds = [(None, None)] * d + [(0, None)]
    else:  # x as a difference of two numbers, both 0 or more
        cost, rows, limits = np.ones(2 * d), np.hstack([-faces, faces]), -offsets
        bounds = [(0, None)] * (2 * d)
    found = linprog(cost, A_ub=rows, b_ub=limits, bounds=bounds, method="highs")
    if not found.success:
        return None
    return found.x[:d] if norm == "linf" else found.x[:d] - found.x[d:]
