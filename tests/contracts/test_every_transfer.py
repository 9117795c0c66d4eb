"""What every transfer attack must do; a new name in the table is tested as it is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from fieldmark.attacks import TRANSFERS, Outcome, Transfer, attack_from, attacked
from fieldmark.records import (
    Budget,
    ConfigError,
    Images,
    Logits,
    ModelCard,
    NotApplicableError,
    Subject,
    example_seeds,
)

SIZES = {"linf": 0.05, "l2": 0.8}
COUNT = 8


@dataclass(frozen=True)
class Net:
    """A module with its card, which counts how often it is loaded."""

    module: torch.nn.Module
    card: ModelCard

    def __call__(self, images: Images) -> Logits:
        levels = images if images.dtype == np.float32 else images / np.float32(255)
        with torch.no_grad():
            pictures = torch.from_numpy(levels.copy()).permute(0, 3, 1, 2).double()
            return self.module(pictures).float().numpy()


@dataclass(frozen=True)
class Scores:
    """A model of which nobody sees more than scores."""

    net: Callable[[Images], Logits]
    card: ModelCard

    def __call__(self, images: Images) -> Logits:
        return self.net(images)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def _net(noise: float, *, name: str, classes: tuple[str, ...] = ()) -> Net:
    """The same weights for all, and some noise on them: models that learnt something similar."""
    chance = torch.Generator().manual_seed(4)
    module = torch.nn.Sequential(
        torch.nn.Conv2d(2, 6, 3, stride=2),
        torch.nn.ReLU(),
        torch.nn.Flatten(),
        torch.nn.Linear(6 * 4 * 5, 5),
    ).double()
    with torch.no_grad():
        for weights in module.parameters():
            drawn = torch.randn(weights.shape, generator=chance).double()
            own = torch.randn(weights.shape, generator=chance).double()
            weights.copy_((drawn + noise * own) / 4)
    return Net(module.eval(), ModelCard(name, "net", "these tests", "MIT", "none", classes))


@pytest.fixture(scope="module")
def target() -> Net:
    return _net(0.0, name="target")


@pytest.fixture(scope="module")
def scene(target) -> tuple[np.ndarray, np.ndarray]:
    images = np.random.default_rng(2).random((COUNT, 9, 11, 2)).astype(np.float32)
    labels = target(images).argmax(axis=1).astype(np.int64)
    labels[2] = (labels[2] + 1) % 5
    return images, labels


def _surrogate(loads: list[str] | None = None, net: object = None) -> Subject:
    def load() -> object:
        if loads is not None:
            loads.append("once")
        return net or _net(0.3, name="similar")

    return Subject("similar", "weights-1", load)


def _against(model: object, one: Transfer, scene: tuple, rows: np.ndarray) -> Outcome:
    images, labels = scene
    ids = [f"example-{row}" for row in rows]
    return attacked(
        model, one, images[rows], labels[rows], example_seeds(ids, "transfer", 0), ids=ids
    )


@pytest.fixture(scope="module", params=TRANSFERS)
def one(request: pytest.FixtureRequest) -> Transfer:
    recipe = TRANSFERS[request.param]
    return replace(recipe.make(Budget(recipe.norm, SIZES[recipe.norm]), _surrogate()), steps=3)


def test_the_target_is_asked_once_and_needs_no_gradients(one, target, scene):
    rows = np.arange(COUNT)
    outcome = _against(Scores(target, target.card), one, scene, rows)
    assert outcome.queries.tolist() == [int(row != 2) for row in rows]
    assert outcome.gradients.sum() == 0
    assert (outcome.distance <= one.budget.size + 1e-6).all()
    images, labels = scene
    lower = outcome.logits[rows, labels] < target(images)[rows, labels]
    assert lower.mean() > 0.7
    assert (outcome.logits.argmax(axis=1) != labels).sum() > 2


def test_pictures_are_made_once_whoever_is_shown_them_in_whatever_order(one, target, scene):
    other, rows = _net(0.6, name="other"), np.arange(COUNT)
    loads: list[str] = []
    fresh = replace(one, surrogate=_surrogate(loads))
    first = _against(target, fresh, scene, rows)
    again = _against(target, fresh, scene, rows[::-1][:4])
    _against(other, fresh, scene, rows)
    assert loads == ["once"]
    np.testing.assert_array_equal(again.images, first.images[rows[::-1][:4]])
    alone = _against(target, replace(one, surrogate=_surrogate()), scene, np.array([7]))
    np.testing.assert_array_equal(alone.images[0], first.images[7])
    late = replace(one, surrogate=_surrogate())
    _against(other, late, scene, rows[::-1])
    np.testing.assert_array_equal(_against(target, late, scene, rows).images, first.images)


def test_its_settings_tell_surrogates_apart(one):
    assert one.settings["surrogate"] == "similar"
    assert one.name.endswith("-from-similar")
    other = replace(one, surrogate=Subject("similar", "weights-2", _surrogate().load))
    assert other.settings != one.settings


def test_classes_in_another_order_are_found_by_their_names(one, target, scene):
    order = [3, 1, 4, 0, 2]
    shuffled = _net(0.3, name="similar", classes=tuple(str(k) for k in order))
    with torch.no_grad():
        last = shuffled.module[-1]
        last.weight.copy_(last.weight[order].clone())
        last.bias.copy_(last.bias[order].clone())
    named = replace(target, card=replace(target.card, classes=tuple("01234")))
    there = replace(one, surrogate=_surrogate(net=shuffled))
    rows = np.arange(COUNT)
    np.testing.assert_allclose(
        _against(named, there, scene, rows).images,
        _against(target, one, scene, rows).images,
        atol=1e-5,
    )


def test_what_cannot_be_a_surrogate_says_why(target, scene):
    rows = np.arange(COUNT)

    def against(surrogate: object, *, named: tuple[str, ...] = ()) -> None:
        made = Transfer(Budget("linf", 0.1), _surrogate(net=surrogate))
        model = replace(target, card=replace(target.card, classes=named))
        _against(model, made, scene, rows)

    with pytest.raises(NotApplicableError, match="similar gives no gradients, so it cannot"):
        against(Scores(target, target.card))
    with pytest.raises(NotApplicableError, match="does not know the class 0"):
        against(_net(0.3, name="x", classes=tuple("abcde")), named=tuple("01234"))
    with pytest.raises(NotApplicableError, match="knows 3 classes, the target 5"):
        against(_net(0.3, name="x", classes=tuple("abc")))
    framed = _net(0.3, name="x")
    with pytest.raises(NotApplicableError, match=r"made for pictures of \(28, 28, 1\)"):
        against(replace(framed, card=replace(framed.card, frame=(28, 28, 1))))


def test_bad_numbers_and_names_are_refused():
    subject, budget = _surrogate(), Budget("linf", 0.1)
    with pytest.raises(ConfigError, match="cannot stand in a condition's name"):
        Transfer(budget, replace(subject, name="two words"))
    with pytest.raises(ConfigError, match="steps must be at least 1"):
        Transfer(budget, subject, steps=0)
    with pytest.raises(ConfigError, match="mi for l2 as well"):
        Transfer(Budget("l2", 1.0), subject, method="vmi")
    with pytest.raises(ConfigError, match="edge of a budget"):
        Transfer(Budget("linf", np.inf), subject)
    with pytest.raises(ConfigError, match="did you mean 8/255"):
        attack_from("mi-linf", "8", subject)


def test_one_that_fails_to_load_fails_every_time(target, scene):
    def broken() -> Net:
        raise OSError("no weights here")

    made = Transfer(Budget("linf", 0.1), Subject("similar", "0", broken))
    for _ in range(2):
        with pytest.raises(OSError, match="no weights here"):
            _against(target, made, scene, np.arange(3))
