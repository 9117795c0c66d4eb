"""Balls: starting inside one, walking uphill in its norm, and coming back into it."""

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor

from fieldmark.records import Budget, generator

TINY = torch.finfo(torch.float64).tiny


def start_in_ball(budget: Budget, shape: tuple[int, ...], seed: int) -> Float32[np.ndarray, "..."]:
    """A change drawn uniformly from the ball around 0, float32 of ``shape``.

    Example:
        >>> change = start_in_ball(Budget("l2", 2.0), (3, 3), 0)
        >>> float((change**2).sum() ** 0.5) <= 2.0
        True
    """
    stream = generator(seed)
    if budget.norm == "linf":
        change = stream.uniform(-budget.size, budget.size, size=shape)
    else:
        direction = stream.normal(size=shape)
        # The radius of a uniform point: a ball of radius r holds r**d of the volume.
        radius = budget.size * stream.random() ** (1 / direction.size)
        change = direction * (radius / np.sqrt((direction**2).sum()))
    return change.astype(np.float32)


def step_uphill(
    budget: Budget, gradient: Float[Tensor, "n c h w"], length: float
) -> Float32[Tensor, "n c h w"]:
    """The step of ``length`` that raises the loss most, were the loss linear.

    Where the gradient is 0 there is no uphill, and no step.
    """
    if budget.norm == "linf":
        return length * gradient.sign().float()
    # Divided by the largest part first: the square of a tiny gradient would be 0.
    slope = gradient.double()
    scaled = slope / slope.abs().amax(dim=(1, 2, 3), keepdim=True).clamp_min(TINY)
    return (scaled * (length / _length(scaled).clamp_min(1.0))).float()


def back_into_ball(
    budget: Budget, moved: Float32[Tensor, "n c h w"], origin: Float32[Tensor, "n c h w"]
) -> Float32[Tensor, "n c h w"]:
    """``moved`` brought back into the ball around ``origin``, then into [0, 1].

    Clipping after a radial projection leaves the ball no more, since ``origin`` is in [0, 1].
    """
    if budget.norm == "linf":
        inside = torch.clamp(moved, origin - budget.size, origin + budget.size)
    else:
        change = (moved - origin).double()
        inside = origin + (change * (budget.size / _length(change).clamp_min(budget.size))).float()
    return inside.clamp(0.0, 1.0)


def _length(change: Float[Tensor, "n c h w"]) -> Float[Tensor, "n 1 1 1"]:
    return torch.linalg.vector_norm(change, dim=(1, 2, 3), keepdim=True)
