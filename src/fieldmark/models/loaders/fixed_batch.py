"""Nets that take a fixed number of pictures at once, asked about any number."""

from types import MethodType

import torch
from torch import nn


class FixedBatch(nn.Module):
    """Asks a net that takes exactly ``size`` pictures; the last part is filled up, and cut off."""

    def __init__(self, net: nn.Module, size: int) -> None:
        super().__init__()
        self.net, self.size = net, size

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Scores (n, k) of any number of pictures."""
        said = []
        for part in torch.split(images, self.size):
            lacking = self.size - len(part)
            filled = torch.cat([part, part[-1:].expand(lacking, -1, -1, -1)]) if lacking else part
            said.append(self.net(filled)[: len(part)])
        return torch.cat(said)


def inference_mode_again(module: nn.Module) -> nn.Module:
    """An exported module whose ``eval`` does nothing, as it cannot train; others' fails."""

    def as_it_is(self: nn.Module, mode: bool = True) -> nn.Module:
        del mode
        return self

    module.train = MethodType(as_it_is, module)  # type: ignore[method-assign]
    module.eval = MethodType(as_it_is, module)  # type: ignore[method-assign]
    return module
