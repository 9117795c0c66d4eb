"""Slopes by asking: which way the loss rises, estimated from scores around a picture."""

from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float32, Float64
from torch import Tensor

from fieldmark.attacks.moving.balls import back_into_ball, originals
from fieldmark.attacks.watching.losses import Loss, climbed
from fieldmark.attacks.watching.scoreboard import Found, Of

if TYPE_CHECKING:
    from fieldmark.attacks.watching.referee import Referee

AT_ONCE = 1024
"""Pictures shown in one go: a bound on memory."""


def estimated(
    referee: "Referee",
    rows: Of,
    here: Float32[Tensor, "m c h w"],
    chance: list[np.random.Generator],
    *,
    loss: Loss,
    pairs: int,
    reach: float,
) -> Float64[Tensor, "m c h w"]:
    """The slope at each picture, up to a factor, from 2 × ``pairs`` questions about each.

    One question of each example's allowance is left for what comes of it. Every picture that is
    asked about is inside the budget, so that each may be the one.

    Args:
        referee: Who is asked.
        rows: Which examples, (m,).
        here: Around which pictures.
        chance: A stream for each.
        loss: Of which the slope.
        pairs: Directions, each with its opposite.
        reach: The standard deviation of each value's change.

    Returns:
        The sum over pairs of the difference in loss × the difference in pictures; 0 for an example
        that is settled on the way, or has too few questions left.
    """
    slope = torch.zeros_like(here, dtype=torch.float64)
    together = max(1, AT_ONCE // (2 * pairs))
    for first in range(0, len(rows), together):
        some = np.arange(first, min(first + together, len(rows)))
        for done in range(0, pairs, AT_ONCE // 2):
            left = (referee.left[rows[some]] - 1) // 2
            sizes = np.minimum(min(pairs - done, AT_ONCE // 2), left)
            going = some[referee.open[rows[some]] & (sizes > 0)]
            if len(going):
                counts = sizes[going - first]
                _add_pairs(referee, rows, here, chance, going, counts, slope, loss, reach)
    return slope


def _add_pairs(
    referee: "Referee",
    rows: Of,
    here: Float32[Tensor, "m c h w"],
    chance: list[np.random.Generator],
    going: Found,
    counts: Found,
    slope: Float64[Tensor, "m c h w"],
    loss: Loss,
    reach: float,
) -> None:
    """Ask about some pairs around some of the pictures, and add what they say to ``slope``."""
    shape = tuple(here.shape[1:])
    drawn = [
        chance[place].standard_normal((int(count), *shape), dtype=np.float32)
        for place, count in zip(going, counts, strict=True)
    ]
    ways = torch.from_numpy(np.concatenate(drawn) * np.float32(reach)).to(here.device)
    asked = going.repeat(counts)
    places = torch.from_numpy(asked).to(here.device)
    centre, origin = here[places], originals(referee, rows[asked])
    shown = [back_into_ball(referee.budget, centre + sign * ways, origin) for sign in (1, -1)]
    both = np.concatenate([rows[asked], rows[asked]])
    scores = referee.ask(torch.cat(shown), both).double()
    labels = referee.labels[torch.from_numpy(both).to(here.device)]
    there, opposite = climbed(loss, scores, labels).chunk(2)
    change = (there - opposite)[:, None, None, None] * (shown[0].double() - shown[1].double())
    # Example by example: sums whose order does not depend on who else is there.
    for place, some in zip(going, torch.split(change, counts.tolist()), strict=True):
        slope[int(place)] += some.sum(dim=0)
