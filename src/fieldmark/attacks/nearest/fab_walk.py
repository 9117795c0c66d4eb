"""The walk of FAB: to the boundary as if it were flat, leaning towards the original."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor

from fieldmark.attacks.moving.balls import originals, start_in_ball
from fieldmark.attacks.moving.planes import is_looped, to_plane
from fieldmark.records import Budget, Norm, compiled, seed_of

if TYPE_CHECKING:
    from fieldmark.attacks.watching.referee import Referee

MEMORY = 2**25
"""How many numbers the gradients of all classes may fill at a time."""

NEAR = 2**16
"""How many values a step is made of at a time: what it is computed from stays near a processor."""

LANES = 4096
"""How many walks are held in memory at a time."""

PAST = 1e-5
"""How far past the boundary a step aims, as a share of the largest score: a picture right on it may
stay right for ever, since what would move it is lost in rounding."""

DUAL = {"linf": 1, "l2": 2, "l1": torch.inf}

Of = Int64[np.ndarray, " m"]
"""Which example each of m pictures is meant for."""


@dataclass(frozen=True)
class Stride:
    """How a walk goes; see ``FAB``."""

    steps: int
    lean: float
    beyond: float
    back: float


def rivals(referee: "Referee", count: int) -> Int64[Tensor, "n targets"]:
    """For each example its likeliest wrong class, then the second likeliest and so on.

    Args:
        referee: Who is asked.
        count: How many; fewer where there are fewer.
    """
    hidden = referee.clean.scatter(1, referee.labels[:, None], -torch.inf)
    return hidden.topk(min(count, referee.classes - 1), dim=1).indices


def walk_all(
    referee: "Referee",
    stride: Stride,
    ranked: Int64[Tensor, "n targets"] | None,
    *,
    restart: int,
    group: int,
) -> None:
    """The walks of every open example: towards each of its targets, or one without any.

    Args:
        referee: Who is asked.
        stride: How they go.
        ranked: The classes that the walks of an example aim at; None for whichever is nearest at
            each step.
        restart: Beginning at the image for 0, elsewhere for others.
        group: How many walks of an example go side by side.
    """
    count = 1 if ranked is None else ranked.shape[1]
    for begin in range(0, count, group):
        targets = np.arange(begin, min(begin + group, count))
        still = np.flatnonzero(referee.open)
        block = max(LANES // len(targets), 1)
        for rows in (still[at : at + block] for at in range(0, len(still), block)):
            lanes, which = np.repeat(rows, len(targets)), np.tile(targets, len(rows))
            aim = None
            if ranked is not None:
                places = torch.from_numpy(lanes), torch.from_numpy(which)
                aim = ranked.cpu()[places].to(ranked.device)
            _walk(referee, stride, lanes, aim, restart * count + which, start_at_image=not restart)


def _walk(
    referee: "Referee",
    stride: Stride,
    rows: Of,
    aim: Int64[Tensor, " m"] | None,
    attempt: Of,
    *,
    start_at_image: bool,
) -> None:
    """One walk in each lane, until its example is closed."""
    origin = originals(referee, rows)
    picture = origin if start_at_image else _elsewhere(referee, rows, attempt)
    for _ in range(stride.steps):
        gap, slope = _nearest_plane(referee, picture, rows, aim, attempt)
        picture = _all_stepped(stride, referee.budget.norm, origin, picture, gap, slope)
        fooled = referee.judged(picture, rows, attempt=attempt)
        if fooled.any():
            far = torch.where(fooled, stride.back, 1.0).to(picture.dtype)
            picture = torch.lerp(origin, picture, far[:, None, None, None])
        staying = np.flatnonzero(referee.open[rows])
        if len(staying) < len(rows):
            kept = torch.from_numpy(staying).to(origin.device)
            rows, attempt, picture, origin = (
                rows[staying],
                attempt[staying],
                picture[kept],
                origin[kept],
            )
            aim = None if aim is None else aim[kept]
        if not len(rows):
            return


def _all_stepped(
    stride: Stride,
    norm: Norm,
    origin: Float32[Tensor, "m c h w"],
    picture: Float32[Tensor, "m c h w"],
    gap: Float[Tensor, " m"],
    slope: Float[Tensor, "m d"],
) -> Float32[Tensor, "m c h w"]:
    """The steps of all walks, of so few at a time that what they are made from stays near."""
    few = max(NEAR // picture[0].numel(), 1)
    parts = (slice(at, at + few) for at in range(0, len(picture), few))
    return torch.cat(
        [
            _stepped(stride, norm, origin[part], picture[part], gap[part], slope[part])
            for part in parts
        ]
    )


def _stepped(
    stride: Stride,
    norm: Norm,
    origin: Float32[Tensor, "m c h w"],
    picture: Float32[Tensor, "m c h w"],
    gap: Float[Tensor, " m"],
    slope: Float[Tensor, "m d"],
) -> Float32[Tensor, "m c h w"]:
    """The step: from the picture and from the original a little past the plane, and between."""
    here, start = picture.flatten(1).to(slope.dtype), origin.flatten(1).to(slope.dtype)
    from_start = gap + (slope * (start - here)).sum(dim=1)
    both = torch.stack([here, start])
    change = to_plane(norm, both, slope, torch.stack([gap, from_start]))
    near, far = _lengths(norm, change).clamp_min(1e-8)
    lean = (near / (near + far)).clamp_max(stride.lean)
    if is_looped(both):
        moved = torch.empty(here.shape, dtype=torch.float32)
        _lean(both.numpy(), change.numpy(), lean.numpy(), stride.beyond, moved.numpy())
        return moved.view_as(picture)
    there = both.add_(change, alpha=stride.beyond)
    moved = (1 - lean[:, None]) * there[0] + lean[:, None] * there[1]
    return moved.clamp_(0.0, 1.0).float().view_as(picture)


@compiled
def _lean(
    both: np.ndarray, change: np.ndarray, lean: np.ndarray, beyond: float, moved: np.ndarray
) -> None:
    """The point between both ends of the step, each value read once."""
    kind = both.dtype.type
    none, whole, far = kind(0), kind(1), kind(beyond)
    for row in range(len(moved)):
        share = lean[row]
        rest = whole - share
        for k in range(moved.shape[1]):
            near_end = both[0, row, k] + far * change[0, row, k]
            far_end = both[1, row, k] + far * change[1, row, k]
            moved[row, k] = min(max(rest * near_end + share * far_end, none), whole)


def _lengths(norm: Norm, change: Float[Tensor, "*m d"]) -> Float[Tensor, "*m"]:
    if norm == "linf":  # the same as below, and twice as fast
        return change.abs().amax(dim=-1)
    return torch.linalg.vector_norm(change, {"l2": 2, "l1": 1}[norm], dim=-1)


def _nearest_plane(
    referee: "Referee",
    picture: Float32[Tensor, "m c h w"],
    rows: Of,
    aim: Int64[Tensor, " m"] | None,
    attempt: Of,
) -> tuple[Float[Tensor, " m"], Float[Tensor, "m d"]]:
    """By how much a wrong class leads, below 0 while it does not, and how that grows.

    It is the class aimed at, or else the one whose boundary is nearest.
    """
    if aim is not None or referee.classes == 2:
        seen = referee.slope(picture, rows, "margin", targets=aim, attempt=attempt)
        return seen.loss - _past(seen.logits), seen.uphill.flatten(1)
    block = max(MEMORY // (referee.classes * picture[0].numel()), 1)
    parts = [
        _nearest_of_all(referee, picture[part], rows[part], attempt[part])
        for part in (slice(at, at + block) for at in range(0, len(rows), block))
    ]
    return torch.cat([gap for gap, _ in parts]), torch.cat([slope for _, slope in parts])


def _nearest_of_all(
    referee: "Referee", picture: Float32[Tensor, "m c h w"], rows: Of, attempt: Of
) -> tuple[Float[Tensor, " m"], Float[Tensor, "m d"]]:
    seen = referee.slopes(picture, rows, attempt=attempt)
    slopes = seen.uphill.flatten(2)
    steep = torch.linalg.vector_norm(slopes, DUAL[referee.budget.norm], dim=2)
    way = seen.lead.abs() / steep.clamp_min(1e-12)
    nearest = way.argmin(dim=1)
    each = torch.arange(len(rows), device=way.device)
    return seen.lead[each, nearest] - _past(seen.logits), slopes[each, nearest]


def _past(logits: Float[Tensor, "m k"]) -> Float[Tensor, " m"]:
    return PAST * logits.abs().amax(dim=1)


def _elsewhere(referee: "Referee", rows: Of, attempt: Of) -> Float32[Tensor, "m c h w"]:
    """Within half of the nearest success, or of the budget where that is smaller."""
    origin = originals(referee, rows)
    shape, norm = tuple(origin.shape[1:]), referee.budget.norm
    drawn = np.stack(
        [
            start_in_ball(Budget(norm, 1.0), shape, seed_of(seed, "fab", str(turn)))
            for seed, turn in zip(referee.seeds[rows].tolist(), attempt.tolist(), strict=True)
        ]
    )
    reach = np.minimum(referee.score.smallest[rows], referee.budget.size)
    reach = np.minimum(reach, _across(norm, origin[0].numel())) / 2
    away = torch.from_numpy(drawn * reach.astype(np.float32)[:, None, None, None])
    return (origin + away.to(origin.device)).clamp(0.0, 1.0)


def _across(norm: Norm, size: int) -> float:
    """Half of the way across the whole box, in a norm."""
    return 0.5 * {"linf": 1.0, "l2": size**0.5, "l1": float(size)}[norm]
