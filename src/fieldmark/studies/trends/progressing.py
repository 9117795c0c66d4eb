"""Progress over time: the records of a benchmark, their rate, and what a gap is worth in years."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fieldmark.records import (
    PEOPLE,
    Column,
    ConfigError,
    Estimate,
    Finding,
    Lines,
    NotKeptError,
    Scores,
    Table,
    Track,
    UnknownNameError,
    generator,
    seed_of,
)
from fieldmark.statistics import Progress, clopper_pearson, progress, time_of_gap
from fieldmark.studies.answers.board import board
from fieldmark.studies.answers.dates import Dates, dates_of
from fieldmark.studies.answers.kept import Kept
from fieldmark.studies.answers.words import accuracy_of, listing, many, points, sentence

COLUMNS = (
    Column("subject", "Subject", "Who answered."),
    Column("family", "Family", "What kind it is."),
    Column("date", "Date", "When it was made."),
    Column("accuracy", "Accuracy", "On the benchmark."),
    Column("record", "Record", "Did it beat everybody before?"),
)


@dataclass(frozen=True)
class _Career:
    """Dated models on one condition, people, and the gap to a newer condition."""

    on: str
    names: tuple[str, ...]
    families: tuple[str, ...]
    when: np.ndarray
    accuracies: tuple[Estimate, ...]
    people: dict[str, Estimate]
    made: Progress
    newer: str
    gap: float
    worth: Estimate | None


def progress_over_time(
    store: Kept | Scores,
    *,
    on: str,
    dates: Dates,
    newer: str | None = None,
    draws: int = 1000,
    seed: int = 0,
) -> Finding:
    """Who set a record on a benchmark, how fast records rise, and how long a gap would take.

    Args:
        store: Where answers are kept, or a table of scores.
        on: The benchmark: a condition.
        dates: When each model was made: {"net-l": 2016.5}, or words such as "net-l=2016.5". Who
            has no date is left out; people need none.
        newer: A newer test set: what the best model loses on it is then told in years.
        draws: Number of bootstrap draws over models.
        seed: Where chance comes from.

    Raises:
        UnknownNameError: There is no such condition or subject.
        ConfigError: A date is no number.
        NotKeptError: No dated model has answers.

    Source:
        Recht et al. 2019, arXiv:1902.10811, who put a gap in years.
    """
    here, families = _accuracies(store, on)
    when = dates_of(dates, tuple(families))
    models = [name for name in when if families[name] != PEOPLE]
    names = tuple(name for name in models if name in here and here[name].defined)
    if not names:
        raise NotKeptError(f"no model that has a date has answers to {on}")
    rng = generator(seed_of(seed, "progress", on))
    scores = np.array([here[name].value for name in names])
    made = progress(np.array([when[name] for name in names]), scores, rng=rng, draws=draws)
    gap = _gap(store, newer, names[made.records[-1]], here) if newer else float("nan")
    found = _Career(
        on=on,
        names=names,
        families=tuple(families[name] for name in names),
        when=np.array([when[name] for name in names]),
        accuracies=tuple(here[name] for name in names),
        people={name: one for name, one in here.items() if families[name] == PEOPLE},
        made=made,
        newer=newer or "",
        gap=gap,
        worth=time_of_gap(gap, made) if gap >= 0 else None,
    )
    return Finding(
        study="progress",
        title=f"Progress on {on}",
        statement=_statement(found),
        table=_table(found),
        figures=(_lines(found),),
        caveats=_caveats(
            found,
            [name for name in here if name not in when and name not in found.people],
            [name for name in models if name not in names],
        ),
    )


def _accuracies(store: Kept | Scores, on: str) -> tuple[dict[str, Estimate], dict[str, str]]:
    """(accuracy, family) of every subject that answered a condition."""
    if isinstance(store, Scores):
        if on not in store.conditions:
            raise UnknownNameError("condition", on, store.conditions)
        families = store.families or ("",) * len(store.subjects)
        pairs = zip(store.subjects, store.column(on), store.sizes(on), strict=True)
        found = {
            name: _published(float(share), int(n)) for name, share, n in pairs if share == share
        }
        return found, dict(zip(store.subjects, families, strict=True))
    cells = board(store)
    answered = cells.answered(cells.condition(on))
    return answered.accuracies(), {name: card.family for name, card in cells.subjects.items()}


def _published(share: float, n: int) -> Estimate:
    nan = float("nan")
    if n == 0:
        return Estimate(share, nan, nan, n=0, method="published, without its number of examples")
    return clopper_pearson(round(share * n), n)


def _gap(store: Kept | Scores, newer: str, best: str, here: dict[str, Estimate]) -> float:
    """What the holder of the last record loses on the newer condition."""
    there, _ = _accuracies(store, newer)
    if best not in there:
        raise ConfigError(f"{best} holds the record, but has no answers to {newer}")
    return here[best].value - there[best].value


def _statement(found: _Career) -> str:
    rows = found.made.records
    first, last = rows[0], rows[-1]
    text = [
        f"{many(len(found.names), 'dated model').capitalize()} on {found.on}: "
        f"{many(len(rows), 'record')}, from {accuracy_of(found.accuracies[first])} "
        f"({found.names[first]}, {found.when[first]:g})"
        + (
            f" to {accuracy_of(found.accuracies[last])} ({found.names[last]}, "
            f"{found.when[last]:g})."
            if len(rows) > 1
            else "."
        )
    ]
    rate = found.made.rate
    text.append(
        f"Records rise by {points(rate, signed=rate.value <= 0)} {_per(found)}."
        if rate.defined
        else "One record gives no rate of progress."
    )
    if found.worth is not None and found.worth.defined:
        worth = found.worth
        text.append(
            f"The record holder loses {100 * found.gap:.1f} points on {found.newer}: at that rate, "
            f"{worth.value:.1f} {_units(found)}{_ends(worth)}."
        )
    elif found.newer and found.gap < 0:
        text.append(f"The record holder loses nothing on {found.newer}.")
    if found.people:
        best = max(found.people, key=lambda name: found.people[name].value)
        text.append(f"The best person reaches {accuracy_of(found.people[best])} ({best}).")
    return sentence(*text)


def _ends(worth: Estimate) -> str:
    """How long it may be at least and at most; "" where that is not known."""
    if np.isnan(worth.low):
        return ""
    high = "without end" if np.isnan(worth.high) else f"{worth.high:.1f}"
    return f" [{worth.low:.1f}, {high}]"


def _in_years(found: _Career) -> bool:
    """Do the dates look like years?"""
    return bool(found.when.min() > 1900 and found.when.max() < 2200)


def _per(found: _Career) -> str:
    return "a year" if _in_years(found) else "per unit of time"


def _units(found: _Career) -> str:
    return "years" if _in_years(found) else "units of time"


def _table(found: _Career) -> Table:
    order = np.lexsort((np.array(found.names), found.when))
    rows = [
        (
            found.names[row],
            found.families[row],
            float(found.when[row]),
            found.accuracies[row],
            int(row) in found.made.records,
        )
        for row in order
    ]
    people = [(name, PEOPLE, None, one, False) for name, one in found.people.items()]
    return Table(COLUMNS, (*rows, *people))


def _lines(found: _Career) -> Lines:
    rows = list(found.made.records)
    order = np.argsort(found.when, kind="stable")
    values = np.array([one.value for one in found.accuracies])
    ends = (float(found.when.min()), float(found.when.max()))
    steps_x = (*(float(found.when[row]) for row in rows), ends[1])
    steps_y = (*(float(values[row]) for row in rows), float(values[rows[-1]]))
    tracks = [
        Track(
            "models", tuple(found.when[order].tolist()), tuple(values[order].tolist()), style="dots"
        ),
        Track("record", steps_x, steps_y, style="steps"),
    ]
    if found.people:
        best = max(one.value for one in found.people.values())
        tracks.append(Track("best person", ends, (best, best), style="dashed"))
    years = _in_years(found)
    return Lines(
        title=f"Progress on {found.on}",
        x_title="date" if years else "place in time",
        y_title=f"accuracy on {found.on}",
        tracks=tuple(tracks),
        unit="share",
        caption=(
            "One dot per model; the steps are the record, the best accuracy of anybody so far."
        ),
        x_unit="year" if years else "number",
    )


def _caveats(found: _Career, undated: Sequence[str], unanswered: Sequence[str]) -> tuple[str, ...]:
    lines = [
        "The rate is that of these models' records; others may have been better and are not here. "
        "Its interval resamples models: what it would be had others of this kind been published.",
        "Records of noisy accuracies rise by chance alone, a little, even without progress.",
    ]
    if found.worth is not None:
        lines.append(
            "A gap in years (or another unit of time) says how long records took to rise by as "
            "much, not that it would close in that time."
        )
    if undated:
        lines.append(f"Left out for want of a date: {many(len(undated), 'model')}.")
    if unanswered:
        lines.append(f"Left out for want of an accuracy on {found.on}: {listing(unanswered)}.")
    return tuple(lines)
