"""What is done to a batch before a net is trained on it; every change draws from a generator."""

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import affine_grid, cross_entropy, grid_sample

from fieldmark.records import Pixels

TURN = math.radians(15)
"""Largest turn, either way."""

ZOOM = 0.15
"""Largest change of size, either way, as a share."""

MOVE = 0.1
"""Largest move, either way, as a share of the image."""


def as_batch(images: Pixels) -> Tensor:
    """Images, uint8 (n, h, w, c), as floats (n, c, h, w) in [0, 1]."""
    own = np.require(
        images, requirements=["C", "W"]
    )  # torch shares no memory that it may not write
    return torch.from_numpy(own).permute(0, 3, 1, 2).float() / 255


def augmented(images: Tensor, *, generator: torch.Generator) -> Tensor:
    """Images turned, scaled and moved a little, float (n, c, h, w), with black from outside.

    Angle, size and move are uniform within ``TURN``, ``ZOOM`` and ``MOVE``, drawn per image.
    """
    turn, zoom, right, down = 2 * torch.rand(4, len(images), generator=generator) - 1
    size = 1 + ZOOM * zoom
    cosine, sine = torch.cos(turn * TURN) / size, torch.sin(turn * TURN) / size
    # a map leads from where a pixel goes to back where it comes from: move, then turn and scale
    turned = torch.stack([cosine, -sine, sine, cosine], dim=1).reshape(-1, 2, 2)
    move = 2 * MOVE * torch.stack([right, down], dim=1)  # the image is 2 wide here
    maps = torch.cat([turned, -turned @ move[:, :, None]], dim=2)
    grid = affine_grid(maps, list(images.shape), align_corners=False)
    return grid_sample(images, grid, align_corners=False)


def noisy(images: Tensor, deviation: float, *, generator: torch.Generator) -> Tensor:
    """Each image with Gaussian noise on every pixel, cut off to [0, 1]."""
    noise = torch.randn(images.shape, generator=generator)
    return (images + deviation * noise).clamp(0, 1)


def worst(
    module: torch.nn.Module,
    images: Tensor,
    labels: Tensor,
    radius: float,
    steps: int,
    *,
    generator: torch.Generator,
    step: float = 0.0,
) -> Tensor:
    """Images within ``radius`` (Linf, pixel units) that the net finds hard, float in [0, 1].

    This is the inner maximiser of adversarial training: it has to be cheap, and nobody counts
    with its result. What an attack achieves is measured in ``fieldmark.attacks``, where it has to
    be strong and is checked; the two are kept apart on purpose. A step is ``step`` long, and
    2.5 radius / steps where that is 0.

    Source:
        Madry et al. 2018, arXiv:1706.06083, section 2.1; one start, drawn from the whole ball.
    """
    low, high = (images - radius).clamp(min=0), (images + radius).clamp(max=1)
    moved = low + (high - low) * torch.rand(images.shape, generator=generator)
    length = step or 2.5 * radius / steps
    for _ in range(steps):
        moved.requires_grad_(True)
        loss = cross_entropy(module(moved), labels, reduction="sum")
        (slope,) = torch.autograd.grad(loss, moved)
        moved = moved.detach() + length * slope.sign()
        moved = torch.minimum(torch.maximum(moved, low), high)
    return moved
