"""The binarisation test: found where the way is clear, missed where it is hidden."""

import numpy as np
import pytest
import torch

from fieldmark.attacks import FGSM, PGD, RandomNoise
from fieldmark.audits import Binarised, Shown, binarisation_test, broken
from fieldmark.records import Budget, example_seeds
from tests.audits.conftest import dressed

BUDGETS = [Budget("linf", 0.1), Budget("l2", 1.0)]


def scene(budget, n=10, side=6):
    stream = np.random.default_rng(1)
    ids = tuple(map(str, range(n)))
    images = stream.uniform(0.3, 0.7, (n, side, side, 1)).astype(np.float32)
    seeds = example_seeds(ids, "binary", 0)
    return Shown(images, np.zeros(n, np.int64), seeds, ids, budget, 3)


def linear(outputs=60):
    """Features that are pixels, mixed: the read-out is a linear classifier of the picture."""
    chance = torch.Generator().manual_seed(4)
    first, last = torch.nn.Linear(36, outputs), torch.nn.Linear(outputs, 3)
    with torch.no_grad():
        first.weight.copy_(torch.randn(first.weight.shape, generator=chance) / 6)
        last.weight.copy_(torch.randn(last.weight.shape, generator=chance))
    return torch.nn.Sequential(torch.nn.Flatten(), first, last)


@pytest.mark.parametrize("budget", BUDGETS, ids=str)
def test_on_linear_features_pgd_finds_what_was_planted_and_guessing_does_not(budget):
    found = binarisation_test(dressed(linear()), scene(budget), PGD(budget, steps=40))
    assert found.separated == found.tested == 10
    assert found.share.value >= 0.95
    assert found.guessed.mean() < 0.5


def test_noise_is_no_attack():
    budget = BUDGETS[0]
    found = binarisation_test(dressed(linear()), scene(budget), RandomNoise(budget, draws=20))
    assert found.found.mean() < 0.5


def test_behind_a_thermometer_gradients_find_nothing():
    budget = BUDGETS[0]
    model = dressed(broken("thermometer", linear()))
    found = binarisation_test(model, scene(budget), FGSM(budget))
    assert not found.separated or found.found.mean() < 0.5


def test_what_guessing_finds_does_not_count():
    test = Binarised(np.array([True, False, True]), np.array([True, False, False]), 3, 3)
    assert (test.share.value, test.share.n) == (0.5, 2)
    hopeless = Binarised(np.ones(2, bool), np.ones(2, bool), 2, 2)
    assert not hopeless.share.defined


def test_what_cannot_be_separated_is_not_tested():
    found = binarisation_test(dressed(Blank(linear())), scene(BUDGETS[0]), PGD(BUDGETS[0]))
    assert (found.separated, found.tested, len(found.found)) == (0, 10, 0)


class Blank(torch.nn.Module):
    """Sees a blank picture whatever it is shown."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, pictures):
        return self.net(pictures * 0)
