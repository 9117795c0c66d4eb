"""Threat models of kept cells: accuracies under different ones are never compared in silence."""

from collections.abc import Sequence

from fieldmark.records import ConditionRecord, ConfigError
from fieldmark.studies.answers.board import Board
from fieldmark.studies.answers.words import listing

UPPER_BOUND = (
    "Accuracy under an attack is an upper bound of robust accuracy: a stronger search may find "
    "pictures that this one did not."
)

SHOWN_ITS_OWN = "Each subject was shown pictures made against itself."

_NORMS = {"linf": "Linf", "l2": "L2", "l1": "L1"}
_MOST_TOLD = 4


def threat_of(record: ConditionRecord) -> str:
    """The threat model of an attacked condition in words, from its settings; "" where none attacks.

    A cell that does not say (one kept by other software, say) is known by its attack alone.

    Args:
        record: What was asked.

    Example:
        >>> settings = {"norm": "linf", "knowledge": "white-box", "goal": "untargeted"}
        >>> made = {"kind": "attack", "level": "8/255", "settings": settings}
        >>> threat_of(ConditionRecord.model_construct(**made))
        'Linf 8/255, white-box, untargeted'
    """
    if record.kind != "attack":
        return ""
    if "norm" not in record.settings:
        return f"{record.change}@{record.level}, threat model not kept"
    told = {name: str(record.settings.get(name, "") or "") for name in _PARTS}
    parts = [f"{norm_of(record)} {record.level}", told["knowledge"], told["goal"]]
    if told["queries"]:
        once = told["queries"] == "1"
        parts.append("one query" if once else f"at most {told['queries']} queries")
    if told["surrogate"]:
        parts.append(f"through {told['surrogate']}")
    if told["adaptive"]:
        parts.append(f"adapted: {told['adaptive']}")
    return ", ".join(part for part in parts if part)


_PARTS = ("knowledge", "goal", "queries", "surrogate", "adaptive")


def norm_of(record: ConditionRecord) -> str:
    """The norm that budgets or radii of a condition are in: "Linf", "L2", "L1"; "" if not told."""
    told = str(record.settings.get("norm", ""))
    return _NORMS.get(told, told)


def threats(cells: Board, conditions: Sequence[str]) -> dict[str, list[str]]:
    """The threat models that some conditions face, each with those that face it."""
    found: dict[str, list[str]] = {}
    for name in conditions:
        words = threat_of(cells.conditions[name])
        if words:
            found.setdefault(words, []).append(name)
    return found


def attack_caveats(cells: Board, conditions: Sequence[str]) -> tuple[str, ...]:
    """What is to be said beside accuracies of some conditions; () where nobody attacks or chose.

    That they are upper bounds, which threat model they are under, and, where there are several,
    that accuracies under the one say nothing beside accuracies under the other. And whose errors
    decided which examples are in a condition.
    """
    return (*_under_attack(cells, conditions), *_chosen(cells, conditions))


def _chosen(cells: Board, conditions: Sequence[str]) -> tuple[str, ...]:
    sets = {cells.conditions[name].examples.card for name in conditions}
    return tuple(
        f"The answers of {listing(card.chosen_by)} decided which examples {card.name} has: what "
        f"{'it is' if len(card.chosen_by) == 1 else 'they are'} right on there says nothing and "
        "is not ranked, and models that err alike look worse there than they are."
        for card in sorted(sets, key=lambda card: card.name)
        if card.chosen_by
    )


def _under_attack(cells: Board, conditions: Sequence[str]) -> tuple[str, ...]:
    found = threats(cells, conditions)
    if not found:
        return ()
    if len(found) == 1:
        (words,) = found
        return (UPPER_BOUND, f"The threat model is {words}.")
    told = [f"{words} ({listing(names, 3)})" for words, names in found.items()]
    more = "" if len(told) <= _MOST_TOLD else f"; and {len(told) - _MOST_TOLD} more"
    return (
        UPPER_BOUND,
        f"There are {len(found)} threat models here, and accuracies under different ones cannot "
        f"be held against each other: {'; '.join(told[:_MOST_TOLD])}{more}.",
    )


def one_norm(cells: Board, conditions: Sequence[str]) -> str:
    """The norm that all of these conditions are in, to draw them on one axis.

    Raises:
        ConfigError: They are in several; says which.
    """
    found: dict[str, list[str]] = {}
    for name in conditions:
        found.setdefault(norm_of(cells.conditions[name]) or "no norm", []).append(name)
    if len(found) > 1:
        told = [f"{norm} ({listing(names, 2)})" for norm, names in found.items()]
        raise ConfigError(
            f"budgets in different norms have no axis in common: {listing(told)}; ask for one norm"
        )
    return next(iter(found))
