"""Footholds: a picture that is wrong, however far, and the way back from it to the original.

Whoever sees the model's answer alone begins here: random pictures are shown until one is not taken
for the right class, and halving the way to the original finds where the answer turns.
"""

from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Bool, Float32, Float64
from torch import Tensor

from fieldmark.attacks.watching.scoreboard import Found, Of
from fieldmark.records import Norm, generator, seed_of

if TYPE_CHECKING:
    from fieldmark.attacks.watching.referee import Referee

COARSENESS = (1, 1, 2, 4, 7)
"""Sides of the blocks that later draws are made of; the first is noise pixel by pixel."""


AGAIN = 5
"""Random pictures shown for each further beginning."""

ROUGHLY = 8
"""Halvings of the way back that beginnings are compared by."""


def streams(referee: "Referee", name: str) -> list[np.random.Generator]:
    """A stream of random numbers for each example, for the use ``name``.

    An example draws from its own alone, so what it draws does not depend on the others.
    """
    return [generator(seed_of(seed, name)) for seed in referee.seeds.tolist()]


def footholds(
    referee: "Referee", chance: list[np.random.Generator], *, draws: int, starts: int
) -> tuple[Found, Float32[Tensor, "n c h w"]]:
    """For each example the nearest of several wrong pictures, at the edge of where it is wrong.

    A walk along the boundary ends at the nearest point of the piece it began on. With many classes
    the boundary has many pieces, so it begins on the nearest of ``starts``.

    Args:
        referee: Who is asked.
        chance: A stream for each example.
        draws: Random pictures shown, at most, until a first one is wrong.
        starts: How many wrong pictures are brought near to choose among.

    Returns:
        The rows (m,) of examples for which there is one and that are still to be searched, and
        (n, c, h, w) pictures: the nearest, and the originals where there is none.
    """
    nearest = referee.pictures.clone()
    distance = np.full(len(nearest), np.inf)
    for start in range(starts):
        # Where many draws found nothing, another will not be found by a few.
        among = distance < np.inf if start else np.ones(len(distance), dtype=np.bool_)
        tries = AGAIN if start else draws
        found, far = _wrong_pictures(referee, chance, draws=tries, start=start, among=among)
        near = brought_near(referee, found, far[on(far, found)], halvings=ROUGHLY)
        reached = lengths(referee.budget.norm, near - referee.pictures[on(far, found)])
        better = reached < distance[found]
        distance[found[better]] = reached[better]
        nearest[on(far, found[better])] = near[on(near, np.flatnonzero(better))]
    return np.flatnonzero((distance < np.inf) & referee.open), nearest


def _wrong_pictures(
    referee: "Referee",
    chance: list[np.random.Generator],
    *,
    draws: int,
    start: int,
    among: Bool[np.ndarray, " n"],
) -> tuple[Found, Float32[Tensor, "n c h w"]]:
    """A random picture that the model gets wrong, for each example ``among`` which there is one.

    The first draw is uniform noise, as published. Many models name one class for all such noise,
    and an example of that class would never be attacked: later draws are of coarser and coarser
    blocks, and every other one is black and white.
    """
    far = referee.pictures.clone()
    found = np.zeros(len(far), dtype=np.bool_)
    for draw in range(start, start + draws):
        rows = np.flatnonzero(referee.open & among & ~found)
        if not len(rows):
            break
        drawn = np.stack([_noise(chance[row], tuple(far.shape[1:]), draw) for row in rows])
        shown = torch.from_numpy(drawn).to(far.device)
        wrong = referee.judged(shown, rows).cpu().numpy()
        found[rows[wrong]] = True
        far[on(far, rows[wrong])] = shown[on(far, np.flatnonzero(wrong))]
    return np.flatnonzero(found), far


def _noise(
    chance: np.random.Generator, shape: tuple[int, ...], draw: int
) -> Float32[np.ndarray, "c h w"]:
    """A random picture; see ``_wrong_pictures``."""
    channels, height, width = shape
    block = COARSENESS[draw % len(COARSENESS)]
    coarse = chance.random((channels, -(-height // block), -(-width // block)), dtype=np.float32)
    if draw % 2:
        coarse = (coarse < chance.random()).astype(np.float32)
    return coarse.repeat(block, axis=1).repeat(block, axis=2)[:, :height, :width]


def brought_near(
    referee: "Referee", rows: Of, far: Float32[Tensor, "m c h w"], *, halvings: int
) -> Float32[Tensor, "m c h w"]:
    """Wrong pictures brought towards their originals for as long as they stay wrong.

    Args:
        referee: Who is asked, ``halvings`` times about each.
        rows: Which examples, (m,).
        far: A wrong picture for each.
        halvings: How often the way between wrong and right is halved.

    Returns:
        The nearest wrong picture on the way: the straight one, but in linf the one on which all
        values keep up with the one that is furthest away.
    """
    origin = referee.pictures[on(far, rows)]
    right, wrong = np.zeros(len(rows)), np.ones(len(rows))
    for _ in range(halvings):
        asked = np.flatnonzero(referee.open[rows])
        if not len(asked):
            break
        middle = (right + wrong) / 2
        here = on(far, asked)
        shown = on_the_way(referee.budget.norm, origin[here], far[here], middle[asked])
        fooled = referee.judged(shown, rows[asked]).cpu().numpy()
        wrong[asked[fooled]] = middle[asked[fooled]]
        right[asked[~fooled]] = middle[asked[~fooled]]
    return on_the_way(referee.budget.norm, origin, far, wrong)


def on_the_way(
    norm: Norm,
    origin: Float32[Tensor, "m c h w"],
    far: Float32[Tensor, "m c h w"],
    share: Float64[np.ndarray, " m"],
) -> Float32[Tensor, "m c h w"]:
    """The picture that is ``share`` of the distance from ``origin`` to ``far``, in that norm.

    Example:
        >>> origin, far = torch.zeros(1, 1, 1, 2), torch.tensor([[[[1.0, 0.25]]]])
        >>> on_the_way("linf", origin, far, np.array([0.5])).flatten().tolist()
        [0.5, 0.25]
        >>> on_the_way("l2", origin, far, np.array([0.5])).flatten().tolist()
        [0.5, 0.125]
    """
    part = torch.from_numpy(share).to(origin.device)[:, None, None, None]
    start, change = origin.double(), far.double() - origin.double()
    if norm == "linf":
        reach = part * change.abs().amax(dim=(1, 2, 3), keepdim=True)
        moved = start + torch.clamp(change, -reach, reach)
    else:
        moved = start + part * change
    return torch.where(part < 1, moved.float().clamp(0.0, 1.0), far)


def lengths(norm: Norm, change: Float32[Tensor, "m c h w"]) -> Float64[np.ndarray, " m"]:
    """How long each change is, float64 (m,)."""
    order = {"linf": torch.inf, "l2": 2, "l1": 1}[norm]
    return torch.linalg.vector_norm(change.double().flatten(1), order, dim=1).cpu().numpy()


def on(pictures: Tensor, rows: Found) -> Tensor:
    """``rows`` as an index of ``pictures``, on their device."""
    return torch.from_numpy(rows).to(pictures.device)
