"""HopSkipJump: finds the slope of the boundary from answers alone, and jumps along it."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, log2
from typing import TYPE_CHECKING

from fieldmark.attacks.demands import demand
from fieldmark.records import Budget, ConfigError, ThreatModel

if TYPE_CHECKING:
    from fieldmark.attacks.watching.referee import Referee

HALVINGS = 20
"""More would halve what float32 cannot hold."""

SHORTENINGS = 20
"""How often a jump that leads back to the right answer is shortened by half."""


@dataclass(frozen=True)
class HopSkipJump:
    """The nearest wrong picture, from the model's answer alone; satisfies ``records.Attack``.

    From a wrong picture it goes back towards the original until the answer turns. There it looks
    around: which random directions lead to wrong answers tells the slope of the boundary. It jumps
    that way, goes back again, and so on.

    Args:
        budget: The ball around each image, in l2 or linf; "any" for the smallest change.
        queries: Questions about one example, at least 1.
        steps: Jumps at most, at least 1.
        directions: Directions tried before the first jump; × sqrt(t) before jump t.
        most: Directions tried before one jump, at most.
        draws: Random pictures tried as a beginning, at most.
        starts: Beginnings of which the nearest is taken; 1 as published.

    Raises:
        ConfigError: A number is out of its range, or the norm is l1.

    Source:
        Chen, Jordan and Wainwright 2020, arXiv:1904.02144, algorithm 2, with its constants. There
        a jump is shortened until it succeeds, which need not end: here 20 times at most. Numbers
        that hang on an image's own distance are its own, not a batch's.

    Example:
        >>> print(HopSkipJump(Budget.parse("l2", "any")).threat)
        l2 any, decision, untargeted, at most 5,000 queries
    """

    budget: Budget
    queries: int = 5000
    steps: int = 64
    directions: int = 100
    most: int = 10_000
    draws: int = 100
    starts: int = 10

    def __post_init__(self) -> None:
        counts = ("queries", "steps", "directions", "most", "draws", "starts")
        demand(self, least=dict.fromkeys(counts, 1))
        if self.budget.norm not in ("l2", "linf"):
            raise ConfigError(f"{self.name}: HopSkipJump is made for l2 and linf")

    @property
    def name(self) -> str:
        """What it is: "hop-skip-jump-l2" or "hop-skip-jump-linf"."""
        return f"hop-skip-jump-{self.budget.norm}"

    @property
    def threat(self) -> ThreatModel:
        """The answer alone is enough."""
        return ThreatModel(self.budget, "decision", queries=self.queries)

    @property
    def settings(self) -> Mapping[str, object]:
        """Every constant that decides the outcome."""
        return {
            **self.threat.settings,
            "steps": self.steps,
            "directions": f"{self.directions} x sqrt(step), {self.most} at most",
            "start": f"the nearest of {self.starts}: uniform noise, else coarser noise",
            "draws": self.draws,
            "halvings of the way back": f"to 1/d^1.5 (l2) or 1/d^2 (linf), {HALVINGS} at most",
            "shortenings of a jump": SHORTENINGS,
        }

    def search(self, referee: "Referee") -> None:
        """Back to the boundary, look around, jump, and again."""
        # Imported here so that planning a grid of attacks needs no torch.
        from fieldmark.attacks.asking.jumps import jump
        from fieldmark.attacks.moving.footholds import brought_near, footholds, on, streams

        chance, halvings = streams(referee, self.name), self._halvings(referee.pictures[0].numel())
        rows, here = footholds(referee, chance, draws=self.draws, starts=self.starts)
        near = brought_near(referee, rows, here[on(here, rows)], halvings=halvings)
        here[on(here, rows)] = near
        for step in range(self.steps):
            rows = rows[referee.open[rows] & (referee.left[rows] > halvings + 2)]
            if not len(rows):
                return
            wanted = min(int(self.directions * (step + 1) ** 0.5), self.most)
            jump(
                referee,
                rows,
                here,
                chance,
                step=step,
                wanted=wanted,
                shortenings=SHORTENINGS,
                halvings=halvings,
            )

    def _halvings(self, size: int) -> int:
        """How exactly the boundary is met: the finer, the more values a picture has."""
        return min(HALVINGS, 1 + ceil((1.5 if self.budget.norm == "l2" else 2.0) * log2(size)))
