"""The sandwich: what is proved below, what attacks left above, and between them the unknown."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from fieldmark.records import (
    Column,
    ConfigError,
    Estimate,
    Figure,
    Finding,
    Lines,
    NotKeptError,
    Table,
    Track,
    Value,
)
from fieldmark.statistics import (
    BudgetCurve,
    budget_curve,
    certified_curve,
    counted_accuracies,
    mean_radius,
)
from fieldmark.studies.answers.board import Board, board
from fieldmark.studies.answers.kept import Kept
from fieldmark.studies.answers.norms import (
    labelled_ids,
    proved_radii,
    searches_norms,
    smallest_norms,
)
from fieldmark.studies.answers.threats import UPPER_BOUND, one_norm, threat_of
from fieldmark.studies.answers.words import accuracy_of, listing, many, percent, sentence
from fieldmark.studies.robust.searched import budget_grid

COLUMNS = (
    Column("subject", "Subject", "The smoothed classifier."),
    Column("budget", "Budget", "How far pictures may be moved, in pixel units."),
    Column("certified", "Certified", "Right, and proved to stay so: a lower bound."),
    Column("attacked", "Attacked", "Right, and not broken by any search: an upper bound."),
    Column("unknown", "Unknown", "Neither broken nor proved: share of examples."),
    Column("low", "At least", "Lower end of the band of what is certified, all budgets at once."),
    Column("high", "At most", "Upper end of the band of what is left, all budgets at once."),
)

_TOLD = 12
_BEYOND = 1.6  # times the largest proved radius is as far as is drawn


@dataclass(frozen=True)
class _Sandwich:
    """One subject, from below and from above, on one grid of budgets."""

    subject: str
    radii: Float64[np.ndarray, " n"]
    norms: Float64[np.ndarray, " n"]
    certified: BudgetCurve
    attacked: BudgetCurve
    unknown: tuple[Estimate, ...]

    @property
    def contradictions(self) -> int:
        """Examples that were broken inside the radius that is proved of them."""
        return int((self.norms < self.radii).sum())

    @property
    def furthest(self) -> float:
        """The largest radius that is proved of any example; 0 where nothing is."""
        return float(np.maximum(self.radii, 0.0).max(initial=0.0))

    @property
    def halfway(self) -> int:
        """The budget that is nearest to half of that."""
        return int(np.abs(self.attacked.budgets - self.furthest / 2).argmin())


def sandwich(
    store: Kept, *, on: str, reference: str, subject: str = "", level: float = 0.95
) -> Finding:
    """Robust accuracy between what is proved and what attacks left, at every budget.

    Args:
        store: Where answers are kept.
        on: Attacked conditions that searched for the smallest L2 norm, such as
            "mnist-test+fab-l2@any"; several with commas between.
        reference: The certificate, such as "mnist-test+certified-l2@10000".
        subject: Whose; everybody who has both when "".
        level: Confidence level in (0, 1) of each interval and band.

    Raises:
        UnknownNameError: The store has no such condition or subject.
        ConfigError: The conditions are no certificate and no searches for the smallest norm, or
            are in different norms.
        NotKeptError: The store is empty, nobody has both, or they are about other examples.

    Source:
        Lower bound: Cohen, Rosenfeld & Kolter 2019, arXiv:1902.02918. Upper bound: any attack.
    """
    cells = board(store)
    conditions = _asked(cells, on, reference)
    subjects = _subjects(cells, conditions, reference, subject)
    found = tuple(_sandwiched(cells, name, conditions, reference, level) for name in subjects)
    record = cells.conditions[reference]
    return Finding(
        study="sandwich",
        title="Robust accuracy between proof and attack",
        statement=sentence(*(_words(one, len(found)) for one in found)),
        table=Table(COLUMNS, tuple(row for one in found for row in _rows(one))),
        figures=tuple(_figure(one) for one in found),
        caveats=(
            UPPER_BOUND,
            "The threat model is "
            f"{listing([threat_of(cells.conditions[one]) for one in conditions])}, and the "
            "certificate is for the same norm.",
            _proof_words(record.settings.get("alpha"), len(found[0].radii)),
            "Proofs are about infinitely many draws of noise; what is attacked votes over finitely "
            "many, so near its boundary the two may differ.",
        ),
    )


def _asked(cells: Board, on: str, reference: str) -> tuple[str, ...]:
    certificate = cells.conditions[cells.condition(reference)]
    whole = on in cells.conditions
    names = tuple(dict.fromkeys([on] if whole else [one.strip() for one in on.split(",")]))
    for name in names:
        if not searches_norms(cells.conditions[cells.condition(name)]):
            raise ConfigError(
                f"{name} did not search for the smallest norm: name a condition such as "
                "NAME+fab-l2@any"
            )
    if certificate.kind != "certificate":
        raise ConfigError(
            f"{reference} is no certificate: name a condition such as NAME+certified-l2@10000"
        )
    one_norm(cells, (*names, reference))
    return names


def _subjects(
    cells: Board, conditions: tuple[str, ...], reference: str, subject: str
) -> tuple[str, ...]:
    wanted = (cells.subject(subject),) if subject else tuple(cells.subjects)
    finished = [set(cells.finished(name)) for name in (*conditions, reference)]
    both = tuple(name for name in wanted if all(name in one for one in finished))
    if not both:
        raise NotKeptError(
            f"{subject or 'nobody'} {'lacks' if subject else 'has'} answers to both {reference} "
            f"and {listing(list(conditions), 2)}"
        )
    return both


def _sandwiched(
    cells: Board, subject: str, conditions: tuple[str, ...], reference: str, level: float
) -> _Sandwich:
    if labelled_ids(cells, reference) != labelled_ids(cells, conditions[0]):
        raise NotKeptError(f"{reference} and {conditions[0]} are not about the same examples")
    norms = smallest_norms(cells, subject, conditions)
    radii = proved_radii(cells, subject, reference)
    proved = float(np.maximum(radii, 0.0).max(initial=0.0))
    beyond = _BEYOND * proved if proved > 0 else np.inf
    grid = budget_grid(np.where(norms > beyond, beyond, norms), np.maximum(radii, 0.0))
    open_ = (norms[:, None] > grid) & ~(radii[:, None] >= grid)
    counted = np.full(len(grid), len(norms), np.int64)
    unknown = counted_accuracies(open_.sum(axis=0), counted, 0 * counted)
    return _Sandwich(
        subject,
        radii,
        norms,
        certified_curve(radii, grid, level=level),
        budget_curve(norms, grid, level=level),
        tuple(unknown),
    )


def _words(one: _Sandwich, several: int) -> str:
    n = len(one.norms)
    if not n:
        return f"No example is labelled, so nothing is proved or broken of {one.subject}."
    at = one.halfway
    budget = one.attacked.budgets[at]
    radius = mean_radius(np.maximum(one.radii, 0.0))
    of = f" ({many(n, 'labelled example')})" if several == 1 else ""
    return sentence(
        f"At a budget of {budget:.3g} (L2) {one.subject}{of} is right on at least "
        f"{accuracy_of(one.certified.shares[at])}, proved, and on at most "
        f"{accuracy_of(one.attacked.shares[at])}, not broken; of "
        f"{percent(one.unknown[at].value)} it is unknown.",
        f"Beyond {one.furthest:.3g} nothing is proved of any example."
        if one.furthest > 0
        else "Nothing is proved of any example.",
        f"Its average certified radius is {radius.value:.3g}"
        + ("." if np.isnan(radius.low) else f" [{radius.low:.3g}, {radius.high:.3g}]."),
        _contradiction_words(one),
    )


def _contradiction_words(one: _Sandwich) -> str:
    wrong = one.contradictions
    if not wrong:
        return "No example was broken inside its proved radius."
    return (
        f"{many(wrong, 'example').capitalize()} {'was' if wrong == 1 else 'were'} broken inside "
        "the proved radius: a proof that failed, or an attack on the noise of the few draws that "
        "vote."
    )


def _proof_words(alpha: object, n: int) -> str:
    if not isinstance(alpha, float):
        return "Each proof may fail; how often is not kept."
    return (
        f"Each proof may fail with probability {alpha:g}: of {n:,} about {alpha * n:.2g} at most, "
        "which the intervals do not add."
    )


def _rows(one: _Sandwich) -> list[tuple[Value, ...]]:
    budgets = one.attacked.budgets
    return [
        (
            one.subject,
            f"{budgets[at]:.3g}",
            one.certified.shares[at],
            one.attacked.shares[at],
            one.unknown[at],
            None if np.isnan(one.certified.low[at]) else float(one.certified.low[at]),
            None if np.isnan(one.attacked.high[at]) else float(one.attacked.high[at]),
        )
        for at in range(0, len(budgets), max(1, len(budgets) // _TOLD))
    ]


def _figure(one: _Sandwich) -> Figure:
    budgets = tuple(one.attacked.budgets.tolist())
    below, above = (
        tuple(share.value for share in curve.shares) for curve in (one.certified, one.attacked)
    )
    middle = tuple((low + high) / 2 for low, high in zip(below, above, strict=True))
    return Lines(
        title=f"{one.subject}: proved below, not broken above",
        x_title="budget, L2",
        y_title="robust accuracy",
        tracks=(
            Track("at most (attacked)", budgets, above),
            Track("at least (proved)", budgets, below),
            Track("unknown", budgets, middle, below, above, "band"),
            Track(
                f"{100 * one.attacked.level:g} % band, above",
                budgets,
                tuple(one.attacked.high.tolist()),
                style="dashed",
            ),
            Track(
                f"{100 * one.attacked.level:g} % band, below",
                budgets,
                tuple(one.certified.low.tolist()),
                style="dashed",
            ),
        ),
        unit="share",
        caption=(
            "The truth lies in the shaded gap for these examples; for all examples like them, "
            f"between the dashed lines ({one.attacked.method})."
        ),
    )
