"""A prepared module says and slopes as the module does, or it is the module itself."""

import gc
import weakref
from threading import Event, Thread

import numpy as np
import pytest
import torch
from torch import nn

from fieldmark.attacks import APGD, PGD, attacked, expected, straight_through
from fieldmark.attacks.watching.preparing import _copies, prepared
from fieldmark.attacks.watching.program import Program
from fieldmark.records import Budget, ConfigError


def normalised(inputs: int, *, stride: int = 2) -> nn.Module:
    torch.manual_seed(1)
    module = nn.Sequential(
        nn.Conv2d(inputs, 6, 3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(6),
        nn.ReLU(),
        nn.Conv2d(6, 8, 3, padding=1),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(2),
        nn.Flatten(),
        nn.Linear(32, 5),
    ).double()
    for part in module:
        if isinstance(part, nn.BatchNorm2d):
            nn.init.uniform_(part.running_mean, -0.2, 0.2)
            nn.init.uniform_(part.running_var, 0.5, 2)
    return module.eval()


def slope_of(module, pictures):
    inputs = pictures.clone().requires_grad_()
    scores = module(inputs)
    return scores.detach(), torch.autograd.grad(scores.square().sum(), inputs)[0]


@pytest.mark.parametrize(("inputs", "stride"), [(1, 1), (1, 2), (3, 1), (3, 2), (4, 2)])
def test_it_says_and_slopes_the_same(inputs, stride):
    module = normalised(inputs, stride=stride)
    ready = prepared(module)
    pictures = torch.rand(8, inputs, 11, 15).double()
    for one, other in zip(slope_of(module, pictures), slope_of(ready, pictures), strict=True):
        assert (one - other).abs().max() < 1e-12
    copy = ready.copies.choice(pictures, module).copy
    assert isinstance(copy, Program)
    assert not any(isinstance(part, nn.BatchNorm2d) for part in copy.modules())


@pytest.mark.parametrize("attack", [PGD, APGD])
@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_attacks_find_the_same_pictures(net, images, seeds, monkeypatch, attack, norm):
    model, pictures = net(normalised(1)), images(12, 11)
    labels = model(pictures).argmax(axis=1).astype(np.int64)
    ids = [str(row) for row in range(12)]
    tried = attack(Budget(norm, 1e-3), steps=20)

    def outcome():
        return attacked(model, tried, pictures, labels, seeds(12), ids=ids)

    quick = outcome()
    monkeypatch.setattr("fieldmark.attacks.watching.preparing._copied", lambda module: ())
    _copies.clear()
    plain = outcome()
    assert (quick.logits.argmax(axis=1) == labels).all()
    assert np.abs(quick.images - plain.images).max() < 1e-6


def test_a_changed_module_is_copied_anew():
    module, pictures = normalised(1), torch.rand(4, 1, 9, 9).double()
    before = prepared(module)(pictures)
    with torch.no_grad():
        module[0].weight.mul_(2)
        module[1].running_mean.add_(1)
    after = prepared(module)
    assert (after(pictures) - module(pictures)).abs().max() < 1e-12
    assert after.copies.choice(pictures, module).copy is not None
    assert (after(pictures) - before).abs().max() > 1e-3


def test_copies_go_with_their_modules():
    module = normalised(1)
    prepared(module)(torch.rand(2, 1, 9, 9).double())
    gone = weakref.ref(module)
    del module
    gc.collect()
    assert gone() is None


class Hidden(nn.Module):
    """Its gradient is cut, which a trace does not see."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(9, 3).double()

    def forward(self, x):
        with torch.no_grad():
            inner = self.layer(x.flatten(1))
        return inner + 1e-3 * x.flatten(1)[:, :3]


class Branching(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(9, 3).double()

    def forward(self, x):
        return self.layer(x.flatten(1)) if x.mean() > 0 else self.layer(-x.flatten(1))


class Random(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(9, 3).double()

    def forward(self, x):
        return self.layer(x.flatten(1)) + torch.randn(len(x), 3).double()


@pytest.mark.parametrize("kind", [Hidden, Branching, Random])
def test_what_cannot_be_seen_through_is_asked_itself(kind):
    ready = prepared(kind().eval())
    pictures = torch.rand(4, 1, 3, 3).double()
    assert ready.copies.choice(pictures, ready.module).copy is None


def test_batch_norm_between_two_users_is_left_alone():
    class Shared(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.norm = nn.Conv2d(1, 3, 3).double(), nn.BatchNorm2d(3).double()
            self.norm.running_mean.add_(0.3)

        def forward(self, x):
            inner = self.conv(x)
            return (self.norm(inner) + inner).mean(dim=(2, 3))

    module, pictures = Shared().eval(), torch.rand(4, 1, 9, 9).double()
    ready = prepared(module)
    assert (ready(pictures) - module(pictures)).abs().max() < 1e-12


def test_the_average_over_draws_is_repeatable_and_leaves_chance_alone():
    def shaken(x):
        return x.flatten(1) + torch.randn(len(x), 4)

    pictures = torch.rand(3, 1, 2, 2)
    still = expected(shaken, 400, seed=3)
    before = torch.get_rng_state()
    one, other = still(pictures), still(pictures)
    assert torch.equal(one, other)
    assert torch.equal(before, torch.get_rng_state())
    assert (one - pictures.flatten(1)).abs().max() < 0.25
    votes = expected(shaken, 400, of="probabilities", seed=3)(pictures)
    assert (votes.exp().sum(dim=1) - 1).abs().max() < 1e-5


def test_what_has_no_slope_is_climbed_straight_through(net, images, seeds):
    class Rounded(nn.Module):
        """A linear net behind coarse grey levels."""

        def __init__(self, step):
            super().__init__()
            self.step, self.layer = step, nn.Linear(121, 4).double()

        def forward(self, x):
            return self.layer(self.step(x).flatten(1))

    def coarse(x):
        return (x * 16).round() / 16

    torch.manual_seed(2)
    defence = Rounded(coarse)
    around = Rounded(straight_through(coarse))
    around.load_state_dict(defence.state_dict())
    model, pictures = net(defence), images(20, 11)
    labels = model(pictures).argmax(axis=1).astype(np.int64)
    ids = [str(row) for row in range(20)]
    attack = PGD(Budget("linf", 0.15))
    plain, adapted = (
        (
            attacked(
                model, attack, pictures, labels, seeds(20), ids=ids, climbed=climbed
            ).logits.argmax(axis=1)
            != labels
        ).sum()
        for climbed in (None, around)
    )
    assert adapted > plain + 5
    assert torch.equal(
        around(torch.rand(2, 1, 11, 11).double() * 0), defence(torch.zeros(2, 1, 11, 11).double())
    )


def test_nothing_to_average_is_refused():
    with pytest.raises(ConfigError, match="at least 1 draw"):
        expected(lambda x: x, 0)
    with pytest.raises(ConfigError, match="logits or probabilities"):
        expected(lambda x: x, 2, of="votes")


def test_other_threads_may_ask_their_modules_while_one_is_prepared():
    busy, failures, over = normalised(1), [], Event()

    def ask() -> None:
        while not over.is_set():
            try:
                busy(torch.zeros(2, 1, 8, 8, dtype=torch.float64))
            except Exception as error:  # whatever goes wrong
                failures.append(error)

    other = Thread(target=ask)
    other.start()
    try:
        copies = [prepared(normalised(1)).copies.made for _ in range(30)]
    finally:
        over.set()
        other.join()
    assert not failures
    assert all(isinstance(quickest, Program) for quickest, _ in copies)
