"""Balls: starting inside one, walking uphill in its norm, and coming back into it."""

from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor

from fieldmark.attacks.moving.l1_ball import into_l1_ball, sparse_step
from fieldmark.records import Budget, Rows, generator, seed_of

if TYPE_CHECKING:
    from fieldmark.attacks.watching.referee import Referee

TINY = torch.finfo(torch.float64).tiny


def starts(referee: "Referee", rows: Rows, *, attempt: int) -> Float32[Tensor, "m c h w"]:
    """A picture drawn uniformly from the budget's ball around each original, then cut to [0, 1].

    Args:
        referee: Whose pictures and budget.
        rows: Which examples, (m,).
        attempt: Each attempt draws another one.
    """
    shape = tuple(referee.pictures.shape[1:])
    drawn = np.empty((len(rows), *shape), dtype=np.float32)
    for place, seed in enumerate(referee.seeds[rows].tolist()):
        stream = seed_of(seed, "restart", str(attempt)) if attempt else seed
        drawn[place] = start_in_ball(referee.budget, shape, stream)
    origin = originals(referee, rows)
    return back_into_ball(
        referee.budget, origin + torch.from_numpy(drawn).to(origin.device), origin
    )


def originals(referee: "Referee", rows: Rows) -> Float32[Tensor, "m c h w"]:
    """The original picture of each of these examples."""
    place = torch.from_numpy(rows).to(referee.pictures.device)
    return referee.pictures.index_select(0, place)


def start_in_ball(budget: Budget, shape: tuple[int, ...], seed: int) -> Float32[np.ndarray, "..."]:
    """A change drawn uniformly from the ball around 0, float32 of ``shape``.

    Example:
        >>> change = start_in_ball(Budget("l2", 2.0), (3, 3), 0)
        >>> float((change**2).sum() ** 0.5) <= 2.0
        True
    """
    stream = generator(seed)
    if budget.norm == "linf":
        return stream.uniform(-budget.size, budget.size, size=shape).astype(np.float32)
    if budget.norm == "l2":
        direction = stream.normal(size=shape)
        length = np.sqrt((direction**2).sum())
    else:
        direction = stream.laplace(size=shape)
        length = np.abs(direction).sum()
    # The radius of a uniform point: a ball of radius r holds r**d of the volume.
    radius = budget.size * stream.random() ** (1 / direction.size)
    return (direction * (radius / length)).astype(np.float32)


def step_uphill(
    budget: Budget,
    gradient: Float[Tensor, "n c h w"],
    length: float | Float[Tensor, "n 1 1 1"],
    *,
    share: float = 0.05,
) -> Float32[Tensor, "n c h w"]:
    """The step of ``length`` that raises the loss most, were the loss linear.

    Where the gradient is 0 there is no uphill, and no step.

    Args:
        budget: Gives the norm.
        gradient: Which way is uphill.
        length: Of the step, in that norm; one for all, or one for each.
        share: In l1, the best step would change one value alone; it is spread over this share of
            all values, those with the steepest slope.
    """
    if budget.norm == "linf":
        return length * gradient.sign().float()
    if budget.norm == "l1":
        return sparse_step(gradient, length, share=share)
    # Divided by the largest part first: the square of a tiny gradient would be 0.
    slope = gradient.double()
    scaled = slope / slope.abs().amax(dim=(1, 2, 3), keepdim=True).clamp_min(TINY)
    return (scaled * (length / _length(scaled).clamp_min(1.0))).float()


def back_into_ball(
    budget: Budget, moved: Float32[Tensor, "n c h w"], origin: Float32[Tensor, "n c h w"]
) -> Float32[Tensor, "n c h w"]:
    """``moved`` brought back into the ball around ``origin`` and into [0, 1].

    In linf and l1 it comes to the nearest point of both. In l2 it is brought back along the
    radius and then cut to [0, 1], which leaves the ball no more, since ``origin`` is in [0, 1].
    """
    if not budget.bounded:
        return moved.clamp(0.0, 1.0)
    if budget.norm == "linf":
        inside = torch.clamp(moved, origin - budget.size, origin + budget.size)
    elif budget.norm == "l1":
        return into_l1_ball(budget.size, moved, origin)
    else:
        change = (moved - origin).double()
        longest = max(budget.size, TINY)
        inside = origin + (change * (budget.size / _length(change).clamp_min(longest))).float()
    return inside.clamp(0.0, 1.0)


def _length(change: Float[Tensor, "n c h w"]) -> Float[Tensor, "n 1 1 1"]:
    return torch.linalg.vector_norm(change, dim=(1, 2, 3), keepdim=True)
