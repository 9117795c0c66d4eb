"""Planes: the shortest way to a boundary that is taken to be flat, without leaving [0, 1]."""

import torch
from jaxtyping import Float
from torch import Tensor

from fieldmark.records import Norm

ROUNDS = 64
"""Bound on the search for which values meet the box; some five rounds are usual."""

TINY, HUGE = 1e-30, 1e30


def to_plane(
    norm: Norm,
    pictures: Float[Tensor, "*many m d"],
    slope: Float[Tensor, "m d"],
    gap: Float[Tensor, "*many m"],
) -> Float[Tensor, "*many m d"]:
    """The smallest change that closes a gap: slope · change = -gap, pictures + change in [0, 1].

    Where the box does not let the gap be closed, the change goes as far as the box.

    Args:
        norm: In which the change is to be small.
        pictures: Where it begins, in [0, 1]; several begin beside one plane where there are more
            axes in front.
        slope: The normal of each plane.
        gap: By how much each picture lies beside its plane.

    Source:
        The problem is that of Croce and Hein 2020, arXiv:1907.02044, equation 6. In linf and l2 it
        is solved by rounds of fixing those values that meet the box, until no more do, which ends
        at the exact solution; in l1 by filling up the steepest values one after another.

    Example:
        >>> start, slope = torch.tensor([[0.5, 0.9]]), torch.tensor([[1.0, 2.0]])
        >>> to_plane("l2", start, slope, torch.tensor([-0.5])).round(decimals=4).tolist()
        [[0.30000001192092896, 0.10000000149011612]]
    """
    towards = slope.sign() * -gap.sign()[..., None]
    room = torch.where(towards > 0, 1 - pictures, pictures).clamp_min_(0.0)
    steep = slope.abs()
    # Gradients may be tiny, their squares then nothing.
    largest = steep.amax(dim=1).clamp_min(TINY)
    steep, need = steep / largest[:, None], gap.abs() / largest
    if norm == "l1":
        return towards * _filled(steep.expand_as(room), room, need)
    return towards * _levelled(steep, steep if norm == "l2" else None, room, need)


def _levelled(
    steep: Float[Tensor, "m d"],
    share: Float[Tensor, "m d"] | None,
    room: Float[Tensor, "*many m d"],
    need: Float[Tensor, "*many m"],
) -> Float[Tensor, "*many m d"]:
    """min(level · share, room), with the level at which steep · change comes to ``need``.

    Without ``share`` it is 1 everywhere. What is reached grows with the level, ever more slowly, so
    that every round's level, found as if no further value met the box, is too low or right, and
    never falls.
    """
    # As numbers: multiplying by truth values takes several times as long.
    met: Float[Tensor, "*many m d"] = (room <= 0).to(steep.dtype)
    gain, most = steep if share is None else steep * share, steep * room
    reach: Tensor = torch.zeros_like(room[..., :1])
    for _ in range(ROUNDS):
        rest = need - (most * met).sum(dim=-1)
        level = (rest / (gain * (1 - met)).sum(dim=-1).clamp_min(TINY)).clamp(0.0, HUGE)
        reach = level[..., None] if share is None else level[..., None] * share
        now = (room <= reach).to(steep.dtype)
        if torch.equal(now, met):
            break
        met = now
    return torch.minimum(reach, room)


def _filled(
    steep: Float[Tensor, "*many m d"],
    room: Float[Tensor, "*many m d"],
    need: Float[Tensor, "*many m"],
) -> Float[Tensor, "*many m d"]:
    """The steepest values as far as the box lets them, the last one as far as is needed."""
    order = steep.argsort(dim=-1, descending=True)
    gain = (steep * room).gather(-1, order)
    before = gain.cumsum(dim=-1) - gain
    rest = (need[..., None] - before).clamp_min(0.0)
    part = torch.minimum(rest / steep.gather(-1, order).clamp_min(TINY), room.gather(-1, order))
    return torch.zeros_like(steep).scatter(-1, order, part)
