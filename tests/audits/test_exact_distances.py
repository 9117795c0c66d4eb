"""Exact distances against brute force: grids, general solvers, and each other."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, minimize

from fieldmark.audits import (
    linear_distance,
    linear_robust_accuracy,
    neighbour_distance,
    relu_distance,
)
from fieldmark.records import ConfigError, DataError

NORMS = ["linf", "l2", "l1"]
ORDER = {"linf": np.inf, "l2": 2, "l1": 1}


def scene(d, k, n=6, seed=0):
    stream = np.random.default_rng(seed)
    weights, bias = stream.normal(size=(k, d)), stream.normal(size=k) / 4
    points = stream.random((n, d))
    return weights, bias, points, (points @ weights.T + bias).argmax(axis=1)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("k", [2, 3, 10])
@pytest.mark.parametrize("d", [2, 50, 784])
def test_without_walls_it_is_the_margin_over_the_dual_norm(norm, d, k):
    weights, bias, points, labels = scene(d, k)
    dual = {"linf": 1, "l2": 2, "l1": np.inf}[norm]
    found = linear_distance(weights, bias, points, labels, norm)
    for i, label in enumerate(labels):
        by_hand = min(
            ((weights[label] - weights[j]) @ points[i] + bias[label] - bias[j])
            / np.linalg.norm(weights[label] - weights[j], dual)
            for j in range(k)
            if j != label
        )
        assert found[i] == pytest.approx(by_hand)


@pytest.mark.parametrize("norm", NORMS)
def test_on_a_fine_grid_nothing_wrong_is_nearer_and_something_is_as_near(norm):
    weights, bias, points, labels = scene(2, 3, n=12, seed=4)
    side = np.linspace(0, 1, 401)
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    said = (grid @ weights.T + bias).argmax(axis=1)
    found = linear_distance(weights, bias, points, labels, norm, box=True)
    for point, label, distance in zip(points, labels, found, strict=True):
        away = np.linalg.norm(grid - point, ORDER[norm], axis=1)
        nearest = away[said != label].min(initial=np.inf)
        if np.isinf(distance):
            assert np.isinf(nearest)
        else:
            assert distance - 1e-9 <= nearest <= distance + 0.02


@settings(max_examples=60)
@given(seed=st.integers(0, 10**6), d=st.integers(2, 9), norm=st.sampled_from(NORMS))
def test_walls_only_lengthen_the_way_and_far_walls_do_not(seed, d, norm):
    weights, bias, points, labels = scene(d, 3, seed=seed)
    free = linear_distance(weights, bias, points, labels, norm)
    boxed = linear_distance(weights, bias, points, labels, norm, box=True)
    assert (boxed >= free - 1e-9).all()
    # The same scene, small in the middle of the box: no wall is met.
    small = 0.5 + (points - 0.5) * 1e-3
    moved = bias * 1e-3 + weights @ np.full(d, 0.5) * (1e-3 - 1)
    near = linear_distance(weights, moved, small, labels, norm, box=True)
    close = free < 100
    np.testing.assert_allclose(near[close], free[close] * 1e-3, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("norm", NORMS)
def test_one_hidden_unit_per_coordinate_is_the_linear_model_again(norm):
    weights, bias, points, labels = scene(3, 3, n=5, seed=2)
    # relu(x + 10) - 10 is x wherever the box is.
    hidden = np.eye(3), np.full(3, 10.0)
    output = weights, bias - weights @ np.full(3, 10.0)
    linear = linear_distance(weights, bias, points, labels, norm, box=True)
    for point, label, distance in zip(points, labels, linear, strict=True):
        net = relu_distance(hidden, output, point, int(label), norm, box=True)
        assert net == pytest.approx(distance, abs=2e-6)


@pytest.mark.parametrize("norm", NORMS)
def test_a_kinked_net_on_a_fine_grid(norm):
    stream = np.random.default_rng(8)
    hidden = stream.normal(size=(4, 2)), stream.normal(size=4) / 2
    output = stream.normal(size=(3, 4)), stream.normal(size=3) / 4
    side = np.linspace(0, 1, 401)
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)

    def says(points):
        return (np.maximum(points @ hidden[0].T + hidden[1], 0) @ output[0].T + output[1]).argmax(1)

    said = says(grid)
    for point in stream.random((8, 2)):
        label = int(says(point[None])[0])
        distance = relu_distance(hidden, output, point, label, norm, box=True)
        nearest = np.linalg.norm(grid - point, ORDER[norm], axis=1)[said != label].min(
            initial=np.inf
        )
        assert distance - 1e-9 <= nearest
        assert np.isinf(distance) or nearest <= distance + 0.02


def test_a_nearest_neighbour_on_a_fine_grid():
    stream = np.random.default_rng(3)
    known, classes = stream.random((25, 2)), stream.integers(0, 3, 25)
    side = np.linspace(0, 1, 401)
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)

    def says(points):
        return classes[((points[:, None] - known[None]) ** 2).sum(axis=2).argmin(axis=1)]

    said = says(grid)
    for point in stream.random((10, 2)):
        label = int(says(point[None])[0])
        distance = neighbour_distance(known, classes, point, label, box=True)
        nearest = np.linalg.norm(grid - point, axis=1)[said != label].min(initial=np.inf)
        assert distance - 1e-9 <= nearest <= distance + 0.01


def test_a_nearest_neighbour_in_many_dimensions_against_a_general_solver():
    stream = np.random.default_rng(5)
    known, classes = stream.random((30, 12)), np.arange(30) % 3
    point = stream.random(12)
    label = int(classes[((known - point) ** 2).sum(axis=1).argmin()])
    own = known[classes == label]
    best = np.inf
    for z in known[classes != label]:
        faces = 2 * (z - own)
        limit = ((z - point) ** 2).sum() - ((own - point) ** 2).sum(axis=1)
        solved = minimize(
            lambda x: x @ x,
            z - point,
            jac=lambda x: 2 * x,
            constraints=LinearConstraint(faces, lb=limit),
            method="SLSQP",
            options={"ftol": 1e-15, "maxiter": 300},
        )
        best = min(best, np.sqrt(solved.fun))
    assert neighbour_distance(known, classes, point, label) == pytest.approx(best, rel=1e-6)


def test_what_is_wrong_to_begin_with_is_at_distance_nought_and_what_never_is_at_infinity():
    weights, bias = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([0.0, 0.0])
    point = np.array([[0.1, 0.9]])
    assert linear_distance(weights, bias, point, np.array([0]), "l2")[0] == 0
    safe = np.array([5.0, 0.0])
    for norm in NORMS:
        assert np.isinf(linear_distance(weights, safe, point, np.array([0]), norm, box=True)[0])
    constant = np.zeros((2, 2)), np.array([1.0, 0.0])
    assert np.isinf(linear_distance(*constant, point, np.array([0]), "linf")[0])
    assert np.isinf(relu_distance((np.eye(2), np.zeros(2)), constant, point[0], 0, "l2"))
    assert relu_distance((np.eye(2), np.zeros(2)), (weights, bias), point[0], 0, "l2") == 0
    assert np.isinf(neighbour_distance(point, np.array([0]), point[0], 0))
    assert neighbour_distance(np.vstack([point, point]), np.array([0, 1]), point[0], 0) == 0


def test_robust_accuracy_falls_with_the_budget_and_starts_at_clean():
    weights, bias, points, labels = scene(20, 3, n=50)
    labels[:5] = (labels[:5] + 1) % 3
    sizes = [0.0, 0.01, 0.1, 1.0]
    shares = [linear_robust_accuracy(weights, bias, points, labels, "linf", s) for s in sizes]
    assert shares[0] == 0.9
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] < 0.1


def test_hostile_input_is_refused_in_one_line():
    weights, bias, points, labels = scene(3, 2)
    with pytest.raises(DataError, match="do not fit"):
        linear_distance(weights, bias, points[:, :2], labels, "l2")
    with pytest.raises(DataError, match="label 7 has no row among 2 classes"):
        linear_distance(weights, bias, points, labels * 0 + 7, "l2")
    with pytest.raises(DataError, match="finite"):
        linear_distance(weights, bias * np.nan, points, labels, "l2")
    with pytest.raises(ConfigError, match="12 units at most"):
        relu_distance(
            (np.eye(13), np.zeros(13)), (np.ones((2, 13)), np.zeros(2)), np.zeros(13), 0, "l2"
        )
    with pytest.raises(DataError, match="no known point has the class 9"):
        neighbour_distance(points, labels, points[0], 9)
