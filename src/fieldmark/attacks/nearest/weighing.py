"""Weighing distance against margin: the descent of Carlini and Wagner's attack, and its weights."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Bool, Float32, Float64, Int64
from torch import Tensor

from fieldmark.attacks.moving.balls import originals

if TYPE_CHECKING:
    from fieldmark.attacks.watching.referee import Referee

INSIDE = 1 - 1e-6
"""Values at the walls of the box are drawn in by this factor, where tanh still has a slope."""

MOST = 1e10
"""The largest weight there can be."""


@dataclass(frozen=True)
class Plan:
    """How the search goes; see ``CarliniWagner``."""

    steps: int
    rounds: int
    rate: float
    weight: float
    confidence: float
    patience: bool


def weigh(referee: "Referee", plan: Plan) -> None:
    """Descend once for each weight: after a success an example gets a lower one, else a higher."""
    n = len(referee.seeds)
    weight = np.full(n, plan.weight)
    low, high = np.zeros(n), np.full(n, MOST)
    for number in range(plan.rounds):
        rows = np.flatnonzero(referee.open)
        if not len(rows):
            return
        fooled = _descend(referee, plan, rows, weight, attempt=number)
        high = np.where(fooled, np.minimum(high, weight), high)
        low = np.where(fooled, low, np.maximum(low, weight))
        # Ten times as much while there is no upper end to halve towards.
        weight = np.where(high < MOST, (low + high) / 2, np.minimum(10 * weight, MOST))


@dataclass
class Descent:
    """Adam's descent of some examples side by side; each moves as if it were alone.

    Attributes:
        free: What is optimised: atanh of the picture, stretched to [-1, 1].
        mean: Running mean of the gradient.
        square: Running mean of its square.
    """

    free: Tensor
    mean: Tensor
    square: Tensor

    def step(self, gradient: Tensor, rate: float, number: int) -> None:
        """Step number 1, 2 and so on, with Adam's own constants .9, .999 and 1e-8.

        In single operations, each exactly rounded: of fused ones, torch rounds the last few values
        of a tensor otherwise than the rest.
        """
        self.mean = self.mean * 0.9 + gradient * 0.1
        self.square = self.square * 0.999 + gradient * gradient * 0.001
        scale = (self.square / (1 - 0.999**number)).sqrt() + 1e-8
        self.free = self.free - self.mean * (rate / (1 - 0.9**number)) / scale

    def only(self, kept: Int64[Tensor, " k"]) -> "Descent":
        """The same for some of the examples."""
        return Descent(self.free[kept], self.mean[kept], self.square[kept])


def _descend(
    referee: "Referee",
    plan: Plan,
    rows: Int64[np.ndarray, " m"],
    weights: Float64[np.ndarray, " n"],
    *,
    attempt: int,
) -> Bool[np.ndarray, " n"]:
    """One descent with these weights; which examples were fooled, as surely as was asked."""
    fooled = np.zeros(len(weights), dtype=np.bool_)
    origin = originals(referee, rows)
    free = _each(np.arctanh, torch.atanh, (2 * origin - 1) * INSIDE)
    # Distances are measured from what the free values can say.
    centre = (_tanh(free) + 1) / 2
    weight = torch.from_numpy(weights[rows].astype(np.float32)).to(free.device)
    descent = Descent(free, torch.zeros_like(free), torch.zeros_like(free))
    before = np.full(len(rows), np.inf)
    pause = max(plan.steps // 10, 1)
    for number in range(1, plan.steps + 1):
        curved = _tanh(descent.free)
        picture = (curved + 1) / 2
        seen = referee.slope(picture, rows, "margin", attempt=attempt)
        short = plan.confidence - seen.loss
        fooled[rows] |= ((short < 0) | ((short <= 0) & (plan.confidence > 0))).cpu().numpy()
        change = picture - centre
        active = (weight * (short > 0))[:, None, None, None]
        uphill = 2 * change - active * seen.uphill.float()
        descent.step(uphill * (1 - curved**2) / 2, plan.rate, number)
        going = referee.open[rows]
        if plan.patience and number % pause == 0:
            loss = (change**2).sum(dim=(1, 2, 3)) + weight * short.float().clamp_min(0.0)
            now = loss.double().cpu().numpy()
            going &= now <= 0.9999 * before
            before = now
        if going.all():
            continue
        staying = np.flatnonzero(going)
        kept = torch.from_numpy(staying).to(origin.device)
        rows, before, descent = rows[staying], before[staying], descent.only(kept)
        centre, weight = centre[kept], weight[kept]
        if not len(rows):
            break
    return fooled


def _tanh(free: Float32[Tensor, "m c h w"]) -> Float32[Tensor, "m c h w"]:
    return _each(np.tanh, torch.tanh, free)


def _each(
    by_numpy: np.ufunc, by_torch: Callable[[Tensor], Tensor], values: Float32[Tensor, "m c h w"]
) -> Float32[Tensor, "m c h w"]:
    """A function of each value, whatever its place among them.

    On a CPU by numpy: torch rounds the last few values of a tensor otherwise than the rest, and
    which are the last depends on how many examples are searched.
    """
    return by_torch(values) if values.is_cuda else torch.from_numpy(by_numpy(values.numpy()))
