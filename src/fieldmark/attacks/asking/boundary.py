"""The boundary attack: a random walk along the edge of the wrong answer, towards the original."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fieldmark.attacks.demands import demand
from fieldmark.records import Budget, ConfigError, ThreatModel

if TYPE_CHECKING:
    from fieldmark.attacks.watching.referee import Referee


@dataclass(frozen=True)
class Boundary:
    """The nearest wrong picture in l2, from the model's answer alone; satisfies ``records.Attack``.

    From a wrong picture it takes random steps, sideways first and then towards the original, and
    keeps those after which the model is still wrong. Both lengths follow how often that happens.

    Args:
        budget: The ball around each image, in l2; "any" for the smallest change.
        queries: Questions about one example, at least 1.
        sideways: Length of the first step sideways, as a share of the distance.
        towards: Length of the first step towards the original, as a share of the distance.
        factor: By which either is lengthened or shortened, > 1.
        look: Every so many steps it asks about the step sideways alone.
        windows: After so many looks sideways, and so many of these whole steps, lengths follow.
        draws: Random pictures tried as a beginning, at most.
        starts: Beginnings of which the nearest is taken; 1 as published.

    Raises:
        ConfigError: A number is out of its range, or the norm is not l2.

    Source:
        Brendel, Rauber and Bethge 2018, arXiv:1712.04248, section 2, with its first steps of .01
        and its factor of 1.5. Its 25,000 steps are 5,000 questions here, so lengths are looked at
        more often.

    Example:
        >>> print(Boundary(Budget.parse("l2", "any")).threat)
        l2 any, decision, untargeted, at most 5,000 queries
    """

    budget: Budget
    queries: int = 5000
    sideways: float = 0.01
    towards: float = 0.01
    factor: float = 1.5
    look: int = 5
    windows: tuple[int, int] = (10, 10)
    draws: int = 100
    starts: int = 10

    def __post_init__(self) -> None:
        counts = ("queries", "look", "draws", "starts", "windows")
        demand(
            self,
            least=dict.fromkeys(counts, 1),
            above={"factor": 1},
            within={"sideways": "(0, 1)", "towards": "(0, 1)"},
        )
        if self.budget.norm != "l2":
            raise ConfigError(f"{self.name}: the boundary attack is made for l2")

    @property
    def name(self) -> str:
        """What it is: "boundary-l2"."""
        return f"boundary-{self.budget.norm}"

    @property
    def threat(self) -> ThreatModel:
        """The answer alone is enough."""
        return ThreatModel(self.budget, "decision", queries=self.queries)

    @property
    def settings(self) -> Mapping[str, object]:
        """Every constant that decides the outcome."""
        return {
            **self.threat.settings,
            "first step sideways": self.sideways,
            "first step towards": self.towards,
            "factor": self.factor,
            "looks": f"every {self.look} steps, in windows of {self.windows[0]}, {self.windows[1]}",
            "start": f"the nearest of {self.starts}: uniform noise, else coarser noise",
            "draws": self.draws,
            "shares of success": "sideways .2 to .5, towards the original .1 to .25",
            "end": f"steps towards the original shorter than {SHORTEST:g}",
        }

    def search(self, referee: "Referee") -> None:
        """Walk until the questions run out."""
        # Imported here so that planning a grid of attacks needs no torch.
        from fieldmark.attacks.asking.boundary_walk import Pace, walk
        from fieldmark.attacks.moving.footholds import footholds, streams

        chance, (many, few) = streams(referee, self.name), self.windows
        rows, here = footholds(referee, chance, draws=self.draws, starts=self.starts)
        n = len(referee.seeds)
        sideways = Pace(n, self.sideways, 0.2, 0.5, window=many, factor=self.factor)
        towards = Pace(n, self.towards, 0.1, 0.25, window=few, factor=self.factor)
        for step in range(self.queries):
            rows = rows[referee.open[rows] & (towards.length[rows] > SHORTEST)]
            if not len(rows):
                return
            walk(referee, rows, here, chance, sideways, towards, looks=step % self.look == 0)


SHORTEST = 1e-7
"""A step towards the original, as a share of the distance, that is none: the walk has arrived."""
