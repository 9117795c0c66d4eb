"""Suspicions: the ways in which published predictions are wrong without looking wrong.

Each is a hypothesis with a test: if undoing one common mistake made the answers much more often
right than they are, then the mistake was probably made. Nothing is undone unless somebody says so.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from jaxtyping import Int64

from fieldmark.records import LabelSets, text_order

Ranked = Int64[np.ndarray, "n k"]
"""Class numbers, best first; -1 where there was no answer."""

_SURE = 5.0
"""Standard errors of the difference: by chance, one time in three million."""


@dataclass(frozen=True)
class Suspicion:
    """A mistake that was probably made.

    Args:
        name: What to call it; the repair has the same name.
        evidence: What was seen, with its numbers.
    """

    name: str
    evidence: str


@dataclass(frozen=True)
class _Mistake:
    """How a mistake is undone, and what it is called in a sentence."""

    told: str
    undo: Callable[[Ranked, int], Ranked]


def _flipped(ranked: Ranked, k: int) -> Ranked:
    return ranked[:, ::-1]


def _shifted(by: int) -> Callable[[Ranked, int], Ranked]:
    return lambda ranked, k: np.where(ranked < 0, -1, (ranked + by) % k)


def _rolled(by: int) -> Callable[[Ranked, int], Ranked]:
    return lambda ranked, k: np.roll(ranked, by, axis=0)


def _from_text_order(ranked: Ranked, k: int) -> Ranked:
    """Number i was given to the i-th class in the order 0, 1, 10, 100, 101, …; give it back."""
    order = _text_order(k)
    return np.where(ranked < 0, -1, order[np.clip(ranked, 0, k - 1)])


def _to_text_order(ranked: Ranked, k: int) -> Ranked:
    """The same mistake in the labels: the answers are right, the labels count in text order."""
    place = np.argsort(_text_order(k))
    return np.where(ranked < 0, -1, place[np.clip(ranked, 0, k - 1)])


def _text_order(k: int) -> Int64[np.ndarray, " k"]:
    return text_order([str(number) for number in range(k)])


MISTAKES: Mapping[str, _Mistake] = MappingProxyType(
    {
        "reversed-top-k": _Mistake("the last column is the best answer, not the first", _flipped),
        "class-numbers-one-up": _Mistake("class numbers start at 1", _shifted(-1)),
        "class-numbers-one-down": _Mistake("class numbers are one too low", _shifted(1)),
        "text-sorted-answers": _Mistake(
            "answers count classes in the order 0, 1, 10, 100, 101, …", _from_text_order
        ),
        "text-sorted-labels": _Mistake(
            "labels count classes in the order 0, 1, 10, 100, 101, …", _to_text_order
        ),
        "rows-one-late": _Mistake("every answer stands one row too late", _rolled(-1)),
        "rows-one-early": _Mistake("every answer stands one row too early", _rolled(1)),
    }
)
"""Every mistake that can be undone, by its name. Rows can only be late where there are no ids."""


def suspicions(ranked: Ranked, labels: LabelSets, k: int, *, ordered: bool) -> list[Suspicion]:
    """What was probably done wrong with these answers, the most telling first.

    Args:
        ranked: The answers.
        labels: What would be right.
        k: The number of classes.
        ordered: Do the rows follow an order instead of ids?
    """
    counted = np.asarray((labels >= 0).any(axis=1))
    n = int(counted.sum())
    if n < 2:
        return []
    now = _share_right(ranked, labels, counted)
    found = []
    for name, mistake in MISTAKES.items():
        if name.startswith("rows-") and not ordered:
            continue
        then = _share_right(mistake.undo(ranked, k), labels, counted)
        error = np.sqrt((now * (1 - now) + then * (1 - then)) / n)
        if then - now > _SURE * error and then > now:
            evidence = f"{mistake.told}: undoing it, {then:.1%} are right instead of {now:.1%}"
            found.append((then, Suspicion(name, evidence)))
    return [one for _, one in sorted(found, key=lambda pair: -pair[0])]


def undone(ranked: Ranked, k: int, name: str) -> Ranked:
    """The answers with one mistake undone."""
    return MISTAKES[name].undo(ranked, k)


def _share_right(ranked: Ranked, labels: LabelSets, counted: np.ndarray) -> float:
    right = (ranked[:, :1] == labels) & (labels >= 0)
    return float(right.any(axis=1)[counted].mean())
