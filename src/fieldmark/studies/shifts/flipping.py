"""Flip rate: how often a subject changes its answer along a sequence whose content stays."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fieldmark.records import (
    Bar,
    Column,
    ConfigError,
    Estimate,
    Finding,
    Forest,
    NotKeptError,
    Table,
    Value,
    generator,
    seed_of,
    undefined,
)
from fieldmark.statistics import (
    flipped,
    mean_over_sequences,
    pairs_with_first,
    rate_over_baseline,
    successive_pairs,
    top5_distance,
)
from fieldmark.studies.answers.board import Board, board
from fieldmark.studies.answers.kept import Kept
from fieldmark.studies.answers.words import accuracy_of, capital, listing, many, sentence
from fieldmark.studies.shifts.sequences import Frames, answers_to, frames, has_sequences

SEQUENCES = "sequences"
"""The name of the group of all conditions whose examples come in sequences."""

_TOP = 5

_COLUMNS = (
    Column("subject", "Subject", "Who answered."),
    Column("family", "Family", "What kind of model it is."),
    Column("flips", "Flip rate", "Share of pairs of frames whose answers differ."),
    Column("distance", "Top-5 distance", "Mean distance of the five best classes, 0 to 15."),
)
_OVER = (
    Column("rate", "mFR", "Flip rate over that of the baseline; the mean over conditions."),
    Column("over", "mT5D", "Top-5 distance over that of the baseline; the mean over conditions."),
)


@dataclass(frozen=True)
class _Watched:
    """What is compared: pairs of frames of every condition.

    Args:
        conditions: Their frames, by condition.
        pairs: Rows (earlier, later), by condition; the same sequences in each.
        groups: The sequence of each pair.
        subjects: Those that answered all of them.
    """

    conditions: Mapping[str, Frames]
    pairs: Mapping[str, np.ndarray]
    groups: np.ndarray
    subjects: tuple[str, ...]


@dataclass(frozen=True)
class _Flips:
    """Of one subject: flips and top-5 distances, float64 (conditions, pairs), or None."""

    flips: np.ndarray
    distances: np.ndarray | None


def flip_rate(store: Kept, *, on: str, baseline: str | None = None, seed: int = 0) -> Finding:
    """How often every subject changes its answer from frame to frame.

    Frames of noise are held against the first of their sequence, all others against the one
    before. A condition counts as noise when its change is called so ("gaussian-noise-sequence").

    Args:
        store: Where answers are kept.
        on: A condition whose examples come in groups; or "sequences" for all that do.
        baseline: The subject whose rates are divided by, which gives mFR and mT5D; None for none.
        seed: Where the bootstrap's chance comes from.

    Raises:
        UnknownNameError: The store has no such condition or baseline.
        ConfigError: The conditions do not show the same sequences.
        NotKeptError: No examples come in groups, or nobody (or not the baseline) answered them.

    Source:
        Hendrycks & Dietterich 2019, arXiv:1903.12261, section 4.2.
    """
    cells = board(store)
    watched = _watched(cells, on)
    if baseline is not None and cells.subject(baseline) not in watched.subjects:
        raise NotKeptError(f"{baseline} cannot be the baseline: it did not answer {on}")
    seen = {name: _flips(cells, watched, name) for name in watched.subjects}
    rows = {
        name: _row(name, seen, watched, baseline, seed_of(seed, "flip-rate", on))
        for name in watched.subjects
    }
    place = 2 if baseline is not None else 0
    order = sorted(rows, key=lambda name: (rows[name][place].value, name))
    columns = (*_COLUMNS, *(_OVER if baseline is not None else ()))
    table: tuple[tuple[Value, ...], ...] = tuple(
        (name, cells.subjects[name].family, *rows[name]) for name in order
    )
    return Finding(
        study="flip-rate",
        title=f"How often answers flip along the sequences of {_title(watched)}",
        statement=_statement(watched, baseline, {name: rows[name] for name in order}),
        table=Table(columns, table),
        figures=(_figure(cells, watched, baseline, {name: rows[name][place] for name in order}),),
        caveats=_caveats(cells, watched, baseline, seen),
    )


def _watched(cells: Board, on: str) -> _Watched:
    if on == SEQUENCES:
        names = [name for name in cells.conditions if has_sequences(cells, name)]
        if not names:
            raise NotKeptError("no condition of this store has examples that come in groups")
    else:
        names = [cells.condition(on)]
    found = {name: frames(cells, name) for name in names}
    pairs = {name: _pairs(cells, one) for name, one in found.items()}
    named = [
        [one.names[group] for group in one.groups[pairs[name][:, 0]]] for name, one in found.items()
    ]
    if any(sorted(some) != sorted(named[0]) for some in named):
        raise ConfigError(f"{listing(names)} do not show the same sequences: ask about one of them")
    subjects = tuple(
        name for name in cells.subjects if all(name in cells.finished(one) for one in names)
    )
    if not subjects:
        raise NotKeptError(f"nobody answered {listing(names)}")
    # Pairs in the order of their sequences, so that those of every condition lie side by side.
    ordered = {
        name: pairs[name][np.argsort(found[name].groups[pairs[name][:, 0]], kind="stable")]
        for name in names
    }
    first = names[0]
    return _Watched(found, ordered, found[first].groups[ordered[first][:, 0]], subjects)


def _pairs(cells: Board, watched: Frames) -> np.ndarray:
    if _is_noise(cells, watched.condition):
        return pairs_with_first(watched.groups)
    return successive_pairs(watched.groups)


def _is_noise(cells: Board, condition: str) -> bool:
    return cells.conditions[condition].change.endswith(("noise", "noise-sequence"))


def _flips(cells: Board, watched: _Watched, subject: str) -> _Flips:
    flips, distances = [], []
    for name, pairs in watched.pairs.items():
        answers = answers_to(cells, subject, name)
        flips.append(flipped(answers[:, 0], pairs))
        if answers.shape[1] >= _TOP:
            distances.append(top5_distance(answers[pairs[:, 0]], answers[pairs[:, 1]]))
    whole = len(distances) == len(flips)
    return _Flips(np.stack(flips), np.stack(distances) if whole else None)


def _row(
    name: str, seen: Mapping[str, _Flips], watched: _Watched, baseline: str | None, seed: int
) -> tuple[Estimate, ...]:
    own = seen[name]
    plain = (_mean(own.flips, watched.groups), _mean(own.distances, watched.groups))
    if baseline is None:
        return plain
    its = seen[baseline]
    # The same seed for everybody: all subjects are judged on the same draws of sequences.
    return (
        *plain,
        rate_over_baseline(own.flips, its.flips, watched.groups, rng=generator(seed)),
        undefined("fewer than five classes were kept", n=len(watched.groups))
        if own.distances is None or its.distances is None
        else rate_over_baseline(own.distances, its.distances, watched.groups, rng=generator(seed)),
    )


def _mean(values: np.ndarray | None, groups: np.ndarray) -> Estimate:
    if values is None:
        return undefined("fewer than five classes were kept", n=len(groups))
    return mean_over_sequences(values.ravel(), np.tile(groups, len(values)))


def _title(watched: _Watched) -> str:
    return listing(tuple(watched.conditions), most=3)


def _statement(
    watched: _Watched, baseline: str | None, rows: Mapping[str, tuple[Estimate, ...]]
) -> str:
    sequences = len(np.unique(watched.groups))
    what = (
        f"{capital(many(len(watched.subjects), 'subject'))} answered the frames of "
        f"{many(sequences, 'sequence')} of {_title(watched)}."
    )
    if not len(watched.groups):
        return f"{what} No sequence has two frames, so nothing can flip."
    names = list(rows)
    steadiest, last = names[0], names[-1]
    told = f"{steadiest} answers differently in {accuracy_of(rows[steadiest][0])} of all pairs"
    if steadiest != last:
        told += f" of frames, {last} in {accuracy_of(rows[last][0])}"
    rate = rows[steadiest][2] if baseline is not None else None
    against = (
        f"Where {baseline} is 100 %, {steadiest} has a flip rate of {accuracy_of(rate)}."
        if rate is not None and rate.defined and steadiest != baseline
        else ""
    )
    return sentence(what, f"{told}.", against)


def _figure(
    cells: Board, watched: _Watched, baseline: str | None, rates: Mapping[str, Estimate]
) -> Forest:
    what = f"flip rate over that of {baseline}" if baseline else "flip rate, share of pairs"
    return Forest(
        title=f"Who changes its answers along {_title(watched)}?",
        x_title=what,
        bars=tuple(Bar(name, cells.subjects[name].family, one) for name, one in rates.items()),
        unit="share",
        caption="Lower is steadier, not more accurate. 95 % intervals, clustered by sequence."
        + (f" The line at 100 % is {baseline}." if baseline else ""),
        mark=1.0 if baseline else None,
    )


def _caveats(
    cells: Board, watched: _Watched, baseline: str | None, seen: Mapping[str, _Flips]
) -> tuple[str, ...]:
    noise = [name for name in watched.conditions if _is_noise(cells, name)]
    lines = [
        "A flip is not an error, and its absence no success: who always gives the same wrong "
        "answer never flips.",
    ]
    if len(noise) < len(watched.conditions):
        lines.append(
            "Frames are held against the one before, in the order in which they are kept; that "
            "the content stays the same from frame to frame is taken for granted."
        )
    if noise:
        lines.append(f"Frames of noise ({listing(noise)}) are held against the first.")
    if baseline is not None:
        lines.append("Rates over a baseline change with the baseline.")
    if short := [name for name, one in seen.items() if one.distances is None]:
        lines.append(f"No top-5 distance, for want of five kept classes: {listing(short)}.")
    if lost := [name for name in cells.subjects if name not in watched.subjects]:
        lines.append(f"Left out for lack of answers: {listing(lost)}.")
    return tuple(lines)
