"""A torch module behind the door of ``Classifier``."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fieldmark.records import Images, Logits, ModelCard, Placement

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class TorchClassifier:
    """A torch module as a classifier that gives gradients.

    The module is put in evaluation mode on ``device`` and its parameters are frozen: whoever asks
    for a gradient asks for that of the image.

    Args:
        module: From float (n, c, h, w) in [0, 1] to logits (n, k); normalisation is its business.
        card: What it is.
        device: Where it runs, such as "cpu" or "cuda".

    Example:
        >>> import torch
        >>> from fieldmark.models import mlp
        >>> net = mlp((16, 16, 1), (8,), 10, generator=torch.Generator().manual_seed(0))
        >>> card = ModelCard("small", "multilayer perceptron", "you", "MIT", "untrained")
        >>> TorchClassifier(net, card)(np.zeros((3, 16, 16, 1), np.uint8)).shape
        (3, 10)
    """

    module: "torch.nn.Module"
    card: ModelCard
    device: str = "cpu"

    def __post_init__(self) -> None:
        self.module.to(self.device).eval().requires_grad_(False)

    def __call__(self, images: Images) -> Logits:
        """Class scores before softmax, float32 (n, k), one row per image (n, h, w, c)."""
        import torch

        with torch.inference_mode():
            logits = self.module(_as_batch(images, self.device))
            return logits.to("cpu", torch.float32).numpy()

    def placed(self, placement: Placement) -> "TorchClassifier":
        """The same classifier where ``placement`` says; this one stays as it is.

        Raises:
            ModelError: There is no such device here.
        """
        from fieldmark.models.placed_nets import placed_net

        module, device = placed_net(self.module, placement, self.card.frame)
        return TorchClassifier(module, self.card, device)


def _as_batch(images: Images, device: str) -> "torch.Tensor":
    """Float (n, c, h, w) in [0, 1]; grey levels cross to the device as bytes, a quarter of it."""
    import torch

    # torch may not share memory that numpy calls read-only
    batch = torch.from_numpy(np.require(images, requirements=["C", "W"]))
    if device.startswith("cuda"):  # from pinned memory it crosses while the last batch is looked at
        batch = batch.pin_memory()
    batch = batch.to(device, non_blocking=True)
    if batch.dtype == torch.uint8:
        batch = batch.to(torch.float32) / 255
    return batch.permute(0, 3, 1, 2)
