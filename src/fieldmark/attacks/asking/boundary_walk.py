"""The walk of the boundary attack: sideways on a sphere around the original, then towards it."""

from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Bool, Float32, Float64
from torch import Tensor

from fieldmark.attacks.moving.footholds import lengths, on
from fieldmark.attacks.watching.scoreboard import Of

if TYPE_CHECKING:
    from fieldmark.attacks.watching.referee import Referee


class Pace:
    """How long each example's steps are: longer while they succeed, shorter when they do not.

    Args:
        count: How many examples.
        first: The first length of each.
        seldom: Lengths shrink when less than this share of a window succeeds.
        often: And grow when more than this share does.
        window: After how many steps that is looked at.
        factor: By which they change.
    """

    def __init__(
        self, count: int, first: float, seldom: float, often: float, *, window: int, factor: float
    ) -> None:
        self.length = np.full(count, first)
        self.seldom, self.often, self.window, self.factor = seldom, often, window, factor
        self._won, self._seen = np.zeros(count, np.int64), np.zeros(count, np.int64)

    def note(self, rows: Of, won: Bool[np.ndarray, " m"]) -> Float64[np.ndarray, " m"]:
        """Write down how steps ended; by what the lengths were multiplied after it."""
        self._won[rows] += won
        self._seen[rows] += 1
        share = self._won[rows] / self._seen[rows]
        full = self._seen[rows] >= self.window
        change = np.ones(len(rows))
        change[full & (share > self.often)] = self.factor
        change[full & (share < self.seldom)] = 1 / self.factor
        self.length[rows] *= change
        self._won[rows[full]], self._seen[rows[full]] = 0, 0
        return change


def walk(
    referee: "Referee",
    rows: Of,
    here: Float32[Tensor, "n c h w"],
    chance: list[np.random.Generator],
    sideways: Pace,
    towards: Pace,
    *,
    looks: bool,
) -> None:
    """One step for each example, taken where the model stays wrong.

    Args:
        referee: Who is asked, once about each example, or twice where it looks.
        rows: Which examples, (m,).
        here: Where all n stand; changed in place.
        chance: A stream for each of the n.
        sideways: The lengths of their steps sideways, as shares of the distance.
        towards: Those of their steps towards the originals.
        looks: Is the step sideways alone asked about too, so that lengths can follow?
    """
    near, origin = here[on(here, rows)], referee.pictures[on(here, rows)]
    aside, ahead = _proposed(
        near, origin, [chance[row] for row in rows], sideways.length[rows], towards.length[rows]
    )
    wrong = referee.judged(ahead, rows).cpu().numpy()
    nearer = lengths("l2", ahead - origin) < lengths("l2", near - origin)
    taken = np.flatnonzero(wrong & nearer)
    here[on(here, rows[taken])] = ahead[on(here, taken)]
    left = np.flatnonzero(referee.open[rows])
    if looks and len(left):
        aside_wrong = referee.judged(aside[on(here, left)], rows[left]).cpu().numpy()
        # Where the way sideways is free, or blocked, so is the way ahead.
        towards.length[rows[left]] *= sideways.note(rows[left], aside_wrong)
        towards.note(rows[left], wrong[left])


def _proposed(
    near: Float32[Tensor, "m c h w"],
    origin: Float32[Tensor, "m c h w"],
    chance: list[np.random.Generator],
    sideways: Float64[np.ndarray, " m"],
    towards: Float64[np.ndarray, " m"],
) -> tuple[Float32[Tensor, "m c h w"], Float32[Tensor, "m c h w"]]:
    """A picture on the sphere beside each, and one a little nearer to the original than that."""
    shape = tuple(near.shape[1:])
    drawn = np.stack([one.standard_normal(shape) for one in chance])
    back = (origin.double() - near.double()).flatten(1)
    distance = torch.linalg.vector_norm(back, dim=1, keepdim=True).clamp_min(1e-300)
    way = torch.from_numpy(drawn).to(near.device).flatten(1)
    way = way - (way * back).sum(dim=1, keepdim=True) / distance**2 * back
    share = torch.from_numpy(sideways).to(near.device)[:, None]
    long = torch.linalg.vector_norm(way, dim=1, keepdim=True).clamp_min(1e-300)
    # Sideways off the sphere by the tangent, and back onto it.
    turned = (way * (share * distance / long) - back) / (1 + share**2).sqrt()
    start = origin.double().flatten(1)
    aside = (start + turned).clamp(0.0, 1.0)
    home = start - aside
    left = torch.linalg.vector_norm(home, dim=1, keepdim=True).clamp_min(1e-300)
    # Cut at black and white, it may be nearer already than was wanted.
    pace = torch.from_numpy(towards).to(near.device)[:, None]
    stride = (pace * distance + left - distance).clamp_min(0.0) / left
    ahead = (aside + stride * home).clamp(0.0, 1.0)
    return aside.float().view_as(near), ahead.float().view_as(near)
