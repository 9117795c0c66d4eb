"""Adversarial training makes digits harder to attack: each method against its standard twin."""

import numpy as np
import pytest
import torch

from fieldmark.datasets import mnist_test, mnist_train
from fieldmark.models import Blueprint, from_trained
from fieldmark.records import ModelError
from fieldmark.training import Fast, Free, Pgd, Plan, Standard, Trades, Training, train
from fieldmark.training.changes import as_batch, worst

pytestmark = pytest.mark.slow

NET = Blueprint("strided", (8, 16, 50))
METHODS = {
    "standard": Plan(Standard(), epochs=3),
    "pgd": Plan(Pgd(0.1, steps=3), epochs=3, warmup=0.5),
    "fast": Plan(Fast(0.1), epochs=3, warmup=0.5),
    "free": Plan(Free(0.1, replays=3), epochs=2),
    "trades": Plan(Trades(0.1, beta=4.0, steps=3), epochs=3, warmup=0.5),
}
RADIUS = 0.1


@pytest.fixture(scope="module")
def nets(tmp_path_factory):
    made = {}
    for name, plan in METHODS.items():
        folder = tmp_path_factory.mktemp("nets") / name
        train(Training(NET, plan, name), mnist_train(), folder)
        made[name] = from_trained(folder).load().module
    return made


def held(module, radius):
    images, labels = as_batch(mnist_test().images()[:200]), torch.tensor(mnist_test().first_labels)
    chance = torch.Generator().manual_seed(0)
    moved = worst(module, images, labels[:200], radius, 10, generator=chance)
    return float((module(moved).argmax(1) == labels[:200]).float().mean())


@pytest.mark.parametrize("name", [name for name in METHODS if name != "standard"])
def test_robust_training_raises_robust_accuracy(name, nets):
    assert held(nets["standard"], RADIUS) < 0.4
    assert held(nets[name], RADIUS) > held(nets["standard"], RADIUS) + 0.3
    assert held(nets[name], 0.0) > 0.88


def test_a_training_that_collapses_is_caught(tmp_path):
    """FGSM without a random start and with too long a step: the textbook way to fool oneself."""
    net = Blueprint("strided", (16, 32, 100))
    plan = Plan(Fast(0.3, step=0.6, start=False), epochs=14, looks=40, rate=0.01)
    with pytest.raises(ModelError, match="catastrophic overfitting"):
        train(Training(net, plan, "plain"), mnist_train(), tmp_path / "net")
    looks = np.genfromtxt(tmp_path / "net" / "looks.csv", delimiter=",", names=True)
    assert looks["pgd"][-1] <= 0.1 < looks["fgsm"][-1]
