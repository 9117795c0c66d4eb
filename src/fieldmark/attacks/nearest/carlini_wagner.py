"""Carlini and Wagner's attack: the smallest Euclidean change, weighed against the margin."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fieldmark.attacks.demands import demand
from fieldmark.records import Budget, ConfigError, ThreatModel

if TYPE_CHECKING:
    from fieldmark.attacks.watching.referee import Referee


@dataclass(frozen=True)
class CarliniWagner:
    """Gradient descent on distance plus weight times margin; satisfies ``records.Attack``.

    Every value is the tanh of a free one, so that no picture leaves [0, 1]; the weight is searched
    by halving, for each example of its own. Inside a budget an example is left at its first
    success; with a budget of "any" the search goes on for the smallest change of all.

    Args:
        budget: The ball around each image, in l2; or "any".
        steps: Steps for one weight, at least 1.
        rounds: Weights tried, at least 1.
        rate: Learning rate of Adam, > 0.
        weight: The first one, > 0; ten times as much while nothing has fooled the model.
        confidence: By how much the wrong score is to lead, >= 0.
        patience: An example rests until the next weight when a tenth of the steps has not lowered
            its loss by one part in 10,000; with False all steps are taken.
        halvings: At the end, for the budget "any": how often the way from the original to the
            nearest success is cut in half.

    Raises:
        ConfigError: A number is out of its range, or the budget is not in l2.

    Source:
        Carlini and Wagner 2017, "Towards evaluating the robustness of neural networks",
        arXiv:1608.04644, sections V and VI.A; the numbers are those of their published code. The
        halvings are ours.

    Example:
        >>> CarliniWagner(Budget("l2", float("inf"))).name
        'cw-l2'
    """

    budget: Budget
    steps: int = 1000
    rounds: int = 9
    rate: float = 0.01
    weight: float = 1e-3
    confidence: float = 0.0
    patience: bool = True
    halvings: int = 10

    def __post_init__(self) -> None:
        if self.budget.norm != "l2":
            raise ConfigError(
                f"cw-l2 searches in l2, got a budget of {self.budget} in {self.budget.norm}"
            )
        demand(
            self,
            least={"steps": 1, "rounds": 1, "halvings": 0, "confidence": 0},
            above={"rate": 0, "weight": 0},
        )

    @property
    def name(self) -> str:
        """What it is: "cw-l2"."""
        return f"cw-{self.budget.norm}"

    @property
    def threat(self) -> ThreatModel:
        """White-box and untargeted."""
        return ThreatModel(self.budget)

    @property
    def settings(self) -> Mapping[str, object]:
        """Every constant that decides the outcome."""
        return {
            **self.threat.settings,
            "steps": self.steps,
            "rounds": self.rounds,
            "rate": self.rate,
            "first weight": self.weight,
            "confidence": self.confidence,
            "patience": self.patience,
            "halvings": 0 if self.budget.bounded else self.halvings,
            "loss": "margin",
            "start": "the image",
        }

    def search(self, referee: "Referee") -> None:
        """Descend for each weight; then, for the budget "any", cut the way in half."""
        # Imported here so that planning a grid of attacks needs no torch.
        from fieldmark.attacks.moving.halving import halve
        from fieldmark.attacks.nearest.weighing import Plan, weigh

        if not referee.open.any():
            return
        weigh(
            referee,
            Plan(self.steps, self.rounds, self.rate, self.weight, self.confidence, self.patience),
        )
        if not self.budget.bounded:
            halve(referee, times=self.halvings)
