"""Searches for the smallest change against models whose smallest change is known exactly."""

from math import inf

import numpy as np
import pytest
import torch
from scipy.optimize import linprog

from fieldmark.attacks import FAB, CarliniWagner, attacked
from fieldmark.audits.exact.linear import linear_distance
from fieldmark.audits.exact.relu import relu_distance
from fieldmark.records import Budget, example_seeds

FRAMES = {2: (1, 2), 50: (5, 10), 784: (28, 28)}
COUNT = 8


def linear_model(net, size: int, classes: int, *, seed: int = 0, middle: float = 0.5):
    """A linear classifier that is undecided about a picture of nothing but ``middle``."""
    stream = np.random.default_rng(seed)
    layer = torch.nn.Linear(size, classes, dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(stream.normal(size=(classes, size))))
        layer.bias.copy_(-middle * layer.weight.sum(dim=1))
    return net(torch.nn.Sequential(torch.nn.Flatten(), layer)), layer


def searched(model, attack, images: np.ndarray):
    labels = model(images).argmax(axis=1).astype(np.int64)
    ids = [str(row) for row in range(len(images))]
    seeds = example_seeds(ids, "attack", 0)
    return labels, attacked(model, attack, images, labels, seeds, ids=ids)


def exact(layer, images, labels, norm, *, box: bool) -> np.ndarray:
    weights, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()
    points = images.reshape(len(images), -1).astype(np.float64)
    return linear_distance(weights, bias, points, labels, norm, box=box)


def pictures(size: int, reach: float) -> np.ndarray:
    stream = np.random.default_rng(5)
    drawn = stream.uniform(0.5 - reach, 0.5 + reach, size=(COUNT, *FRAMES[size], 1))
    return drawn.astype(np.float32)


@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize("size", FRAMES)
@pytest.mark.parametrize("norm", ["linf", "l2", "l1"])
def test_fab_finds_the_smallest_change_of_a_linear_model(net, norm, size, classes):
    model, layer = linear_model(net, size, classes)
    images = pictures(size, 0.02)
    labels, outcome = searched(model, FAB(Budget(norm, inf), steps=20), images)
    wanted = exact(layer, images, labels, norm, box=False)
    assert wanted.max() < 0.45  # no wall is met, so that margin over dual norm is the answer
    assert (outcome.smallest > wanted * (1 - 1e-4)).all()
    assert (outcome.smallest < wanted * 1.01).all()
    np.testing.assert_allclose(outcome.distance, outcome.smallest, rtol=1e-6)


@pytest.mark.parametrize("norm", ["linf", "l2", "l1"])
def test_fab_aimed_at_one_class_after_another_finds_the_nearest_of_them(net, norm):
    model, layer = linear_model(net, 50, 10)
    images = pictures(50, 0.02)
    labels, outcome = searched(model, FAB(Budget(norm, inf), targets=9, steps=8), images)
    wanted = exact(layer, images, labels, norm, box=False)
    assert (outcome.smallest > wanted * (1 - 1e-4)).all()
    assert (outcome.smallest < wanted * 1.01).all()


@pytest.mark.parametrize("norm", ["linf", "l2", "l1"])
def test_fab_goes_along_the_walls_of_the_box(net, norm):
    model, layer = linear_model(net, 50, 3, middle=0.3)
    images = np.random.default_rng(5).random((COUNT, 5, 10, 1)).astype(np.float32).round()
    images[:, :, :4] = 0.5
    labels, outcome = searched(model, FAB(Budget(norm, inf), steps=30), images)
    free = exact(layer, images, labels, norm, box=False)
    wanted = exact(layer, images, labels, norm, box=True)
    assert (wanted > 1.05 * free).any()  # the walls are in the way
    assert (outcome.smallest > wanted * (1 - 1e-4)).all()
    assert (outcome.smallest < wanted * 1.01).all()


def test_what_it_is_held_to_along_the_walls_is_what_a_linear_programme_says(net):
    _, layer = linear_model(net, 50, 2, middle=0.3)
    image = np.random.default_rng(5).random((1, 5, 10, 1)).astype(np.float32).round()
    point = image.reshape(-1).astype(np.float64)
    weights, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()
    label = int((weights @ point + bias).argmax())
    uphill = weights[1 - label] - weights[label]
    short = -(uphill @ point + bias[1 - label] - bias[label])
    # Each value goes up by p and down by m, both at least 0: the sum of all is to be smallest.
    found = linprog(
        np.ones(100),
        A_ub=-np.concatenate([uphill, -uphill])[None],
        b_ub=[-short],
        bounds=[*((0, 1 - value) for value in point), *((0, value) for value in point)],
    )
    wanted = exact(layer, image, np.array([label]), "l1", box=True)
    assert found.fun == pytest.approx(wanted[0], rel=1e-6)


def away(layer, length: float) -> None:
    """Move the boundary of the first two classes by a length."""
    with torch.no_grad():
        apart = layer.weight[1] - layer.weight[0]
        layer.bias[0] += length * torch.linalg.vector_norm(apart)


@pytest.mark.slow
@pytest.mark.parametrize(("size", "far"), [(2, 0.2), (50, 0.8), (784, 1.5)])
def test_cw_finds_the_smallest_change_of_a_linear_model_of_two_classes(net, size, far):
    model, layer = linear_model(net, size, 2)
    away(layer, far)
    images = pictures(size, 0.02)
    attack = CarliniWagner(Budget("l2", inf), steps=120, rounds=4, weight=0.1)
    labels, outcome = searched(model, attack, images)
    wanted = exact(layer, images, labels, "l2", box=True)
    assert (outcome.smallest > wanted * (1 - 1e-4)).all()
    assert (outcome.smallest < wanted * 1.01).all()


@pytest.mark.slow
@pytest.mark.parametrize(("size", "classes", "far"), [(50, 3, 0.8), (784, 10, 1.5)])
def test_with_more_classes_cw_goes_to_the_likeliest_which_may_not_be_nearest(
    net, size, classes, far
):
    model, layer = linear_model(net, size, classes)
    away(layer, far)
    images = pictures(size, 0.02)
    attack = CarliniWagner(Budget("l2", inf), steps=120, rounds=4, weight=0.1)
    labels, outcome = searched(model, attack, images)
    wanted = exact(layer, images, labels, "l2", box=True)
    assert (outcome.smallest > wanted * (1 - 1e-4)).all()
    assert (outcome.smallest < wanted * 1.15).all()
    assert (outcome.smallest / wanted).min() < 1.01


@pytest.mark.slow
@pytest.mark.parametrize("norm", ["linf", "l2", "l1"])
def test_small_relu_nets_are_never_beaten_and_mostly_matched(net, norm):
    stream = np.random.default_rng(8)
    inner, outer = torch.nn.Linear(2, 4).double(), torch.nn.Linear(4, 3).double()
    middle = torch.full((2,), 0.5, dtype=torch.float64)
    with torch.no_grad():
        for weights in (inner.weight, outer.weight):
            weights.copy_(torch.from_numpy(stream.normal(size=weights.shape)))
        inner.bias.copy_(0.1 - inner.weight @ middle)
        outer.bias.copy_(-(outer.weight @ inner(middle).clamp_min(0)))
    model = net(torch.nn.Sequential(torch.nn.Flatten(), inner, torch.nn.ReLU(), outer))
    images = stream.random((COUNT, 1, 2, 1)).astype(np.float32)
    labels, outcome = searched(model, FAB(Budget(norm, inf), steps=20, restarts=2), images)
    hidden, output = (
        (each.weight.detach().numpy(), each.bias.detach().numpy()) for each in (inner, outer)
    )
    points = images.reshape(COUNT, 2).astype(np.float64)
    wanted = np.array(
        [
            relu_distance(hidden, output, point, int(label), norm, box=True)
            for point, label in zip(points, labels, strict=True)
        ]
    )
    assert np.isfinite(wanted).all()
    assert (outcome.smallest > wanted * (1 - 1e-4) - 1e-6).all()
    assert (outcome.smallest < wanted * 1.01 + 1e-6).mean() > 0.7
