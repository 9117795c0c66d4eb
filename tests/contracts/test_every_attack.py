"""What every attack must do; a new name in the table is tested without anyone writing a test."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

import numpy as np
import pytest
import torch

from fieldmark.attacks import ATTACKS, Outcome, attacked
from fieldmark.records import Attack, Budget, Images, Logits, ModelCard, example_seeds

SIZES = {"linf": (0.02, 0.08), "l2": (0.15, 0.6), "l1": (2.0, 8.0)}
COUNT = 20
QUICK = {"steps": 6, "queries": 80, "rounds": 4, "targets": 2, "rate": 0.1}
"""Numbers that would take too long here, wherever an attack has them."""


@dataclass(frozen=True)
class Net:
    """A small convolutional net with fixed random weights, in float64."""

    module: torch.nn.Module
    card: ModelCard

    def __call__(self, images: Images) -> Logits:
        levels = images if images.dtype == np.float32 else images / np.float32(255)
        with torch.no_grad():
            pictures = torch.from_numpy(levels.copy()).permute(0, 3, 1, 2).double()
            return self.module(pictures).float().numpy()


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Nets this small lose more by handing work to other threads than they gain."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def model() -> Net:
    chance = torch.Generator().manual_seed(4)
    module = torch.nn.Sequential(
        torch.nn.Conv2d(3, 6, 3, stride=2),
        torch.nn.ReLU(),
        torch.nn.Flatten(),
        torch.nn.Linear(6 * 5 * 7, 5),
    ).double()
    with torch.no_grad():
        for weights in module.parameters():
            weights.copy_(torch.randn(weights.shape, generator=chance).double() / 5)
    return Net(module.eval(), ModelCard("net", "test net", "these tests", "MIT", "none"))


@pytest.fixture(scope="module")
def scene(model: Net) -> tuple[np.ndarray, np.ndarray]:
    stream = np.random.default_rng(2)
    images = stream.random((COUNT, 11, 15, 3)).astype(np.float32)
    images[0], images[1] = 0, 1  # at the walls of the box
    labels = model(images).argmax(axis=1).astype(np.int64)
    labels[2] = (labels[2] + 1) % 5  # wrong from the start
    return images, labels


@pytest.fixture(
    params=[(name, size) for name in ATTACKS for size in SIZES[ATTACKS[name].norm]], ids=str
)
def one(request: pytest.FixtureRequest) -> Attack:
    return _quick(*request.param)


def _quick(name: str, size: float) -> Attack:
    made = ATTACKS[name](Budget(ATTACKS[name].norm, size))
    quick = {
        each.name: QUICK[each.name]
        for each in fields(made)
        if each.name in QUICK and getattr(made, each.name)
    }
    return replace(made, **quick)


def _outcome(model: Net, one: Attack, scene: tuple, rows: np.ndarray) -> Outcome:
    images, labels = scene
    ids = [f"example-{row}" for row in rows]
    seeds = example_seeds(ids, str(one.name), 0)
    return attacked(model, one, images[rows], labels[rows], seeds, ids=ids)


def test_it_stays_in_budget_and_box_and_finds_something(model, one, scene):
    images, labels = scene
    outcome = _outcome(model, one, scene, np.arange(COUNT))
    assert outcome.images.dtype == np.float32
    assert outcome.images.min() >= 0
    assert outcome.images.max() <= 1
    budget = one.threat.budget
    assert (budget.distances(images, outcome.images) <= budget.size + 1e-6).all()
    assert (outcome.distance[labels != model(images).argmax(axis=1)] == 0).all()
    before = model(images)[np.arange(COUNT), labels]
    assert (outcome.logits[np.arange(COUNT), labels] < before).mean() > 0.5


def test_it_does_not_change_what_it_was_given(model, one, scene):
    images, _ = scene
    before = images.copy()
    images.setflags(write=False)
    _outcome(model, one, scene, np.arange(COUNT))
    np.testing.assert_array_equal(images, before)


def test_neighbours_and_order_do_not_matter(model, one, scene):
    together = _outcome(model, one, scene, np.arange(COUNT))
    for rows in (np.arange(COUNT)[::-1], np.arange(7, 12), np.array([19]), np.array([0])):
        apart = _outcome(model, one, scene, rows)
        np.testing.assert_array_equal(apart.images, together.images[rows])
        np.testing.assert_array_equal(apart.logits, together.logits[rows])


def test_a_larger_budget_fools_no_fewer(model, one, scene):
    _, labels = scene
    larger = ATTACKS[one.name](Budget(one.threat.budget.norm, 4 * one.threat.budget.size))
    fooled = [
        (_outcome(model, each, scene, np.arange(COUNT)).logits.argmax(axis=1) != labels).sum()
        for each in (one, larger)
    ]
    assert fooled[0] <= fooled[1]
    assert fooled[1] > 1


def test_a_budget_of_nothing_is_no_attack(model, one, scene):
    images, labels = scene
    nothing = ATTACKS[one.name](Budget(one.threat.budget.norm, 0.0))
    outcome = _outcome(model, nothing, scene, np.arange(COUNT))
    np.testing.assert_array_equal(outcome.images, images)
    assert (outcome.distance == 0).all()
    assert ((outcome.logits.argmax(axis=1) == labels) == (np.arange(COUNT) != 2)).all()


def test_it_says_every_constant(one):
    assert isinstance(one, Attack)
    assert {"budget", "norm"} <= set(one.settings)
