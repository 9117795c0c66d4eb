"""Attacks against exact answers: linear models, tiny ReLU nets, nearest neighbours."""

import numpy as np
import pytest
import torch

from fieldmark import attacks
from fieldmark.audits import conformance, neighbour_distance, relu_distance
from fieldmark.models import NearestNeighbour
from fieldmark.records import Budget, ConfigError, ModelCard, UnknownNameError, example_seeds
from tests.audits.conftest import dressed

SMALL = ("fab-l1", "fab-l2", "fab-linf", "apgd-t-linf", "apgd-t-l2", "hop-skip-jump-l2")
LARGE = (*SMALL[:5], "cw-l2", "boundary-l2", "hop-skip-jump-l2")


def check(name, values, classes, count):
    found = conformance(name, values=values, classes=classes, count=count)
    assert found.nearest > 0.9999  # nothing nearer than the nearest
    return found.reached.value


@pytest.mark.parametrize("name", SMALL)
def test_on_two_values_attacks_reach_the_optimum(name):
    assert check(name, 2, 3, 4) == 1


@pytest.mark.slow
@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize("values", [50, 784])
@pytest.mark.parametrize("name", LARGE)
def test_on_linear_models_attacks_reach_the_optimum(name, values, classes):
    """One in a hundred by gradients, one in four by answers; walks may end at a farther class."""
    by_answers = name.startswith(("boundary", "hop"))
    assert check(name, values, classes, 6) >= (0.3 if by_answers else 0.5)


def test_hostile_questions():
    with pytest.raises(UnknownNameError, match="no attack called"):
        conformance("pgd-l7")
    with pytest.raises(ConfigError, match="got 1, 3 and 10"):
        conformance("pgd-l2", values=1)


def smallest(model, name, images, labels):
    attack = attacks.attack(name, "any")
    ids = tuple(map(str, range(len(images))))
    seeds = example_seeds(ids, "exact", 0)
    return attacks.attacked(model, attack, images, labels, seeds, ids=ids).smallest


@pytest.mark.parametrize("name", ["fab-l2", "fab-linf"])
def test_a_tiny_relu_net_against_every_region(name):
    stream = np.random.default_rng(4)
    hidden = stream.normal(size=(5, 4)), stream.normal(size=5) / 4
    output = stream.normal(size=(3, 5)), np.zeros(3)
    first, second = torch.nn.Linear(4, 5), torch.nn.Linear(5, 3)
    with torch.no_grad():
        for layer, (weights, bias) in ((first, hidden), (second, output)):
            layer.weight.copy_(torch.from_numpy(weights))
            layer.bias.copy_(torch.from_numpy(bias))
    net = torch.nn.Sequential(torch.nn.Flatten(), first, torch.nn.ReLU(), second)
    images = stream.uniform(0.3, 0.7, (8, 2, 2, 1)).astype(np.float32)
    with torch.no_grad():
        scores = net(torch.from_numpy(images).permute(0, 3, 1, 2))
    labels = scores.argmax(dim=1).numpy()
    norm = Budget.parse(name.rpartition("-")[2], "any").norm
    points = images.reshape(8, 4).astype(np.float64)
    exact = np.array(
        [
            relu_distance(hidden, output, point, int(label), norm, box=True)
            for point, label in zip(points, labels, strict=True)
        ]
    )
    reachable = np.isfinite(exact)
    assert reachable.sum() >= 4
    found = smallest(dressed(net), name, images, labels)
    ratio = found[reachable] / exact[reachable]
    assert (ratio >= 0.999).all()
    assert np.median(ratio) <= 1.01
    assert np.isinf(found[~reachable]).all()


def test_scores_that_stay_tied_where_all_units_are_off_are_no_mistake():
    # One unit, and class 0 gains from it: left of 0.5 both scores are 0, for ever.
    hidden = np.array([[1.0]]), np.array([-0.5])
    output = np.array([[1.0], [-1.0]]), np.zeros(2)
    assert np.isinf(relu_distance(hidden, output, np.array([0.7]), 0, "l2"))


def test_nearest_neighbours_against_every_bisector():
    stream = np.random.default_rng(7)
    known = stream.integers(0, 256, (24, 3, 3, 1)).astype(np.uint8)
    classes = np.arange(24) % 2
    card = ModelCard("1-nn", "neighbours", "here", "MIT", "none", classes=("even", "odd"))
    model = NearestNeighbour(known, classes, card)
    images = stream.uniform(0.3, 0.7, (4, 3, 3, 1)).astype(np.float32)
    labels = model(images).argmax(axis=1)
    flat = known.reshape(24, 9) / 255.0
    exact = np.array(
        [
            neighbour_distance(flat, classes, point, int(label), box=True)
            for point, label in zip(images.reshape(4, 9).astype(float), labels, strict=True)
        ]
    )
    ratio = smallest(model, "hop-skip-jump-l2", images, labels) / exact
    assert (ratio >= 0.999).all()
    assert np.median(ratio) <= 1.25
