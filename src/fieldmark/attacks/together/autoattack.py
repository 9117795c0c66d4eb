"""AutoAttack: the ensemble by which published robust accuracies are compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from fieldmark.attacks.asking.square import Square
from fieldmark.attacks.climbing.apgd import APGD, APGDT
from fieldmark.attacks.nearest.fab import FAB
from fieldmark.attacks.together.ensemble import Ensemble
from fieldmark.attacks.together.remarks import at_first_sight, in_hindsight
from fieldmark.attacks.watching.stages import effort_of
from fieldmark.records import Attack, Budget, ConfigError, ThreatModel

if TYPE_CHECKING:
    from fieldmark.attacks.watching.referee import Referee

VERSIONS = ("standard", "plus", "rand", "brief")
"""Which ensemble: the one of published tables, a longer one, one for models with chance, or one
for a first look."""

ORDERS = ("quick", "published")
"""By what fools most per second, or as in the paper."""

GLANCE = 300
"""The first questions of Square, asked early: they fool most of those it will ever fool."""


@dataclass(frozen=True)
class AutoAttack:
    """AutoAttack; satisfies ``records.Attack``.

    - standard: APGD on the cross-entropy, APGD towards 9 classes, FAB towards 9 classes, Square.
    - plus: 5 restarts of APGD on the cross-entropy and on dlr and of FAB, Square, and APGD and FAB
      towards 9 classes.
    - rand: APGD on both losses, with slopes averaged over 20 draws.
    - brief: a tenth of the steps of APGD on the cross-entropy and towards 3 classes, and a
      hundredth of Square's questions. This one is ours: a first look, for no table.

    Each member searches an example as if it were alone with it, so the order does not decide who
    is fooled. The quick one comes first to what fools most per second, with a glance at Square.

    Args:
        budget: The ball around each image, in linf or l2.
        version: Which ensemble.
        order: "quick", or as "published".
        steps: Of each climb and walk.
        queries: Square's.
        targets: Classes aimed at.
        effort: How much one example may cost, in gradients (a question counts a third of one);
            members that do not fit are not run, and the settings say which. None for all.

    Raises:
        ConfigError: There is no such version or order, the budget is unbounded or in l1, or the
            effort is not enough for any member.

    Source:
        Croce & Hein 2020, "Reliable evaluation of adversarial robustness with an ensemble of
        diverse parameter-free attacks", arXiv:2003.01690, section 6; plus and rand as in its code.

    Example:
        >>> attack = AutoAttack(Budget("linf", 8 / 255), order="published")
        >>> attack.name, [one.name for one in attack.members]
        ('autoattack-linf', ['apgd-ce-linf', 'apgd-t-linf', 'fab-t-linf', 'square-linf'])
        >>> AutoAttack(Budget("linf", 8 / 255), effort=1100.0).settings["not run"]
        ['square-linf: 1,667 gradients', 'fab-t-linf: 1,200 gradients']
    """

    budget: Budget
    version: str = "standard"
    order: str = "quick"
    steps: int = 100
    queries: int = 5000
    targets: int = 9
    effort: float | None = None

    def __post_init__(self) -> None:
        if self.version not in VERSIONS:
            raise ConfigError(f"AutoAttack is {', '.join(VERSIONS)}, got {self.version!r:.40}")
        if self.order not in ORDERS:
            raise ConfigError(f"an order is {', '.join(ORDERS)}, got {self.order!r:.40}")
        if self.budget.norm == "l1":
            raise ConfigError("AutoAttack works here in linf and l2: there is no Square for l1")
        if not self.members:
            least = min(map(effort_of, self._all))
            raise ConfigError(
                f"{self.name}: an effort of {self.effort:g} gradients is not enough for any of its "
                f"attacks, the first takes {least:g}"
            )

    @property
    def name(self) -> str:
        """What it is, such as "autoattack-linf" or "autoattack-plus-l2"."""
        middle = "" if self.version == "standard" else f"-{self.version}"
        return f"autoattack{middle}-{self.budget.norm}"

    @property
    def threat(self) -> ThreatModel:
        """White-box and untargeted."""
        return ThreatModel(self.budget)

    @property
    def members(self) -> tuple[Attack, ...]:
        """Who attacks, in this order: those that the effort allows."""
        left = float("inf") if self.effort is None else self.effort
        chosen: list[Attack] = []
        for member in self._all:
            if effort_of(member) <= left:
                chosen.append(member)
                left -= effort_of(member)
        return tuple(chosen)

    @cached_property
    def _all(self) -> tuple[Attack, ...]:
        b, steps = self.budget, self.steps
        apgd, square = APGD(b, steps=steps), Square(b, self.queries)
        towards, fab = APGDT(b, self.targets, steps), FAB(b, steps, targets=self.targets)
        if self.version == "rand":
            return (APGD(b, steps=steps, draws=20), APGD(b, "dlr", steps=steps, draws=20))
        if self.version == "brief":
            few = max(steps // 10, 1)
            brief = APGD(b, steps=few), APGDT(b, min(self.targets, 3), few)
            return (*brief, Square(b, max(self.queries // 100, 1)))
        glance = (Square(b, GLANCE),) if self.order == "quick" and self.queries > GLANCE else ()
        if self.version == "standard":
            if self.order == "published":
                return (apgd, towards, fab, square)
            return (apgd, *glance, towards, square, fab)
        first, second = APGD(b, steps=steps, restarts=5), APGD(b, "dlr", steps=steps, restarts=5)
        walk = FAB(b, steps, restarts=5)
        if self.order == "published":
            return (first, second, walk, square, towards, fab)
        return (apgd, *glance, towards, square, first, second, fab, walk)

    @property
    def settings(self) -> Mapping[str, object]:
        """Every constant that decides the outcome, member by member."""
        return {
            **Ensemble(self.members).settings,
            "version": self.version,
            "order": self.order,
            "effort": self.effort or 0.0,
            "not run": [
                f"{one.name}: {effort_of(one):,.0f} gradients"
                for one in self._all
                if one not in self.members
            ],
        }

    def search(self, referee: "Referee") -> None:
        """One member after the other, on what is left; then what the log gives away."""
        referee.remarks += at_first_sight(referee)
        Ensemble(self.members).search(referee)
        referee.remarks += in_hindsight(referee.stages, len(referee.seeds))
