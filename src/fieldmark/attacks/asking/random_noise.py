"""Random noise inside the budget: what any attack worth the name must beat."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fieldmark.attacks.demands import demand
from fieldmark.records import Budget, ThreatModel

if TYPE_CHECKING:
    from fieldmark.attacks.watching.referee import Referee


@dataclass(frozen=True)
class RandomNoise:
    """Pictures drawn uniformly from the ball, one after another; satisfies ``records.Attack``.

    Args:
        budget: The ball around each image.
        draws: Pictures tried, at least 1.

    Raises:
        ConfigError: No draw is wanted, or the budget is unbounded.

    Example:
        >>> print(RandomNoise(Budget("linf", 8 / 255)).threat)
        linf 8/255, decision, untargeted, at most 100 queries
    """

    budget: Budget
    draws: int = 100

    def __post_init__(self) -> None:
        demand(self, least={"draws": 1}, bounded="draws from a budget")

    @property
    def name(self) -> str:
        """What it is, such as "noise-linf"."""
        return f"noise-{self.budget.norm}"

    @property
    def threat(self) -> ThreatModel:
        """The answer alone is enough."""
        return ThreatModel(self.budget, "decision", queries=self.draws)

    @property
    def settings(self) -> Mapping[str, object]:
        """Every constant that decides the outcome."""
        return {**self.threat.settings, "draws": self.draws, "noise": "uniform in the ball"}

    def search(self, referee: "Referee") -> None:
        """One picture after another until one fools the model."""
        from fieldmark.attacks.moving.balls import starts

        for draw in range(self.draws):
            rows = np.flatnonzero(referee.open)
            if not len(rows):
                return
            referee.ask(starts(referee, rows, attempt=draw), rows, attempt=draw)
