"""Attacks that know scores or answers alone, on models that have no gradients."""

import numpy as np
import pytest
import torch
from sklearn.ensemble import RandomForestClassifier
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from fieldmark.attacks import ATTACKS, NES, PGD, Transfer, attacked
from fieldmark.attacks.asking.slopes_by_asking import estimated
from fieldmark.attacks.moving.footholds import streams
from fieldmark.attacks.watching.referee import Referee
from fieldmark.models import NearestNeighbour, SklearnClassifier, subject_of
from fieldmark.records import Budget, Classifier, ConfigError, GradientClassifier, ModelCard

CARD = ModelCard("model", "test model", "these tests", "MIT", "random", ("0", "1", "2"))
SIZES = {"linf": 0.2, "l2": 1.0, "l1": 6.0, "degrees": 40.0}
BLIND = [
    name
    for name, recipe in ATTACKS.items()
    if recipe(Budget(recipe.norm, 0.1)).threat.knowledge != "white-box"
]


@pytest.fixture(scope="module")
def lesson() -> tuple[np.ndarray, np.ndarray]:
    """Pictures whose class is which third of them is brightest."""
    rng = np.random.default_rng(0)
    images = rng.random((240, 6, 6, 1)).astype(np.float32) * 0.6
    labels = np.arange(240) % 3
    for row, label in enumerate(labels):
        images[row, 2 * label : 2 * label + 2] += 0.25
    return images, labels.astype(np.int64)


@pytest.fixture(scope="module", params=["tree", "forest", "svm", "neighbour"])
def model(request: pytest.FixtureRequest, lesson: tuple) -> Classifier:
    images, labels = lesson
    if request.param == "neighbour":
        return NearestNeighbour(images[:150], labels[:150], CARD)
    made = {
        "tree": DecisionTreeClassifier(random_state=0),
        "forest": RandomForestClassifier(10, random_state=0),
        "svm": SVC(gamma="scale"),
    }[request.param]
    return SklearnClassifier(made.fit(images[:150].reshape(150, -1), labels[:150]), CARD)


@pytest.fixture(scope="module")
def shown(model, lesson) -> tuple[np.ndarray, np.ndarray]:
    """Twelve pictures that it gets right."""
    images, labels = lesson[0][150:], lesson[1][150:]
    right = np.flatnonzero(model(images).argmax(axis=1) == labels)[:12]
    return images[right], labels[right]


@pytest.mark.parametrize("name", BLIND)
def test_every_blind_attack_asks_any_model(name, model, shown, seeds):
    assert not isinstance(model, GradientClassifier)
    images, labels = shown
    recipe = ATTACKS[name]
    attack = recipe(Budget(recipe.norm, SIZES[recipe.norm]))
    short = {"queries": 60, "starts": 2, "draws": 30, "angles": 5, "moves": 3, "pairs": 5}
    attack = type(attack)(
        attack.budget, **{key: value for key, value in short.items() if hasattr(attack, key)}
    )
    ids = [str(row) for row in range(len(labels))]
    outcome = attacked(model, attack, images, labels, seeds(len(labels)), ids=ids)
    assert outcome.gradients.sum() == 0
    assert (outcome.queries > 0).all()
    assert outcome.queries.max() <= attack.threat.queries
    assert (outcome.distance <= attack.budget.size + 1e-6).all()
    fooled = outcome.logits.argmax(axis=1) != labels
    # A tree's scores do not change under small moves: what climbs them may find nothing there.
    assert fooled.any() or name.startswith(("noise", "nes", "spatial"))
    assert (outcome.smallest[fooled] <= attack.budget.size + 1e-6).all()


def test_a_net_is_a_surrogate_for_a_model_without_gradients(net, model, shown, seeds):
    layer = torch.nn.Linear(36, 3, dtype=torch.float64)
    with torch.no_grad():
        rows = torch.arange(36) // 6 // 2
        layer.weight.copy_(torch.stack([(rows == k).double() for k in range(3)]))
        layer.bias.zero_()
    similar = subject_of(net(torch.nn.Sequential(torch.nn.Flatten(), layer)), name="similar")
    images, labels = shown
    ids = [str(row) for row in range(len(labels))]
    outcome = attacked(
        model, Transfer(Budget("linf", 0.3), similar), images, labels, seeds(len(labels)), ids=ids
    )
    assert (outcome.queries == 1).all()
    assert (outcome.logits.argmax(axis=1) != labels).mean() > 0.5


def test_a_class_that_was_never_shown_hides_no_success(lesson, seeds):
    """Its score is -1e30, by which no rounding of the others may be measured."""
    images, labels = lesson
    card = ModelCard("tree", "tree", "t", "MIT", "random", ("0", "1", "2", "never"))
    tree = DecisionTreeClassifier(random_state=0).fit(images.reshape(240, -1), labels)
    attack = ATTACKS["hop-skip-jump-l2"](Budget("l2", np.inf))
    attack = type(attack)(attack.budget, queries=80, starts=1)
    outcome = attacked(
        SklearnClassifier(tree, card), attack, images[:4], labels[:4], seeds(4), ids=list("abcd")
    )
    assert (outcome.smallest < 5).all()


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_nes_estimates_the_slope_of_a_linear_model(linear, images, seeds, norm):
    model, shown = linear(5, [0.0, 0.1]), images(3, 5)
    labels = model(shown).argmax(axis=1).astype(np.int64)
    attack = NES(Budget(norm, 0.2), queries=3000)
    referee = Referee(model, attack.threat, shown, labels, seeds(3))
    rows = np.arange(3)
    chance = streams(referee, "nes")
    slope = estimated(
        referee, rows, referee.pictures, chance, loss="margin", pairs=400, reach=0.001
    ).flatten(1)
    weight = model.module[1].weight.detach()
    exact = (weight[1 - labels] - weight[labels]).double()
    cosine = torch.nn.functional.cosine_similarity(slope, exact, dim=1)
    assert cosine.min() > 0.93
    assert referee.score.queries.tolist() == [800] * 3


def test_nes_fools_nearly_as_many_as_gradients_do(conv, images, seeds):
    model, shown = conv(seed=5), images(20, 12)
    labels = model(shown).argmax(axis=1).astype(np.int64)
    ids = [str(row) for row in range(20)]
    budget = Budget("linf", 0.1)
    fooled = [
        (attacked(model, each, shown, labels, seeds(20), ids=ids).logits.argmax(1) != labels).sum()
        for each in (PGD(budget), NES(budget, queries=1000))
    ]
    assert fooled[0] > 3
    assert fooled[1] >= fooled[0] - 2


def test_numbers_out_of_range_are_refused():
    ball = Budget("linf", 0.1)
    for wrong, words in (
        ({"queries": 2}, "queries must be at least 3"),
        ({"pairs": 0}, "pairs must be at least 1"),
        ({"reach": 0.0}, "reach must be > 0"),
        ({"step": float("nan")}, "step must be > 0"),
        ({"momentum": 1.0}, "momentum must be in"),
    ):
        with pytest.raises(ConfigError, match=words):
            NES(ball, **wrong)
    with pytest.raises(ConfigError, match="linf and l2"):
        NES(Budget("l1", 1.0))
    with pytest.raises(ConfigError, match="inside a budget"):
        NES(Budget("l2", np.inf))
