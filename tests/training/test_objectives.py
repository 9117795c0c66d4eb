import copy

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy, log_softmax

from fieldmark.models import convnet
from fieldmark.records import ConfigError
from fieldmark.training import Fast, Free, Pgd, Plan, Standard, Trades
from fieldmark.training.losses import Scene, losses
from fieldmark.training.objectives import passes_of
from tests.training.toys import fitted, halves, net, same, seeded

OBJECTIVES = {
    "standard": Standard(),
    "pgd": Pgd(0.1, steps=3),
    "fast": Fast(0.1),
    "free": Free(0.1, replays=3),
    "trades": Trades(0.1, beta=2.0, steps=3),
}
BRIEF = {"epochs": 6, "batch": 20, "rate": 0.02, "looks": 0}


def the_loss(objective, module, images, labels, **scene):
    return next(losses(objective, Scene(module, seeded(2), **scene), images, labels))


@pytest.mark.parametrize("name", OBJECTIVES)
def test_every_method_learns(name):
    module = fitted(Plan(OBJECTIVES[name], **BRIEF))
    images, labels = halves()
    assert float((module(images).argmax(1) == labels).float().mean()) == 1


def test_so_does_training_under_noise():
    module = fitted(Plan(noise=0.2, **BRIEF))
    images, labels = halves()
    assert float((module(images).argmax(1) == labels).float().mean()) == 1
    assert not same(module, fitted(Plan(**BRIEF)))


@pytest.mark.parametrize(
    "objective",
    [Pgd(0.0, steps=2), Fast(0.0), Free(0.0, replays=1), Trades(0.3, beta=0.0), Pgd(0.0, step=0.1)],
    ids=str,
)
def test_a_radius_or_a_weight_of_0_is_standard_training_bit_for_bit(objective):
    assert same(fitted(Plan(objective, **BRIEF)), fitted(Plan(**BRIEF)))


def test_two_methods_meet_the_same_batches():
    met = {}
    for name in ("standard", "pgd"):
        order = []
        module = net()
        module.register_forward_hook(lambda _, given, __, order=order: order.append(len(given[0])))
        fitted(Plan(OBJECTIVES[name], epochs=1, batch=25, looks=0), module)
        met[name] = order[:: passes_of(OBJECTIVES[name])]
    assert met["standard"] == met["pgd"] == [25, 25, 10]


def test_the_one_step_of_a_linear_net_is_the_corner_of_the_ball():
    module, (images, labels) = net(widths=()), halves()
    away = (module[-1].weight[1] - module[-1].weight[0]).detach().reshape(1, 1, 6, 6).sign()
    worst = images + 0.1 * torch.where(labels == 0, 1.0, -1.0).reshape(-1, 1, 1, 1) * away
    expected = cross_entropy(module(worst.clamp(0, 1)), labels)
    torch.testing.assert_close(the_loss(Fast(0.1, start=False), module, images, labels), expected)
    torch.testing.assert_close(the_loss(Fast(0.1, step=0.2), module, images, labels), expected)
    torch.testing.assert_close(the_loss(Pgd(0.1, steps=8), module, images, labels), expected)


@pytest.mark.parametrize("objective", [Fast(0.2), Pgd(0.2), Trades(0.2), Free(0.2)], ids=str)
def test_half_the_strength_is_half_the_radius_and_half_the_step(objective):
    images, labels = halves()
    kind = type(objective)
    half = the_loss(objective, net(), images, labels, strength=0.5)
    assert torch.equal(half, the_loss(kind(0.1), net(), images, labels))


def test_trades_adds_the_divergence_of_a_neighbour():
    module, (images, labels) = net(), halves()
    plain = cross_entropy(module(images), labels)
    one = the_loss(Trades(0.1, beta=1.0), module, images, labels) - plain
    three = the_loss(Trades(0.1, beta=3.0), module, images, labels) - plain
    torch.testing.assert_close(three, 3 * one)
    p = log_softmax(module(images), 1)
    q = log_softmax(module((images + 0.1 * torch.randn_like(images).sign()).clamp(0, 1)), 1)
    random = (p.exp() * (p - q)).sum(1).mean()
    assert one > random > 0  # the search finds a worse neighbour than chance does


def test_free_training_is_the_algorithm_written_out():
    """Algorithm 1 of Shafahi et al., three lines of it, with plain gradient descent."""
    plan = Plan(Free(0.2, replays=2), epochs=2, batch=20, optimiser="sgd", schedule="constant")
    done = fitted(plan, n=50)
    by_hand, (images, labels) = net(), halves(50)
    optimiser = torch.optim.SGD(by_hand.parameters(), plan.rate, momentum=0.9)
    delta, order = torch.zeros(20, 1, 6, 6), seeded(5)
    for _ in range(2):
        rows = torch.randperm(50, generator=order)
        for batch in (rows[:20], rows[20:40], rows[40:]):
            for _ in range(2):
                moved = delta[: len(batch)].clone().requires_grad_(True)
                optimiser.zero_grad()
                cross_entropy(
                    by_hand((images[batch] + moved).clamp(0, 1)), labels[batch]
                ).backward()
                optimiser.step()
                step = moved.detach() + 0.2 * moved.grad.sign()
                delta[: len(batch)] = step.clamp(-0.2, 0.2)
    assert same(done, by_hand)


def normalised():
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(36, 8), nn.BatchNorm1d(8), nn.Linear(8, 2))


@pytest.mark.parametrize(("name", "batches"), [("pgd", 1), ("fast", 1), ("free", 3), ("trades", 2)])
def test_a_search_leaves_batchnorm_as_it_is_and_learning_moves_it(name, batches):
    images, labels = halves()
    module = normalised().train()
    modes = []
    module[2].register_forward_hook(lambda layer, *_: modes.append(layer.training))
    for loss in losses(OBJECTIVES[name], Scene(module, seeded()), images, labels):
        loss.backward()
    assert int(module[2].num_batches_tracked) == batches  # only what is learnt from counts
    assert modes.count(True) == batches
    assert len(modes) == batches + {"pgd": 3, "fast": 1, "free": 0, "trades": 4}[name]
    assert module.training


def test_a_search_drops_nothing_out():
    module = convnet((8, 8, 1), (2,), 2, dropout=0.5, generator=seeded())
    module.train()
    images = torch.rand(4, 1, 8, 8, generator=seeded())
    before = [layer.generator.get_state() for layer in module if hasattr(layer, "generator")]
    with Scene(module, seeded()).searching() as searched:
        assert torch.equal(searched(images), searched(images))
    after = [layer.generator.get_state() for layer in module if hasattr(layer, "generator")]
    assert all(torch.equal(one, other) for one, other in zip(before, after, strict=True))


@pytest.mark.parametrize("name", ["pgd", "fast", "trades"])
def test_a_search_asks_for_no_gradient_of_a_weight(name):
    module, (images, labels) = net(), halves()
    asked = []
    for weights in module.parameters():
        weights.register_hook(lambda gradient: asked.append(gradient.shape))
    loss = the_loss(OBJECTIVES[name], module, images, labels)
    assert not asked
    loss.backward()
    assert len(asked) == 4


def test_the_data_are_left_alone():
    images, labels = halves()
    before = copy.deepcopy(images)
    for objective in OBJECTIVES.values():
        for loss in losses(objective, Scene(net(), seeded()), images, labels):
            loss.backward()
    assert torch.equal(images, before)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Pgd(8.0), "and 8 is not; did you mean 8/255?"),
        (lambda: Fast(-0.1), "from 0 to 1, and -0.1 is not"),
        (lambda: Free(float("nan")), "and nan is not"),
        (lambda: Trades(float("inf")), "and inf is not"),
        (lambda: Pgd(0.1, steps=0), "steps must be between 1 and 1,000, got 0"),
        (lambda: Free(0.1, replays=0), "replays must be between 1 and 1,000"),
        (lambda: Trades(0.1, beta=-1.0), "beta must be between 0 and"),
        (lambda: Fast(0.1, step=float("nan")), "step must be between 0 and 1, got nan"),
    ],
)
def test_numbers_out_of_range_are_refused(make, message):
    with pytest.raises(ConfigError) as caught:
        make()
    assert message in str(caught.value)
