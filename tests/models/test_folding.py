"""A folded copy says what the module says, and shares nothing with it."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from fieldmark.models import agree, folded


def shaken(module: nn.Module) -> nn.Module:
    """A module whose normalisations have seen something."""
    torch.manual_seed(1)
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            nn.init.uniform_(part.running_mean, -0.2, 0.2)
            nn.init.uniform_(part.running_var, 0.5, 2)
            nn.init.uniform_(part.weight, 0.5, 2)
    return module.double().eval()


class Active(nn.BatchNorm2d):
    """A normalisation that activates too, made as timm makes them."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels)
        self.drop, self.act = nn.Identity(), nn.SiLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.batch_norm(
            x, self.running_mean, self.running_var, self.weight, self.bias, False, 0.1, self.eps
        )
        return self.act(self.drop(x))


class Twice(nn.Module):
    """One convolution asked two times, each time under another normalisation."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 1, 3, padding=1)
        self.first, self.second = nn.BatchNorm2d(1), nn.BatchNorm2d(1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.second(self.conv(self.first(self.conv(x)))).mean(dim=(2, 3))


@pytest.mark.parametrize("norm", [nn.BatchNorm2d, Active])
def test_normalisations_are_folded_and_answers_stay(norm):
    module = shaken(
        nn.Sequential(
            nn.Conv2d(3, 6, 3, bias=False), norm(6), nn.Conv2d(6, 4, 3), norm(4), nn.Flatten()
        )
    )
    before = {name: each.clone() for name, each in module.state_dict().items()}
    copy, pictures = folded(module), torch.rand(5, 3, 9, 7).double()
    assert copy is not None
    assert not any(isinstance(part, nn.BatchNorm2d) for part in copy.modules())
    assert not any(each.requires_grad for each in copy.parameters())
    assert (copy(pictures) - module(pictures)).abs().max() < 1e-12
    assert agree(module, copy, pictures)
    assert all(torch.equal(each, before[name]) for name, each in module.state_dict().items())
    with torch.no_grad():
        next(copy.parameters()).zero_()
    assert torch.equal(module[0].weight, before["0.weight"])


def test_a_convolution_that_is_asked_twice_keeps_its_normalisations():
    module, pictures = shaken(Twice()), torch.rand(5, 1, 9, 7).double()
    copy = folded(module)
    assert copy is not None
    assert sum(isinstance(part, nn.BatchNorm2d) for part in copy.modules()) == 2
    assert agree(module, copy, pictures)


def test_what_differs_does_not_agree():
    module, other = shaken(nn.Sequential(nn.Flatten(), nn.Linear(9, 3))), nn.Flatten()
    pictures = torch.rand(4, 1, 3, 3).double()
    assert not agree(module, other, pictures)
    assert not agree(module, other, pictures, slopes=False)
    assert agree(module, folded(module), pictures, slopes=False)


def test_what_hangs_on_the_data_is_not_folded():
    class Branching(nn.Module):
        def forward(self, x):
            return x.flatten(1) if x.mean() > 0 else -x.flatten(1)

    assert folded(Branching().eval()) is None
