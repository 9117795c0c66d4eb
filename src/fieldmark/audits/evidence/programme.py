"""The programme: which attacks an audit runs, in which order, on whom."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any

import numpy as np

from fieldmark import attacks
from fieldmark.audits.evidence.searches import Search, search, shown_again
from fieldmark.audits.evidence.shown import Shown
from fieldmark.records import (
    Attack,
    Budget,
    Classifier,
    ConfigError,
    FloatImages,
    GradientClassifier,
    Rows,
)

STEPS, RESTARTS, DRAWS, QUERIES = 40, 4, 100, 5000
DECISIONS = 1000
"""Questions of the attack that is told no more than the answer."""

TARGETS = 3
"""Likeliest wrong classes that targeted attacks aim at: the others cost as much and find little."""

ENSEMBLE = "ensemble"
"""What an ensemble sees of whose members some see gradients and others do not."""

HUGE = {"linf": 0.5, "l2": 0.5, "l1": 0.5}
"""Of what would lead from any picture to any other: at half of it nothing need be left."""

Told = Callable[[str], None]
"""Told what is done next."""


@dataclass
class Programme:
    """Runs attacks on ``right``, the pictures that ``model`` gets right, and keeps what they did.

    Args:
        model: Who is audited.
        right: Pictures it gets right.
        told: Told what comes next.
        queries: Questions per picture of score- and decision-based attacks.
        draws: Pictures of random noise each.
    """

    model: Classifier
    right: Shown
    told: Told = lambda _: None
    queries: int = QUERIES
    draws: int = DRAWS
    done: dict[str, Search] = field(default_factory=dict)

    @property
    def standing(self) -> Rows:
        """Pictures that no attack by gradients inside the budget has fooled yet."""
        fallen = np.zeros(len(self.right), bool)
        for one in self.done.values():
            if one.size <= self.right.budget.size and one.sees == "white-box":
                fallen |= one.fooled
        return np.flatnonzero(~fallen)

    def run(
        self,
        name: str,
        attack: Attack,
        rows: Rows | None = None,
        *,
        sees: str = "",
        again: int = 0,
    ) -> None:
        """Run ``attack`` on ``rows``, on all pictures when None, and write down what it did."""
        self.told(name)
        everyone = np.arange(len(self.right))
        self.done[name], _ = search(
            self.model,
            attack,
            self.right,
            everyone if rows is None else rows,
            name=name,
            sees=sees,
            again=again,
        )


def run_all(
    programme: Programme, evaluated: Attack, substitute: Classifier | None
) -> Mapping[str, Search]:
    """Everything an audit runs, by name.

    The evaluation's own attack and the plain ones see every picture; what comes later sees those
    that no attack by gradients has fooled, which is all that the rules need to know of it.
    """
    members = getattr(evaluated, "members", ())
    mixed = any(member.threat.knowledge != "white-box" for member in members)
    programme.run("evaluated", evaluated, sees=ENSEMBLE if mixed else "")
    if isinstance(programme.model, GradientClassifier):
        _white_box(programme)
        _sweep(programme)
        _stronger(programme)
    _black_box(programme)
    if substitute is not None:
        _transfer(programme, substitute)
    return programme.done


def _white_box(programme: Programme) -> None:
    budget, step = programme.right.budget, programme.right.budget.size / 16
    programme.run("fgsm", attacks.FGSM(budget))
    programme.run("pgd", attacks.PGD(budget, steps=STEPS, step_size=step))
    standing = programme.standing
    programme.run("pgd, fewer steps", _pgd(budget, STEPS - 10, step), standing)
    programme.run("pgd, twice the steps", _pgd(budget, 2 * STEPS, step), standing)
    entropy = attacks.PGD(budget, steps=STEPS, step_size=step, loss="cross-entropy")
    programme.run("pgd, cross-entropy", entropy, standing)
    for words, factor in {"a quarter of the step": 0.25, "four times the step": 4.0}.items():
        programme.run(f"pgd, {words}", _pgd(budget, STEPS, factor * step), standing)
    again = attacks.PGD(budget, steps=STEPS, step_size=step, restarts=RESTARTS)
    programme.run("pgd, restarts", again, programme.standing, again=1)


def _pgd(budget: Budget, steps: int, step: float) -> attacks.PGD:
    return attacks.PGD(budget, steps=steps, step_size=step)


def _sweep(programme: Programme) -> None:
    """PGD at a quarter and half of the budget, twice, and as far as it takes."""
    budget = programme.right.budget
    whole = whole_way(budget, programme.right.images.shape[1:])
    for share in (0.25, 0.5, 2.0):
        if share * budget.size < whole:
            _sweep_at(programme, share * budget.size)
    for size in (HUGE[budget.norm] * whole, whole):
        if size > budget.size:
            _sweep_at(programme, size)


def _sweep_at(programme: Programme, size: float) -> None:
    wider = Budget(programme.right.budget.norm, float(size))
    programme.run(f"pgd @ {wider}", attacks.PGD(wider, steps=STEPS // 2))


def whole_way(budget: Budget, shape: tuple[int, ...]) -> float:
    """The radius of a ball that holds every picture, in the budget's norm.

    Example:
        >>> whole_way(Budget("l2", 0.5), (28, 28, 1))
        28.0
    """
    values = int(np.prod(shape))
    return {"linf": 1.0, "l2": values**0.5, "l1": float(values)}[budget.norm]


def _stronger(programme: Programme) -> None:
    """Whatever white-box attacks the table has beside those above, on who is still standing."""
    norm = programme.right.budget.norm
    for name in (f"apgd-ce-{norm}", f"apgd-t-{norm}"):
        if name in attacks.ATTACKS:
            _by_name(programme, name)


def _black_box(programme: Programme) -> None:
    budget = programme.right.budget
    noise = attacks.RandomNoise(budget, draws=programme.draws)
    programme.run("noise", noise, programme.standing, sees="noise")
    for family, queries in {"square": programme.queries, "hop-skip-jump": DECISIONS}.items():
        if f"{family}-{budget.norm}" in attacks.ATTACKS:
            _by_name(programme, f"{family}-{budget.norm}", min(queries, programme.queries))


def _by_name(programme: Programme, name: str, queries: int = 0) -> None:
    try:
        made: Any = attacks.ATTACKS[name](programme.right.budget)
    except ConfigError:  # an attack that does not take this budget
        return
    known = {one.name for one in fields(made)} if is_dataclass(made) else set()
    cheaper = {"queries": queries or programme.queries, "targets": TARGETS}
    made = replace(made, **{what: cheaper[what] for what in known & cheaper.keys()})
    programme.run(name, made, programme.standing)


def _transfer(programme: Programme, substitute: Classifier) -> None:
    """The worst pictures of another model, shown to this one."""
    budget, right = programme.right.budget, programme.right
    programme.told("transfer")
    attack = attacks.PGD(budget, steps=STEPS, leave=False)
    rows = np.arange(len(right))
    found, images = search(substitute, attack, right, rows, name="transfer", sees="transfer")
    if not found.failed:
        pictures: FloatImages = images
        programme.done["transfer"] = shown_again(
            programme.model, pictures, right, name="transfer", sees="transfer"
        )
