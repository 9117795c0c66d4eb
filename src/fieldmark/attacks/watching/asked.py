"""Who is asked: a model as attacks see it, in chunks of one shape and in evaluation mode."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor

from fieldmark.attacks.watching.chunks import chunk_on, chunks
from fieldmark.attacks.watching.losses import Loss
from fieldmark.attacks.watching.preparing import prepared
from fieldmark.attacks.watching.slopes import Slope, Slopes, slope, slopes
from fieldmark.records import Classifier, GradientClassifier, NotApplicableError


class Asked:
    """A model that is asked about tensors, whole chunks at a time.

    Args:
        model: Who is asked.
        climbed: A module whose gradients are followed in place of the model's own, or None.
    """

    def __init__(self, model: Classifier, climbed: object = None) -> None:
        self.model = model
        self.stands_in = climbed is not None
        own = model.module if isinstance(model, GradientClassifier) else None
        self._own = None if own is None else prepared(own)
        self._climbed: Any = self._own if climbed is None else climbed
        self.dtype, self.device = home_of(self._own if self._climbed is None else self._climbed)

    @property
    def name(self) -> str:
        """The model's name, for messages."""
        return self.model.card.name

    @property
    def as_judged(self) -> bool:
        """Is the model itself asked, as whoever judges it does, and no module inside it?"""
        return self._own is None

    def scores(self, pictures: Float32[Tensor, "m c h w"]) -> Float[Tensor, "m k"]:
        """The model's scores of some pictures."""
        ask: Callable[[Tensor], Tensor] = self._by_array if self._own is None else self._by_module
        with torch.no_grad():
            parts = [ask(pictures[rows]) for rows in self._chunks(pictures)]
        return torch.cat(parts).detach()[: len(pictures)] if parts else torch.empty(0, 0)

    def slope(
        self,
        pictures: Float32[Tensor, "m c h w"],
        labels: Int64[Tensor, " m"],
        loss: Loss,
        targets: Int64[Tensor, " m"] | None,
    ) -> Slope:
        """The slope of some pictures; see ``slopes``.

        Raises:
            NotApplicableError: There are no gradients.
        """
        if self._climbed is None:
            raise NotApplicableError(f"{self.name} gives no gradients, this attack needs them")
        parts = [
            slope(
                self._climbed,
                pictures[rows],
                labels[rows],
                loss=loss,
                dtype=self.dtype,
                targets=None if targets is None else targets[rows],
                name=self.name,
            )
            for rows in self._chunks(pictures)
        ]
        return Slope(
            torch.cat([part.logits for part in parts])[: len(pictures)],
            torch.cat([part.loss for part in parts])[: len(pictures)],
            torch.cat([part.uphill for part in parts])[: len(pictures)],
        )

    def slopes(self, pictures: Float32[Tensor, "m c h w"], labels: Int64[Tensor, " m"]) -> Slopes:
        """The slopes towards all wrong classes; see ``slopes``.

        Raises:
            NotApplicableError: There are no gradients.
        """
        if self._climbed is None:
            raise NotApplicableError(f"{self.name} gives no gradients, this attack needs them")
        parts = [
            slopes(self._climbed, pictures[rows], labels[rows], dtype=self.dtype, name=self.name)
            for rows in self._chunks(pictures)
        ]
        return Slopes(
            torch.cat([part.logits for part in parts])[: len(pictures)],
            torch.cat([part.lead for part in parts])[: len(pictures)],
            torch.cat([part.uphill for part in parts])[: len(pictures)],
        )

    def _chunks(self, pictures: Float32[Tensor, "m c h w"]) -> list[Tensor | slice]:
        """Which pictures make up each chunk; whole chunks as slices, which copy nothing."""
        return [
            slice(rows[0], rows[-1] + 1)
            if rows[-1] - rows[0] == len(rows) - 1
            else torch.from_numpy(rows).to(self.device)
            for rows in chunks(len(pictures), *self.sizes(pictures))
        ]

    def sizes(self, pictures: Float32[Tensor, "m c h w"]) -> tuple[int, ...]:
        """Of chunks: those in which all who are asked say the same."""
        if self._own is None or self.stands_in:
            return (chunk_on(self.device, pictures.shape[1:].numel()),)
        return self._own.sizes(pictures[:1].to(self.dtype))

    def _by_module(self, pictures: Tensor) -> Tensor:
        return self._own(pictures.to(self.dtype))  # type: ignore[misc]  # asked only if there is one

    def _by_array(self, pictures: Tensor) -> Tensor:
        images = np.ascontiguousarray(pictures.cpu().permute(0, 2, 3, 1).numpy())
        return torch.from_numpy(np.array(self.model(images))).to(self.device)


def home_of(module: Any) -> tuple[torch.dtype, torch.device]:  # noqa: ANN401  any torch module
    """Where a module lies and in which precision it works; float32 on the CPU if it has no say."""
    if isinstance(module, torch.nn.Module):
        for tensor in (*module.parameters(), *module.buffers()):
            if tensor.is_floating_point():
                return tensor.dtype, tensor.device
    return torch.float32, torch.device("cpu")
