"""Names of attacks: the one table from a name to its maker."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from fieldmark.attacks.asking.boundary import Boundary
from fieldmark.attacks.asking.hop_skip_jump import HopSkipJump
from fieldmark.attacks.asking.nes import NES
from fieldmark.attacks.asking.random_noise import RandomNoise
from fieldmark.attacks.asking.spatial import Spatial, SpatialGrid
from fieldmark.attacks.asking.square import Square
from fieldmark.attacks.climbing.apgd import APGD, APGDT
from fieldmark.attacks.climbing.fgsm import FGSM
from fieldmark.attacks.climbing.pgd import PGD
from fieldmark.attacks.nearest.carlini_wagner import CarliniWagner
from fieldmark.attacks.nearest.fab import FAB
from fieldmark.attacks.together.autoattack import AutoAttack
from fieldmark.attacks.transferring.transfer import Transfer
from fieldmark.records import Attack, Budget, ConfigError, Norm, Subject, UnknownNameError


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


NORMS: tuple[Norm, ...] = ("linf", "l2", "l1")


@dataclass(frozen=True)
class AttackOf:
    """From a budget and a surrogate to an attack.

    Args:
        norm: The norm of the budgets it takes.
        make: The attack for such a budget and a surrogate.
    """

    norm: Norm
    make: Callable[[Budget, Subject], Attack]


ATTACKS: Mapping[str, AttackRecipe] = MappingProxyType(
    {
        **{f"apgd-ce-{norm}": AttackRecipe(norm, APGD) for norm in NORMS},
        **{f"apgd-dlr-{norm}": AttackRecipe(norm, partial(APGD, loss="dlr")) for norm in NORMS},
        **{f"apgd-t-{norm}": AttackRecipe(norm, APGDT) for norm in NORMS},
        **{f"autoattack-{norm}": AttackRecipe(norm, AutoAttack) for norm in NORMS[:2]},
        **{
            f"autoattack-{version}-{norm}": AttackRecipe(norm, partial(AutoAttack, version=version))
            for version in ("plus", "rand", "brief")
            for norm in NORMS[:2]
        },
        "boundary-l2": AttackRecipe("l2", Boundary),
        "cw-l2": AttackRecipe("l2", CarliniWagner),
        "fab-l1": AttackRecipe("l1", FAB),
        "fab-l2": AttackRecipe("l2", FAB),
        "fab-linf": AttackRecipe("linf", FAB),
        "fab-t-l1": AttackRecipe("l1", partial(FAB, targets=9)),
        "fab-t-l2": AttackRecipe("l2", partial(FAB, targets=9)),
        "fab-t-linf": AttackRecipe("linf", partial(FAB, targets=9)),
        "fgsm-linf": AttackRecipe("linf", FGSM),
        "hop-skip-jump-l2": AttackRecipe("l2", HopSkipJump),
        "hop-skip-jump-linf": AttackRecipe("linf", HopSkipJump),
        "nes-l2": AttackRecipe("l2", NES),
        "nes-linf": AttackRecipe("linf", NES),
        "noise-l1": AttackRecipe("l1", RandomNoise),
        "noise-l2": AttackRecipe("l2", RandomNoise),
        "noise-linf": AttackRecipe("linf", RandomNoise),
        "pgd-l1": AttackRecipe("l1", PGD),
        "pgd-l2": AttackRecipe("l2", PGD),
        "pgd-linf": AttackRecipe("linf", PGD),
        "spatial": AttackRecipe("degrees", Spatial),
        "spatial-grid": AttackRecipe("degrees", SpatialGrid),
        "square-l2": AttackRecipe("l2", Square),
        "square-linf": AttackRecipe("linf", Square),
    }
)
"""From a name and a budget to the attack."""


TRANSFERS: Mapping[str, AttackOf] = MappingProxyType(
    {
        "di-linf": AttackOf("linf", partial(Transfer, method="di")),
        "mi-l2": AttackOf("l2", Transfer),
        "mi-linf": AttackOf("linf", Transfer),
        "ni-linf": AttackOf("linf", partial(Transfer, method="ni")),
        "ti-linf": AttackOf("linf", partial(Transfer, method="ti")),
        "vmi-linf": AttackOf("linf", partial(Transfer, method="vmi")),
    }
)
"""From a name, a budget and a surrogate to the attack."""


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
    return recipe(_budget(name, recipe.norm, level))


def attack_from(name: str, level: str, surrogate: Subject) -> Attack:
    """The transfer attack ``name`` from a surrogate, with the budget that ``level`` says.

    Args:
        name: A key of ``TRANSFERS``.
        level: A budget as it is printed: "16/255" or "1.5".
        surrogate: The model that is climbed in place of the target.

    Raises:
        UnknownNameError: There is no such attack.
        ConfigError: The level is no budget, or larger than the whole range of a pixel; or the
            surrogate's name cannot stand in a condition's.
    """
    if name not in TRANSFERS:
        raise UnknownNameError("transfer attack", name, TRANSFERS)
    recipe = TRANSFERS[name]
    return recipe.make(_budget(name, recipe.norm, level), surrogate)


def _budget(name: str, norm: Norm, level: str) -> Budget:
    budget = Budget.parse(norm, level)
    if budget.norm == "linf" and budget.bounded and budget.size > 1:
        raise ConfigError(
            f"{name}@{level} would let pixels leave [0, 1]; did you mean {level}/255?"
        )
    return budget
