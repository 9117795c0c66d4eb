"""Strengths of attacks: which of two should leave less, by their names and what they know."""

import re
from dataclasses import dataclass

from fieldmark.records import Published

_GRADES = (
    (4, ("autoattack", "aa", "aa+", "worst", "best")),
    (3, ("apgd", "autopgd")),
    (2, ("pgd", "bim", "ifgsm", "ifgm", "mifgsm", "mim", "basiciterative")),
    (1, ("fgsm", "fgm", "ffgsm", "rfgsm")),
    (0, ("noise", "random", "gaussian", "uniform")),
)


@dataclass(frozen=True)
class Strength:
    """How strong an attack is, as far as a name says.

    Args:
        grade: 0 random noise, 1 one step, 2 many steps, 3 many steps of adapted size, 4 an
            ensemble; None where the name says nothing.
        steps: How many steps; 0 where the name does not say.
        transferred: Was it made against another model?
    """

    grade: int | None
    steps: int
    transferred: bool


def strength_of(row: Published) -> Strength:
    """The strength of the attack of a row.

    Example:
        >>> from fieldmark.records import Budget
        >>> strength_of(Published("net", "PGD-20", Budget("linf", 0.1), 100, 0.5))
        Strength(grade=2, steps=20, transferred=False)
    """
    name = row.attack.lower()
    transferred = row.knowledge == "transfer" or "transfer" in name or "black-box" in name
    letters = re.sub(
        r"[^a-z+]", "", re.split(r"[\s(@]", name.replace("transfer", "").strip("- "))[0]
    )
    letters = re.sub(r"(linf|ltwo|lone|ce|cw|dlr|l)$", "", letters) or letters
    grade = next((grade for grade, names in _GRADES if letters in names), None)
    steps = re.search(r"(?<![a-z0-9./])(\d{1,5})(?![\d./])", name)
    return Strength(grade, int(steps[1]) if steps else 0, transferred)


def should_leave_less(stronger: Strength, weaker: Strength) -> str:
    """Why the one should leave less accuracy than the other; "" where nothing says so.

    Example:
        >>> one, other = Strength(2, 100, False), Strength(1, 0, False)
        >>> should_leave_less(one, other), should_leave_less(other, one)
        ('many steps after one step', '')
    """
    if stronger.grade is None or weaker.grade is None:
        return ""
    if weaker.transferred != stronger.transferred:
        beaten = weaker.transferred and stronger.grade >= max(weaker.grade, 2)
        return "white-box after transfer" if beaten else ""
    if stronger.grade > weaker.grade:
        return f"{_NAMES[stronger.grade]} after {_NAMES[weaker.grade]}"
    more = stronger.grade == weaker.grade == 2 and 0 < weaker.steps < stronger.steps
    return "more steps after fewer" if more else ""


_NAMES = ("random noise", "one step", "many steps", "adapted steps", "an ensemble")
