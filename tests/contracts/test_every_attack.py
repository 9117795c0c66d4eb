"""What every attack must do; a new name in the table is tested without anyone writing a test."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from functools import cache

import numpy as np
import pytest
import torch

from fieldmark.attacks import ATTACKS, Outcome, attacked
from fieldmark.records import (
    Attack,
    Budget,
    ConfigError,
    GradientClassifier,
    Images,
    Logits,
    ModelCard,
    example_seeds,
)

SIZES = {"linf": 0.06, "l2": 0.4, "l1": 6.0, "degrees": 10.0}
COUNT = 16
MOST = {
    "steps": 6,
    "queries": 25,
    "rounds": 3,
    "targets": 2,
    "halvings": 3,
    "draws": 20,
    "directions": 10,
    "starts": 5,
    "pairs": 4,
    "angles": 5,
    "moves": 3,
}
"""More of these would take too long here, wherever an attack has them."""

BRISK = {"rate": 0.1, "weight": 10.0}
"""What so few steps need."""


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


@dataclass(frozen=True)
class Scores:
    """The same net, of which nobody sees more than scores."""

    net: Callable[[Images], Logits]
    card: ModelCard

    def __call__(self, images: Images) -> Logits:
        return self.net(images)


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
        torch.nn.Dropout(0.5),
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
    images.setflags(write=False)
    labels.setflags(write=False)
    return images, labels


DEAR = ("autoattack-l2", "autoattack-plus", "autoattack-rand")
"""Ensembles of what is tested by itself."""

WANTED = [
    pytest.param(name, marks=pytest.mark.slow) if name.startswith(DEAR) else name
    for name in ATTACKS
]


@pytest.fixture(scope="module", params=WANTED)
def one(request: pytest.FixtureRequest) -> Attack:
    return _quick(request.param, SIZES[ATTACKS[request.param].norm])


@pytest.fixture(scope="module")
def under(model, scene) -> Callable[[Attack], Outcome]:
    """All examples under an attack, searched once however often it is looked at."""
    return cache(lambda attack: _outcome(model, attack, scene, np.arange(COUNT)))


def _quick(name: str, size: float) -> Attack:
    made = ATTACKS[name](Budget(ATTACKS[name].norm, size))
    has = {each.name for each in fields(made)}
    fewer = {name: min(getattr(made, name), most) for name, most in MOST.items() if name in has}
    brisk = {name: number for name, number in BRISK.items() if name in has}
    return replace(made, **fewer, **brisk)


def _outcome(model: object, one: Attack, scene: tuple, rows: np.ndarray) -> Outcome:
    images, labels = scene
    ids = [f"example-{row}" for row in rows]
    seeds = example_seeds(ids, str(one.name), 0)
    return attacked(model, one, images[rows], labels[rows], seeds, ids=ids)


def test_it_stays_in_budget_and_box_and_finds_something(model, one, scene, under):
    images, labels = scene
    before = images.copy()
    outcome = under(one)
    assert outcome.images.dtype == np.float32
    assert outcome.images.min() >= 0
    assert outcome.images.max() <= 1
    budget = one.threat.budget
    if budget.norm != "degrees":  # the referee turns pictures itself
        assert (budget.distances(images, outcome.images) <= budget.size + 1e-6).all()
    assert (outcome.distance <= budget.size + 1e-6).all()
    assert (outcome.distance[labels != model(images).argmax(axis=1)] == 0).all()
    lowered = outcome.logits < model(images)
    # A search for the smallest change keeps nothing of what it found beyond the budget.
    found = lowered[np.arange(COUNT), labels] | (outcome.smallest < np.inf)
    assert found.mean() > 0.5
    np.testing.assert_array_equal(images, before)


def test_it_counts_what_it_asks(one, under):
    outcome = under(one)
    assert (np.delete(outcome.queries, 2) > 0).all()
    assert outcome.queries[2] == 0
    assert (outcome.gradients > 0).any() == (one.threat.knowledge == "white-box")
    assert (outcome.first <= outcome.queries).all()
    if one.threat.queries is not None:
        assert outcome.queries.max() <= one.threat.queries


def test_neighbours_and_order_do_not_matter(model, one, scene, under):
    together = under(one)
    for rows in (np.array([15, 3, 0, 9, 8]), np.array([0])):
        apart = _outcome(model, one, scene, rows)
        np.testing.assert_array_equal(apart.images, together.images[rows])
        np.testing.assert_array_equal(apart.logits, together.logits[rows])
        np.testing.assert_array_equal(apart.smallest, together.smallest[rows])
        np.testing.assert_array_equal(apart.queries, together.queries[rows])


def test_a_larger_budget_fools_no_fewer(one, scene, under):
    _, labels = scene
    larger = _quick(one.name, 8 * one.threat.budget.size)
    fooled = [(under(each).logits.argmax(axis=1) != labels).sum() for each in (one, larger)]
    assert fooled[0] <= fooled[1]
    assert fooled[1] > 1


def test_a_budget_of_nothing_is_no_attack(model, one, scene):
    images, labels = scene
    outcome = _outcome(model, _quick(one.name, 0.0), scene, np.arange(COUNT))
    np.testing.assert_array_equal(outcome.images, images)
    assert (outcome.distance == 0).all()
    assert ((outcome.logits.argmax(axis=1) == labels) == (np.arange(COUNT) != 2)).all()


def test_a_search_for_the_smallest_change_says_how_far_it_got(model, one, scene):
    images, labels = scene
    rows = np.arange(6)
    try:
        endless = _quick(one.name, np.inf)
    except ConfigError as refused:
        assert "budget" in str(refused)
        return
    outcome = _outcome(model, endless, scene, rows)
    fooled = outcome.logits.argmax(axis=1) != labels[rows]
    assert fooled.sum() > 3
    norm = endless.threat.budget
    np.testing.assert_allclose(
        outcome.distance[fooled], norm.distances(images[rows], outcome.images)[fooled], rtol=1e-6
    )
    np.testing.assert_allclose(outcome.distance[fooled], outcome.smallest[fooled], rtol=1e-6)
    assert np.isinf(outcome.distance[~fooled]).all()
    assert outcome.distance[2] == 0  # wrong from the start


def test_it_leaves_the_model_as_it_was(model, one, scene, under):
    weights = [each.detach().clone() for each in model.module.parameters()]
    model.module[2].train()
    outcome = _outcome(model, one, scene, np.array([1, 4]))
    modes = [part.training for part in model.module.modules()]
    model.module.eval()
    assert modes == [False, False, False, True, False, False]
    for before, after in zip(weights, model.module.parameters(), strict=True):
        assert torch.equal(before, after.detach())
        assert after.grad is None
        assert after.requires_grad
    np.testing.assert_array_equal(outcome.images, under(one).images[[1, 4]])


def test_scores_alone_are_enough_where_it_says_so(model, one, scene):
    blind = Scores(model, model.card)
    assert not isinstance(blind, GradientClassifier)
    if one.threat.knowledge in ("score", "decision"):
        outcome = _outcome(blind, one, scene, np.array([0, 1, 5]))
        assert (outcome.queries > 0).all()
    else:
        with pytest.raises(ConfigError.__bases__[0], match="gradients"):
            _outcome(blind, one, scene, np.array([0, 1, 5]))


def test_it_says_every_constant(one):
    assert isinstance(one, Attack)
    assert {"budget", "norm"} <= set(one.settings)
