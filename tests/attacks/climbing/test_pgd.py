import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldmark.attacks import PGD
from fieldmark.records import (
    Attack,
    Budget,
    ConfigError,
    ModelCard,
    ModelError,
    NotApplicableError,
)

BUDGETS = [Budget("linf", 0.1), Budget("l2", 0.8)]
INSIDE = [Budget("linf", 0.1), Budget("l2", 0.5)]  # never meets the walls of the box
DUAL = {"linf": 1, "l2": 2}


def _weights(model):
    layer = model.module[1]
    return layer.weight.detach().numpy(), layer.bias.detach().numpy()


def _margins(model, images, labels):
    """The best wrong score less the right one, in float64."""
    weights, biases = _weights(model)
    scores = images.reshape(len(images), -1).astype(np.float64) @ weights.T + biases
    right = scores[np.arange(len(labels)), labels]
    scores[np.arange(len(labels)), labels] = -np.inf
    return scores.max(axis=1) - right


def _possible(model, images, labels, budget):
    """How much each wrong class could gain on the right one, were the search perfect; -inf else.

    Closed form: by the budget times the dual norm of the difference of weights.
    """
    weights, biases = _weights(model)
    flat = images.reshape(len(images), -1).astype(np.float64)
    best = np.full((len(images), len(biases)), -np.inf)
    for i, label in enumerate(labels):
        for other in set(range(len(biases))) - {label}:
            direction = weights[other] - weights[label]
            gain = budget.size * np.linalg.norm(direction, DUAL[budget.norm])
            best[i, other] = flat[i] @ direction + biases[other] - biases[label] + gain
    return best - _margins(model, images, labels)[:, None]


@pytest.mark.parametrize("loss", ["margin", "cross-entropy"])
@pytest.mark.parametrize("budget", INSIDE, ids=str)
def test_on_two_linear_classes_it_reaches_the_closed_form(
    search, linear, images, seeds, budget, loss
):
    model = linear(8, [30.0, 0.0])  # so sure of class 0 that nothing ends the search early
    pictures, labels = images(20, 8), np.zeros(20, np.int64)
    start = _margins(model, pictures, labels)
    possible = _possible(model, pictures, labels, budget).max(axis=1)
    # The usual steps add up to 2.5 budgets: round a ball that is a little short of the far side.
    for step_size, share in ((None, 0.98), (budget.size / 4, 0.99)):
        attack = PGD(budget, step_size=step_size, loss=loss)
        gained = _margins(model, search(attack, model, pictures, labels, seeds(20)), labels) - start
        assert (gained >= share * possible).all()
        assert (gained <= possible + 1e-4).all()


@pytest.mark.parametrize("budget", INSIDE, ids=str)
def test_on_ten_linear_classes_it_reaches_the_closed_form_of_the_class_it_goes_for(
    search, linear, images, seeds, budget
):
    model = linear(8, [60.0, *[0.0] * 9])
    pictures, labels = images(20, 8), np.zeros(20, np.int64)
    attack = PGD(budget, step_size=budget.size / 2, restarts=3)
    found = search(attack, model, pictures, labels, seeds(20))
    gained = _margins(model, found, labels) - _margins(model, pictures, labels)
    possible = _possible(model, pictures, labels, budget)
    gone_for = model(found)[:, 1:].argmax(axis=1) + 1
    assert (gained >= 0.99 * possible[np.arange(20), gone_for]).all()
    assert (gained <= possible.max(axis=1) + 1e-4).all()
    # The margin is the largest of nine hills, so the nearest hill need not be the highest one.
    assert (gained >= 0.95 * possible.max(axis=1)).all()
    assert (gained >= 0.99 * possible.max(axis=1)).mean() >= 0.75


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_it_fools_a_linear_model_exactly_where_the_budget_reaches_the_boundary(
    search, linear, images, seeds, norm
):
    model = linear(8, [0.0, 0.0])
    pictures = images(40, 8)
    labels = model(pictures).argmax(axis=1).astype(np.int64)
    weights, _ = _weights(model)
    length = np.linalg.norm(weights[0] - weights[1], DUAL[norm])
    distances = -_margins(model, pictures, labels) / length
    for size in np.quantile(distances[distances < 0.2], [0.2, 0.5, 0.8]).tolist():
        attack = PGD(Budget(norm, size), step_size=size / 4)
        found = search(attack, model, pictures, labels, seeds(40))
        fooled = _margins(model, found, labels) > 0
        clear = np.abs(distances - size) > 0.01 * size
        np.testing.assert_array_equal(fooled[clear], distances[clear] < size)


@pytest.mark.parametrize("budget", BUDGETS, ids=str)
def test_pictures_do_not_depend_on_batch_order_or_neighbours(search, conv, images, seeds, budget):
    model, attack = conv(), PGD(budget, steps=6, restarts=2)
    pictures, ids = images(30, 12), seeds(30)
    labels = model(pictures).argmax(axis=1).astype(np.int64)
    labels[::3] = (labels[::3] + 1) % 4  # some are fooled from the start
    together = search(attack, model, pictures, labels, ids)
    backwards = search(attack, model, pictures[::-1], labels[::-1], ids[::-1])
    np.testing.assert_array_equal(backwards[::-1], together)
    for part in (slice(0, 1), slice(7, 8), slice(3, 20), slice(29, 30)):
        alone = search(attack, model, pictures[part], labels[part], ids[part])
        np.testing.assert_array_equal(alone, together[part])
    other_neighbours = np.concatenate([1 - pictures[:9], pictures[9:]])
    mixed = search(attack, model, other_neighbours, labels, ids)
    np.testing.assert_array_equal(mixed[9:], together[9:])


@pytest.mark.parametrize("budget", BUDGETS, ids=str)
def test_it_stops_at_the_first_picture_that_fools(search, linear, images, seeds, budget):
    model, pictures = linear(8, [0.0, 0.0], scale=0.01), images(10, 8)
    labels = model(pictures).argmin(axis=1).astype(np.int64)  # wrong, and far from the boundary
    patient = np.abs(_margins(model, pictures, labels)) > 0.01 * 2 * budget.size
    found, after_more = (
        search(PGD(budget, steps=steps, step_size=0.1), model, pictures, labels, seeds(10))
        for steps in (1, 20)
    )
    np.testing.assert_array_equal(found[patient], after_more[patient])
    assert patient.sum() > 3


@pytest.mark.parametrize("budget", BUDGETS, ids=str)
def test_more_restarts_never_fool_fewer(search, conv, images, seeds, budget):
    model, pictures = conv(), images(60, 12)
    labels = model(pictures).argmax(axis=1).astype(np.int64)
    fooled = [
        model(
            search(PGD(budget, steps=2, restarts=restarts), model, pictures, labels, seeds(60))
        ).argmax(axis=1)
        != labels
        for restarts in (1, 4)
    ]
    assert 0 < fooled[0].sum() < fooled[1].sum() < 60
    assert (fooled[1] >= fooled[0]).all()


def test_the_margin_loss_does_not_care_for_the_scale_of_the_scores_and_cross_entropy_does(
    search, conv, images, seeds
):
    model, pictures = conv(dtype=torch.float32), images(60, 12)
    labels = model(pictures).argmax(axis=1).astype(np.int64)

    def fooled(scale: float, loss: str) -> int:
        scaled = conv(dtype=torch.float32)
        with torch.no_grad():
            for weights in list(scaled.module.parameters())[-2:]:
                weights.mul_(scale)
        attack = PGD(Budget("linf", 0.1), loss=loss)
        found = search(attack, scaled, pictures, labels, seeds(60))
        return int((scaled(found).argmax(axis=1) != labels).sum())

    assert fooled(1e5, "margin") == fooled(1.0, "margin") > 0
    assert fooled(1e5, "cross-entropy") < fooled(1.0, "cross-entropy")


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_a_budget_of_nothing_gives_the_pictures_back(search, conv, images, seeds, norm):
    model, pictures = conv(), images(5, 12)
    found = search(PGD(Budget(norm, 0.0)), model, pictures, np.zeros(5, np.int64), seeds(5))
    np.testing.assert_array_equal(found, pictures)
    assert found is not pictures


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    norm=st.sampled_from(["linf", "l2", "l1"]),
    size=st.floats(1e-4, 5.0),
    steps=st.integers(1, 4),
    step_size=st.one_of(st.none(), st.floats(1e-3, 10.0)),
)
def test_no_setting_leads_out_of_the_budget_or_the_box(search, norm, size, steps, step_size):
    torch_weights = torch.Generator().manual_seed(1)
    layer = torch.nn.Linear(36, 3)
    with torch.no_grad():
        layer.weight.copy_(torch.randn(3, 36, generator=torch_weights))
        layer.bias.copy_(torch.tensor([1e4, 0.0, 0.0]))

    class Bare:
        card = ModelCard("bare", "linear", "these tests", "MIT", "none")
        module = torch.nn.Sequential(torch.nn.Flatten(), layer)

        def __call__(self, images):
            raise AssertionError("an attack needs no more than the module")

    pictures = np.random.default_rng(0).random((4, 6, 6, 1)).astype(np.float32)
    budget = Budget(norm, size)
    attack = PGD(budget, steps=steps, step_size=step_size)
    found = search(attack, Bare(), pictures, np.zeros(4, np.int64), np.arange(4, dtype=np.uint64))
    assert found.min() >= 0
    assert found.max() <= 1
    assert (budget.distances(pictures, found) <= size + 1e-6).all()


def test_parameters_and_global_randomness_are_left_alone(search, conv, images, seeds):
    model, pictures = conv(), images(5, 12)
    weights = [one.detach().clone() for one in model.module.parameters()]
    before = torch.random.get_rng_state()
    with torch.no_grad():  # whoever asks may have switched gradients off
        search(PGD(Budget("linf", 0.1)), model, pictures, np.zeros(5, np.int64), seeds(5))
    assert torch.equal(torch.random.get_rng_state(), before)
    for one, was in zip(model.module.parameters(), weights, strict=True):
        assert one.grad is None
        assert torch.equal(one, was)


class _Detached(torch.nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, pictures):
        return self.inner(pictures.detach())


class _Frozen(torch.nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, pictures):
        with torch.no_grad():
            return self.inner(pictures)


class _Rooted(torch.nn.Module):
    """The square root of nothing has a slope that is no number."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, pictures):
        return self.inner(pictures) + (pictures * 0).sqrt().sum()


@pytest.mark.parametrize("wrapper", [_Detached, _Frozen])
def test_a_module_without_gradients_is_named(search, net, conv, images, seeds, wrapper):
    model = net(wrapper(conv().module))
    with pytest.raises(NotApplicableError, match="net gives no gradients towards its input"):
        search(PGD(Budget("l2", 1.0)), model, images(2, 12), np.zeros(2, np.int64), seeds(2))


def test_a_gradient_that_is_no_number_is_named(search, net, conv, images, seeds):
    model = net(_Rooted(conv().module))
    with pytest.raises(ModelError, match="net gives gradients that are not numbers"):
        search(PGD(Budget("l2", 1.0)), model, images(2, 12), np.zeros(2, np.int64), seeds(2))


@pytest.mark.parametrize("what", ["steps", "restarts"])
def test_numbers_out_of_range_are_refused(what):
    with pytest.raises(ConfigError, match=f"pgd-l2: {what} must be at least 1, got 0"):
        PGD(Budget("l2", 1.0), **{what: 0})
    with pytest.raises(ConfigError, match=r"pgd-linf: step_size must be > 0, got -0.1"):
        PGD(Budget("linf", 1.0), step_size=-0.1)


def test_it_says_what_it_does():
    attack = PGD(Budget("l2", 1.5), steps=10, restarts=3, loss="cross-entropy")
    assert isinstance(attack, Attack)
    assert attack.settings["step size"] == 2.5 * 1.5 / 10
    assert attack.settings["restarts"] == 3
    assert attack.settings["knowledge"] == "white-box"
    assert "not rounded to 8 bits" in str(attack.settings["pictures"])
    assert PGD(Budget("l2", 1.5), step_size=0.2).settings["step size"] == 0.2
