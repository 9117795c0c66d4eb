"""Modules that stand in for a defended one while its slope is followed; see ``adaptive``."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import log

import torch
from torch import Tensor, nn

Part = Callable[[Tensor], Tensor]


class Expected(nn.Module):
    """The average answer of a module that answers at random."""

    def __init__(self, module: Part, draws: int, *, of: str, seed: int | None) -> None:
        super().__init__()
        self.module = module
        self._draws, self._of, self._seed = draws, of, seed
        self.eval()

    def forward(self, pictures: Tensor) -> Tensor:
        """The average over all draws."""
        with _chance(self._seed, pictures.device):
            answers = torch.stack([self.module(pictures) for _ in range(self._draws)])
        if self._of == "logits":
            return answers.mean(dim=0)
        return answers.log_softmax(dim=2).logsumexp(dim=0) - log(self._draws)


class StraightThrough(nn.Module):
    """Says as one function does and slopes as another."""

    def __init__(self, ahead: Part, back: Part | None) -> None:
        super().__init__()
        self.ahead, self.back = ahead, back

    def forward(self, pictures: Tensor) -> Tensor:
        """The value of ``ahead`` with the slope of ``back``."""
        sloping = pictures if self.back is None else self.back(pictures)
        with torch.no_grad():
            value = self.ahead(pictures)
        # Adding what is exactly 0 keeps the value to the last bit.
        return value + (sloping - sloping.detach())


@contextmanager
def _chance(seed: int | None, device: torch.device) -> Iterator[None]:
    """Chance from a seed, and afterwards as it was before; as it is where there is no seed."""
    if seed is None:
        yield
        return
    with torch.random.fork_rng(devices=[] if device.type == "cpu" else [device]):
        torch.manual_seed(seed)
        yield
