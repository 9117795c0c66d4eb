"""Gathering: all that the rules of an audit look at, in one go."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool

from fieldmark.audits.evidence.answering import Answering, answering
from fieldmark.audits.evidence.binarisation import Binarised, binarisation_test
from fieldmark.audits.evidence.declared import Declared
from fieldmark.audits.evidence.gradients import Gradients, gradients
from fieldmark.audits.evidence.programme import DRAWS, QUERIES, Programme, run_all
from fieldmark.audits.evidence.searches import Search
from fieldmark.audits.evidence.shown import Shown, shown_of
from fieldmark.records import (
    Attack,
    Classifier,
    Condition,
    ConfigError,
    Estimate,
    GradientClassifier,
    ModelError,
    NotApplicableError,
)
from fieldmark.statistics import clopper_pearson


@dataclass(frozen=True)
class Evidence:
    """Everything that rules look at.

    Args:
        model: The model's name.
        condition: The evaluation's name.
        attack: The evaluation's own attack.
        shown: The pictures.
        answering: How the model answers clean pictures.
        right: Those that it gets right.
        gradients: Its gradients around them.
        searches: What every attack did to them, by name.
        binarised: What came of the binarisation test, or None.
        twin: What PGD does to the model without its defence, or None.
        declared: What its authors say.
    """

    model: str
    condition: str
    attack: Attack
    shown: Shown
    answering: Answering
    right: Shown
    gradients: Gradients
    searches: Mapping[str, Search]
    binarised: "Binarised | None"
    twin: Search | None
    declared: Declared

    @property
    def counted(self) -> int:
        """How many pictures were shown."""
        return len(self.shown)

    def ran(self, name: str) -> Search | None:
        """The search of that name, where there was one that could be run."""
        found = self.searches.get(name)
        return None if found is None or found.failed else found

    def fooled_by(self, *sees: str) -> Bool[np.ndarray, " n"]:
        """Which of the pictures it gets right were fooled by attacks that see so much."""
        fallen = np.zeros(len(self.right), bool)
        for one in self.within():
            if one.sees in sees:
                fallen |= one.fooled
        return fallen

    def within(self) -> list[Search]:
        """All searches inside the evaluation's budget that could be run."""
        size = self.shown.budget.size
        return [one for one in self.searches.values() if not one.failed and one.size <= size]

    def accuracy_after(self, *names: str) -> Estimate:
        """Robust accuracy, on all pictures, that these searches leave together; all when none."""
        fallen = np.zeros(len(self.right), bool)
        for one in self.within():
            if not names or one.name in names:
                fallen |= one.fooled
        return clopper_pearson(int((~fallen).sum()), self.counted)


def gather(
    model: Classifier,
    condition: Condition,
    *,
    images: int = 200,
    declared: Declared | None = None,
    substitute: Classifier | None = None,
    twin: Classifier | None = None,
    queries: int = QUERIES,
    draws: int = DRAWS,
    told: Callable[[str], None] = lambda _: None,
) -> Evidence:
    """All evidence about an evaluation.

    Args:
        model: Who is evaluated.
        condition: On what, and by which attack.
        images: How many pictures are looked at.
        declared: What its authors say.
        substitute: Another model, whose worst pictures are shown to this one.
        twin: The same model without its defence.
        queries: Questions per picture of score-based attacks.
        draws: Pictures of random noise each.
        told: Told what is done next.

    Raises:
        ConfigError, DataError, ModelError: As for ``shown_of`` and ``answering``; or the model gets
            none of the pictures right, so that there is nothing to attack.
    """
    with _one_thread():
        return _gathered(
            model,
            condition,
            shown_of(condition, images),
            declared or Declared(),
            substitute,
            twin,
            queries,
            draws,
            told,
        )


@contextmanager
def _one_thread() -> Iterator[None]:
    """So that no sum is added up in another order because there are more cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _gathered(
    model: Classifier,
    condition: Condition,
    shown: Shown,
    declared: Declared,
    substitute: Classifier | None,
    twin: Classifier | None,
    queries: int,
    draws: int,
    told: Callable[[str], None],
) -> Evidence:
    if condition.attack is None:  # shown_of has said so already
        raise ConfigError(f"{condition.name} is no attack")
    told("clean answers")
    clean = answering(model, shown)
    right = shown.only(np.flatnonzero(clean.right))
    if not len(right):
        raise ModelError(f"{model.card.name} gets none of {len(shown)} pictures right")
    told("gradients")
    slopes = gradients(model, right)
    programme = Programme(model, right, told, queries, draws)
    searches = run_all(programme, condition.attack, substitute)
    return Evidence(
        model=model.card.name,
        condition=condition.name,
        attack=condition.attack,
        shown=shown,
        answering=clean,
        right=right,
        gradients=slopes,
        searches=dict(searches),
        binarised=_binarised(model, right, condition.attack, told),
        twin=None if twin is None else _twin(twin, right, told),
        declared=declared,
    )


def _binarised(
    model: Classifier, right: Shown, attack: Attack, told: Callable[[str], None]
) -> "Binarised | None":
    if not isinstance(model, GradientClassifier):
        return None
    told("binarisation test")
    try:
        return binarisation_test(model, right, attack)
    except (ModelError, NotApplicableError):
        return None


def _twin(twin: Classifier, right: Shown, told: Callable[[str], None]) -> Search:
    told("the model without its defence")
    programme = Programme(twin, right)
    from fieldmark import attacks

    programme.run("twin", attacks.PGD(right.budget, steps=40))
    return programme.done["twin"]
