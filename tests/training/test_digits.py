"""The built-in subjects, as they are: accurate enough to be worth asking, and told apart."""

import pytest
import torch

from fieldmark.datasets import mnist_test, mnist_train
from fieldmark.training import digit_recipes, subject
from fieldmark.training.changes import as_batch, worst

pytestmark = pytest.mark.slow

LEAST = {
    "nearest-neighbour": 0.93,
    "random-forest": 0.92,
    "rbf-svm": 0.94,
    "ridge": 0.83,
    "random-features": 0.90,
    "linear": 0.88,
    "mlp-small": 0.91,
    "mlp-large": 0.92,
    "cnn-small": 0.95,
    "cnn-medium": 0.97,
    "cnn-large": 0.97,
    "cnn-medium-dropout": 0.96,
    "cnn-medium-half": 0.95,
    "cnn-medium-quarter": 0.93,
    "cnn-medium-augmented": 0.97,
    "cnn-medium-noise": 0.96,
    "cnn-medium-adversarial": 0.95,
}


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("digits")


def loaded(name, cache):
    return subject(digit_recipes()[name], mnist_train(), cache=cache).load()


def accuracy(model):
    return float((model(mnist_test().images()).argmax(axis=1) == mnist_test().first_labels).mean())


def test_every_recipe_is_held_to_something():
    assert set(LEAST) | {"chance"} == set(digit_recipes())


@pytest.mark.parametrize("name", LEAST)
def test_it_reads_digits(name, cache):
    assert accuracy(loaded(name, cache)) >= LEAST[name]


def test_chance_does_not(cache):
    assert 0.06 < accuracy(loaded("chance", cache)) < 0.14


def test_adversarial_training_holds_where_its_twin_falls(cache):
    images = as_batch(mnist_test().images()[:300])
    labels = torch.tensor(mnist_test().first_labels[:300])
    held = {}
    for name in ("cnn-medium", "cnn-medium-adversarial"):
        net = loaded(name, cache).module
        chance = torch.Generator().manual_seed(0)
        moved = worst(net, images, labels, 0.2, 20, generator=chance)
        held[name] = float((net(moved).argmax(1) == labels).float().mean())
    assert held["cnn-medium"] < 0.1
    assert held["cnn-medium-adversarial"] > 0.7
