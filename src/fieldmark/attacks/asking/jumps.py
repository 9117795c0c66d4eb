"""Jumps: looking around at the boundary to learn its slope, and leaping along it (HopSkipJump)."""

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float32, Float64, Int64
from torch import Tensor

from fieldmark.attacks.moving.footholds import brought_near, lengths, on
from fieldmark.attacks.watching.scoreboard import Of
from fieldmark.records import Norm

if TYPE_CHECKING:
    from fieldmark.attacks.watching.referee import Referee

AT_ONCE = 1024
"""Pictures shown in one go while slopes are estimated: a bound on memory."""

NOTICEABLE = 2e-6
"""The least that values are moved while the slope is estimated, on average: more than float32's
rounding."""


def jump(
    referee: "Referee",
    rows: Of,
    here: Float32[Tensor, "n c h w"],
    chance: list[np.random.Generator],
    *,
    step: int,
    wanted: int,
    shortenings: int,
    halvings: int,
) -> None:
    """Look around, jump and come back to the boundary, for each example.

    Args:
        referee: Who is asked.
        rows: Which examples, (m,), each with more than ``halvings`` + 2 questions left.
        here: Where all n stand; changed in place.
        chance: A stream for each of the n.
        step: The number of this jump, from 0: later ones are shorter.
        wanted: Directions that are looked in.
        shortenings: How often a jump is halved, at most.
        halvings: Of the way back.
    """
    near = here[on(here, rows)]
    # What is left must do for a jump and the way back.
    counts = np.minimum(wanted, referee.left[rows] - halvings - 1)
    looks = _looks(referee, rows, near, step, chance)
    together = max(1, AT_ONCE // wanted)
    for first in range(0, len(rows), together):
        some = slice(first, first + together)
        _look_around(referee, rows[some], looks[some], counts[some])
    way = torch.from_numpy(np.stack([look.uphill for look in looks])).to(near.device)
    jumped = _jump(referee, rows, near, way, step, shortenings)
    here[on(here, rows)] = brought_near(referee, rows, jumped, halvings=halvings)


@dataclass
class _Look:
    """A look around one picture: what was seen in each direction, summed up.

    Sums are formed direction by direction, so they do not depend on who else is there.

    Args:
        centre: The picture.
        reach: How far around it.
        chance: The example's own stream.
        norm: Directions are uniform on a sphere in l2, and of uniform values in linf.
    """

    centre: Float32[np.ndarray, "c h w"]
    reach: float
    chance: np.random.Generator
    norm: Norm

    def __post_init__(self) -> None:
        self.towards_wrong = np.zeros(self.centre.shape)
        self.everywhere = np.zeros(self.centre.shape)
        self.signs, self.count = 0.0, 0

    def shown(self, count: int) -> Float32[np.ndarray, "b c h w"]:
        """``count`` pictures around it."""
        shape = (count, *self.centre.shape)
        if self.norm == "l2":
            ways = self.chance.standard_normal(shape, dtype=np.float32)
        else:
            ways = 2 * self.chance.random(shape, dtype=np.float32) - 1
        long = np.sqrt(np.square(ways, dtype=np.float64).sum(axis=(1, 2, 3), keepdims=True))
        return (self.centre + ways * (self.reach / long)).clip(0, 1).astype(np.float32)

    def note(self, shown: Float32[np.ndarray, "b c h w"], signs: Float64[np.ndarray, " b"]) -> None:
        """Add what came of some of them: 1 where the model was wrong, -1 where it was right."""
        # What was cut off at black and white was not tried: the way that was gone counts.
        ways = (shown.astype(np.float64) - self.centre) / self.reach
        self.towards_wrong += (signs[:, None, None, None] * ways).sum(axis=0)
        self.everywhere += ways.sum(axis=0)
        self.signs += float(signs.sum())
        self.count += len(signs)

    @property
    def uphill(self) -> Float64[np.ndarray, "c h w"]:
        """The estimated way to wrong answers, of length 1; 0 where nothing was seen."""
        mean = self.signs / max(self.count, 1)
        # With one answer everywhere there is nothing to compare: their mean direction, or its
        # opposite. Else the mean answer is subtracted, which makes the estimate less noisy.
        way = self.towards_wrong if abs(mean) == 1 else self.towards_wrong - mean * self.everywhere
        long = float(np.sqrt((way**2).sum()))
        return way / long if long > 0 else way


def _looks(
    referee: "Referee",
    rows: Of,
    near: Float32[Tensor, "m c h w"],
    step: int,
    chance: list[np.random.Generator],
) -> list[_Look]:
    """A look around each picture, not yet taken: the nearer it is, the less far."""
    size = prod(near.shape[1:])
    # Published as sqrt(d) θ (l2) and d θ (linf) of the distance, where θ = d^-1.5 and d^-2.
    reach = _distances(referee, rows, near) / size if step else np.full(len(rows), 0.1)
    reach = np.maximum(reach, NOTICEABLE * size**0.5)
    centres = near.cpu().numpy()
    return [
        _Look(centres[place], float(reach[place]), chance[row], referee.budget.norm)
        for place, row in enumerate(rows)
    ]


def _look_around(
    referee: "Referee", rows: Of, looks: list[_Look], counts: Int64[np.ndarray, " m"]
) -> None:
    """Ask about ``counts`` directions around each of some pictures, as many at once as fit."""
    for done in range(0, int(counts.max()), AT_ONCE):
        sizes = (counts - done).clip(0, AT_ONCE)
        going = np.flatnonzero(referee.open[rows] & (sizes > 0))
        if not len(going):
            return
        shown = [looks[place].shown(int(sizes[place])) for place in going]
        pictures = torch.from_numpy(np.concatenate(shown)).to(referee.pictures.device)
        wrong = referee.judged(pictures, rows[going].repeat(sizes[going])).cpu().numpy()
        seen = np.split(np.where(wrong, 1.0, -1.0), np.cumsum(sizes[going])[:-1])
        for place, some, signs in zip(going, shown, seen, strict=True):
            looks[place].note(some, signs)


def _jump(
    referee: "Referee",
    rows: Of,
    near: Float32[Tensor, "m c h w"],
    way: Float64[Tensor, "m c h w"],
    step: int,
    shortenings: int,
) -> Float32[Tensor, "m c h w"]:
    """As far as the distance over sqrt(t), or half of it, and so on, for as long as it takes.

    Where no jump leads to a wrong picture: ``near``.
    """
    way = way if referee.budget.norm == "l2" else way.sign()
    jumped, length = near.clone(), _distances(referee, rows, near) / (step + 1) ** 0.5
    waiting = np.arange(len(rows))
    for _ in range(shortenings):
        waiting = waiting[referee.open[rows[waiting]]]
        if not len(waiting):
            break
        here = on(near, waiting)
        stride = torch.from_numpy(length[waiting]).to(near.device)[:, None, None, None]
        shown = (near[here].double() + stride * way[here]).float().clamp(0.0, 1.0)
        wrong = referee.judged(shown, rows[waiting]).cpu().numpy()
        jumped[on(near, waiting[wrong])] = shown[on(near, np.flatnonzero(wrong))]
        waiting, length = waiting[~wrong], length / 2
    return jumped


def _distances(
    referee: "Referee", rows: Of, near: Float32[Tensor, "m c h w"]
) -> Float64[np.ndarray, " m"]:
    return lengths(referee.budget.norm, near - referee.pictures[on(near, rows)])
