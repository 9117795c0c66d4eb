"""Warps: pictures turned, moved or shrunk about their middle, black where nothing is left."""

import numpy as np
import torch
from jaxtyping import Float, Float32, Float64
from torch import Tensor


def warped(
    pictures: Float[Tensor, "m c h w"], sources: Float64[Tensor, "m 2 3"]
) -> Float64[Tensor, "m c h w"]:
    """Each picture seen through a map of the plane, between pixels by bilinear interpolation.

    Computed in float64 and value by value, so that none depends on the others beside it.

    Args:
        pictures: What is seen, in [0, 1].
        sources: Where each pixel comes from: (x, y) = A (x', y') + t for the matrix [A | t], in
            pixels to the right of and below the middle. What comes from outside is 0.

    Example:
        >>> picture = torch.tensor([[[[0.0, 1.0, 0.0, 0.0]]]])
        >>> from_left = torch.tensor([[[1.0, 0.0, -0.5], [0.0, 1.0, 0.0]]], dtype=torch.float64)
        >>> warped(picture, from_left).flatten().tolist()
        [0.0, 0.5, 0.5, 0.0]
    """
    height, width = pictures.shape[2:]
    x = torch.arange(width, dtype=torch.float64, device=pictures.device) - (width - 1) / 2
    y = torch.arange(height, dtype=torch.float64, device=pictures.device) - (height - 1) / 2
    matrix = sources.to(pictures.device)[:, :, :, None, None]
    across = matrix[:, 0, 0] * x + matrix[:, 0, 1] * y[:, None] + matrix[:, 0, 2]
    down = matrix[:, 1, 0] * x + matrix[:, 1, 1] * y[:, None] + matrix[:, 1, 2]
    places = torch.stack([across * (2 / width), down * (2 / height)], dim=-1)
    return torch.nn.functional.grid_sample(
        pictures.double(), places, mode="bilinear", padding_mode="zeros", align_corners=False
    )


def turned(
    pictures: Float32[Tensor, "m c h w"], turns: Float64[np.ndarray, "m 3"]
) -> Float32[Tensor, "m c h w"]:
    """Pictures turned about their middle, then moved; black where nothing is left.

    Args:
        pictures: In [0, 1].
        turns: For each the angle in degrees (clockwise), and by which shares of its width and
            height it is moved to the right and down.

    Example:
        >>> picture = torch.tensor([[[[1.0, 0.25], [0.5, 0.0]]]])
        >>> turned(picture, np.array([[90.0, 0.0, 0.0]])).flatten().tolist()
        [0.5, 1.0, 0.0, 0.25]
    """
    angle = np.deg2rad(turns[:, 0])
    height, width = pictures.shape[2:]
    right, down = turns[:, 1] * width, turns[:, 2] * height
    cos, sin = np.cos(angle), np.sin(angle)
    # Where a pixel comes from: moved back, then turned back.
    sources = np.stack(
        [
            np.stack([cos, sin, -cos * right - sin * down], axis=1),
            np.stack([-sin, cos, sin * right - cos * down], axis=1),
        ],
        axis=1,
    )
    return warped(pictures, torch.from_numpy(sources)).float().clamp(0.0, 1.0)
