import numpy as np
import pytest
import torch
from torch import nn

from fieldmark.models import TorchClassifier, placed, subject_of
from fieldmark.records import ConfigError, ModelCard, ModelError, Placement


def card(frame=(16, 16, 3)):
    return ModelCard("net", "net", "you", "MIT", "none", frame=frame)


def net(seed=0):
    chance = torch.Generator().manual_seed(seed)
    made = nn.Sequential(
        nn.Conv2d(3, 8, 3, bias=False),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.Conv2d(8, 6, 3),
        nn.BatchNorm2d(6),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(2),
        nn.Flatten(),
        nn.Linear(24, 5),
    )
    with torch.no_grad():
        for value in (*made.parameters(), *made.buffers()):
            if value.is_floating_point():
                value.copy_(torch.rand(value.shape, generator=chance) * 0.4 + 0.1)
        for layer in made:
            if isinstance(layer, nn.Conv2d | nn.Linear):
                layer.weight -= 0.3
    return made.eval()


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (6, 16, 16, 3), np.uint8)


def test_folding_and_layout_leave_answers_and_the_first_classifier(images):
    given = net()
    before = {name: value.clone() for name, value in given.state_dict().items()}
    one = TorchClassifier(given, card())
    other = one.placed(Placement(channels_last=True, fold=True))
    assert not any(isinstance(part, nn.BatchNorm2d) for part in other.module.modules())
    np.testing.assert_allclose(one(images), other(images), rtol=1e-4, atol=1e-5)
    assert (one(images).argmax(1) == other(images).argmax(1)).all()
    assert all(torch.equal(before[name], value) for name, value in given.state_dict().items())


def test_what_folding_would_change_stays_as_it_is(images):
    class Odd(nn.BatchNorm2d):  # folding would lose what it does besides
        def forward(self, x):
            return super().forward(x) * 3

    class Standard(nn.Conv2d):  # its weights are not what it multiplies by
        def forward(self, x):
            weight = (self.weight - self.weight.mean()) / self.weight.std()
            return nn.functional.conv2d(x, weight, self.bias)

    for layers in ((nn.Conv2d(3, 4, 3), Odd(4)), (Standard(3, 4, 3), nn.BatchNorm2d(4))):
        module = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval()
        one = TorchClassifier(module, card())
        other = one.placed(Placement(fold=True))
        np.testing.assert_allclose(one(images), other(images), rtol=1e-4, atol=1e-5)


def test_code_that_branches_on_numbers_stays(images):
    class Branching(nn.Module):
        def forward(self, x):
            return x.mean((2, 3)) if x.sum() > 0 else x.amax((2, 3))

    found = TorchClassifier(Branching(), card()).placed(Placement(fold=True))
    assert found(images).shape == (6, 3)


def test_autocast_is_another_subject_and_rounds(images):
    plain = subject_of(net(), name="net", frame=(16, 16, 3))
    rounded = placed(plain, Placement(autocast="bfloat16"))
    assert rounded.name == "net-bfloat16"
    assert rounded.fingerprint != plain.fingerprint
    one, other = plain.load()(images), rounded.load()(images)
    assert other.dtype == np.float32
    assert 0 < np.abs(one - other).max() < 0.05 * np.abs(one).max()
    for quick in (Placement(fold=True), Placement("auto"), Placement(channels_last=False)):
        same = placed(plain, quick)
        assert (same.name, same.fingerprint) == (plain.name, plain.fingerprint)


def test_gradients_go_through_what_was_placed(images):
    one = TorchClassifier(net(), card()).placed(Placement(fold=True))
    batch = torch.rand(2, 3, 16, 16, requires_grad=True)
    (slope,) = torch.autograd.grad(one.module(batch).sum(), batch)
    assert slope.abs().sum() > 0


def test_devices_that_are_not_here_or_nowhere():
    with pytest.raises(ConfigError, match="no device 'gpu'; write auto, cpu, cuda"):
        Placement("gpu")
    with pytest.raises(ConfigError, match="no device 'cuda:x'"):
        Placement("cuda:x")
    with pytest.raises(ConfigError, match="autocast is bfloat16 or float16, not 'int8'"):
        Placement(autocast="int8")
    with pytest.raises(ModelError, match=r"no device cuda:99 here: torch .* sees .*; write auto"):
        TorchClassifier(net(), card()).placed(Placement("cuda:99"))


def test_what_cannot_be_placed_runs_where_it_does(images):
    function = subject_of(lambda x: x.mean((1, 2)), name="mean")
    assert placed(function, Placement("cpu", fold=True)).load()(images).shape == (6, 3)
