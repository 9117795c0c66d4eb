"""Strides: a step inside the linf ball, with what is left of the step before, in one pass."""

from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor

from fieldmark.attacks.moving.balls import back_into_ball, step_uphill
from fieldmark.records import Budget, compiled

if TYPE_CHECKING:
    from collections.abc import Sequence


def stride(
    ball: Budget,
    picture: Float32[Tensor, "m c h w"],
    before: Float32[Tensor, "m c h w"],
    uphill: Float[Tensor, "m c h w"],
    length: Float32[Tensor, "m 1 1 1"],
    origin: Float32[Tensor, "m c h w"],
    *,
    share: float,
) -> Float32[Tensor, "m c h w"]:
    """Where a step leads, ``share`` of it uphill and the rest as the step before.

    Args:
        ball: The ball that is kept to, in linf or l2.
        picture: Where each search is.
        before: Where it was one step earlier.
        uphill: The gradient there.
        length: Of the step uphill, in the ball's norm.
        origin: Around which the balls are.
        share: In (0, 1]; 1 looks at no step before.

    Source:
        Croce & Hein 2020, arXiv:2003.01690, section 3, for momentum and the two ways back.
    """
    tensors = (picture, before, uphill, length, origin)
    if ball.norm == "linf" and _plain(tensors):
        moved = torch.empty_like(picture)
        numbers = (np.float32(one) for one in (ball.size, share, 1 - share))
        _stride(tuple(one.numpy() for one in (*tensors, moved)), *numbers)
        return moved
    moved = back_into_ball(ball, picture + step_uphill(ball, uphill, length), origin)
    if share < 1:
        moved = picture + share * (moved - picture) + (1 - share) * (picture - before)
        moved = back_into_ball(ball, moved, origin)
    return moved


def _plain(tensors: "Sequence[Tensor]") -> bool:
    """Do they lie in order before a CPU, in single precision?"""
    return all(
        one.device.type == "cpu" and one.dtype == torch.float32 and one.is_contiguous()
        for one in tensors
    )


@compiled
def _stride(
    arrays: tuple[np.ndarray, ...], size: np.float32, share: np.float32, rest: np.float32
) -> None:
    """To the bit what whole arrays come to, each value read once."""
    none, whole = np.float32(0), np.float32(1)
    picture, before, uphill, length, origin, moved = arrays
    shape = len(picture), picture[0].size
    here, old, slope = picture.reshape(shape), before.reshape(shape), uphill.reshape(shape)
    start, to = origin.reshape(shape), moved.reshape(shape)
    for row in range(shape[0]):
        far = length[row, 0, 0, 0]
        for k in range(shape[1]):
            low = max(start[row, k] - size, none)
            high = min(start[row, k] + size, whole)
            up = far if slope[row, k] > 0 else (-far if slope[row, k] < 0 else none)
            value = min(max(here[row, k] + up, low), high)
            if rest > 0:
                value = here[row, k] + share * (value - here[row, k])
                value += rest * (here[row, k] - old[row, k])
                value = min(max(value, low), high)
            to[row, k] = value
