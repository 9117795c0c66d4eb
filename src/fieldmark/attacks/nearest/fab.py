"""FAB: the fast adaptive boundary attack, a walk along the boundary towards the original."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fieldmark.attacks.demands import demand
from fieldmark.records import Budget, ThreatModel

if TYPE_CHECKING:
    from fieldmark.attacks.watching.referee import Referee


@dataclass(frozen=True)
class FAB:
    """A search for the smallest change that fools; satisfies ``records.Attack``.

    Each step takes the boundary for flat, goes to it, and leans towards the original; after a
    success it steps back. Inside a budget an example is left at its first success; with a budget
    of "any" the search goes on for the smallest change of all.

    Args:
        budget: The ball around each image, in linf, l2 or l1; or "any".
        steps: Steps of one walk, at least 1.
        restarts: Walks, at least 1: the first from the image, others from random places near it.
        targets: Aimed at are the so many likeliest wrong classes, one walk for each; with 0 each
            step goes to the nearest boundary, which takes a gradient for every class.
        group: How many of these walks go side by side. Many are quicker where most examples stand,
            few where most are fooled by the first.
        lean: The largest share of a step that leans towards the original, in [0, 1].
        beyond: How far a step goes, in units of the way to the boundary, at least 1.
        back: Where to step back to after a success, as a share of the way from the original.
        halvings: At the end, for the budget "any": how often the way from the original to the
            nearest success is cut in half.

    Raises:
        ConfigError: A number is out of its range.

    Source:
        Croce and Hein 2020, "Minimally distorted adversarial examples with a fast adaptive
        boundary attack", arXiv:1907.02044, algorithm 1; nine targets and the numbers are those of
        AutoAttack, arXiv:2003.01690. The halvings are ours.

    Example:
        >>> FAB(Budget("l2", 0.5)).name, FAB(Budget("linf", 8 / 255), targets=9).name
        ('fab-l2', 'fab-t-linf')
    """

    budget: Budget
    steps: int = 100
    restarts: int = 1
    targets: int = 0
    group: int = 3
    lean: float = 0.1
    beyond: float = 1.05
    back: float = 0.9
    halvings: int = 10

    def __post_init__(self) -> None:
        counts = ("steps", "restarts", "group", "beyond")
        demand(
            self,
            least={**dict.fromkeys(counts, 1), "targets": 0, "halvings": 0},
            within={"lean": "[0, 1]", "back": "[0, 1]"},
        )

    @property
    def name(self) -> str:
        """What it is, such as "fab-l2", or "fab-t-l2" where it aims at classes."""
        return f"fab-{'t-' if self.targets else ''}{self.budget.norm}"

    @property
    def threat(self) -> ThreatModel:
        """White-box and untargeted: whichever class it aims at, any wrong one counts."""
        return ThreatModel(self.budget)

    @property
    def settings(self) -> Mapping[str, object]:
        """Every constant that decides the outcome."""
        return {
            **self.threat.settings,
            "steps": self.steps,
            "restarts": self.restarts,
            "targets": self.targets,
            "targets at a time": min(self.group, self.targets),
            "lean": self.lean,
            "beyond": self.beyond,
            "back": self.back,
            "halvings": 0 if self.budget.bounded else self.halvings,
            "start": "the image, then within half of the nearest success",
        }

    def search(self, referee: "Referee") -> None:
        """Walk for each target and restart; then, for the budget "any", cut the way in half."""
        # Imported here so that planning a grid of attacks needs no torch.
        from fieldmark.attacks.moving.halving import halve
        from fieldmark.attacks.nearest.fab_walk import Stride, rivals, walk_all

        if not referee.open.any():
            return
        stride = Stride(self.steps, self.lean, self.beyond, self.back)
        ranked = rivals(referee, self.targets) if self.targets else None
        for restart in range(self.restarts):
            walk_all(referee, stride, ranked, restart=restart, group=self.group)
        if not self.budget.bounded:
            halve(referee, times=self.halvings)
