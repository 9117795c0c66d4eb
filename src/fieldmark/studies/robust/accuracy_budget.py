"""Accuracy against budget: how far must pictures be moved until a subject fails?"""

from collections.abc import Sequence

import numpy as np

from fieldmark.records import (
    Bar,
    Budget,
    Column,
    ConfigError,
    Estimate,
    Figure,
    Finding,
    Forest,
    Lines,
    Table,
    Track,
    Value,
    generator,
    seed_of,
)
from fieldmark.statistics import CurveDifference, curve_difference
from fieldmark.studies.answers.board import Board, board
from fieldmark.studies.answers.kept import Kept
from fieldmark.studies.answers.norms import labelled_ids
from fieldmark.studies.answers.threats import UPPER_BOUND, norm_of, threat_of
from fieldmark.studies.answers.words import accuracy_of, listing, many, sentence
from fieldmark.studies.robust.searched import Searched, conditions_named, searched

COLUMNS = (
    Column("subject", "Subject", "Who was attacked; of two, the first minus the second."),
    Column("family", "Family", "What kind of model it is."),
    Column("quantity", "Quantity", "accuracy, median norm, or difference of accuracies."),
    Column("budget", "Budget", "How far pictures may be moved, in pixel units."),
    Column("estimate", "Estimate", "The number; its interval holds for this budget."),
    Column("band", "Band", "The same with an interval that holds for all budgets at once."),
)

_TOLD, _BANDED = 8, 4


def accuracy_budget(
    store: Kept,
    *,
    on: str,
    subjects: Sequence[str] | None = None,
    first: str = "",
    second: str = "",
    draws: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Finding:
    """Accuracy under attack as a function of the budget, with a band for all budgets at once.

    Where an attack searched for the smallest norm (``@any``), every budget is known from one cell,
    and of several searches in one norm the nearer counts, example by example. Otherwise the curve
    goes through the budgets that were searched one by one.

    Args:
        store: Where answers are kept.
        on: Conditions such as "mnist-test+fab-l2@any", with commas between, or
            "mnist-test+pgd-linf" for all budgets of one attack.
        subjects: Whom to draw; everybody who faced all of them when None.
        first: Of two subjects whose curves are subtracted, the one; "" for no difference.
        second: The other.
        draws: Draws of the band of the difference.
        level: Confidence level in (0, 1).
        seed: Where the band's chance comes from.

    Raises:
        UnknownNameError: The store has no such condition or subject.
        ConfigError: Budgets in several norms, conditions that are not attacked, one subject alone
            to compare, or a difference where no norms were searched for.
        NotKeptError: The store is empty, or nobody faced these attacks.

    Source:
        Curves as of Dong et al. 2020, arXiv:1912.11852; bands: see ``statistics.budget_curve`` and
        ``statistics.curve_difference``.
    """
    cells = board(store)
    conditions = conditions_named(cells, on)
    pair = _pair(cells, first, second)
    found = searched(cells, conditions, pair or subjects, level=level)
    norm = norm_of(cells.conditions[conditions[0]]) or "pixel units"
    apart = _difference(found, pair, draws, level, seed)
    rows = [row for one in found for row in _rows(cells, one, norm)]
    return Finding(
        study="accuracy-budget",
        title=f"Accuracy along the budget ({norm})",
        statement=sentence(
            _statement(cells, found, conditions, norm), _difference_words(apart, pair)
        ),
        table=Table(COLUMNS, tuple(rows + _difference_rows(apart, pair, norm))),
        figures=(_figure(found, norm), *_medians(cells, found, norm), *_gap(apart, pair, norm)),
        caveats=_caveats(cells, found, conditions),
    )


def _pair(cells: Board, first: str, second: str) -> tuple[str, ...]:
    pair = tuple(cells.subject(name) for name in (first, second) if name)
    if len(pair) == 1 or len(set(pair)) < len(pair):
        raise ConfigError("a difference is one of two subjects: name --first and --second")
    return pair


def _difference(
    found: Sequence[Searched], pair: tuple[str, ...], draws: int, level: float, seed: int
) -> CurveDifference | None:
    if not pair:
        return None
    norms = {one.subject: one.norms for one in found}
    one, other = norms.get(pair[0]), norms.get(pair[1])
    if one is None or other is None:
        raise ConfigError("a difference of curves needs smallest norms: name conditions with @any")
    budgets = found[0].curve.budgets
    kept = np.unique(np.linspace(0, len(budgets) - 1, min(25, len(budgets))).round().astype(int))
    rng = generator(seed_of(seed, "accuracy-budget", *pair))
    return curve_difference(one, other, budgets[kept], rng=rng, draws=draws, level=level)


def _told(one: Searched) -> list[int]:
    """Which budgets the table tells: all of a few, else some that divide the curve evenly."""
    budgets = one.curve.budgets
    if len(budgets) <= _TOLD + 1:
        return list(range(len(budgets)))
    return list(range(0, len(budgets), len(budgets) // _TOLD))


def _rows(cells: Board, one: Searched, norm: str) -> list[tuple[Value, ...]]:
    family = cells.subjects[one.subject].family
    rows: list[tuple[Value, ...]] = []
    for at in _told(one):
        share = one.curve.shares[at]
        band = _banded(share, one.curve.low[at], one.curve.high[at], one.band)
        rows.append(
            (one.subject, family, "accuracy", _budget(norm, one.curve.budgets[at]), share, band)
        )
    if one.median is not None:
        rows.append((one.subject, family, "median norm", "", one.median, None))
    return rows


def _banded(share: Estimate, low: float, high: float, method: str) -> Estimate:
    if not share.defined:
        return share
    return Estimate(
        share.value, min(float(low), share.value), max(float(high), share.value), share.n, method
    )


def _budget(norm: str, size: float) -> str:
    """A budget as people write it: 8/255, or three digits."""
    whole = str(Budget("linf" if norm == "Linf" else "l2", float(size)))
    return whole if "/" in whole else f"{float(size):.3g}"


def _statement(
    cells: Board, found: Sequence[Searched], conditions: Sequence[str], norm: str
) -> str:
    n = found[0].curve.shares[0].n
    if not n:
        return "No example is labelled, so accuracy along the budget is undefined."
    opening = (
        f"On {many(n, 'labelled example')}, {many(len(found), 'subject')} faced "
        f"{listing(list(conditions), 3)}."
    )
    return sentence(opening, _steadiest(found, norm), _half_words(found, norm))


def _steadiest(found: Sequence[Searched], norm: str) -> str:
    best = found[0]
    at = _middle(best)
    where = _budget(norm, best.curve.budgets[at])
    told = [
        f"{one.subject} keeps at most {accuracy_of(one.curve.shares[_middle(one)])}"
        for one in ([best] if len(found) == 1 else [best, found[-1]])
    ]
    return f"At a budget of {where} ({norm}), {listing(told)}."


def _middle(one: Searched) -> int:
    """The budget in the middle of those that are told."""
    places = _told(one)
    return places[len(places) // 2]


def _half_words(found: Sequence[Searched], norm: str) -> str:
    told = [(one.subject, one.median) for one in found if one.median is not None]
    known = [(name, median) for name, median in told if median.defined]
    if not told:
        return ""
    if not known:
        return "Of nobody were half of the examples broken at any budget."
    ranked = sorted(known, key=lambda pair: (-pair[1].value, pair[0]))
    ends = ranked if len(ranked) == 1 else [ranked[0], ranked[-1]]
    words = [f"at {_number(median)} for {name}" for name, median in ends]
    never = [name for name, median in told if not median.defined]
    return sentence(
        f"Half of the examples are broken {listing(words)}.",
        f"Of {listing(never)} half were never broken." if never else "",
    )


def _number(estimate: Estimate) -> str:
    ends = "" if np.isnan(estimate.low) else f" [{estimate.low:.3g}, {estimate.high:.3g}]"
    return f"{estimate.value:.3g}{ends}"


def _difference_rows(
    apart: CurveDifference | None, pair: tuple[str, ...], norm: str
) -> list[tuple[Value, ...]]:
    if apart is None:
        return []
    name = " − ".join(pair)
    return [
        (name, "", "difference", _budget(norm, budget), one, _banded(one, low, high, apart.method))
        for budget, one, low, high in zip(
            apart.budgets.tolist(), apart.differences, apart.low, apart.high, strict=True
        )
    ]


def _difference_words(apart: CurveDifference | None, pair: tuple[str, ...]) -> str:
    if apart is None or not apart.differences[0].defined:
        return ""
    parts = []
    for sign, name in ((1, pair[0]), (-1, pair[1])):
        side = apart.low > 0 if sign > 0 else apart.high < 0
        if side.any():
            parts.append(f"{name} is the more accurate one {_stretch(apart, side)}")
    if not parts:
        return (
            f"At no budget can it be told which of {pair[0]} and {pair[1]} is more accurate "
            "(all budgets at once)."
        )
    return f"Over all budgets at once, {listing(parts)}."


def _stretch(apart: CurveDifference, side: np.ndarray) -> str:
    """Where along the budgets a side is ahead, in words."""
    places = np.flatnonzero(side)
    low, high = apart.budgets[places[0]], apart.budgets[places[-1]]
    if low == high:
        return f"at a budget of {low:.3g}"
    some = "" if len(places) == places[-1] - places[0] + 1 else "some "
    return f"at {some}budgets from {low:.3g} to {high:.3g}"


def _figure(found: Sequence[Searched], norm: str) -> Lines:
    banded = len(found) <= _BANDED
    tracks = tuple(
        Track(
            one.subject,
            tuple(one.curve.budgets.tolist()),
            tuple(share.value for share in one.curve.shares),
            tuple(one.curve.low.tolist()) if banded else (),
            tuple(one.curve.high.tolist()) if banded else (),
        )
        for one in found
    )
    band = f" Bands: {found[0].band}." if banded else ""
    return Lines(
        title="Accuracy along the budget: at most this much is left",
        x_title=f"budget, {norm}",
        y_title="accuracy under attack",
        tracks=tracks,
        unit="share",
        caption=f"An upper bound at every budget: a better search can only lower a curve.{band}",
    )


def _medians(cells: Board, found: Sequence[Searched], norm: str) -> tuple[Figure, ...]:
    bars = tuple(
        Bar(one.subject, cells.subjects[one.subject].family, one.median)
        for one in found
        if one.median is not None and one.median.defined
    )
    if len(bars) < 2:
        return ()
    return (
        Forest(
            title="The budget at which half of the examples are broken",
            x_title=f"median norm, {norm}",
            bars=bars,
            unit="number",
            caption=(
                "Order statistics; examples that are wrong as they are count as 0, those that were "
                "never broken as beyond all others. At most this large: a better search finds less."
            ),
        ),
    )


def _gap(apart: CurveDifference | None, pair: tuple[str, ...], norm: str) -> tuple[Figure, ...]:
    if apart is None or len(apart.budgets) < 2:
        return ()
    return (
        Lines(
            title=f"{pair[0]} minus {pair[1]}",
            x_title=f"budget, {norm}",
            y_title="difference of accuracies, in points",
            tracks=(
                Track(
                    "difference",
                    tuple(apart.budgets.tolist()),
                    tuple(one.value for one in apart.differences),
                    tuple(apart.low.tolist()),
                    tuple(apart.high.tolist()),
                ),
            ),
            unit="points",
            caption=f"Paired by example. Band: {apart.method}.",
        ),
    )


def _caveats(cells: Board, found: Sequence[Searched], conditions: Sequence[str]) -> tuple[str, ...]:
    faced = [threat_of(cells.conditions[name]) for name in conditions]
    lines = [UPPER_BOUND]
    if found[0].norms is None:
        lines.append(
            f"The budget grows, the rest of the threat model stays: {faced[0].partition(', ')[2]}."
        )
    else:
        lines.append(f"The nearest picture counts of what was found under: {'; '.join(faced)}.")
    if found[0].norms is not None:
        lines.append(
            "The band allows for the examples that happen to be in the test set, not for what a "
            "better search would find."
        )
    unlabelled = cells.conditions[conditions[0]].examples.n - len(
        labelled_ids(cells, conditions[0])
    )
    if unlabelled:
        lines.append(f"Examples without a label are not counted: {unlabelled:,}.")
    if cells.store.examples(conditions[0]).groups:
        lines.append(
            "Examples come in groups (videos, writers) and were treated as independent: bands are "
            "too narrow."
        )
    lines.append("Budgets are in pixel units, pixels from 0 to 1.")
    return tuple(lines)
