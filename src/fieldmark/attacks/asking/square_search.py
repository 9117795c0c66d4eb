"""The search of the square attack: square by square, and several of them looked at together.

A model that is shown many pictures together takes less time for each, and most squares are not
kept. So of one example several are tried at a time, each on the best picture so far. The first
that is kept makes those behind it void: nobody has asked about them, and they are tried again on
what it left. Outcome and questions are those of a search one by one, however far it looks ahead.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Float64, Int64
from torch import Tensor

from fieldmark.attacks.asking.squares import PLACES, bumped, put_squares, side_at, stripes, tiles
from fieldmark.attacks.moving.balls import originals
from fieldmark.attacks.moving.draws import uniforms
from fieldmark.attacks.watching.losses import margins
from fieldmark.records import Budget, Rows, Seeds, seed_of

if TYPE_CHECKING:
    from fieldmark.attacks.watching.referee import Referee

FIRST = 2**32
"""The place of the first number of the first query; the start's are before it."""

RECENT = 0.05
"""How much the last look counts in what is expected of the next."""

WORTH = 0.6
"""So many squares are looked at, for each that is expected to be kept."""

FULL = 0.97
"""How full a batch is meant to be."""


@dataclass
class Pace:
    """How far to look ahead, from how it went so far. It decides the time, and nothing else.

    Args:
        at_once: How many pictures the model is best shown at a time.

    Attributes:
        fresh: The share of squares that change a picture.
        kept: The share of those asked about that are kept.
    """

    at_once: int
    fresh: float = 0.9
    kept: float = 0.1

    def ahead(self, searches: int) -> Int64[np.ndarray, " m"]:
        """How many squares of each search to look at together.

        As many as fill a batch, but not so many that one of them is likely to be kept.
        """
        most = max(round(WORTH / max(self.kept, 1e-3)), 1)
        every = int(FULL * self.at_once / max(self.fresh, 0.1)) if self.at_once > 1 else 0
        each, more = divmod(every, searches)
        counts = each + (np.arange(searches) < more)
        return counts.clip(1, most)

    def learn(self, tried: int, fresh: int, asked: int, kept: int) -> None:
        """Take in what came of a look."""
        self.fresh += RECENT * (fresh / tried - self.fresh)
        self.kept += RECENT * (kept / asked - self.kept) if asked else 0.0


def search_squares(referee: "Referee", *, queries: int, share: float, attempt: int) -> None:
    """One search of every open example.

    Args:
        referee: Who is asked.
        queries: At most so many per example, the start included.
        share: Of the picture, which the first squares cover.
        attempt: Which restart; each draws other numbers.
    """
    search = _begun(referee, np.flatnonzero(referee.open), attempt)
    height, width = search.origin.shape[2:]
    least = 1 if referee.budget.norm == "linf" else 3
    sides = np.array([side_at(one, share, height, width, least=least) for one in range(queries)])
    pace = Pace(referee.at_once)
    while True:
        search.keep(np.flatnonzero(referee.open[search.rows] & (search.query < queries)))
        if not len(search.rows):
            return
        _look(referee, search, sides, pace, attempt)


@dataclass
class Search:
    """m searches side by side; each array has one entry for each.

    Args:
        rows: Which example.
        seeds: Of its random numbers.
        origin: The original picture.
        best: The picture with the largest margin so far.
        margin: That margin.

    Attributes:
        query: The number of the square that is next; the start had 0.
    """

    rows: Rows
    seeds: Seeds
    origin: Float32[Tensor, "m c h w"]
    best: Float32[Tensor, "m c h w"]
    margin: Float[Tensor, " m"]
    query: Int64[np.ndarray, " m"] = field(init=False)

    def __post_init__(self) -> None:
        self.query = np.ones(len(self.rows), dtype=np.int64)

    def keep(self, kept: Rows) -> None:
        """Go on with the searches at some positions alone."""
        if len(kept) == len(self.rows):
            return
        where = torch.from_numpy(kept).to(self.best.device)
        self.rows, self.seeds, self.query = self.rows[kept], self.seeds[kept], self.query[kept]
        self.origin, self.best = self.origin[where], self.best[where]
        self.margin = self.margin[where]


@dataclass(frozen=True)
class Squares:
    """What is tried together: several squares for each search, side by side in their order.

    Args:
        lane: Whose each is, a position among the searches.
        query: Its number.
        drawn: Its random numbers.
    """

    lane: Rows
    query: Int64[np.ndarray, " t"]
    drawn: Float64[np.ndarray, "t k"]


def _begun(referee: "Referee", rows: Rows, attempt: int) -> Search:
    """All searches at their start."""
    origin = originals(referee, rows)
    seeds = np.array(
        [seed_of(one, "square", str(attempt)) for one in referee.seeds[rows].tolist()], np.uint64
    )
    start = stripes if referee.budget.norm == "linf" else tiles
    best = start(origin, referee.budget.size, seeds)
    logits = referee.ask(best, rows, attempt=attempt)
    labels = referee.labels[torch.from_numpy(rows).to(logits.device)]
    return Search(rows, seeds, origin, best, margins(logits, labels))


def _look(
    referee: "Referee", search: Search, sides: Int64[np.ndarray, " q"], pace: Pace, attempt: int
) -> None:
    """Try the next squares of each search."""
    ahead = pace.ahead(len(search.rows))
    squares = _next(search, ahead, len(sides), search.origin.shape[1])
    tried, changed = _moved(referee.budget, search, squares, sides[squares.query])
    search.query += ahead
    # A square that changes nothing gets the answer that is known; about one in six does.
    fresh = np.flatnonzero(changed)
    if not len(fresh):
        return
    if len(fresh) < len(changed):
        tried = tried[torch.from_numpy(fresh).to(tried.device)]
    lane = squares.lane[fresh]
    before = search.margin[torch.from_numpy(lane).to(search.margin.device)]
    asked, margin = referee.ask_in_turn(tried, search.rows[lane], before, attempt=attempt)
    places = torch.from_numpy(asked).to(margin.device)
    better = torch.nonzero(margin > before[places])[:, 0]
    found = asked[better.cpu().numpy()]
    where = torch.from_numpy(lane[found]).to(margin.device)
    search.best[where], search.margin[where] = tried[places[better]], margin[better]
    search.query[lane[found]] = squares.query[fresh[found]] + 1
    pace.learn(len(changed), len(fresh), len(asked), len(found))


def _next(search: Search, ahead: Int64[np.ndarray, " m"], queries: int, channels: int) -> Squares:
    """The next squares of each search, as far as its queries go.

    The numbers of a query have their own places: who else is searched, and how far is looked ahead,
    changes nothing.
    """
    need, most = PLACES + channels, int(ahead.max())
    begin = FIRST + (search.query - 1) * need
    drawn = uniforms(search.seeds, begin.astype(np.uint64), most * need).reshape(-1, need)
    places = np.arange(most)
    query = (search.query[:, None] + places).reshape(-1)
    lane = np.repeat(np.arange(len(search.rows)), most)
    inside = (query < queries) & (places < ahead[:, None]).reshape(-1)
    return Squares(lane[inside], query[inside], drawn[inside])


def _moved(
    budget: Budget, search: Search, squares: Squares, sides: Int64[np.ndarray, " t"]
) -> tuple[Float32[Tensor, "t c h w"], Bool[np.ndarray, " t"]]:
    """The best picture of each with its square, and whether that changed anything."""
    tried = search.best[torch.from_numpy(squares.lane).to(search.best.device)]
    changed = np.zeros(len(tried), dtype=np.bool_)
    for side in np.unique(sides).tolist():
        these = np.flatnonzero(sides == side)
        lane, drawn = squares.lane[these], squares.drawn[these]
        where = torch.from_numpy(these).to(tried.device)
        old = tried if len(these) == len(tried) else tried[where]
        if budget.norm == "linf":
            new = old
            moved = put_squares(new, search.origin, lane, budget.size, side, drawn)
        else:
            origin = search.origin[torch.from_numpy(lane).to(tried.device)]
            new = bumped(origin, old, budget.size, side, drawn)
            moved = (new != old).flatten(1).any(dim=1)
        if new is not tried:
            tried[where] = new
        changed[these] = moved.cpu().numpy()
    return tried, changed
