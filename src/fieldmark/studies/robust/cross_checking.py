"""Cross-checking a published table: which figures hold, contradict, or cannot be compared."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise, permutations
from math import isnan, nan

import numpy as np

from fieldmark.records import Column, DataError, Estimate, Figure, Finding, Published, Table, Value
from fieldmark.statistics import unpaired_difference
from fieldmark.studies.answers.words import capital, listing, many, percent, points, sentence
from fieldmark.studies.robust.strengths import should_leave_less, strength_of
from fieldmark.studies.shifts.reattacked import published_share, reported_against_reattacked

COLUMNS = (
    Column("check", "Check", "Which rule the two figures were held to."),
    Column("about", "About", "Whose figures, under which threat model."),
    Column("first", "First", "What the first figure is of."),
    Column("second", "Second", "What the second is of."),
    Column("first_share", "Accuracy of the first", "As printed, with its exact interval."),
    Column("second_share", "Accuracy of the second", "The same of the second."),
    Column("difference", "Difference", "Second minus first, as if of different examples."),
    Column("reading", "Reading", "What follows."),
)

REATTACKED, WEAKER, BUDGETS, CLEAN = "re-attacked", "weaker attack", "larger budget", "above clean"
CROSSING, PLACES = "threat models", "places"


@dataclass(frozen=True)
class Note:
    """What came of holding two figures against each other."""

    check: str
    about: str
    first: str
    second: str
    one: Estimate | None
    other: Estimate | None
    reading: str

    @property
    def difference(self) -> Estimate | None:
        """Second minus first, as of independent examples."""
        if self.one is None or self.other is None:
            return None
        counts = [(round(share.value * share.n), share.n) for share in (self.other, self.one)]
        return unpaired_difference(*counts[0], *counts[1])


def cross_check(rows: Sequence[Published]) -> Finding:
    """What a table of published robust accuracies says when its figures are held to each other.

    Reported figures are held to re-attacked ones; a weaker attack must not leave less than a
    stronger one, nor a larger budget more than a smaller one, nor any attack more than there is
    without one; neighbours in a ranking are told apart or not; and rankings that mix threat models
    are named.

    Args:
        rows: The table.

    Raises:
        DataError: There are no rows, or two that are about the same and say different things.

    Source:
        The rules are those of Carlini et al. 2019, arXiv:1902.06705, section 5, as far as a table
        can show them: one-step below iterative, black-box below white-box, more distortion more
        success.
    """
    _refuse_repeats(rows)
    notes = [
        *_reattacked(rows),
        *_weaker(rows),
        *_budgets(rows),
        *_clean(rows),
        *_crossing(rows),
        *_places(rows),
    ]
    return Finding(
        study="cross-check",
        title="A published table, held to itself",
        statement=_statement(rows, notes),
        table=Table(COLUMNS, tuple(_row(one) for one in notes)),
        figures=_figures(rows),
        caveats=(
            "A published figure is a share of examples, most often the same for all rows: then "
            "differences are surer than the intervals say, which take them for different ones.",
            "A stronger attack that leaves more is no proof of a mistake: restarts, losses and "
            "examples may differ. It is a reason to ask.",
            "Re-attacked figures are upper bounds too; attacks are graded by their names alone.",
        ),
    )


def _refuse_repeats(rows: Sequence[Published]) -> None:
    if not rows:
        raise DataError("there are no published figures to check")
    seen: dict[str, Published] = {}
    for row in rows:
        if row.title in seen:
            raise DataError(f"two rows are about {row.title[:120]}")
        seen[row.title] = row


def _share(value: float, n: int) -> Estimate | None:
    return None if isnan(value) else published_share(value, n)


def _figure_of(row: Published) -> float:
    """What is known best: what re-attacks left, else what was reported."""
    told = [value for value in (row.reported, row.reattacked) if not isnan(value)]
    return row.reattacked if not isnan(row.reattacked) else told[0]


def _about(row: Published) -> str:
    return ", ".join(filter(None, (row.model, row.dataset, row.threat)))


def _reattacked(rows: Sequence[Published]) -> Iterator[Note]:
    for row in rows:
        one, other = _share(row.reported, row.n), _share(row.reattacked, row.n)
        if one is None or other is None:
            continue
        fell, rose = other.high < one.low, other.low > one.high
        reading = "fell" if fell else "rose" if rose else "holds: intervals overlap"
        yield Note(REATTACKED, _about(row), row.attack, "re-attacked", one, other, reading)


def _weaker(rows: Sequence[Published]) -> Iterator[Note]:
    """Stronger attacks that left more than weaker ones did."""
    for group in _groups(rows, lambda row: (row.model, row.dataset, row.budget.norm, row.budget)):
        for weak, strong in permutations(group, 2):
            why = should_leave_less(strength_of(strong), strength_of(weak))
            if why and _figure_of(strong) > _figure_of(weak):
                yield _contradiction(WEAKER, weak, strong, why, weak.attack, strong.attack)


def _budgets(rows: Sequence[Published]) -> Iterator[Note]:
    """Larger budgets that left more than smaller ones did."""
    for group in _groups(
        rows, lambda row: (row.model, row.dataset, row.budget.norm, row.attack, row.knowledge)
    ):
        ranked = sorted(group, key=lambda row: row.budget.size)
        for small, large in combinations(ranked, 2):
            if small.budget.size < large.budget.size and _figure_of(large) > _figure_of(small):
                yield _contradiction(
                    BUDGETS, small, large, "more distortion", str(small.budget), str(large.budget)
                )


def _contradiction(
    check: str, low: Published, high: Published, why: str, first: str, second: str
) -> Note:
    note = Note(
        check,
        _about(low),
        first,
        second,
        _share(_figure_of(low), low.n),
        _share(_figure_of(high), high.n),
        "",
    )
    change = note.difference
    sure = change is not None and change.low > 0
    chance = "beyond chance" if sure else "chance could do that on different examples"
    return Note(
        check, note.about, first, second, note.one, note.other, f"{why} left more; {chance}"
    )


def _clean(rows: Sequence[Published]) -> Iterator[Note]:
    for row in rows:
        for name, value in (("reported", row.reported), ("re-attacked", row.reattacked)):
            if not isnan(value) and not isnan(row.clean) and value > row.clean:
                one, other = _share(row.clean, row.n), _share(value, row.n)
                reading = "more is right under attack than without"
                yield Note(CLEAN, _about(row), "clean", name, one, other, reading)


def _crossing(rows: Sequence[Published]) -> Iterator[Note]:
    """Threat models that one ranking would mix: of one data set, and in one norm."""
    for group in _groups(rows, lambda row: (row.dataset, row.budget.norm)):
        threats: dict[str, list[str]] = {}
        for row in group:
            threats.setdefault(row.threat, []).append(row.model)
        ranked = sorted(threats.items(), key=lambda pair: (-len(pair[1]), pair[0]))
        for threat, models in ranked[1:]:
            reading = f"not comparable: {listing(list(dict.fromkeys(models)), 4)}"
            about = f"{group[0].dataset or 'this table'}, {group[0].budget.norm}"
            yield Note(
                CROSSING,
                about,
                f"{ranked[0][0]} ({many(len(ranked[0][1]), 'figure')})",
                f"{threat} ({many(len(models), 'figure')})",
                None,
                None,
                reading,
            )


def _places(rows: Sequence[Published]) -> Iterator[Note]:
    """Neighbours in the ranking of each threat model: are they told apart?"""
    for group in _groups(rows, lambda row: (row.dataset, row.threat, row.attack)):
        ranked = sorted(group, key=lambda row: (-_figure_of(row), row.model))
        for better, worse in pairwise(ranked):
            one, other = (_share(_figure_of(row), row.n) for row in (better, worse))
            note = Note(PLACES, _place(group[0]), better.model, worse.model, one, other, "")
            change = note.difference
            told = change is not None and change.high < 0
            yield Note(
                PLACES,
                note.about,
                note.first,
                note.second,
                one,
                other,
                "told apart" if told else "intervals do not tell them apart",
            )


def _place(row: Published) -> str:
    return ", ".join(filter(None, (row.dataset, row.threat, row.attack)))


def _groups(
    rows: Sequence[Published], key: Callable[[Published], object]
) -> Iterator[list[Published]]:
    """Rows that share a key, where there are two of them or more."""
    found: dict[object, list[Published]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    yield from (group for group in found.values() if len(group) > 1)


def _row(note: Note) -> tuple[Value, ...]:
    return (
        note.check,
        note.about,
        note.first,
        note.second,
        note.one,
        note.other,
        note.difference,
        note.reading,
    )


def _statement(rows: Sequence[Published], notes: Sequence[Note]) -> str:
    models = {(row.model, row.dataset) for row in rows}
    return sentence(
        f"{capital(many(len(rows), 'published figure'))} of {many(len(models), 'model')}.",
        _reattacked_words([one for one in notes if one.check == REATTACKED]),
        _contradiction_words([one for one in notes if one.check in (WEAKER, BUDGETS, CLEAN)]),
        _crossing_words([one for one in notes if one.check == CROSSING]),
        _places_words([one for one in notes if one.check == PLACES]),
    )


def _reattacked_words(notes: Sequence[Note]) -> str:
    if not notes:
        return "None was re-attacked."
    fell = [one for one in notes if one.reading == "fell"]
    opening = f"Of {many(len(notes), 'figure')} that others re-attacked, {_some(len(fell))} fell"
    if not fell:
        return f"{opening}: each pair of intervals overlaps or the re-attack left more."
    worst = min(fell, key=lambda one: _size(one.difference))
    assert worst.one is not None
    assert worst.other is not None
    assert worst.difference is not None
    return (
        f"{opening} so far that the intervals do not meet, most of all {worst.about}: "
        f"{percent(worst.one.value)} reported, {percent(worst.other.value)} left."
    )


def _contradiction_words(notes: Sequence[Note]) -> str:
    if not notes:
        return "No two figures contradict each other."
    worst = max(notes, key=lambda one: _size(one.difference))
    assert worst.difference is not None
    return (
        f"{capital(many(len(notes), 'pair'))} of figures "
        f"{'contradicts itself' if len(notes) == 1 else 'contradict each other'}; the widest: "
        f"{worst.about}, {worst.second} leaves {points(worst.difference, signed=False)} more than "
        f"{worst.first}."
    )


def _crossing_words(notes: Sequence[Note]) -> str:
    if not notes:
        return "All figures of one data set and norm face one threat model."
    told = [f"{one.second} beside {one.first} on {one.about}" for one in notes]
    return f"A ranking would cross threat models: {listing(told, 3)}."


def _places_words(notes: Sequence[Note]) -> str:
    if not notes:
        return ""
    apart = sum(one.reading == "told apart" for one in notes)
    return (
        f"Of {many(len(notes), 'pair')} of neighbours in the rankings, the intervals tell "
        f"{_some(apart)} apart."
    )


def _size(difference: Estimate | None) -> float:
    return nan if difference is None else difference.value


def _some(count: int) -> str:
    return {0: "none", 1: "one"}.get(count, f"{count:,}")


def _figures(rows: Sequence[Published]) -> tuple[Figure, ...]:
    both = [row for row in rows if not (isnan(row.reported) or isnan(row.reattacked))]
    if not both:
        return ()
    return reported_against_reattacked(
        [row.title for row in both],
        np.array([row.reported for row in both]),
        np.array([row.reattacked for row in both]),
        np.array([row.n for row in both]),
        groups=[row.dataset or row.threat for row in both],
    ).figures
