"""Published figures of robust accuracy: what a table in a paper says, row by row."""

from dataclasses import dataclass
from math import isfinite, isnan, nan

from fieldmark.records.budgets import Budget
from fieldmark.records.errors import DataError


@dataclass(frozen=True)
class Published:
    """One row of a table: a model, an attack, and what its authors and others found.

    Args:
        model: Whose robust accuracy.
        attack: Under which attack it was reported, such as "pgd-20".
        budget: How far pictures were moved, and in which norm.
        n: Of how many examples each share is, at least 1.
        reported: As its authors measured it, in [0, 1]; NaN where they did not.
        reattacked: What somebody else's attack left; NaN where nobody tried.
        clean: Accuracy on unchanged examples; NaN where nobody says.
        dataset: Whose examples; "" where the table is of one data set.
        knowledge: "white-box", "transfer" and so on; "" where nobody says.

    Raises:
        DataError: A name is empty, a share is outside [0, 1], no examples, or no share at all.

    Example:
        >>> row = Published("net", "pgd-20", Budget("linf", 8 / 255), 10_000, 0.5, 0.44)
        >>> row.threat
        'linf 8/255'
    """

    model: str
    attack: str
    budget: Budget
    n: int
    reported: float = nan
    reattacked: float = nan
    clean: float = nan
    dataset: str = ""
    knowledge: str = ""

    def __post_init__(self) -> None:
        if not self.model.strip() or not self.attack.strip():
            raise DataError("a published figure names its model and its attack")
        if self.n < 1:
            raise DataError(f"{self.model[:80]}: a share counts at least one example, got {self.n}")
        shares = {"reported": self.reported, "reattacked": self.reattacked, "clean": self.clean}
        for name, share in shares.items():
            if not (isnan(share) or (isfinite(share) and 0 <= share <= 1)):
                raise DataError(
                    f"{self.model[:80]}: {name} lies in [0, 1], got {share:g}; are they in percent?"
                )
        if isnan(self.reported) and isnan(self.reattacked):
            raise DataError(f"{self.model[:80]} has neither a reported nor a re-attacked figure")

    @property
    def threat(self) -> str:
        """Norm and budget, and what the attacker knows where that is told."""
        told = f"{self.budget.norm} {self.budget}"
        return f"{told}, {self.knowledge}" if self.knowledge else told

    @property
    def title(self) -> str:
        """The row in a few words, unlike those of other rows."""
        return f"{self.model} ({', '.join(filter(None, (self.dataset, self.threat, self.attack)))})"
