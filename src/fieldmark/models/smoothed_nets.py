"""A smoothed net: votes over noisy copies on the way out, the mean probability on the way back."""

from math import log

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from fieldmark.models.noisy_copies import Smoothing


class SmoothedNet(nn.Module):
    """Logarithms of the shares of votes that each class gets from noisy copies of a picture.

    What comes out are the votes themselves, ties broken by the mean probability; the gradient is
    that of the logarithm of the mean probability over the same copies, since votes have none.

    Args:
        base: From float (n, c, h, w) in [0, 1] to logits (n, k).
        smoothing: The noise.
    """

    def __init__(self, base: nn.Module, smoothing: Smoothing) -> None:
        super().__init__()
        self.base, self.smoothing = base, smoothing

    def forward(self, pictures: Float[Tensor, "n c h w"]) -> Float[Tensor, "n k"]:
        """One row per picture; its noise follows from its content alone."""
        return torch.stack([self._one(picture) for picture in pictures])

    def extra_repr(self) -> str:
        """Everything that decides the noise, so that the printed net tells it."""
        return repr(self.smoothing)

    def _one(self, picture: Float[Tensor, "c h w"]) -> Float[Tensor, " k"]:
        content = picture.detach().to("cpu", torch.float32).numpy()
        # As pictures lie outside of torch, so that both see the same noise.
        image = np.ascontiguousarray(content.transpose(1, 2, 0))
        seed, draws = self.smoothing.own_seed(image), self.smoothing.draws
        votes, soft = [], []
        for noise in self.smoothing.noise(image.shape, seed, draws):
            moved = torch.from_numpy(noise.transpose(0, 3, 1, 2)).to(picture)
            noisy = picture + moved
            logits = self.base(noisy.clamp(0, 1) if self.smoothing.clipped else noisy)
            soft.append(logits.log_softmax(dim=1))
            votes.append(torch.bincount(logits.argmax(dim=1), minlength=logits.shape[1]))
        mean = torch.logsumexp(torch.cat(soft), dim=0) - log(draws)
        counted = torch.stack(votes).sum(dim=0).to(mean)
        shares = torch.logaddexp(counted.log(), mean.detach()) - log(draws + 1)
        return mean + (shares - mean).detach()
