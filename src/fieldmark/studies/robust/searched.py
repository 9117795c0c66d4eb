"""Searched: what attacks left of each subject, as curves of accuracy along the budget."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from fieldmark.records import ConfigError, Estimate, NotKeptError
from fieldmark.statistics import (
    BudgetCurve,
    budget_curve,
    counted_accuracies,
    median_norm,
    wilson_bounds,
)
from fieldmark.studies.answers.board import Board, changes
from fieldmark.studies.answers.norms import searches_norms, smallest_norms
from fieldmark.studies.answers.threats import one_norm, threats
from fieldmark.studies.answers.words import listing

_STEPS = 96  # can be divided by 8, for the table
_QUANTILE = 0.975


@dataclass(frozen=True)
class Searched:
    """One subject along the budget.

    Args:
        subject: Who was attacked.
        curve: Its accuracy, an upper bound at every budget.
        norms: The smallest norm of each labelled example; () where only budgets were searched.
        band: How the curve's band was made.
    """

    subject: str
    curve: BudgetCurve
    norms: Float64[np.ndarray, " n"] | None
    band: str

    @property
    def median(self) -> Estimate | None:
        """The budget at which half of the examples are broken, where norms were searched for."""
        return None if self.norms is None else median_norm(self.norms, level=self.curve.level)


def conditions_named(cells: Board, on: str) -> tuple[str, ...]:
    """The attacked conditions that ``on`` names: several with commas between, or ``NAME+ATTACK``.

    Raises:
        UnknownNameError: The store has no such condition.
        ConfigError: One of them is not attacked.
    """
    ladders = changes(cells, ("attack",))
    owner, _, change = on.rpartition("+")
    if (owner, change) in ladders:
        return ladders[owner, change]
    whole = on in cells.conditions
    names = tuple(dict.fromkeys([on] if whole else [one.strip() for one in on.split(",")]))
    for name in names:
        if cells.conditions[cells.condition(name)].kind != "attack":
            raise ConfigError(
                f"{name} is not attacked: name conditions such as NAME+fab-l2@any, or NAME+pgd-linf"
            )
    return names


def searched(
    cells: Board, conditions: Sequence[str], subjects: Sequence[str] | None, *, level: float
) -> tuple[Searched, ...]:
    """What these searches left of every subject that faced all of them, the steadiest first.

    Raises:
        ConfigError: Several norms, or searches for norms beside searches inside budgets.
        UnknownNameError: A subject is not there.
        NotKeptError: Nobody faced all of them, or a cell lacks its distances.
    """
    one_norm(cells, conditions)
    free = [searches_norms(cells.conditions[name]) for name in conditions]
    if any(free) and not all(free):
        raise ConfigError(
            "searches for the smallest norm (@any) and searches inside a budget are not mixed: "
            f"{listing(list(conditions), 3)}"
        )
    faced = _faced(cells, conditions, subjects)
    if all(free):
        every = {name: smallest_norms(cells, name, conditions) for name in faced}
        grid = budget_grid(*every.values())
        found = [
            Searched(name, curve, norms, curve.method)
            for name, norms in every.items()
            for curve in (budget_curve(norms, grid, level=level),)
        ]
    else:
        found = [_ladder(cells, name, conditions, level) for name in faced]
    return tuple(sorted(found, key=lambda one: (-_area(one.curve), one.subject)))


def budget_grid(*norms: Float64[np.ndarray, " n"]) -> Float64[np.ndarray, " b"]:
    """Budgets to draw at: evenly from 0 to a round number beyond nearly all finite norms.

    Example:
        >>> grid = budget_grid(np.array([0.0, 0.31, 0.6, np.inf]))
        >>> len(grid), float(grid[-1])
        (97, 0.6)
    """
    tops = [float(np.quantile(one[np.isfinite(one)], _QUANTILE)) for one in norms if _some(one)]
    highest = max(tops, default=0.0)
    if highest <= 0:
        return np.zeros(1)
    power = 10.0 ** np.floor(np.log10(highest))
    round_ones = np.array([1, 1.2, 1.6, 2, 2.4, 3.2, 4, 4.8, 6, 8, 10]) * power
    top = float(f"{round_ones[np.searchsorted(round_ones, highest * (1 - 1e-9))]:.10g}")
    return np.linspace(0.0, top, _STEPS + 1)


def _some(norms: np.ndarray) -> bool:
    return bool(np.isfinite(norms).any())


def _faced(
    cells: Board, conditions: Sequence[str], subjects: Sequence[str] | None
) -> tuple[str, ...]:
    wanted = [cells.subject(name) for name in (subjects or cells.subjects)]
    finished = [set(cells.finished(name)) for name in conditions]
    faced = tuple(name for name in wanted if all(name in one for one in finished))
    if not faced:
        raise NotKeptError(
            f"nobody has answers to all of {listing(list(conditions), 3)}: run them first"
        )
    return faced


def _ladder(cells: Board, subject: str, conditions: Sequence[str], level: float) -> Searched:
    """A curve through a few budgets, each searched by itself; the band is Bonferroni's."""
    records = {name: cells.conditions[name] for name in conditions}
    if len(threats(cells, conditions)) != len({one.strength for one in records.values()}):
        raise ConfigError(
            f"{listing(list(conditions), 3)} face several threat models at one budget: "
            "ask worst-case, or name one attack"
        )
    clean = records[conditions[0]].examples.card.name
    unchanged = [clean] if subject in cells.finished(clean) else []
    asked = [*unchanged, *sorted(conditions, key=lambda name: records[name].strength)]
    places = [cells.conditions[name].strength for name in asked]
    shares = [cells.answered(name).accuracy(subject) for name in asked]
    n = np.array([one.n for one in shares])
    hits = np.array([round(one.value * one.n) if one.defined else 0 for one in shares])
    strict = 1 - (1 - level) / len(asked)
    low, high = wilson_bounds(hits, n, level=strict)
    told = counted_accuracies(hits, n, np.zeros_like(n))
    band = f"Wilson, Bonferroni over {len(asked)} budgets"
    return Searched(
        subject, BudgetCurve(np.array(places), tuple(told), low, high, level), None, band
    )


def _area(curve: BudgetCurve) -> float:
    """The mean accuracy over the budgets that are looked at; -1 where it is undefined."""
    values = np.array([one.value for one in curve.shares])
    if np.isnan(values).any():
        return -1.0
    steps = np.diff(curve.budgets, append=curve.budgets[-1])
    return float(values @ steps / steps.sum()) if steps.sum() > 0 else float(values.mean())
