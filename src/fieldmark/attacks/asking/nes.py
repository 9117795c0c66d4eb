"""NES: projected gradient descent on a slope that is estimated from scores alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fieldmark.attacks.demands import demand
from fieldmark.records import Budget, ConfigError, ThreatModel

if TYPE_CHECKING:
    from fieldmark.attacks.watching.losses import LossName
    from fieldmark.attacks.watching.referee import Referee


@dataclass(frozen=True)
class NES:
    """Steps along a slope estimated by natural evolution strategies; satisfies ``records.Attack``.

    Around a picture it asks about pairs of random directions and their opposites; how the loss
    differs between the two, summed over pairs, is the slope. So it needs scores and no gradients.

    Args:
        budget: The ball around each image, in linf or l2.
        queries: Questions about one example, at least 3.
        pairs: Directions tried for one step, each with its opposite, at least 1.
        reach: How far around the picture: the standard deviation of each value's change, > 0.
        momentum: The share of the last direction that is kept in the next, in [0, 1).
        step: Length of a step, as a share of the budget, > 0.
        loss: What is climbed: "margin", "cross-entropy" or "dlr".

    Raises:
        ConfigError: A number is out of its range, the budget is unbounded, or in l1.

    Source:
        Ilyas, Engstrom, Athalye and Lin 2018, arXiv:1804.08598, section 2.1 and algorithm 1: pairs
        of opposite directions, 50 questions a step, reach .001, signs of the estimate as steps.
        The margin as loss, the step's length and the momentum are Fieldmark's own.

    Example:
        >>> print(NES(Budget("linf", 8 / 255)).threat)
        linf 8/255, score, untargeted, at most 5,000 queries
    """

    budget: Budget
    queries: int = 5000
    pairs: int = 25
    reach: float = 0.001
    momentum: float = 0.5
    step: float = 0.1
    loss: "LossName" = "margin"

    def __post_init__(self) -> None:
        demand(
            self,
            least={"queries": 3, "pairs": 1},
            above={"reach": 0, "step": 0},
            within={"momentum": "[0, 1)"},
            bounded="searches inside a budget",
        )
        if self.budget.norm not in ("linf", "l2"):
            raise ConfigError(f"{self.name}: NES works in linf and l2")

    @property
    def name(self) -> str:
        """What it is: "nes-linf" or "nes-l2"."""
        return f"nes-{self.budget.norm}"

    @property
    def threat(self) -> ThreatModel:
        """The scores are enough."""
        return ThreatModel(self.budget, "score", queries=self.queries)

    @property
    def settings(self) -> Mapping[str, object]:
        """Every constant that decides the outcome."""
        return {
            **self.threat.settings,
            "pairs": self.pairs,
            "reach": self.reach,
            "momentum": self.momentum,
            "step size": self.step * self.budget.size,
            "loss": self.loss,
            "start": "the image",
        }

    def search(self, referee: "Referee") -> None:
        """Estimate, step, look; until the questions run out."""
        # Imported here so that planning a grid of attacks needs no torch.
        from fieldmark.attacks.asking.slopes_by_asking import estimated
        from fieldmark.attacks.moving.balls import back_into_ball, step_uphill
        from fieldmark.attacks.moving.footholds import on, streams

        chance = streams(referee, self.name)
        here, uphill = referee.pictures.clone(), referee.pictures.double() * 0
        for _ in range(self.queries):
            rows = np.flatnonzero(referee.open & (referee.left > 2))
            if not len(rows):
                return
            places = on(here, rows)
            slope = estimated(
                referee,
                rows,
                here[places],
                [chance[row] for row in rows],
                loss=self.loss,
                pairs=self.pairs,
                reach=self.reach,
            )
            uphill[places] = self.momentum * uphill[places] + (1 - self.momentum) * slope
            step = step_uphill(self.budget, uphill[places], self.step * self.budget.size)
            moved = here[places] + step
            here[places] = back_into_ball(self.budget, moved, referee.pictures[places])
            rows = rows[referee.open[rows]]
            if len(rows):
                referee.ask(here[on(here, rows)], rows)
