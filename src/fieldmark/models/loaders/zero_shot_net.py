"""A net whose scores are how near a picture is to what is said of each class."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn import functional

_AT_ONCE = 256


class ZeroShot(nn.Module):
    """The picture tower of a CLIP-like net, and a head made of sentences."""

    head: torch.Tensor
    scale: torch.Tensor
    bias: torch.Tensor

    def __init__(self, net: Any, head: torch.Tensor) -> None:  # noqa: ANN401  open_clip's net
        super().__init__()
        self.visual, bias = net.visual, getattr(net, "logit_bias", None)
        self.register_buffer("head", head, persistent=False)
        self.register_buffer("scale", net.logit_scale.detach().exp().clone(), persistent=False)
        zero = torch.zeros(()) if bias is None else bias.detach().clone()
        self.register_buffer("bias", zero, persistent=False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Scores (n, k) of normalised pictures."""
        said = functional.normalize(self.visual(images), dim=-1)
        scores: torch.Tensor = self.scale * said @ self.head.T + self.bias
        return scores


def sentence_means(
    net: Any,  # noqa: ANN401  open_clip's net
    tokens: Callable[[list[str]], torch.Tensor],
    sentences: Sequence[Sequence[str]],
) -> torch.Tensor:
    """The direction of each class, (k, d), of length 1: the mean of its sentences' directions.

    Source:
        Radford et al. 2021, arXiv:2103.00020, section 3.1.4.
    """
    flat = [sentence for about in sentences for sentence in about]
    with torch.inference_mode():
        said = [
            net.encode_text(tokens(flat[at : at + _AT_ONCE]), normalize=True)
            for at in range(0, len(flat), _AT_ONCE)
        ]
        parts = torch.split(torch.cat(said), [len(about) for about in sentences])
        return functional.normalize(torch.stack([part.mean(0) for part in parts]), dim=-1)
