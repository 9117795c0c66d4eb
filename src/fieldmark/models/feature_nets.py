"""Features that nobody trains: pixels, random units, patches under a kernel, wavelets."""

from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional

from fieldmark.models.layers import Normalise, draw_weights, linear
from fieldmark.records import MissingExtraError

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor


class PatchKernel(nn.Module):
    """A convolutional kernel as features: pooled maps of patches, near anchors among patches.

    Two patches x and y, each without its mean, are alike as |x| |y| exp(a (cos(x, y) - 1)). Two
    pictures are alike as the sum over pairs of patches in the same cell of a grid. What comes out
    has these inner products where patches lie in the span of the anchors' maps (Nyström), and the
    more nearly so the more anchors there are.

    Args:
        anchors: Patches (m, c, k, k).
        grid: Cells in each direction over which patches are summed up.
        sharpness: The ``a`` above.

    Source:
        Mairal 2016, arXiv:1605.06265, section 3 (one layer, anchors sampled, not learnt);
        Williams and Seeger 2001 for Nyström's method.

    Example:
        >>> pictures = torch.rand(2, 1, 6, 6)
        >>> PatchKernel(patches_of(pictures, 3), grid=1)(pictures).shape
        torch.Size([2, 32])
    """

    anchors: "Tensor"
    whitening: "Tensor"

    def __init__(
        self, anchors: "Float[Tensor, 'm c k k']", *, grid: int, sharpness: float = 2.0
    ) -> None:
        super().__init__()
        flat = _unit(_centred(anchors.flatten(1).double()))
        likeness = torch.exp(sharpness * (flat @ flat.T - 1))
        values, vectors = torch.linalg.eigh(likeness)
        inverse = torch.where(values > 1e-6 * values.max(), values.clamp_min(1e-12).rsqrt(), 0)
        self.register_buffer("anchors", flat.float().view(anchors.shape))
        self.register_buffer("whitening", ((vectors * inverse) @ vectors.T).float())
        self.grid, self.sharpness = grid, sharpness

    def forward(self, images: "Float[Tensor, 'n c h w']") -> "Float[Tensor, 'n d']":
        """Features (n, m * grid * grid)."""
        size, inputs = self.anchors.shape[-1], images.shape[1]
        # Anchors have no mean, so that of a patch falls out of the product by itself.
        products = functional.conv2d(images, self.anchors)
        ones = torch.ones((1, inputs, size, size), dtype=images.dtype, device=images.device)
        mean = functional.conv2d(images, ones) / (inputs * size * size)
        square = functional.conv2d(images.square(), ones)
        norm = (square - inputs * size * size * mean.square()).clamp_min(1e-10).sqrt()
        like = norm * torch.exp(self.sharpness * (products / norm - 1))
        mapped = torch.einsum("nmhw,mk->nkhw", like, self.whitening)
        pooled: Tensor = functional.adaptive_avg_pool2d(mapped, self.grid).flatten(1)
        return pooled

    def extra_repr(self) -> str:
        """Its sizes, so that the printed net tells them."""
        return f"anchors={tuple(self.anchors.shape)}, grid={self.grid}, sharpness={self.sharpness}"


class Scattering(nn.Module):
    """Wavelet scattering of each channel, flattened.

    Args:
        frame: (height, width, channels) of the pictures.

    Raises:
        MissingExtraError: kymatio is not installed.

    Source:
        Bruna and Mallat 2013, arXiv:1203.1513; computed by kymatio (Andreux et al. 2020).
    """

    def __init__(self, frame: tuple[int, int, int]) -> None:
        super().__init__()
        height, width, _ = frame
        self.octaves = octaves_of(height, width)
        self.inner: Any = _kymatio()(J=self.octaves, shape=(height, width), L=8)

    def forward(self, images: "Float[Tensor, 'n c h w']") -> "Float[Tensor, 'n d']":
        """Features: for each channel one map for each path."""
        found: Tensor = self.inner(images.contiguous()).flatten(1)
        return found

    def extra_repr(self) -> str:
        """How many octaves it spans."""
        return f"octaves={self.octaves}"


def octaves_of(height: int, width: int) -> int:
    """How many octaves the wavelets span, so that maps of about 8 × 8 are left."""
    side = min(height, width)
    return 2 if side <= 48 else 3 if side <= 96 else 4


def random_units(frame: tuple[int, int, int], units: int, generator: torch.Generator) -> nn.Module:
    """ReLU units with random weights on all pixels, which are never trained."""
    height, width, channels = frame
    net = nn.Sequential(Normalise(), nn.Flatten(), linear(height * width * channels, units))
    net.append(nn.ReLU())
    draw_weights(net, generator)
    return net


def patches_of(images: "Float[Tensor, 'n c h w']", size: int) -> "Float[Tensor, 'm c k k']":
    """All patches of some pictures."""
    windows = functional.unfold(images, size).transpose(1, 2)
    return windows.reshape(-1, images.shape[1], size, size)


def _centred(rows: "Tensor") -> "Tensor":
    return rows - rows.mean(1, keepdim=True)


def _unit(rows: "Tensor") -> "Tensor":
    return rows / rows.norm(dim=1, keepdim=True).clamp_min(1e-12)


def _kymatio() -> Any:  # noqa: ANN401  a class
    try:  # not through its front door, which asks for a function that scipy no longer has
        from kymatio.scattering2d.frontend.torch_frontend import ScatteringTorch2D
    except ModuleNotFoundError as error:
        raise MissingExtraError("kymatio", "scattering", "scattering models") from error
    return ScatteringTorch2D
