"""Metering: a classifier that counts how many gradients it is asked for."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from fieldmark.records import GradientClassifier, Images, Logits, ModelCard


class MeteredModule(torch.nn.Module):
    """A module in evaluation mode that counts the pictures whose gradient may be asked for.

    A module of its own rather than a hook on the given one: other threads may be using that.
    """

    def __init__(self, module: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.module = module
        self.gradients = 0
        self.eval()

    def forward(self, pictures: Float[Tensor, "n c h w"]) -> Float[Tensor, "n k"]:
        """The logits of the module within."""
        if torch.is_grad_enabled() and pictures.requires_grad:
            self.gradients += len(pictures)
        return self.module(pictures)


@dataclass(frozen=True)
class Metered:
    """``model`` with a module that counts; satisfies ``records.GradientClassifier``."""

    model: GradientClassifier
    module: MeteredModule

    @property
    def card(self) -> ModelCard:
        """What the classifier is."""
        return self.model.card

    def __call__(self, images: Images) -> Logits:
        """Its class scores."""
        return self.model(images)


def metered(model: GradientClassifier) -> Metered:
    """``model``, in evaluation mode, with a count of the gradients it is asked for."""
    return Metered(model, MeteredModule(model.module))
