from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest
import torch

from fieldmark.attacks import CHUNK, PGD, attacked
from fieldmark.records import (
    Budget,
    BudgetExceededError,
    DataError,
    ModelCard,
    ModelError,
    NotApplicableError,
)

CARD = ModelCard("halves", "rule of thumb", "these tests", "MIT", "none")


@dataclass(frozen=True)
class Scripted:
    """An attack that does what it is told, honest or not."""

    does: Callable[[np.ndarray], np.ndarray]
    budget: Budget = field(default_factory=lambda: Budget("linf", 0.1))
    name: str = "scripted"
    settings: Mapping[str, object] = field(default_factory=dict)

    def search(self, model, images, labels, seeds):
        return self.does(images)


@dataclass(frozen=True)
class Halves:
    """Class 0 where the upper half is brighter; it has no module."""

    card: ModelCard = CARD

    def __call__(self, images):
        middle = images.shape[1] // 2
        up, down = images[:, :middle].mean((1, 2, 3)), images[:, middle:].mean((1, 2, 3))
        return np.stack([up, down], axis=1).astype(np.float32)


@pytest.fixture
def scene(conv, images, seeds):
    """A net, twelve pictures that it gets right, and everything else that ``attacked`` needs."""
    model, pictures = conv(), images(12, 12)
    labels = model(pictures).argmax(axis=1).astype(np.int64)
    return model, pictures, labels, seeds(12), [f"digit-{i}" for i in range(12)]


def test_who_gives_no_gradients_cannot_be_attacked(images, seeds):
    with pytest.raises(NotApplicableError, match="halves gives no gradients, pgd-linf needs them"):
        attacked(
            Halves(),
            PGD(Budget("linf", 0.1)),
            images(2, 12),
            np.zeros(2, np.int64),
            seeds(2),
            ids=["a", "b"],
        )


def test_an_attack_that_leaves_its_budget_is_named_with_the_example(scene):
    model, pictures, labels, seeds, ids = scene

    def cheat(images):
        moved = images.copy()
        moved[3] += np.float32(0.2)
        return moved

    with pytest.raises(
        BudgetExceededError, match=r"example digit-3 moved 0.200000, allowed 0.100000"
    ):
        attacked(model, Scripted(cheat), pictures, labels, seeds, ids=ids)


def test_the_budget_is_measured_in_its_own_norm(scene):
    model, pictures, labels, seeds, ids = scene
    everywhere = Scripted(lambda images: images + np.float32(0.05), Budget("l2", 0.1))
    with pytest.raises(BudgetExceededError, match=r"moved 0.600000, allowed 0.100000"):
        attacked(model, everywhere, pictures, labels, seeds, ids=ids)


def test_rounding_is_forgiven_and_no_more(scene):
    model, pictures, labels, seeds, ids = scene
    for excess, forgiven in ((5e-7, True), (3e-6, False)):
        attack = Scripted(lambda images, by=0.1 + excess: images + np.float32(by))
        if forgiven:
            attacked(model, attack, pictures, labels, seeds, ids=ids)
        else:
            with pytest.raises(BudgetExceededError):
                attacked(model, attack, pictures, labels, seeds, ids=ids)


@pytest.mark.parametrize(
    ("does", "complaint"),
    [
        (lambda images: images - 2, "values outside \\[0, 1\\] for example digit-0"),
        (lambda images: images + np.float32(np.nan), "outside \\[0, 1\\] for example digit-0"),
        (lambda images: images[:-1], r"of shape \(12, 12, 12, 1\), got float32 of shape \(11"),
        (lambda images: images.astype(np.float64), "must return float32 images .* got float64"),
    ],
)
def test_what_is_no_picture_is_refused(scene, does, complaint):
    model, pictures, labels, seeds, ids = scene
    with pytest.raises(DataError, match=complaint):
        attacked(model, Scripted(does), pictures, labels, seeds, ids=ids)


def test_an_attack_that_does_nothing_changes_nothing(scene):
    model, pictures, labels, seeds, ids = scene
    outcome = attacked(model, Scripted(np.copy), pictures, labels, seeds, ids=ids)
    np.testing.assert_array_equal(outcome.images, pictures)
    assert (outcome.distance == 0).all()
    assert outcome.gradients == 0
    assert (outcome.logits.argmax(axis=1) == labels).all()


def test_only_what_is_right_is_searched(scene):
    model, pictures, labels, seeds, ids = scene
    labels = labels.copy()
    labels[[2, 5]] = (labels[[2, 5]] + 1) % 4
    labels[7] = -1
    searched = []

    def watch(images):
        searched.append(images)
        return images + np.float32(0.05)

    outcome = attacked(model, Scripted(watch), pictures, labels, seeds, ids=ids)
    left = np.array([2, 5, 7])
    np.testing.assert_array_equal(searched[0], np.delete(pictures, left, axis=0))
    assert (outcome.distance[left] == 0).all()
    np.testing.assert_allclose(np.delete(outcome.distance, left), 0.05, atol=1e-6)


def test_when_all_is_wrong_nothing_is_searched(scene):
    model, pictures, labels, seeds, ids = scene

    def never(images):
        raise AssertionError("nothing was left to search")

    outcome = attacked(model, Scripted(never), pictures, (labels + 1) % 4, seeds, ids=ids)
    np.testing.assert_array_equal(outcome.images, pictures)


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_a_larger_budget_never_fools_fewer(linear, images, seeds, norm):
    model, pictures = linear(8, [0.0, 0.0]), images(50, 8)
    labels = model(pictures).argmax(axis=1).astype(np.int64)
    fooled = []
    for size in (0.0, 0.005, 0.01, 0.02, 0.05, 0.2):
        outcome = attacked(
            model, PGD(Budget(norm, size)), pictures, labels, seeds(50), ids=list(map(str, labels))
        )
        fooled.append(outcome.logits.argmax(axis=1) != labels)
        assert (outcome.distance <= size + 1e-6).all()
    assert fooled[0].sum() == 0
    assert fooled[-1].sum() > fooled[1].sum()
    for smaller, larger in pairwise(fooled):
        assert (larger >= smaller).all()


def test_outcomes_do_not_depend_on_batch_or_order(scene):
    model, pictures, labels, seeds, ids = scene
    attack = PGD(Budget("l2", 0.4), steps=5)
    together = attacked(model, attack, pictures, labels, seeds, ids=ids)
    turned = attacked(model, attack, pictures[::-1], labels[::-1], seeds[::-1], ids=ids[::-1])
    np.testing.assert_array_equal(turned.images[::-1], together.images)
    np.testing.assert_array_equal(turned.logits[::-1], together.logits)
    for i in (0, 11):
        row = slice(i, i + 1)
        alone = attacked(model, attack, pictures[row], labels[row], seeds[row], ids=ids[row])
        np.testing.assert_array_equal(alone.images, together.images[row])
        np.testing.assert_array_equal(alone.logits, together.logits[row])
        np.testing.assert_array_equal(alone.distance, together.distance[row])


def test_grey_levels_and_floats_are_the_same_pictures(scene):
    model, pictures, labels, seeds, ids = scene
    levels = np.rint(pictures * 255).astype(np.uint8)
    attack = PGD(Budget("linf", 0.02))
    from_levels = attacked(model, attack, levels, labels, seeds, ids=ids)
    floats = levels.astype(np.float32) / np.float32(255)
    from_floats = attacked(model, attack, floats, labels, seeds, ids=ids)
    np.testing.assert_array_equal(from_levels.images, from_floats.images)


def test_gradients_are_counted(linear, images, seeds):
    model = linear(8, [1e3, 0.0])  # never fooled
    attack = PGD(Budget("linf", 0.1), steps=4, restarts=2, width=10)
    outcome = attacked(
        model, attack, images(3, 8), np.zeros(3, np.int64), seeds(3), ids=["a", "b", "c"]
    )
    assert outcome.gradients == 2 * (4 + 1) * 10  # a last look ends each search


def test_a_model_left_in_training_mode_is_attacked_in_evaluation_mode(net, conv, images, seeds):
    module = torch.nn.Sequential(torch.nn.Dropout(0.9), *conv().module)
    model, pictures = net(module), images(6, 12)
    labels = model(pictures).argmax(axis=1).astype(np.int64)
    attack = PGD(Budget("linf", 0.05))
    asleep = attacked(model, attack, pictures, labels, seeds(6), ids=list("abcdef"))
    module.train()
    awake = attacked(model, attack, pictures, labels, seeds(6), ids=list("abcdef"))
    np.testing.assert_array_equal(asleep.images, awake.images)


def test_a_model_is_only_ever_shown_batches_of_one_shape(scene):
    model, pictures, labels, seeds, ids = scene
    shown = []
    model.module.register_forward_pre_hook(lambda module, inputs: shown.append(len(inputs[0])))
    attacked(model, PGD(Budget("linf", 0.1), steps=2), pictures, labels, seeds, ids=ids)
    assert set(shown) == {CHUNK}


def test_bad_arguments_are_refused(scene, net, conv):
    model, pictures, labels, seeds, ids = scene
    with pytest.raises(DataError, match="net has 4 classes, but a label is 4"):
        attacked(model, Scripted(np.copy), pictures, labels * 0 + 4, seeds, ids=ids)
    with pytest.raises(DataError, match="scripted was given no images"):
        attacked(model, Scripted(np.copy), pictures[:0], labels[:0], seeds[:0], ids=[])
    broken = conv()
    with torch.no_grad():
        broken.module[0].bias.fill_(torch.nan)
    with pytest.raises(ModelError, match="net gives scores that are not numbers"):
        attacked(broken, Scripted(np.copy), pictures, labels, seeds, ids=ids)
