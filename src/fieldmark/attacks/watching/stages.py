"""Stages: what each part of an ensemble of attacks achieved, and what it cost."""

from dataclasses import dataclass

from fieldmark.records import Attack, Rows

GRADIENTS_PER_QUERY = 1 / 3
"""What a question costs, a gradient being 1: an answer takes one pass, a gradient two or three."""


@dataclass(frozen=True)
class Stage:
    """One attack of an ensemble, as it went.

    Args:
        name: Which attack, in words.
        searched: How many examples were open when it began.
        fooled: Which it fooled first, int64: positions among the images that were given.
        gradients: Gradients asked for, of all examples together.
        queries: Questions asked, of all examples together; each gradient is one of them.
        seconds: Of processor time.
    """

    name: str
    searched: int
    fooled: Rows
    gradients: int
    queries: int
    seconds: float

    def __str__(self) -> str:
        each = max(self.searched, 1)
        return (
            f"{self.name}: {len(self.fooled)} of {self.searched} fooled, {self.seconds:.1f} s, "
            f"{self.gradients / each:.0f} gradients and {self.queries / each:.0f} questions each"
        )


def effort_of(attack: Attack) -> float:
    """What a search costs for one example that is never fooled, in gradients.

    A question is a third of a gradient. An attack that does not say how often it asks is taken
    for one of a hundred gradients.

    Example:
        >>> from fieldmark.attacks.climbing.apgd import APGDT
        >>> from fieldmark.records import Budget
        >>> effort_of(APGDT(Budget("linf", 0.1)))
        900.0
    """
    settings = attack.settings
    if attack.threat.queries is not None:
        return attack.threat.queries * GRADIENTS_PER_QUERY
    each = float(_number(settings, "steps", 100))
    for many in ("restarts", "draws", "targets"):
        each *= max(_number(settings, many, 1), 1)
    if "lean" in settings:  # FAB looks where it stepped to, and untargeted it needs all slopes
        each *= (1 if settings["targets"] else 9) + GRADIENTS_PER_QUERY
    return each


def _number(settings: object, name: str, otherwise: int) -> int:
    number = settings.get(name, otherwise)  # type: ignore[attr-defined]
    return number if isinstance(number, int) else otherwise
