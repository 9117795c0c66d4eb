"""Names of attacks: the one table from a name to its maker."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from fieldmark.attacks.pgd import PGD
from fieldmark.records import Attack, Budget, ConfigError, Norm, UnknownNameError


@dataclass(frozen=True)
class AttackRecipe:
    """From a budget to an attack.

    Args:
        norm: The norm of the budgets it takes.
        make: The attack for such a budget.
    """

    norm: Norm
    make: Callable[[Budget], Attack]

    def __call__(self, budget: Budget) -> Attack:
        """The attack inside ``budget``.

        Raises:
            ConfigError: The budget is in another norm.
        """
        if budget.norm != self.norm:
            raise ConfigError(f"wanted a budget in {self.norm}, got {budget} in {budget.norm}")
        return self.make(budget)


ATTACKS: Mapping[str, AttackRecipe] = MappingProxyType(
    {
        "pgd-l2": AttackRecipe("l2", PGD),
        "pgd-linf": AttackRecipe("linf", PGD),
    }
)
"""From a name and a budget to the attack."""


def attack(name: str, level: str) -> Attack:
    """The attack ``name`` with the budget that ``level`` says.

    Args:
        name: A key of ``ATTACKS``.
        level: A budget as it is printed: "16/255" or "1.5".

    Raises:
        UnknownNameError: There is no such attack.
        ConfigError: The level is no budget, or larger than the whole range of a pixel.

    Example:
        >>> attack("pgd-l2", "1.5").budget
        Budget(norm='l2', size=1.5)
    """
    if name not in ATTACKS:
        raise UnknownNameError("attack", name, ATTACKS)
    recipe = ATTACKS[name]
    budget = Budget.parse(recipe.norm, level)
    if budget.norm == "linf" and budget.size > 1:
        raise ConfigError(
            f"{name}@{level} would let pixels leave [0, 1]; {level} of 255 levels is {level}/255"
        )
    return recipe(budget)
