"""Ensembles: several attacks one after the other, each on what the ones before left standing."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from time import process_time
from typing import TYPE_CHECKING

import numpy as np

from fieldmark.attacks.watching.stages import Stage, effort_of
from fieldmark.records import Attack, Budget, ConfigError, ThreatModel

if TYPE_CHECKING:
    from fieldmark.attacks.watching.referee import Referee


@contextmanager
def logged(referee: "Referee", name: str) -> Iterator[None]:
    """Write a stage into the referee's log: what happened to it meanwhile."""
    score = referee.score
    before, searched = score.fooled.copy(), int(referee.open.sum())
    gradients, queries, begun = score.gradients.sum(), score.queries.sum(), process_time()
    yield
    referee.stages.append(
        Stage(
            name,
            searched,
            np.flatnonzero(score.fooled & ~before),
            int(score.gradients.sum() - gradients),
            int(score.queries.sum() - queries),
            process_time() - begun,
        )
    )


@dataclass(frozen=True)
class Ensemble:
    """Several attacks as one, and an example must stand them all; satisfies ``records.Attack``.

    Each attack searches an example as if it were alone with it, so who is fooled is the union over
    the members, in whatever order they come; the order decides what it costs, and whose picture is
    kept.

    Args:
        members: Who attacks, in this order, all within one budget.
        title: Its name, without the norm.

    Raises:
        ConfigError: There are no members, or they have different budgets.

    Example:
        >>> from fieldmark.attacks import PGD, RandomNoise
        >>> budget = Budget("linf", 0.1)
        >>> Ensemble((RandomNoise(budget), PGD(budget)), title="noise-and-pgd").name
        'noise-and-pgd-linf'
    """

    members: tuple[Attack, ...]
    title: str = "ensemble"

    def __post_init__(self) -> None:
        budgets = {member.threat.budget for member in self.members}
        if len(budgets) != 1:
            said = ", ".join(f"{one.norm} {one}" for one in budgets) or "no members"
            raise ConfigError(f"an ensemble has one budget for all its members, got {said}")

    @property
    def budget(self) -> Budget:
        """The ball around each image."""
        return self.members[0].threat.budget

    @property
    def name(self) -> str:
        """What it is: the title and the norm."""
        return f"{self.title}-{self.budget.norm}"

    @property
    def threat(self) -> ThreatModel:
        """All that the most knowing of its members may know; any wrong class counts."""
        order = ("white-box", "transfer", "score", "decision")
        known = {member.threat.knowledge for member in self.members}
        return ThreatModel(self.budget, next(each for each in order if each in known))

    @property
    def settings(self) -> Mapping[str, object]:
        """Every constant that decides the outcome, member by member."""
        return {
            **self.threat.settings,
            "steps": int(sum(map(effort_of, self.members))),
            "members": [{"name": one.name, **one.settings} for one in self.members],
        }

    def search(self, referee: "Referee") -> None:
        """One member after the other, until no example is open."""
        for member in self.members:
            if not referee.open.any():
                return
            with logged(referee, member.name):
                member.search(referee)
