"""Layers with no hidden chance in them: weights and dropout come from generators of their own."""

import torch
from torch import nn


class Normalise(nn.Module):
    """(pixel - mean) / spread, inside the net, so that attack budgets stay in pixel units."""

    def __init__(self, mean: float = 0.5, spread: float = 0.5) -> None:
        super().__init__()
        self.mean, self.spread = mean, spread

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """The images, normalised, same shape."""
        return (images - self.mean) / self.spread

    def extra_repr(self) -> str:
        """The two constants, so that the printed net tells them."""
        return f"mean={self.mean}, spread={self.spread}"


class Dropout(nn.Module):
    """Dropout that draws from its own generator; ``torch.nn.Dropout`` draws from the global one.

    Nets are trained side by side in threads, and there the global generator would make every
    run different.
    """

    def __init__(self, share: float, *, seed: int) -> None:
        super().__init__()
        self.share = share
        self.generator = torch.Generator().manual_seed(seed)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """In training mode, the values with a ``share`` of them 0 and the rest scaled up."""
        if not self.training or self.share == 0:
            return values
        chance = torch.rand(values.shape, generator=self.generator).to(values.device)
        return values * (chance >= self.share) / (1 - self.share)

    def extra_repr(self) -> str:
        """How much is dropped."""
        return f"share={self.share}"


# Layers are made on the meta device, where drawing their first weights costs nothing and leaves
# torch's global generator alone.


def linear(inputs: int, outputs: int) -> nn.Linear:
    """A fully connected layer whose weights nobody has drawn yet (see ``draw_weights``)."""
    return nn.Linear(inputs, outputs, device="meta").to_empty(device="cpu")


def convolution(inputs: int, outputs: int) -> nn.Conv2d:
    """A 3 × 3 convolution that keeps height and width, its weights not drawn yet."""
    return nn.Conv2d(inputs, outputs, 3, padding=1, device="meta").to_empty(device="cpu")


def halving(inputs: int, outputs: int) -> nn.Conv2d:
    """A 4 × 4 convolution that halves height and width, its weights not drawn yet."""
    return nn.Conv2d(inputs, outputs, 4, stride=2, padding=1, device="meta").to_empty(device="cpu")


def draw_weights(net: nn.Module, generator: torch.Generator) -> None:
    """Draw every weight of the net from ``generator``, and set every bias to 0.

    Source:
        He et al. 2015, arXiv:1502.01852, equation 10 (normal, fan in, for ReLU).
    """
    for layer in net.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=generator)
            assert layer.bias is not None
            nn.init.zeros_(layer.bias)


def draw_small_weights(net: nn.Module, generator: torch.Generator) -> None:
    """Draw weights and biases uniformly within one over the root of a unit's inputs.

    That is torch's own way, and less than half as wide as ``draw_weights``: what most published
    nets began from.
    """
    for layer in net.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d):
            reach = layer.weight[0].numel() ** -0.5
            assert layer.bias is not None
            for values in (layer.weight, layer.bias):
                nn.init.uniform_(values, -reach, reach, generator=generator)
