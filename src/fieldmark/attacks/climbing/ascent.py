"""Auto-PGD's ascent: a climb with momentum whose step size comes from how the climb goes.

Everything is kept for each lane, a search of its own for one example and perhaps one target. All
lanes march in step, so checkpoints are shared; a lane ends when its example is closed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Int64
from torch import Tensor

from fieldmark.attacks.moving.balls import back_into_ball, originals
from fieldmark.attacks.moving.strides import stride
from fieldmark.attacks.watching.slopes import Slope
from fieldmark.records import Budget, Rows, generator, seed_of

if TYPE_CHECKING:
    from fieldmark.attacks.watching.losses import Loss
    from fieldmark.attacks.watching.referee import Referee

MOMENTUM = 0.75
"""The share of a step that is new; what is left continues the step before."""

ENOUGH_RISES = 0.75
"""A window whose loss rose in no more than this share of its steps calls for shorter steps."""

FIRST_SHARE = 0.2
"""l1: the share of all values that the first steps change."""

FEWER = 1.5
"""l1: later steps change this many times fewer values than the best point has changed; and where
it changes about as many as before, they are this many times shorter."""

STILL_AS_MANY = 0.95
"""l1: a best point that changes a smaller share than this of what it did is becoming sparser."""

SHORTEST = 10
"""l1: no step is more than this many times shorter than the first."""


@dataclass(frozen=True)
class Climb:
    """What is climbed, and how.

    Args:
        loss: See ``losses``.
        steps: How many, at least 1.
        size: Radius of the ball that is kept to; larger than the budget's where that is approached
            in stages.
        draws: Slopes averaged at each step, for a model that answers at random.
        goes_on: Do the starts come from an earlier stage? (In l1 they say how sparse steps are.)
    """

    loss: "Loss"
    steps: int
    size: float
    draws: int = 1
    goes_on: bool = False


def climb(
    referee: "Referee",
    rows: Rows,
    starts: Float32[Tensor, "m c h w"],
    plan: Climb,
    *,
    attempt: Rows,
    targets: Int64[Tensor, " m"] | None = None,
) -> Float32[Tensor, "m c h w"]:
    """Climb from ``starts``; the best point of each lane comes back, (m, c, h, w).

    A lane whose example is closed, before or on the way, stays where it was best.

    Args:
        referee: Who is asked.
        rows: The example of each lane, (m,).
        starts: Where each begins.
        plan: What is climbed, and how.
        attempt: Which restart or target each lane is, (m,), written down with a success.
        targets: The wanted class of each lane, or None.

    Source:
        Croce & Hein 2020, arXiv:2003.01690, algorithm 1; for l1 Croce & Hein 2021,
        arXiv:2103.01208, algorithm 1.
    """
    best = starts.clone()
    lanes = Lanes(rows, attempt, originals(referee, rows), starts, targets)
    lanes.keep(np.flatnonzero(referee.open[rows]))
    if len(lanes.rows):
        _begin(referee, lanes, plan)
    windows = checkpoints(plan.steps, sparse=referee.budget.norm == "l1")
    window, since = next(windows), 0
    for number in range(plan.steps):
        kept = np.flatnonzero(referee.open[lanes.rows])
        if len(kept) < len(lanes.rows):
            best[lanes.place] = lanes.best
            lanes.keep(kept)
        if not len(kept):
            return best
        before = lanes.loss
        _step(referee, lanes, plan, share=MOMENTUM if number else 1.0)
        lanes.rises += lanes.loss > before
        since += 1
        if since == window:
            _shorten(referee, lanes, plan, window)
            window, since = next(windows), 0
    if len(lanes.rows):
        best[lanes.place] = lanes.best
    return best


def checkpoints(steps: int, *, sparse: bool = False) -> Iterator[int]:
    """How many steps lie between one checkpoint and the next, without end.

    Args:
        steps: Of the whole climb.
        sparse: For l1, where the windows are short and of one length.

    Example:
        >>> windows = checkpoints(100)
        >>> [next(windows) for _ in range(7)]
        [22, 19, 16, 13, 10, 7, 6]
    """
    if sparse:
        window, shorter, least = max(int(0.04 * steps), 1), 0, 1
    else:
        window, shorter, least = (max(int(part * steps), 1) for part in (0.22, 0.03, 0.06))
    while True:
        yield window
        window = max(window - shorter, least)


def drawn_starts(
    referee: "Referee", rows: Rows, attempt: Rows, size: float
) -> Float32[Tensor, "m c h w"]:
    """Where lanes begin: in a random direction as far as ``size`` goes, then cut to [0, 1].

    In linf and l2 that is on the edge of the ball; in l1 it is the way back from Gaussian noise.

    Source:
        The authors' code for the papers, which leave it open.
    """
    shape, norm = tuple(referee.pictures.shape[1:]), referee.budget.norm
    drawn = np.empty((len(rows), *shape), dtype=np.float32)
    pairs = zip(referee.seeds[rows].tolist(), attempt.tolist(), strict=True)
    for place, (seed, turn) in enumerate(pairs):
        stream = generator(seed_of(seed, "apgd", str(turn)))
        noise = stream.uniform(-1, 1, size=shape) if norm == "linf" else stream.normal(size=shape)
        lengths = {"linf": np.abs(noise).max(), "l2": np.sqrt((noise**2).sum()), "l1": size}
        drawn[place] = noise * (size / lengths[norm])
    origin = originals(referee, rows)
    moved = origin + torch.from_numpy(drawn).to(origin.device)
    return back_into_ball(Budget(norm, size), moved, origin)


@dataclass
class Lanes:
    """m searches side by side; each array has one entry for each.

    Args:
        rows: Which example.
        attempt: Which restart or target.
        origin: The original picture.
        picture: Where the search is.
        targets: The wanted class, or None.

    Attributes:
        place: The lane's number among all that began.
        before: Where it was one step earlier.
        uphill: The gradient where it is, and ``loss``.
        best: Where the loss was largest, with ``best_uphill`` and ``best_loss``.
        checked: The largest loss at the last checkpoint.
        rises: Steps since then that raised the loss.
        shortened: Was the step made shorter there?
        length: Of a step, (m, 1, 1, 1).
        share: l1 only: the share of values that a step changes.
        changed: l1 only: how many values ``best`` had changed at the last checkpoint.
    """

    rows: Rows
    attempt: Rows
    origin: Tensor
    picture: Tensor
    targets: Tensor | None
    place: Tensor = field(init=False)
    before: Tensor = field(init=False)
    uphill: Tensor = field(init=False)
    loss: Tensor = field(init=False)
    best: Tensor = field(init=False)
    best_uphill: Tensor = field(init=False)
    best_loss: Tensor = field(init=False)
    checked: Tensor = field(init=False)
    rises: Tensor = field(init=False)
    shortened: Tensor = field(init=False)
    length: Tensor = field(init=False)
    share: Tensor = field(init=False)
    changed: Tensor = field(init=False)

    def __post_init__(self) -> None:
        self.place = torch.arange(len(self.rows), device=self.picture.device)

    def keep(self, kept: Rows) -> None:
        """Go on with the lanes at some positions alone."""
        where = torch.from_numpy(kept).to(self.picture.device)
        for name, part in vars(self).items():
            if isinstance(part, np.ndarray):
                setattr(self, name, part[kept])
            elif part is not None:
                setattr(self, name, part[where])


def _begin(referee: "Referee", lanes: Lanes, plan: Climb) -> None:
    """Look where the lanes stand, and set out from there."""
    seen = _look(referee, lanes, plan)
    lanes.uphill, lanes.loss = seen.uphill, seen.loss
    # What is replaced lane by lane must not be the array that it is replaced from.
    lanes.best, lanes.best_uphill = lanes.picture.clone(), seen.uphill.clone()
    lanes.best_loss, lanes.checked = seen.loss.clone(), seen.loss.clone()
    lanes.before = lanes.picture
    lanes.rises = torch.zeros_like(lanes.place)
    lanes.shortened = torch.zeros_like(lanes.place, dtype=torch.bool)
    lanes.length = lanes.origin.new_full((len(lanes.rows), 1, 1, 1), _longest(referee, plan))
    values = lanes.picture[0].numel()
    lanes.changed = lanes.origin.new_full((len(lanes.rows),), values)
    lanes.share = lanes.origin.new_full((len(lanes.rows),), FIRST_SHARE)
    if plan.goes_on and referee.budget.norm == "l1":
        lanes.changed = _changed(lanes)
        lanes.share = lanes.changed / values / FEWER


def _look(referee: "Referee", lanes: Lanes, plan: Climb) -> Slope:
    """The slope where the lanes are, averaged over as many draws as are wanted."""
    seen = [
        referee.slope(
            lanes.picture, lanes.rows, plan.loss, targets=lanes.targets, attempt=lanes.attempt
        )
        for _ in range(plan.draws)
    ]
    if plan.draws == 1:
        return seen[0]
    return Slope(*(torch.stack(part).mean(dim=0) for part in zip(*map(_parts, seen), strict=True)))


def _parts(seen: Slope) -> tuple[Tensor, Tensor, Tensor]:
    return seen.logits, seen.loss, seen.uphill


def _step(referee: "Referee", lanes: Lanes, plan: Climb, *, share: float) -> None:
    """One step uphill, ``share`` of it new and the rest as the step before; then look around."""
    ball = Budget(referee.budget.norm, plan.size)
    if ball.norm == "l1":
        uphill = _steepest(lanes.uphill, lanes.share) * lanes.length
        moved = back_into_ball(ball, lanes.picture + uphill, lanes.origin)
    else:
        here = lanes.picture, lanes.before, lanes.uphill, lanes.length, lanes.origin
        moved = stride(ball, *here, share=share)
    lanes.before, lanes.picture = lanes.picture, moved
    seen = _look(referee, lanes, plan)
    lanes.uphill, lanes.loss = seen.uphill, seen.loss
    better = (lanes.loss > lanes.best_loss).nonzero()[:, 0]
    lanes.best[better], lanes.best_uphill[better] = moved[better], seen.uphill[better]
    lanes.best_loss[better] = seen.loss[better]


def _shorten(referee: "Referee", lanes: Lanes, plan: Climb, window: int) -> None:
    """At a checkpoint: shorter steps where it is time, going back to the best point."""
    if referee.budget.norm == "l1":
        back = _shorten_sparse(referee, lanes, plan)
    else:
        stuck = ~lanes.shortened & (lanes.checked >= lanes.best_loss)
        back = (lanes.rises <= ENOUGH_RISES * window) | stuck
        lanes.length = torch.where(back[:, None, None, None], lanes.length / 2, lanes.length)
        lanes.shortened = back
        lanes.checked = lanes.best_loss.clone()
    lanes.rises = torch.zeros_like(lanes.rises)
    wide = back[:, None, None, None]
    lanes.picture = torch.where(wide, lanes.best, lanes.picture)
    lanes.uphill = torch.where(wide, lanes.best_uphill, lanes.uphill)
    lanes.loss = torch.where(back, lanes.best_loss, lanes.loss)


def _shorten_sparse(referee: "Referee", lanes: Lanes, plan: Climb) -> Bool[Tensor, " m"]:
    """In l1 steps change fewer values as the best point does; long ones again where it just did."""
    longest = _longest(referee, plan)
    now = _changed(lanes)
    sparser = now < STILL_AS_MANY * lanes.changed
    shorter = (lanes.length / FEWER).clamp_min(longest / SHORTEST)
    lanes.length = torch.where(sparser[:, None, None, None], longest, shorter)
    lanes.share = now / lanes.picture[0].numel() / FEWER
    lanes.changed = now
    return sparser


def _longest(referee: "Referee", plan: Climb) -> float:
    """The first step's length."""
    return plan.size if referee.budget.norm == "l1" else 2 * plan.size


def _changed(lanes: Lanes) -> Float[Tensor, " m"]:
    """How many values differ between each best point and the original."""
    return (lanes.best != lanes.origin).sum(dim=(1, 2, 3)).to(lanes.origin.dtype)


def _steepest(gradient: Tensor, share: Float[Tensor, " m"]) -> Float32[Tensor, "m c h w"]:
    """A step of l1 length 1, equal on each lane's ``share`` of values with the steepest slope."""
    slope = gradient.flatten(1)
    values = slope.shape[1]
    rank = ((1 - share) * values).long().clamp(0, values - 1)
    least = slope.abs().sort(dim=1).values.gather(1, rank[:, None])
    step = torch.where(slope.abs() >= least, slope.sign(), torch.zeros_like(slope))
    step = step / step.abs().sum(dim=1, keepdim=True).clamp_min(1.0)
    return step.view_as(gradient).float()
