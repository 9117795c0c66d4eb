"""The pictures that the square attack tries: stripes and squares in linf, tiles and bumps in l2."""

from functools import cache

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Float64, Int64
from torch import Tensor

from fieldmark.attacks.moving.draws import uniforms
from fieldmark.records import Rows, Seeds, compiled

PLACES = 5
"""Random numbers that a query needs beside one per channel: two windows, and which way up."""

CHANCE = 0.5
"""A random number below it says: down, or lying."""


def share_at(query: int, share: float) -> float:
    """Of the picture, which the square of a query covers: halved nine times on the way to 8,000.

    The thresholds are those of 10,000 queries, however many are asked.

    Example:
        >>> share_at(10, 0.8), share_at(11, 0.8), share_at(9000, 0.512)
        (0.8, 0.4, 0.001)
    """
    passed = np.searchsorted([10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000], query)
    return float(share / 2**passed)


def side_at(query: int, share: float, height: int, width: int, *, least: int) -> int:
    """How long the side of the square of a query is; odd in l2, where ``least`` is 3.

    Example:
        >>> side_at(1, 0.8, 28, 28, least=1), side_at(9000, 0.8, 28, 28, least=3)
        (25, 3)
    """
    side = max(round((share_at(query, share) * height * width) ** 0.5), least)
    if least == 3 and side % 2 == 0:
        side += 1
    return min(side, height, width)


def stripes(
    origin: Float32[Tensor, "m c h w"], size: float, seeds: Seeds
) -> Float32[Tensor, "m c h w"]:
    """Each column of each channel moved to one edge of the linf ball or to the other."""
    m, channels, _, width = origin.shape
    sign = _signs(uniforms(seeds, 0, channels * width)).to(origin.device)
    return (origin + size * sign.view(m, channels, 1, width)).clamp(0.0, 1.0)


def squared(
    origin: Float32[Tensor, "m c h w"],
    best: Float32[Tensor, "m c h w"],
    size: float,
    side: int,
    drawn: Float64[np.ndarray, "m k"],
) -> Float32[Tensor, "m c h w"]:
    """``best`` with one square, each of its channels moved to one edge of the ball."""
    moved = best.clone(memory_format=torch.contiguous_format)
    put_squares(moved, origin, np.arange(len(best)), size, side, drawn)
    return moved


def put_squares(
    pictures: Float32[Tensor, "t c h w"],
    origin: Float32[Tensor, "m c h w"],
    of: Rows,
    size: float,
    side: int,
    drawn: Float64[np.ndarray, "t k"],
) -> Bool[Tensor, " t"]:
    """Move a square of each picture in its place, and say which pictures that changed.

    Args:
        pictures: They lie in order in memory.
        origin: Around which the balls are.
        of: Which original each picture belongs to, (t,).
        size: Of the balls.
        side: Of the squares.
        drawn: Random numbers, as many for each as a query needs.
    """
    if origin.device.type != "cpu":
        return _put_together(pictures, origin, of, size, side, drawn)
    changed = torch.zeros(len(pictures), dtype=torch.bool)
    corners = _corners(drawn[:, :2], side, *pictures.shape[2:])
    up = drawn[:, PLACES:] >= CHANCE
    arrays = pictures.numpy(), origin.numpy(), of, np.float32(size), side, *corners, up
    _put_one_by_one(*arrays, changed.numpy())
    return changed


def _put_together(
    pictures: Float32[Tensor, "t c h w"],
    origin: Float32[Tensor, "m c h w"],
    of: Rows,
    size: float,
    side: int,
    drawn: Float64[np.ndarray, "t k"],
) -> Bool[Tensor, " t"]:
    """By the places of all values of all squares."""
    t, channels, height, width = pictures.shape
    device = origin.device
    where = _window(drawn[:, :2], side, height, width).to(device)[:, None]
    sign = _signs(drawn[:, PLACES:]).to(device)[:, :, None]
    layer = torch.from_numpy(of).to(device)[:, None] * channels + torch.arange(
        channels, device=device
    )
    start = torch.take(origin, layer[:, :, None] * (height * width) + where)
    inside = (start + size * sign).clamp_(0.0, 1.0)
    where = where.expand(t, channels, side * side)
    flat = pictures.flatten(2)
    changed = (inside != flat.gather(2, where)).flatten(1).any(dim=1)
    flat.scatter_(2, where, inside)
    return changed


@compiled
def _put_one_by_one(
    pictures: np.ndarray,
    origin: np.ndarray,
    of: np.ndarray,
    size: np.float32,
    side: int,
    tops: np.ndarray,
    lefts: np.ndarray,
    up: np.ndarray,
    changed: np.ndarray,
) -> None:
    """The same on a CPU, value by value: no places are written down."""
    none, all_of_it = np.float32(0), np.float32(1)
    for picture in range(len(pictures)):
        top, left, source = tops[picture], lefts[picture], of[picture]
        for channel in range(pictures.shape[1]):
            shift = size if up[picture, channel] else -size
            for row in range(top, top + side):
                for column in range(left, left + side):
                    value = origin[source, channel, row, column] + shift
                    value = min(max(value, none), all_of_it)
                    if value != pictures[picture, channel, row, column]:
                        pictures[picture, channel, row, column] = value
                        changed[picture] = True


def tiles(
    origin: Float32[Tensor, "m c h w"], size: float, seeds: Seeds
) -> Float32[Tensor, "m c h w"]:
    """Five by five bumps, each up or down, scaled to the edge of the l2 ball."""
    m, channels, height, width = origin.shape
    side = max(min(height, width) // 5, 1)
    across, down = width // side, height // side
    drawn = uniforms(seeds, 0, channels * down * across + 1)
    sign = _signs(drawn[:, 1:]).to(origin.device).view(m, channels, down, across, 1, 1)
    bump = _bumps(side, drawn[:, 0]).to(origin.device).view(m, 1, 1, 1, side, side)
    tiled = (sign * bump).transpose(3, 4).reshape(m, channels, down * side, across * side)
    change = torch.zeros_like(origin)
    top, left = (height - down * side) // 2, (width - across * side) // 2
    change[:, :, top : top + down * side, left : left + across * side] = tiled
    return (origin + change * (size / _norm(change, (1, 2, 3)))).clamp(0.0, 1.0)


def bumped(
    origin: Float32[Tensor, "m c h w"],
    best: Float32[Tensor, "m c h w"],
    size: float,
    side: int,
    drawn: Float64[np.ndarray, "m k"],
) -> Float32[Tensor, "m c h w"]:
    """``best`` with the change of two windows gathered into the first, under a new bump.

    What the budget has left, lost at the walls of the box, is spread over the channels.
    """
    m, channels, height, width = origin.shape
    change = (best - origin).flatten(2)
    here = _window(drawn[:, :2], side, height, width).to(origin.device)[:, None]
    there = _window(drawn[:, 2:4], side, height, width).to(origin.device)[:, None]
    here, there = (one.expand(m, channels, side * side) for one in (here, there))
    used = torch.linalg.vector_norm(change, dim=2, keepdim=True).square()
    unused = (size**2 - used.sum(dim=1, keepdim=True)).clamp_min(0.0)
    old = change.gather(2, here)
    emptied = change.scatter(2, there, 0.0).scatter_(2, here, 0.0)
    freed = used - torch.linalg.vector_norm(emptied, dim=2, keepdim=True).square()
    sign = _signs(drawn[:, PLACES:]).to(origin.device)[:, :, None]
    bump = _bumps(side, drawn[:, 4]).to(origin.device).view(m, 1, side * side)
    fresh = sign * bump + old / _norm(old, 2)
    length = (unused / channels + freed.clamp_min(0.0)).sqrt()
    moved = emptied.scatter_(2, here, fresh * (length / _norm(fresh, 2)))
    return (origin + moved.view_as(origin)).clamp(0.0, 1.0)


@cache
def pyramid(side: int) -> Float32[Tensor, "side side"]:
    """Two heaps of concentric rectangles, the upper one positive, the lower one negative; length 1.

    Example:
        >>> bump = pyramid(5)
        >>> bool(bump[1, 2] > bump[0, 2] > 0 > bump[3, 0]), round(float((bump**2).sum()), 5)
        (True, 1.0)
    """
    halves = [_heap(side // 2, side), -_heap(side - side // 2, side)]
    both = torch.cat(halves)
    return both / torch.linalg.vector_norm(both)


def _heap(height: int, width: int) -> Float32[Tensor, "height width"]:
    """Higher towards its middle: a value k rings out is the sum of 1/j² from j = k + 1 on."""
    rings = max(height, width) // 2 + 1
    levels = (1 / torch.arange(1, rings + 1) ** 2).flip(0).cumsum(0).flip(0)
    down = (torch.arange(height) - height // 2).abs()
    across = (torch.arange(width) - width // 2).abs()
    heap = levels[torch.maximum(down[:, None], across[None, :])]
    return heap / torch.linalg.vector_norm(heap) if height else heap


def _bumps(side: int, drawn: Float64[np.ndarray, " m"]) -> Float32[Tensor, "m side side"]:
    """A pyramid for each, standing or lying."""
    bump = pyramid(side)
    return torch.stack([bump, bump.T])[torch.from_numpy((drawn < CHANCE).astype(np.int64))]


def _window(
    drawn: Float64[np.ndarray, "m 2"], side: int, height: int, width: int
) -> Int64[Tensor, "m s"]:
    """Where the values of a square lie in a flattened channel, for a random place each."""
    top, left = _corners(drawn, side, height, width)
    inner = np.arange(side)[:, None] * width + np.arange(side)
    return torch.from_numpy((top * width + left)[:, None] + inner.reshape(-1))


def _corners(
    drawn: Float64[np.ndarray, "m 2"], side: int, height: int, width: int
) -> tuple[Int64[np.ndarray, " m"], Int64[np.ndarray, " m"]]:
    """The highest row and the leftmost column of a square, for a random place each."""
    top = (drawn[:, 0] * (height - side + 1)).astype(np.int64)
    left = (drawn[:, 1] * (width - side + 1)).astype(np.int64)
    return top, left


def _signs(drawn: Float64[np.ndarray, "m k"]) -> Float32[Tensor, "m k"]:
    return torch.from_numpy(np.where(drawn < CHANCE, np.float32(-1), np.float32(1)))


def _norm(change: Float[Tensor, "..."], axes: int | tuple[int, ...]) -> Float[Tensor, "..."]:
    return torch.linalg.vector_norm(change, dim=axes, keepdim=True).clamp_min(1e-12)
