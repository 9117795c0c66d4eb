"""A leaderboard replayed: what would the Ladder or Thresholdout have told of these submissions?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fieldmark.records import (
    Cell,
    Column,
    ConfigError,
    Estimate,
    Finding,
    Lines,
    NotKeptError,
    Table,
    Track,
    generator,
    seed_of,
)
from fieldmark.statistics import Released, every_score, ladder, thresholdout
from fieldmark.studies.answers.board import Board, board
from fieldmark.studies.answers.kept import Kept
from fieldmark.studies.answers.words import capital, many, percent, sentence

COLUMNS = (
    Column("place", "Place", "When it was handed in."),
    Column("subject", "Submission", "Who answered."),
    Column("accuracy", "Accuracy", "On all labelled examples."),
    Column("told", "Best told", "Of a leaderboard that tells every score."),
    Column("ladder", "Ladder", "Best accuracy that the Ladder has released."),
    Column("accepted", "Ladder moved", "Was it better than the best by a standard error?"),
    Column("thresholdout", "Thresholdout", "Its answer; nothing once the budget is spent."),
    Column("cost", "From the holdout", "Did that answer cost one of the budget?"),
)


@dataclass(frozen=True)
class _Replayed:
    """The submissions in their order, and what each mechanism told of them (losses)."""

    condition: str
    subjects: tuple[str, ...]
    order: str
    accuracies: tuple[Estimate, ...]
    n: int
    plain: Released
    climbed: Released
    guarded: Released
    budget: int
    threshold: float
    noise: float


def ladder_replay(
    store: Kept,
    *,
    on: str,
    order: Sequence[str] | None = None,
    budget: int = 10,
    threshold: float | None = None,
    noise: float | None = None,
    seed: int = 0,
) -> Finding:
    """What three leaderboards would have told, had the store's subjects been handed in one by one.

    The plain one tells every score. The Ladder tells a new best only when it beats the old one by
    a standard error of their paired difference. Thresholdout answers from one half of the
    examples (dealt at random) unless the other half, the holdout, disagrees.

    Args:
        store: Where answers are kept.
        on: The condition that the leaderboard is about.
        order: Who was handed in, first to last; None: all, in the order in which they finished.
        budget: How often Thresholdout may answer from the holdout.
        threshold: How far its halves may disagree; None: 4 / sqrt(examples of the holdout).
        noise: The scale of its noise; None: 1 / sqrt(examples of the holdout).
        seed: Where the halves and the noise come from.

    Raises:
        UnknownNameError: The store has no such condition or subject.
        ConfigError: A subject stands in the order twice, or a setting is impossible.
        NotKeptError: Nobody, or one of the order, has answers to it.

    Source:
        Blum & Hardt 2015, arXiv:1502.04585; Dwork et al. 2015, arXiv:1506.02629.
    """
    cells = board(store)
    subjects, told = _ordered(cells, cells.condition(on), order)
    answered = cells.answered(on)
    right = answered.correct[[answered.subjects.index(name) for name in subjects]]
    if right.shape[1] < 4:
        raise NotKeptError(
            f"{on} has {many(right.shape[1], 'labelled example')}: a leaderboard needs four"
        )
    losses = 1.0 - right.astype(np.float64)
    rng = generator(seed_of(seed, "ladder", on))
    shuffled = rng.permutation(losses.shape[1])
    seen, hidden = (losses[:, half] for half in np.array_split(shuffled, 2))
    root = hidden.shape[1] ** 0.5
    threshold = 4 / root if threshold is None else float(threshold)
    noise = 1 / root if noise is None else float(noise)
    found = _Replayed(
        condition=on,
        subjects=subjects,
        order=told,
        accuracies=tuple(answered.accuracy(name) for name in subjects),
        n=right.shape[1],
        plain=every_score(losses),
        climbed=ladder(losses),
        guarded=thresholdout(
            seen.mean(axis=1),
            hidden.mean(axis=1),
            threshold=threshold,
            noise=noise,
            budget=budget,
            rng=rng,
        ),
        budget=budget,
        threshold=threshold,
        noise=noise,
    )
    return Finding(
        study="ladder",
        title=f"A leaderboard on {on}, replayed",
        statement=_statement(found),
        table=_table(found),
        figures=(_lines(found),),
        caveats=_caveats(found),
    )


def _ordered(cells: Board, on: str, order: Sequence[str] | None) -> tuple[tuple[str, ...], str]:
    """(who was handed in, first to last; how people call that order)."""
    finished = cells.finished(on)
    if not finished:
        raise NotKeptError(f"nobody has answers to {on}")
    if order is None:
        when = {name: cells.headers[Cell(name, on)].times.finished for name in finished}
        return tuple(sorted(finished, key=lambda name: (when[name], name))), (
            "in the order in which they finished"
        )
    names = tuple(cells.subject(name) for name in order)
    if not names:
        raise ConfigError("an order of submissions names at least one subject")
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"{name} stands in the order twice")
        if name not in finished:
            raise NotKeptError(f"{name} has no answers to {on}")
    return names, "in the order that was given"


def _statement(found: _Replayed) -> str:
    plain, climbed = int(found.plain.accepted.sum()), int(found.climbed.accepted.sum())
    ends = 1 - found.plain.best[-1], 1 - found.climbed.told[-1]
    most = float(np.nanmax(np.abs(found.climbed.told - found.plain.best)))
    return sentence(
        f"{capital(many(len(found.subjects), 'submission'))} to {found.condition} "
        f"({found.n:,} labelled examples), {found.order}.",
        f"A leaderboard that tells every score reports {many(plain, 'record')} and ends at "
        f"{percent(float(ends[0]))}; the Ladder moves {_times(climbed)}, and ends at "
        f"{percent(float(ends[1]))}, never more than {100 * most:.1f} points behind.",
        _guarded_words(found),
    )


def _guarded_words(found: _Replayed) -> str:
    asked = int(found.guarded.accepted.sum())
    text = (
        f"Thresholdout (threshold {100 * found.threshold:.1f} points, noise "
        f"{100 * found.noise:.1f}) "
        + (f"answers from the holdout {_times(asked)}" if asked else "never needs the holdout")
    )
    since = found.guarded.refused_from
    if since is None:
        return f"{text} and has {found.budget - asked} of {found.budget} answers left."
    left = len(found.subjects) - since
    return (
        f"{text}; then its budget of {found.budget} is spent, and the last "
        f"{many(left, 'submission')} get no answer."
    )


def _times(number: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(number, f"{number} times")


def _table(found: _Replayed) -> Table:
    return Table(
        COLUMNS,
        tuple(
            (
                place + 1,
                name,
                found.accuracies[place],
                float(1 - found.plain.best[place]),
                float(1 - found.climbed.told[place]),
                bool(found.climbed.accepted[place]),
                float(1 - found.guarded.told[place]),
                bool(found.guarded.accepted[place]),
            )
            for place, name in enumerate(found.subjects)
        ),
    )


def _lines(found: _Replayed) -> Lines:
    places = np.arange(1.0, len(found.subjects) + 1)
    told = [
        ("each submission", 1 - found.plain.told, "dots"),
        ("every score told", 1 - found.plain.best, "steps"),
        ("Ladder", 1 - found.climbed.told, "steps"),
        ("Thresholdout, answer", 1 - found.guarded.told, "dots"),
    ]
    return Lines(
        title=f"What leaderboards on {found.condition} would have told",
        x_title="submission",
        y_title="accuracy",
        tracks=tuple(_track(name, places, values, style) for name, values, style in told),
        unit="share",
        caption=(
            "Best accuracy so far, as told after each submission. The Ladder ignores what is not "
            "better by a standard error; Thresholdout's answers come from one half of the "
            "examples, or noisily from the other, and end when its budget is spent."
        ),
    )


def _track(name: str, places: np.ndarray, values: np.ndarray, style: str) -> Track:
    there = ~np.isnan(values)
    x, y = tuple(places[there].tolist()), tuple(values[there].tolist())
    return Track(name, x, y, style="steps" if style == "steps" else "dots")


def _caveats(found: _Replayed) -> tuple[str, ...]:
    lines = [
        "The submissions are replayed as they are. A leaderboard that tells less also changes what "
        "is handed in next, and that is not simulated here.",
        "Which mechanism is right cannot be told from this: they trade detail for protection.",
    ]
    if found.noise > 0.02:
        lines.append(
            f"On {found.n:,} examples Thresholdout needs noise of {100 * found.noise:.1f} points: "
            "it is made for tens of thousands."
        )
    return tuple(lines)
