"""Attacks that know the answer alone, held to exact distances: linear models, neighbours, trees."""

from collections.abc import Callable
from math import inf

import numpy as np
import pytest
import torch
from sklearn.tree import DecisionTreeClassifier

from fieldmark.attacks import Boundary, HopSkipJump, attacked
from fieldmark.models import NearestNeighbour, SklearnClassifier
from fieldmark.records import Attack, Budget, Classifier, ConfigError, ModelCard

SHAPES = {2: (1, 2, 1), 50: (5, 10, 1), 784: (28, 28, 1)}
DUAL = {"l2": 2, "linf": 1}


@pytest.fixture
def ratios(net, seeds) -> Callable[..., np.ndarray]:
    """What an attack finds on a linear model, as multiples of the exact smallest distances."""

    def on(attack: Attack, d: int, classes: int, *, n: int = 9) -> np.ndarray:
        rng = np.random.default_rng(d + classes)
        weights, middle = rng.normal(size=(classes, d)), np.full(d, 0.5)
        images = rng.uniform(0.25, 0.75, size=(n, *SHAPES[d])).astype(np.float32)
        layer = torch.nn.Linear(d, classes, dtype=torch.float64)
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(weights))
            layer.bias.copy_(torch.from_numpy(-weights @ middle))
        scores = (images.reshape(n, -1).astype(np.float64) - middle) @ weights.T
        labels = scores.argmax(axis=1)
        leads = scores.max(axis=1, keepdims=True) - scores
        spans = np.linalg.norm(
            weights[labels][:, None] - weights, DUAL[attack.threat.budget.norm], 2
        )
        exact = np.where(leads > 0, leads / np.maximum(spans, 1e-9), inf).min(axis=1)
        model = net(torch.nn.Sequential(torch.nn.Flatten(), layer))
        outcome = attacked(model, attack, images, labels, seeds(n), ids=[str(i) for i in range(n)])
        return outcome.smallest / exact

    return on


def _held(found: np.ndarray) -> None:
    """Never nearer than is possible, and as a rule within a quarter of it."""
    assert found.min() > 1 - 1e-4
    assert np.median(found) < 1.25


@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize(
    ("norm", "d"),
    [
        ("l2", 2),
        ("linf", 2),
        pytest.param("l2", 50, marks=pytest.mark.slow),
        pytest.param("linf", 50, marks=pytest.mark.slow),
    ],
)
def test_hop_skip_jump_finds_the_nearest_boundary_of_a_linear_model(ratios, norm, d, classes):
    _held(ratios(HopSkipJump(Budget(norm, inf), queries=1500), d, classes))


@pytest.mark.slow
@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize(("norm", "queries"), [("l2", 5000), ("linf", 12_000)])
def test_hop_skip_jump_needs_more_questions_for_more_pixels(ratios, norm, queries, classes):
    _held(ratios(HopSkipJump(Budget(norm, inf), queries=queries), 784, classes))


@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize("d", [2, pytest.param(50, marks=pytest.mark.slow)])
def test_the_boundary_attack_finds_the_nearest_boundary_of_a_linear_model(ratios, d, classes):
    _held(ratios(Boundary(Budget("l2", inf), queries=700 if d == 2 else 1500), d, classes))


@pytest.mark.slow
@pytest.mark.parametrize("classes", [2, 3, 10])
def test_the_boundary_attack_needs_more_questions_for_more_pixels(ratios, classes):
    _held(ratios(Boundary(Budget("l2", inf)), 784, classes, n=5))


@pytest.mark.slow
@pytest.mark.parametrize("kind", [Boundary, HopSkipJump])
def test_more_questions_find_nothing_further_away(ratios, kind):
    few, many = (ratios(kind(Budget("l2", inf), queries=n), 50, 3, n=6) for n in (200, 600))
    assert (many <= few).all()
    assert (many < few).any()


def _distances(
    model: Classifier, attack: Attack, images: np.ndarray, labels: np.ndarray, seeds: Callable
) -> np.ndarray:
    n = len(labels)
    outcome = attacked(model, attack, images, labels, seeds(n), ids=[str(i) for i in range(n)])
    assert outcome.queries.max() <= attack.threat.queries
    wrong = outcome.logits.argmax(axis=1) != labels
    assert wrong.all()
    return outcome.smallest


@pytest.mark.parametrize("kind", [pytest.param(Boundary, marks=pytest.mark.slow), HopSkipJump])
def test_a_nearest_neighbour_with_one_picture_a_class_is_a_cell_of_known_size(kind, seeds, images):
    shown, card = images(4, 6), ModelCard("1nn", "neighbours", "t", "MIT", "4", tuple("abcd"))
    model = NearestNeighbour(shown, np.arange(4), card)
    labels = np.arange(4).repeat(2)
    noise = np.random.default_rng(3).normal(size=(8, 6, 6, 1)) * 0.02
    near = (shown[labels] + noise).astype(np.float32)
    flat, points = near.reshape(8, -1).astype(np.float64), shown.reshape(4, -1).astype(np.float64)
    squares = ((flat[:, None] - points) ** 2).sum(axis=2)
    own = squares[np.arange(8), labels][:, None]
    spans = np.linalg.norm(points[labels][:, None] - points, axis=2)
    exact = np.where(spans > 0, (squares - own) / np.maximum(2 * spans, 1e-9), inf).min(axis=1)
    found = _distances(model, kind(Budget("l2", inf), queries=1200), near, labels, seeds)
    assert (found / exact).min() > 1 - 1e-3
    assert np.median(found / exact) < 1.1


def _to_the_nearest_other_leaf(tree: DecisionTreeClassifier, x: np.ndarray, label: int) -> float:
    """The exact distance in l2 from ``x`` to the nearest box of another class."""

    def walk(node: int, low: np.ndarray, high: np.ndarray) -> float:
        own = tree.tree_
        if own.children_left[node] < 0:
            if own.value[node].argmax() == label:
                return inf
            return float(np.linalg.norm(x - np.clip(x, low, high)))
        k, cut = own.feature[node], own.threshold[node]
        left, right = high.copy(), low.copy()
        left[k], right[k] = min(high[k], cut), max(low[k], cut)
        return min(
            walk(own.children_left[node], low, left), walk(own.children_right[node], right, high)
        )

    return walk(0, np.zeros(len(x)), np.ones(len(x)))


@pytest.mark.parametrize("kind", [pytest.param(Boundary, marks=pytest.mark.slow), HopSkipJump])
def test_a_small_tree_is_attacked_to_near_its_nearest_other_leaf(kind, seeds):
    rng = np.random.default_rng(5)
    shown = rng.random((300, 4))
    tree = DecisionTreeClassifier(max_leaf_nodes=6, random_state=0)
    tree.fit(shown, (shown[:, 0] > 0.45).astype(int) + (shown[:, 1] > 0.6))
    model = SklearnClassifier(tree, ModelCard("tree", "tree", "t", "MIT", "random", tuple("012")))
    images = rng.uniform(0.1, 0.9, size=(10, 2, 2, 1)).astype(np.float32)
    labels = model(images).argmax(axis=1).astype(np.int64)
    flat = images.reshape(10, -1).astype(np.float64)
    exact = np.array(
        [_to_the_nearest_other_leaf(tree, x, label) for x, label in zip(flat, labels, strict=True)]
    )
    attack = kind(Budget("l2", inf), queries=800)
    found = _distances(model, attack, images, labels, seeds) / exact
    assert found.min() > 1 - 1e-3
    assert np.median(found) < 1.1


def test_a_class_that_noise_is_taken_for_is_attacked_all_the_same(net, seeds):
    """Every uniform noise is of the second class; only smooth or dark pictures are of the first."""

    class Rough(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = torch.nn.Parameter(torch.ones(1))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            rough = (x[..., 1:] - x[..., :-1]).abs().mean(dim=(1, 2, 3)) * self.scale
            return torch.stack([0.2 - rough, rough - 0.2], dim=1)

    images = np.random.default_rng(0).random((4, 12, 12, 1)).astype(np.float32)
    labels, model = np.ones(4, dtype=np.int64), net(Rough())
    attack = HopSkipJump(Budget("l2", inf), queries=300)
    outcome = attacked(model, attack, images, labels, seeds(4), ids=list("abcd"))
    assert (outcome.logits.argmax(axis=1) == 0).all()
    assert (outcome.smallest < np.linalg.norm(images.reshape(4, -1), axis=1)).all()


@pytest.mark.parametrize("kind", [Boundary, HopSkipJump])
def test_what_is_never_wrong_ends_soon(kind, net, seeds, images):
    class Sure(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scores = torch.nn.Parameter(torch.tensor([1.0, 0.0]))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.scores.expand(len(x), 2)

    attack = kind(Budget("l2", inf))
    outcome = attacked(
        net(Sure()), attack, images(3, 5), np.zeros(3, np.int64), seeds(3), ids=list("abc")
    )
    assert outcome.queries.tolist() == [attack.draws] * 3
    assert np.isinf(outcome.smallest).all()
    assert np.isinf(outcome.distance).all()


def test_numbers_out_of_range_are_refused():
    endless = Budget("l2", inf)
    for wrong, words in {
        "sideways": "sideways must be in",
        "towards": "towards must be in",
        "factor": "factor must be > 1",
    }.items():
        with pytest.raises(ConfigError, match=words):
            Boundary(endless, **{wrong: 1.0})
    with pytest.raises(ConfigError, match="windows must be at least 1"):
        Boundary(endless, windows=(0, 3))
    with pytest.raises(ConfigError, match="made for l2"):
        Boundary(Budget("linf", inf))
    with pytest.raises(ConfigError, match="starts must be at least 1"):
        HopSkipJump(endless, starts=0)
    with pytest.raises(ConfigError, match="made for l2 and linf"):
        HopSkipJump(Budget("l1", inf))
