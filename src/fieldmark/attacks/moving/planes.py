"""Planes: the shortest way to a boundary that is taken to be flat, without leaving [0, 1]."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from fieldmark.records import Norm, compiled

ROUNDS = 64
"""Bound on the search for which values meet the box; some five rounds are usual."""

TINY, HUGE = 1e-30, 1e30

LOOPED = (torch.float32, torch.float64)
"""Numbers that a loop of machine code can look at one by one."""


def is_looped(values: Tensor) -> bool:
    """Are they looked at one by one, in a loop of machine code, and not as whole arrays?"""
    return values.device.type == "cpu" and values.dtype in LOOPED


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
    steep = slope.abs()
    # Gradients may be tiny, their squares then nothing.
    largest = steep.amax(dim=1).clamp_min(TINY)
    if norm != "l1" and is_looped(slope):
        return _walked(pictures, slope / largest[:, None], -gap / largest, squared=norm == "l2")
    towards = slope.sign() * -gap.sign()[..., None]
    room = torch.where(towards > 0, 1 - pictures, pictures).clamp_min_(0.0)
    steep, need = steep / largest[:, None], gap.abs() / largest
    if norm == "l1":
        return towards * _filled(steep.expand_as(room), room, need)
    return towards * _levelled(steep, steep if norm == "l2" else None, room, need)


def _walked(
    pictures: Float[Tensor, "*many m d"],
    steep: Float[Tensor, "m d"],
    need: Float[Tensor, "*many m"],
    *,
    squared: bool,
) -> Float[Tensor, "*many m d"]:
    """As ``_levelled`` finds it, picture by picture, in a third of the time on a CPU.

    Args:
        pictures: Where it begins.
        steep: The normal of each plane, its largest value 1.
        need: What steep · change is to come to.
        squared: Is the change to be small in l2?
    """
    change = torch.zeros(pictures.shape, dtype=steep.dtype)
    alike = change.view(-1, *steep.shape)
    many, needs = pictures.reshape(alike.shape).contiguous(), need.reshape(alike.shape[:2])
    _walk(many.numpy(), steep.contiguous().numpy(), needs.numpy(), squared, alike.numpy())
    return change


@compiled
def _walk(
    pictures: np.ndarray, steep: np.ndarray, need: np.ndarray, squared: bool, change: np.ndarray
) -> None:
    """Write into ``change``; values that met the box are left out of the rounds that follow."""
    many, m, d = pictures.shape
    place, slope, room = np.empty(d, np.int64), np.empty(d, np.float64), np.empty(d, np.float64)
    for walk in range(many * m):
        which, row = divmod(walk, m)
        rest, gain, free, before = abs(need[which, row]), 0.0, 0, -1
        for k in range(d):
            here, size = np.float64(pictures[which, row, k]), np.float64(steep[row, k])
            size = size if need[which, row] > 0 else -size
            left = 1.0 - here if size > 0 else here
            if left > 0 and size != 0:
                place[free], slope[free], room[free] = k, size, left
                gain += size * size if squared else abs(size)
                free += 1
        level = 0.0
        while free != before and free:
            before, free = free, 0
            level = min(max(rest / max(gain, TINY), 0.0), HUGE)
            gain = 0.0
            for k in range(before):
                size, left = slope[k], room[k]
                share = abs(size) if squared else 1.0
                if left <= level * share:
                    rest -= abs(size) * left
                    change[which, row, place[k]] = np.copysign(left, size)
                else:
                    place[free], slope[free], room[free] = place[k], size, left
                    gain += abs(size) * share
                    free += 1
        for k in range(free):
            share = abs(slope[k]) if squared else 1.0
            change[which, row, place[k]] = np.copysign(level * share, slope[k])


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
