"""Blueprints: the small nets, as a few words and numbers that they can be built from again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from fieldmark.models.networks import convnet, mlp, strided
from fieldmark.records import ConfigError

if TYPE_CHECKING:
    import torch

_MOST = 2e8  # numbers of the widest layer: beyond that somebody mistyped


@dataclass(frozen=True)
class Blueprint:
    """A net that has not been built.

    Args:
        kind: "mlp", "convnet" or "strided".
        sizes: Units of each hidden layer of an mlp; filters of each stage of a convnet; filters of
            each convolution of a strided net, and last its hidden units.
        dropout: Share dropped, convnets only.

    Raises:
        ConfigError: There is no such kind, or a size is out of its range.

    Example:
        >>> import torch
        >>> net = Blueprint("mlp", (8,)).build((4, 4, 1), 2, generator=torch.Generator())
        >>> sum(weights.numel() for weights in net.parameters())
        154
    """

    kind: str
    sizes: tuple[int, ...] = ()
    dropout: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in FAMILIES:
            raise ConfigError(f"a net is one of {', '.join(FAMILIES)}, not {self.kind[:80]!r}")
        least = {"mlp": 0, "convnet": 1, "strided": 2}[self.kind]
        whole = all(1 <= one <= 65536 for one in self.sizes)
        if not whole or not least <= len(self.sizes) <= 16:
            raise ConfigError(
                f"the sizes of a net of kind {self.kind} are at least {least} whole numbers above "
                f"0, not {str(self.sizes)[:80]}"
            )
        if not 0 <= self.dropout < 1 or (self.dropout and self.kind != "convnet"):
            raise ConfigError(f"dropout is for convnets, in [0, 1), got {self.dropout}")

    @property
    def family(self) -> str:
        """The kind of model in words, for cards and colours."""
        return FAMILIES[self.kind] if self.sizes else "linear"

    def build(
        self, frame: tuple[int, int, int], classes: int, *, generator: "torch.Generator"
    ) -> "torch.nn.Sequential":
        """The net for images of ``frame``, float (n, c, h, w) in [0, 1] to logits (n, classes).

        Raises:
            ConfigError: It is too deep for such small images, or too wide for any memory.
        """
        height, width, channels = frame
        depth = {"mlp": 0, "convnet": len(self.sizes), "strided": len(self.sizes) - 1}[self.kind]
        if min(height, width) < 2**depth:
            raise ConfigError(
                f"this net halves its images {depth} times, and they are {height}×{width}; "
                f"give it images of {2**depth}×{2**depth} or more, or take another net"
            )
        widest = height * width * channels * max((*self.sizes, classes))
        if widest > _MOST:
            raise ConfigError(f"a layer of {widest:,} weights is too wide; take smaller images")
        build: Mapping[str, Callable[[], torch.nn.Sequential]] = {
            "mlp": lambda: mlp(frame, self.sizes, classes, generator=generator),
            "convnet": lambda: convnet(
                frame, self.sizes, classes, dropout=self.dropout, generator=generator
            ),
            "strided": lambda: strided(
                frame, self.sizes[:-1], self.sizes[-1], classes, generator=generator
            ),
        }
        return build[self.kind]()


FAMILIES: Mapping[str, str] = MappingProxyType(
    {
        "mlp": "multilayer perceptron",
        "convnet": "convolutional net",
        "strided": "convolutional net",
    }
)
"""The kinds of net, and what a card calls them."""
