"""A transformers model as a plain net: pictures in, logits out."""

from typing import Any

import torch
from torch import nn


class LogitsOnly(nn.Module):
    """What an image classifier of the transformers library says, without the rest."""

    def __init__(self, net: Any) -> None:  # noqa: ANN401  a transformers model
        super().__init__()
        self.net = net

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Scores (n, k) of normalised pictures."""
        scores: torch.Tensor = self.net(pixel_values=images).logits
        return scores
