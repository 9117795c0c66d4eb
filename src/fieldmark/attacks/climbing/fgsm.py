"""The fast gradient sign method: one step uphill, as far as the budget goes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fieldmark.attacks.demands import demand
from fieldmark.records import Budget, ThreatModel

if TYPE_CHECKING:
    from fieldmark.attacks.watching.referee import Referee


@dataclass(frozen=True)
class FGSM:
    """One step from the image itself to the edge of the budget; satisfies ``records.Attack``.

    Quick, and easily fooled by a model that bends its loss: a lower bound for what PGD must reach.

    Args:
        budget: The ball around each image.

    Raises:
        ConfigError: The budget is unbounded.

    Source:
        Goodfellow, Shlens and Szegedy 2015, arXiv:1412.6572, section 4.

    Example:
        >>> FGSM(Budget("linf", 8 / 255)).name
        'fgsm-linf'
    """

    budget: Budget

    def __post_init__(self) -> None:
        demand(self, bounded="steps to the edge of a budget")

    @property
    def name(self) -> str:
        """What it is, such as "fgsm-linf"."""
        return f"fgsm-{self.budget.norm}"

    @property
    def threat(self) -> ThreatModel:
        """White-box and untargeted."""
        return ThreatModel(self.budget)

    @property
    def settings(self) -> Mapping[str, object]:
        """Every constant that decides the outcome."""
        return {**self.threat.settings, "steps": 1, "loss": "cross-entropy", "start": "the image"}

    def search(self, referee: "Referee") -> None:
        """One slope, one step, one look."""
        from fieldmark.attacks.moving.balls import back_into_ball, originals, step_uphill

        rows = np.flatnonzero(referee.open)
        origin = originals(referee, rows)
        uphill = referee.slope(origin, rows, "cross-entropy").uphill
        moved = origin + step_uphill(self.budget, uphill, self.budget.size)
        referee.ask(back_into_ball(self.budget, moved, origin), rows)
