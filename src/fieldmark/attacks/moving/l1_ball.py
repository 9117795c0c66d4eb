"""The l1 ball inside the box of pictures: the exact way back into both, and steps along it."""

import torch
from jaxtyping import Float, Float32
from torch import Tensor


def into_l1_ball(
    size: float, moved: Float32[Tensor, "n c h w"], origin: Float32[Tensor, "n c h w"]
) -> Float32[Tensor, "n c h w"]:
    """The point nearest to ``moved`` that is in [0, 1] and within ``size`` of ``origin`` in l1.

    Every change is cut to what the box leaves, after all were shrunk by the same amount; how much
    comes from the breakpoints of a function that is linear between them. (Shrinking all in
    proportion, as for l2, gives another point, and a weaker attack.)

    Source:
        Croce and Hein 2021, arXiv:2103.01208, proposition 2.1.

    Example:
        >>> origin = torch.zeros(1, 1, 1, 2)
        >>> into_l1_ball(1.0, torch.tensor([[[[0.9, 0.5]]]]), origin).flatten().tolist()
        [0.699999988079071, 0.30000001192092896]
    """
    start = origin.double().flatten(1)
    change = moved.double().flatten(1) - start
    wanted = change.abs()
    room = torch.where(change > 0, 1 - start, start)
    cut = _shrinkage(wanted, room, size)
    kept = torch.minimum((wanted - cut[:, None]).clamp_min(0.0), room)
    inside = (start + change.sign() * kept).float().view_as(moved)
    return _rounded_in(size, inside, origin).clamp(0.0, 1.0)


def _shrinkage(
    wanted: Float[Tensor, "n d"], room: Float[Tensor, "n d"], size: float
) -> Float[Tensor, " n"]:
    """By how much each change is to shrink, (n,), so that what is left sums to ``size``.

    0 where it sums to less already.

    What is left, sum(min(max(wanted - cut, 0), room)), falls as the cut grows. Coming down from a
    large cut, a change begins to count at ``wanted`` and is full at ``wanted - room``.
    """
    full = (wanted - room).clamp_min(0.0)
    points, order = torch.cat([wanted, full], dim=1).sort(dim=1, descending=True)
    turns = torch.cat([torch.ones_like(wanted), -torch.ones_like(full)], dim=1).gather(1, order)
    rising = turns.cumsum(dim=1)
    steps = (points[:, :-1] - points[:, 1:]) * rising[:, :-1]
    left = torch.cat([torch.zeros_like(points[:, :1]), steps.cumsum(dim=1)], dim=1)
    enough = left >= size
    past = enough.int().argmax(dim=1, keepdim=True).clamp_min(1)
    before = past - 1
    missing = size - left.gather(1, before)
    slope = rising.gather(1, before).clamp_min(1.0)
    cut = (points.gather(1, before) - missing / slope).clamp_min(0.0)[:, 0]
    return torch.where(enough.any(dim=1), cut, 0.0)


def _rounded_in(
    size: float, inside: Float32[Tensor, "n c h w"], origin: Float32[Tensor, "n c h w"]
) -> Float32[Tensor, "n c h w"]:
    """Rounding to float32 may add up over many values: where it did, shrunk by that little."""
    change = inside.double() - origin.double()
    length = change.abs().sum(dim=(1, 2, 3), keepdim=True)
    shrunk = (origin.double() + change * (size / length.clamp_min(1e-300)) * (1 - 1e-7)).float()
    return torch.where(length > size, shrunk, inside)


def sparse_step(
    gradient: Float[Tensor, "n c h w"], length: float | Float[Tensor, "n 1 1 1"], *, share: float
) -> Float32[Tensor, "n c h w"]:
    """A step of l1 ``length``, the same on each of the ``share`` of values with the steepest slope.

    Example:
        >>> sparse_step(torch.tensor([[[[1.0, -9.0, 0.0]]]]), 2.0, share=0.34).flatten().tolist()
        [0.0, -2.0, 0.0]
    """
    slope = gradient.flatten(1)
    count = max(1, int(share * slope.shape[1]))
    steepest = slope.abs().topk(count, dim=1).indices
    step = torch.zeros_like(slope).scatter(1, steepest, slope.sign().gather(1, steepest))
    step = step / step.abs().sum(dim=1, keepdim=True).clamp_min(1.0)
    return (step.view_as(gradient) * length).float()
