"""Untrained features by name: the door to nets that no gradient ever touches; torch comes late."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def random_features(
    frame: tuple[int, int, int], units: int, generator: "torch.Generator"
) -> "torch.nn.Module":
    """ReLU units with random weights on all pixels: float (n, c, h, w) to (n, units).

    Example:
        >>> import torch
        >>> net = random_features((4, 4, 1), 7, torch.Generator().manual_seed(0))
        >>> net(torch.zeros(2, 1, 4, 4)).shape
        torch.Size([2, 7])
    """
    from fieldmark.models.feature_nets import random_units

    return random_units(frame, units, generator)


def patch_kernel(
    anchors: "torch.Tensor", *, grid: int, sharpness: float = 2.0
) -> "torch.nn.Module":
    """A convolutional kernel as features, near ``anchors`` among patches; see ``PatchKernel``.

    Args:
        anchors: Patches (m, c, k, k).
        grid: Cells in each direction over which patches are summed up.
        sharpness: How fast patches that turn away from each other cease to be alike.
    """
    from fieldmark.models.feature_nets import PatchKernel

    return PatchKernel(anchors, grid=grid, sharpness=sharpness)


def scattering(frame: tuple[int, int, int]) -> "torch.nn.Module":
    """Wavelet scattering of each channel, flattened; see ``Scattering``.

    Raises:
        MissingExtraError: kymatio is not installed.
    """
    from fieldmark.models.feature_nets import Scattering

    return Scattering(frame)


def all_patches(images: "torch.Tensor", size: int) -> "torch.Tensor":
    """All patches (m, c, size, size) of some pictures (n, c, h, w)."""
    from fieldmark.models.feature_nets import patches_of

    return patches_of(images, size)
