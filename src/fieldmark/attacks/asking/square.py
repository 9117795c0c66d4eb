"""Square attack: random squares of the picture, kept where the scores get worse; no gradients."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fieldmark.attacks.demands import demand
from fieldmark.records import Budget, ConfigError, ThreatModel

if TYPE_CHECKING:
    from fieldmark.attacks.watching.referee import Referee


@dataclass(frozen=True)
class Square:
    """Random search with squares that shrink; satisfies ``records.Attack``.

    It knows the scores alone, so it attacks trees and kernels as well as nets, and what a defence
    does to gradients cannot mislead it.

    A net is shown several squares of an example together. Those behind the first that is kept are
    no questions: what the net says of them is thrown away unseen.

    Args:
        budget: The ball around each image, in linf or l2.
        queries: Pictures tried per example and restart, at least 1. One that a square leaves as it
            was is not asked about again.
        restarts: Searches from different starts, at least 1.
        share: Of the picture, which the first squares cover, in (0, 1].

    Raises:
        ConfigError: A number is out of its range, the budget is unbounded, or in l1.

    Source:
        Andriushchenko, Croce, Flammarion and Hein 2020, arXiv:1912.00049, algorithms 1 to 3; the
        share of .8 and 5,000 queries are those of AutoAttack, arXiv:2003.01690.

    Example:
        >>> print(Square(Budget("linf", 8 / 255)).threat)
        linf 8/255, score, untargeted, at most 5,000 queries
    """

    budget: Budget
    queries: int = 5000
    restarts: int = 1
    share: float = 0.8

    def __post_init__(self) -> None:
        demand(
            self,
            least={"queries": 1, "restarts": 1},
            within={"share": "(0, 1]"},
            bounded="fills a budget",
        )
        if self.budget.norm == "l1":
            raise ConfigError("square attack works in linf and l2, not in l1")

    @property
    def name(self) -> str:
        """What it is: "square-linf" or "square-l2"."""
        return f"square-{self.budget.norm}"

    @property
    def threat(self) -> ThreatModel:
        """The scores are enough."""
        return ThreatModel(self.budget, "score", queries=self.queries * self.restarts)

    @property
    def settings(self) -> Mapping[str, object]:
        """Every constant that decides the outcome."""
        return {
            **self.threat.settings,
            "queries per restart": self.queries,
            "restarts": self.restarts,
            "share": self.share,
            "loss": "margin",
            "asked about": "squares that change the picture",
            "start": "vertical stripes" if self.budget.norm == "linf" else "tiles",
            "schedule": "halved after 10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000 queries",
        }

    def search(self, referee: "Referee") -> None:
        """Squares upon squares, again from the start for each restart."""
        # Imported here so that planning a grid of attacks needs no torch.
        from fieldmark.attacks.asking.square_search import search_squares

        for attempt in range(self.restarts):
            if referee.open.any():
                search_squares(referee, queries=self.queries, share=self.share, attempt=attempt)
