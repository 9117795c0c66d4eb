"""Nets: a torch module that a loader builds, with its normalisation inside and its answer tried."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fieldmark.models.loaders.dressing import Dressing, checked_classes
from fieldmark.models.torch_classifier import TorchClassifier
from fieldmark.records import FieldmarkError, ModelCard, ModelError

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class NetLoader:
    """Builds a net when it is first asked for.

    Args:
        card: What it is, but for the number of parameters.
        dressing: What stands around it.
        build: Makes the module, from normalised (n, c, h, w) to scores.
    """

    card: ModelCard
    dressing: Dressing
    build: "Callable[[], torch.nn.Module]"

    def __call__(self) -> TorchClassifier:
        """The classifier.

        Raises:
            ModelError: It cannot be built, or answers one picture with anything but a row of
                scores, one for each class.
        """
        from fieldmark.models.loaders.normalised import dressed_net

        module = self.build().eval().requires_grad_(False)
        # Programs that were exported keep their weights as buffers.
        parameters = sum(one.numel() for one in module.parameters()) or sum(
            one.numel() for one in module.buffers() if one.is_floating_point()
        )
        dressed = dressed_net(module, self.dressing.mean, self.dressing.std)
        made = TorchClassifier(dressed, replace(self.card, parameters=parameters))
        self._try(made)
        return made

    def _try(self, made: TorchClassifier) -> None:
        """Ask about one grey picture, where its size is known."""
        if self.dressing.framing is None:
            return
        import torch

        height, width, channels = self.dressing.framing.frame
        picture = torch.full((1, channels, height, width), 0.5)
        try:
            with torch.inference_mode():
                scores = made.module(picture)
        except FieldmarkError:
            raise
        except Exception as error:  # a net of somebody's may raise anything
            text = " ".join(str(error).split())[:200]
            raise ModelError(
                f"{self.card.name} cannot be asked about a picture of {height}×{width}×{channels}: "
                f"{type(error).__name__}: {text}"
            ) from error
        if not isinstance(scores, torch.Tensor) or scores.ndim != 2 or len(scores) != 1:
            shape = tuple(scores.shape) if isinstance(scores, torch.Tensor) else type(scores)
            raise ModelError(
                f"{self.card.name} answers one picture with {shape}; expected (1, classes)"
            )
        checked_classes(self.card.classes, scores.shape[1], self.card.name)
