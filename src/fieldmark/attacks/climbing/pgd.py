"""Projected gradient descent: small steps uphill in the loss, each brought back into the budget."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Int64

from fieldmark.attacks.demands import demand
from fieldmark.records import Budget, Rows, ThreatModel

if TYPE_CHECKING:
    from fieldmark.attacks.watching.losses import Loss
    from fieldmark.attacks.watching.referee import Referee


@dataclass(frozen=True)
class PGD:
    """Projected gradient descent; satisfies ``records.Attack``.

    Every example starts at a point of its own inside the ball and is left as soon as it is fooled.

    Args:
        budget: The ball around each image.
        steps: Steps of one search, at least 1.
        step_size: Length of a step, > 0, in the budget's norm; 2.5 × budget / steps when None.
        restarts: Searches from different starts, at least 1.
        loss: What is climbed: "margin" (no gradient vanishes where a model is sure of itself),
            "cross-entropy", "dlr", or a function of logits and labels.
        leave: Is an example left when it is fooled? If not, the search goes on for the picture
            with the largest margin, at the price of all its steps.

    Raises:
        ConfigError: A number is out of its range.

    Source:
        Madry et al. 2018, arXiv:1706.06083, section 2.1; the margin loss is that of Carlini &
        Wagner 2017, arXiv:1608.04644, f6.

    Example:
        >>> attack = PGD(Budget("linf", 16 / 255))
        >>> attack.name, str(attack.threat), attack.settings["step size"] == 2.5 * 16 / 255 / 20
        ('pgd-linf', 'linf 16/255, white-box, untargeted', True)
    """

    budget: Budget
    steps: int = 20
    step_size: float | None = None
    restarts: int = 1
    loss: "Loss" = "margin"
    leave: bool = True

    def __post_init__(self) -> None:
        demand(
            self,
            least={"steps": 1, "restarts": 1},
            above={"step_size": 0},
            bounded="searches inside a budget",
        )

    @property
    def name(self) -> str:
        """What it is: "pgd-linf", "pgd-l2" or "pgd-l1"."""
        return f"pgd-{self.budget.norm}"

    @property
    def threat(self) -> ThreatModel:
        """White-box and untargeted."""
        return ThreatModel(self.budget)

    @property
    def step(self) -> float:
        """Length of a step in the budget's norm, chosen where nobody chose it."""
        if self.step_size is None:
            return 2.5 * self.budget.size / self.steps
        return self.step_size

    @property
    def settings(self) -> Mapping[str, object]:
        """Every constant that decides the outcome."""
        return {
            **self.threat.settings,
            "steps": self.steps,
            "step size": self.step,
            "restarts": self.restarts,
            "loss": self.loss if isinstance(self.loss, str) else self.loss.__name__,
            "start": "uniform in the ball, drawn for each example",
            "kept": "the first wrong picture, or the one nearest to being wrong"
            if self.leave
            else "the picture with the largest margin",
            "pictures": "float32, not rounded to 8 bits",
        }

    def search(self, referee: "Referee") -> None:
        """Climb from a random start, again for each restart."""
        referee.keeps = "first" if self.leave else "worst"
        for attempt in range(self.restarts):
            self._climb(referee, attempt)

    def _climb(self, referee: "Referee", attempt: int) -> None:
        # Imported here so that planning a grid of attacks needs no torch.
        from fieldmark.attacks.moving.balls import back_into_ball, originals, starts, step_uphill

        rows = self._staying(referee, np.arange(len(referee.seeds)))
        if not len(rows):
            return
        picture = starts(referee, rows, attempt=attempt)
        for _ in range(self.steps):
            seen = referee.slope(picture, rows, self.loss, attempt=attempt)
            uphill = step_uphill(self.budget, seen.uphill, self.step)
            picture = back_into_ball(self.budget, picture + uphill, originals(referee, rows))
            staying = self._staying(referee, rows)
            rows, picture = rows[staying], picture[staying]
            if not len(rows):
                return
        referee.ask(picture, rows, attempt=attempt)

    def _staying(self, referee: "Referee", rows: Rows) -> Int64[np.ndarray, " staying"]:
        """Positions in ``rows`` of those that are searched on."""
        return np.flatnonzero(referee.open[rows]) if self.leave else np.arange(len(rows))
