from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest
import torch

from fieldmark.attacks import CHUNK, PGD, attacked
from fieldmark.attacks.harness import in_grey_levels
from fieldmark.records import (
    Budget,
    BudgetExceededError,
    DataError,
    ModelCard,
    ModelError,
    NotApplicableError,
    QueriesExceededError,
    ThreatModel,
)

CARD = ModelCard("halves", "rule of thumb", "these tests", "MIT", "none")


@dataclass(frozen=True)
class Scripted:
    """An attack that does what it is told, honest or not."""

    does: Callable[[np.ndarray], np.ndarray]
    budget: Budget = field(default_factory=lambda: Budget("linf", 0.1))
    name: str = "scripted"
    settings: Mapping[str, object] = field(default_factory=dict)
    queries: int | None = None

    @property
    def threat(self):
        return ThreatModel(self.budget, "decision", queries=self.queries)

    def search(self, referee):
        shown = self.does(referee.pictures.permute(0, 2, 3, 1).numpy())
        pictures = torch.from_numpy(shown).permute(0, 3, 1, 2)
        referee.ask(pictures, np.arange(len(referee.seeds)))


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


def test_a_picture_beyond_the_budget_is_seen_and_does_not_count(half_wrong_in_negative):
    model, pictures, labels, seeds, ids = half_wrong_in_negative
    negative = Scripted(lambda images: 1 - images)  # far away, and mostly wrong
    outcome = attacked(model, negative, pictures, labels, seeds, ids=ids)
    np.testing.assert_array_equal(outcome.images, pictures)
    np.testing.assert_array_equal(outcome.beyond, 1)
    wrong = model(1 - pictures).argmax(axis=1) != labels
    assert wrong.sum() > 0
    far = np.abs(1 - 2 * pictures).max(axis=(1, 2, 3))
    np.testing.assert_allclose(outcome.smallest, np.where(wrong, far, np.inf), rtol=1e-6)


def test_without_bounds_everything_wrong_counts_and_the_nearest_is_kept(half_wrong_in_negative):
    model, pictures, labels, seeds, ids = half_wrong_in_negative

    class Twice(Scripted):
        def search(self, referee):
            rows, negative = np.arange(len(referee.seeds)), 1 - referee.pictures
            for share in (1.0, 0.6, 0.8):  # of the way to the negative
                referee.ask(referee.pictures + share * (negative - referee.pictures), rows)

    attack = Twice(np.copy, Budget("l2", np.inf))
    outcome = attacked(model, attack, pictures, labels, seeds, ids=ids)
    way = (1 - 2 * pictures).astype(np.float32)
    wrong = [
        model(pictures + np.float32(share) * way).argmax(axis=1) != labels
        for share in (0.6, 0.8, 1.0)
    ]
    shares = np.select(wrong, [0.6, 0.8, 1.0], np.inf)
    assert len(np.unique(shares)) > 1
    expected = shares * np.linalg.norm(way.reshape(12, -1), axis=1)
    np.testing.assert_allclose(outcome.distance, expected, rtol=1e-5)
    np.testing.assert_allclose(outcome.smallest, expected, rtol=1e-5)


def test_a_success_that_was_never_seen_is_not_believed(scene):
    model, pictures, labels, seeds, ids = scene

    class Forger(Scripted):
        def search(self, referee):
            referee.score.fooled[:] = True
            referee.score.picture[3] += 0.2

    with pytest.raises(BudgetExceededError, match=r"example digit-3 moved 0.200000, allowed 0.1"):
        attacked(model, Forger(np.copy), pictures, labels, seeds, ids=ids)


def test_rounding_is_forgiven_and_no_more(scene):
    model, pictures, labels, seeds, ids = scene
    for excess, forgiven in ((5e-7, True), (3e-6, False)):
        attack = Scripted(lambda images, by=0.1 + excess: images + np.float32(by))
        outcome = attacked(model, attack, pictures, labels, seeds, ids=ids)
        assert (outcome.beyond == 0).all() == forgiven


@pytest.fixture
def half_wrong_in_negative(linear, images, seeds):
    """As ``scene``, with a model that is wrong about the negatives of some pictures."""
    model, pictures = linear(12, [0.0, 0.0]), images(12, 12)
    labels = model(pictures).argmax(axis=1).astype(np.int64)
    return model, pictures, labels, seeds(12), [f"digit-{i}" for i in range(12)]


@pytest.mark.parametrize(
    ("does", "complaint"),
    [
        (lambda images: images - 2, r"values outside \[0, 1\]"),
        (lambda images: images + np.float32(np.nan), r"values outside \[0, 1\]"),
        (lambda images: images[:, :-1], r"of shape \(12, 1, 11, 12\) for 12 rows"),
    ],
)
def test_what_is_no_picture_is_refused(scene, does, complaint):
    model, pictures, labels, seeds, ids = scene
    with pytest.raises(DataError, match=complaint):
        attacked(model, Scripted(does), pictures, labels, seeds, ids=ids)


def test_more_questions_than_allowed_are_refused(scene):
    model, pictures, labels, seeds, ids = scene

    class Curious(Scripted):
        def search(self, referee):
            for _ in range(3):
                referee.judged(referee.pictures, np.arange(len(referee.seeds)))

    with pytest.raises(QueriesExceededError, match="more than 2 times about example 0"):
        attacked(model, Curious(np.copy, queries=2), pictures, labels, seeds, ids=ids)
    outcome = attacked(model, Curious(np.copy, queries=3), pictures, labels, seeds, ids=ids)
    np.testing.assert_array_equal(outcome.queries, 3)


def test_the_first_of_several_pictures_for_one_example_counts(half_wrong_in_negative):
    model, pictures, labels, seeds, ids = half_wrong_in_negative
    wrong = model(1 - pictures).argmax(axis=1) != labels

    class Many(Scripted):
        def search(self, referee):
            rows = np.repeat(np.arange(len(referee.seeds)), 3)
            three = [referee.pictures, 1 - referee.pictures, 0.9 - 0.9 * referee.pictures]
            referee.ask(torch.stack(three, 1).flatten(0, 1), rows)

    attack = Many(np.copy, Budget("linf", 1.0))
    outcome = attacked(model, attack, pictures, labels, seeds, ids=ids)
    assert wrong.any()
    np.testing.assert_array_equal(outcome.images[wrong], 1 - pictures[wrong])
    np.testing.assert_array_equal(outcome.queries, 3)


def test_an_attack_that_does_nothing_changes_nothing(scene):
    model, pictures, labels, seeds, ids = scene
    outcome = attacked(model, Scripted(np.copy), pictures, labels, seeds, ids=ids)
    np.testing.assert_array_equal(outcome.images, pictures)
    assert (outcome.distance == 0).all()
    assert (outcome.gradients == 0).all()
    assert (outcome.queries == 1).all()
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
    assert (outcome.queries[left] == 0).all()


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
    attack = PGD(Budget("linf", 0.1), steps=4, restarts=2)
    outcome = attacked(
        model, attack, images(3, 8), np.zeros(3, np.int64), seeds(3), ids=["a", "b", "c"]
    )
    np.testing.assert_array_equal(outcome.gradients, 2 * 4)
    np.testing.assert_array_equal(outcome.queries, 2 * (4 + 1))  # a last look ends each search


def test_a_model_left_in_training_mode_is_attacked_in_evaluation_mode(net, conv, images, seeds):
    module = torch.nn.Sequential(torch.nn.Dropout(0.9), *conv().module)
    model, pictures = net(module), images(6, 12)
    labels = model(pictures).argmax(axis=1).astype(np.int64)
    attack = PGD(Budget("linf", 0.05))
    asleep = attacked(model, attack, pictures, labels, seeds(6), ids=list("abcdef"))
    module.train()
    module[1].eval()
    awake = attacked(model, attack, pictures, labels, seeds(6), ids=list("abcdef"))
    np.testing.assert_array_equal(asleep.images, awake.images)
    assert module.training
    assert module[0].training
    assert not module[1].training


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


@pytest.mark.parametrize("budget", [Budget("linf", 0.02), Budget("l2", 0.3), Budget("l1", 1.5)])
def test_rounded_pictures_are_asked_again_inside_the_budget(scene, budget):
    model, pictures, labels, seeds, ids = scene
    for images in (pictures, np.rint(pictures * 255).astype(np.float32) / np.float32(255)):
        labels = model(images).argmax(axis=1)
        outcome = attacked(model, PGD(budget), images, labels, seeds, ids=ids)
        rounded = in_grey_levels(budget, images, outcome.images)
        np.testing.assert_allclose(rounded * 255, np.rint(rounded * 255), atol=1e-4)
        if images is not pictures:  # a picture that was grey levels can stay inside
            assert (budget.distances(images, rounded) <= budget.size + 1e-6).all()
        fooled = outcome.logits.argmax(axis=1) != labels
        expected = fooled & (model(rounded).argmax(axis=1) != labels)
        np.testing.assert_array_equal(outcome.rounded, expected)
