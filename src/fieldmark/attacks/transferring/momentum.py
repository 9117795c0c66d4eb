"""Momentum: climbing a surrogate's slope so that what fools it fools others too."""

import numpy as np
import torch
from jaxtyping import Float32, Float64, Int64, UInt64
from torch import Tensor

from fieldmark.attacks.moving.balls import back_into_ball, step_uphill
from fieldmark.attacks.watching.asked import Asked
from fieldmark.attacks.watching.warps import warped
from fieldmark.records import Budget, generator, seed_of

OTHERWISE = 0.5
"""How often di shows a picture shrunk and shifted."""

SMALLEST = 0.9
"""To what share of its side it is shrunk, at least."""

NEIGHBOURS = 20
"""Of how many pictures nearby vmi takes the slope."""

NEIGHBOURHOOD = 1.5
"""How far they are, in budgets."""


def climb(
    budget: Budget,
    asked: Asked,
    pictures: Float32[Tensor, "n c h w"],
    labels: Int64[Tensor, " n"],
    seeds: UInt64[np.ndarray, " n"],
    *,
    method: str,
    steps: int,
    momentum: float,
) -> Float32[Tensor, "n c h w"]:
    """Pictures inside the budget that the surrogate gets wrong, if it can be made to.

    Args:
        budget: The ball around each picture.
        asked: The surrogate.
        pictures: Where it starts, in [0, 1].
        labels: The right classes.
        seeds: Where each picture's random numbers come from.
        method: "mi", "ni", "di", "ti" or "vmi"; see ``Transfer``.
        steps: Steps of the budget / steps each.
        momentum: The share of the last direction that is kept.
    """
    chance = [generator(seed_of(seed, method)) for seed in seeds.tolist()]
    length = budget.size / steps
    here, direction = pictures, torch.zeros_like(pictures, dtype=torch.float64)
    variance = torch.zeros_like(direction)
    for _ in range(steps):
        ahead = here
        if method == "ni":
            ahead = (here.double() + length * momentum * direction).float()
        plain = _slope_shown_otherwise if method == "di" else _slope
        slope = plain(asked, ahead, labels, chance)
        uphill = slope + variance
        if method == "ti":
            uphill = _blurred(slope)
        if method == "vmi":
            variance = _nearby(asked, here, labels, chance, budget.size) - slope
        mean = uphill.abs().mean(dim=(1, 2, 3), keepdim=True).clamp_min(1e-300)
        direction = momentum * direction + uphill / mean
        here = back_into_ball(budget, here + step_uphill(budget, direction, length), pictures)
    return here


def _slope(
    asked: Asked,
    here: Float32[Tensor, "n c h w"],
    labels: Int64[Tensor, " n"],
    _: list[np.random.Generator],
) -> Float64[Tensor, "n c h w"]:
    return asked.slope(here, labels, "cross-entropy", None).uphill.double()


def _slope_shown_otherwise(
    asked: Asked,
    here: Float32[Tensor, "n c h w"],
    labels: Int64[Tensor, " n"],
    chance: list[np.random.Generator],
) -> Float64[Tensor, "n c h w"]:
    """The slope through a random shrinking and shifting of each picture, or through none."""
    sources = np.tile(np.eye(2, 3), (len(here), 1, 1))
    height, width = here.shape[2:]
    for place, one in enumerate(chance):
        drawn, shrunk, right, down = one.random(4)
        if drawn < OTHERWISE:
            share = SMALLEST + (1 - SMALLEST) * shrunk
            room = (1 - share) / 2
            sources[place, :, :2] /= share
            sources[place, 0, 2] = -room * width * (2 * right - 1) / share
            sources[place, 1, 2] = -room * height * (2 * down - 1) / share
    with torch.enable_grad():
        start = here.detach().double().requires_grad_()
        shown = warped(start, torch.from_numpy(sources))
        uphill = _slope(asked, shown.detach().float(), labels, chance)
        (back,) = torch.autograd.grad(shown, start, uphill)
    return back


def _nearby(
    asked: Asked,
    here: Float32[Tensor, "n c h w"],
    labels: Int64[Tensor, " n"],
    chance: list[np.random.Generator],
    size: float,
) -> Float64[Tensor, "n c h w"]:
    """The mean slope of random pictures around each."""
    total = torch.zeros_like(here, dtype=torch.float64)
    reach = NEIGHBOURHOOD * size
    for _ in range(NEIGHBOURS):
        drawn = np.stack([one.uniform(-reach, reach, tuple(here.shape[1:])) for one in chance])
        moved = here.double() + torch.from_numpy(drawn).to(here.device)
        total += _slope(asked, moved.float(), labels, chance)
    return total / NEIGHBOURS


def _blurred(slope: Float64[Tensor, "n c h w"]) -> Float64[Tensor, "n c h w"]:
    """A slope blurred by a Gaussian, one axis after the other, as summed over shifted pictures."""
    reach = 3 if min(slope.shape[2:]) < 64 else 7
    places = torch.linspace(-3, 3, 2 * reach + 1, dtype=torch.float64)
    kernel = torch.exp(-(places**2) / 2)
    kernel /= kernel.sum()
    for axis in (2, 3):
        size = slope.shape[axis]
        ends = (reach, reach) if axis == 3 else (0, 0, reach, reach)
        wide = torch.nn.functional.pad(slope, ends)
        parts = [weight * wide.narrow(axis, start, size) for start, weight in enumerate(kernel)]
        slope = torch.stack(parts).sum(dim=0)
    return slope
