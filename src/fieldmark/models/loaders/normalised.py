"""Normalising channel by channel, inside the net, so that attack budgets stay in pixel units."""

from typing import Any

import torch
from torch import nn


class PerChannel(nn.Module):
    """(pixel - mean) / std of each channel; neither is a weight, and neither is saved as one."""

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(self, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean).view(-1, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(-1, 1, 1), persistent=False)

    def forward(self, images: Any) -> Any:  # noqa: ANN401  a tensor, or its stand-in while traced
        """The images, normalised, same shape."""
        return (images - self.mean) / self.std

    def extra_repr(self) -> str:
        """The constants, so that the printed net tells them."""
        return f"mean={self.mean.flatten().tolist()}, std={self.std.flatten().tolist()}"


def dressed_net(module: nn.Module, mean: tuple[float, ...], std: tuple[float, ...]) -> nn.Module:
    """From float (n, c, h, w) in [0, 1]: normalised where there is something to subtract."""
    return nn.Sequential(PerChannel(mean, std), module) if mean else module
