"""Judgements: pass, fail, unknown or not applicable, with the evidence in words and numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool

from fieldmark.audits.evidence.gathering import Evidence
from fieldmark.records import Estimate
from fieldmark.statistics import clopper_pearson

NO_GRADIENTS = "no attack by gradients could be run"
NONE_LEFT = "no picture was left to search"

State = Literal["pass", "fail", "unknown", "not applicable"]

TOLERANCE = 0.01
"""One point: what a stronger search may still find when a weaker one counts as converged."""

LEAK = 0.002
"""A fifth of a point: what attacks that see less may find beyond those that see all."""


@dataclass(frozen=True)
class Judgement:
    """What a rule says.

    Args:
        state: The answer.
        words: The evidence.
        number: The same as a number with its interval, where there is one.
    """

    state: State
    words: str
    number: Estimate | None = None


@dataclass(frozen=True)
class Rule:
    """One item of the checklist.

    Args:
        key: Its name, such as "K7".
        item: What must hold, in a few words.
        judge: The question put to the evidence.
    """

    key: str
    item: str
    judge: Callable[[Evidence], Judgement]


def passed(words: str, number: Estimate | None = None) -> Judgement:
    """The rule is kept."""
    return Judgement("pass", words, number)


def failed(words: str, number: Estimate | None = None) -> Judgement:
    """The rule is broken."""
    return Judgement("fail", words, number)


def unknown(words: str, number: Estimate | None = None) -> Judgement:
    """It cannot be told."""
    return Judgement("unknown", words, number)


def beside(words: str) -> Judgement:
    """The rule has nothing to say here."""
    return Judgement("not applicable", words)


def share_of(hits: Bool[np.ndarray, " n"], n: int | None = None) -> Estimate:
    """The share of pictures that are hit, of ``n`` (of all when None)."""
    return clopper_pearson(int(hits.sum()), len(hits) if n is None else n)


def few_enough(share: Estimate, allowed: float, good: str, bad: str) -> Judgement:
    """Kept where the share is at most ``allowed``, broken where even its lower end is above."""
    if share.low > allowed:
        return failed(bad, share)
    if share.value <= allowed:
        return passed(good, share)
    return unknown(f"{bad}; too few to be sure", share)


def pictures(count: int) -> str:
    """A number of pictures.

    Example:
        >>> pictures(1), pictures(1200)
        ('1 picture', '1,200 pictures')
    """
    return f"{count:,} picture" if count == 1 else f"{count:,} pictures"


def why_not(evidence: Evidence, *names: str) -> str:
    """Why none of these searches says anything."""
    for name in names:
        found = evidence.searches.get(name)
        if found is not None and found.failed:
            return found.failed
    known = any(name in evidence.searches for name in names)
    return NONE_LEFT if known else NO_GRADIENTS
