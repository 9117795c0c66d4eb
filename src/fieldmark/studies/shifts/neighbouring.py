"""pm-k: is a subject right on a video's anchor frame, and on every frame up to k away from it?"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fieldmark.records import (
    Bar,
    Column,
    Estimate,
    Finding,
    Forest,
    NotKeptError,
    Point,
    Scatter,
    Table,
    Trend,
    Value,
    generator,
    seed_of,
)
from fieldmark.statistics import (
    Consistent,
    Neighbourhood,
    fit_line,
    line_band,
    neighbourhood,
)
from fieldmark.statistics import pm_k as judged_with_neighbours
from fieldmark.studies.answers.board import Board, board
from fieldmark.studies.answers.kept import Kept
from fieldmark.studies.answers.words import accuracy_of, listing, many, points, sentence
from fieldmark.studies.shifts.sequences import Frames, answers_to, frames

_LEAST = 3
_GRID = 41


@dataclass(frozen=True)
class _Subject:
    """What one subject did: judged by each frame's own labels, and by its anchor's."""

    own: Consistent
    anchors: Consistent


def pm_k(store: Kept, *, on: str, k: int = 10, seed: int = 0) -> Finding:
    """pm-0 and pm-k of every subject: how many answers survive a look at the frames beside.

    The anchor is the frame whose metadata ``offset`` is 0, and a neighbour one whose offset is at
    most ``k``; where nothing says so, the anchor is the middle frame of each group. Two rules are
    reported: every frame is judged by its own labels, or by the labels of its anchor.

    Args:
        store: Where answers are kept.
        on: A condition whose examples are frames, in groups.
        k: How many frames on each side.
        seed: Where the chance of the line's band comes from.

    Raises:
        UnknownNameError: The store has no such condition.
        NotKeptError: Its examples do not come in groups, or nobody answered it.
        DataError: ``k`` is negative, or offsets are none, or a video has not one anchor.

    Source:
        Shankar et al. 2019, arXiv:1906.02168.
    """
    cells = board(store)
    watched = frames(cells, on)
    around = neighbourhood(watched.groups, k, offsets=watched.offsets)
    names = cells.finished(on)
    if not names:
        raise NotKeptError(f"nobody answered {on}")
    found = {name: _subject(cells, watched, around, name) for name in names}
    order = sorted(found, key=lambda name: -_sortable(found[name].own.neighbours))
    found = {name: found[name] for name in order}
    table: tuple[tuple[Value, ...], ...] = tuple(
        (
            name,
            cells.subjects[name].family,
            one.own.anchors,
            one.own.neighbours,
            one.own.drop,
            one.anchors.neighbours,
        )
        for name, one in found.items()
    )
    return Finding(
        study="pm-k",
        title=f"Answers to {on} that hold on all frames up to {k} away",
        statement=_statement(watched, around, k, found),
        table=Table(_columns(k), table),
        figures=(
            _scatter(cells, watched, k, found, seed_of(seed, "pm-k", on, str(k))),
            _forest(cells, watched, k, found),
        ),
        caveats=_caveats(cells, watched, around, found),
    )


def _columns(k: int) -> tuple[Column, ...]:
    return (
        Column("subject", "Subject", "Who answered."),
        Column("family", "Family", "What kind of model it is."),
        Column("pm_0", "pm-0", "Share of anchors answered correctly."),
        Column("pm_k", f"pm-{k}", "Share answered correctly with every neighbour, by own labels."),
        Column("drop", "Drop", f"pm-{k} minus pm-0."),
        Column("pm_k_anchor", f"pm-{k} (anchor's labels)", "The same, all by the anchor's labels."),
    )


def _subject(cells: Board, watched: Frames, around: Neighbourhood, name: str) -> _Subject:
    best = answers_to(cells, name, watched.condition)[:, :1]
    own = (best == watched.labels).any(axis=1)
    centres = around.centres[watched.groups]
    by_anchor = (best == watched.labels[centres]).any(axis=1)
    return _Subject(
        judged_with_neighbours(own, around, labelled=watched.labelled),
        judged_with_neighbours(by_anchor, around, labelled=watched.labelled),
    )


def _sortable(estimate: Estimate) -> float:
    return estimate.value if estimate.defined else -1.0


def _statement(
    watched: Frames, around: Neighbourhood, k: int, found: Mapping[str, _Subject]
) -> str:
    known = watched.labelled[around.centres]
    videos = many(int(known.sum()), "labelled video")
    if not known.any():
        return f"No anchor of {watched.condition} has a label, so pm-{k} is undefined."
    best = next(iter(found))
    drops = {name: one.own.drop for name, one in found.items()}
    most = min(drops, key=lambda name: drops[name].value)
    one = found[best].own
    beside = len(around.rows) / len(around) - 1
    differ = [
        name
        for name, each in found.items()
        if each.own.neighbours.value != each.anchors.neighbours.value
    ]
    return sentence(
        f"On the anchors of {videos} of {watched.condition}, each with {beside:.1f} "
        f"neighbours on average, {best} is right on {accuracy_of(one.anchors)}; on "
        f"{accuracy_of(one.neighbours)} it is right on all neighbours too.",
        _loss_words(most, drops[most]) if len(found) > 1 else "",
        f"Judged by the anchor's labels, pm-{k} changes for {listing(differ)}."
        if differ
        else "It makes no difference whether frames are judged by their own labels or their "
        "anchor's.",
    )


def _loss_words(most: str, drop: Estimate) -> str:
    if drop.value < 0:
        return f"{most} loses most: {points(drop)}."
    return "Nobody loses anything by that."


def _scatter(
    cells: Board, watched: Frames, k: int, found: Mapping[str, _Subject], seed: int
) -> Scatter:
    pairs = [
        Point(
            name,
            cells.subjects[name].family,
            one.own.anchors,
            one.own.neighbours,
            fitted=_standard(cells, name),
        )
        for name, one in found.items()
    ]
    return Scatter(
        title=f"Right on every frame against right on the anchor, {watched.condition}",
        x_title="pm-0: right on the anchor",
        y_title=f"pm-{k}: right on all neighbours too",
        points=tuple(pairs),
        trend=_trend([one for one in pairs if one.fitted and one.x.defined], seed),
        axis="logit",
        caption="Below y = x lies what the neighbours cost. The line is fitted to standard "
        "models; above it are those whose answers hold better than their accuracy predicts. "
        "95 % intervals.",
    )


def _standard(cells: Board, name: str) -> bool:
    card = cells.subjects[name]
    return not card.intervention and not card.is_person


def _trend(fitted: list[Point], seed: int) -> Trend | None:
    if len(fitted) < _LEAST:
        return None
    x = np.array([point.x.value for point in fitted])
    y = np.array([point.y.value for point in fitted])
    counted = (fitted[0].x.n, fitted[0].y.n)
    line = fit_line(x, y, axis="logit", counted=counted)
    if not line.defined:
        return None
    grid = np.linspace(max(x.min(), 1e-3), min(x.max(), 1 - 1e-3), _GRID)
    low, high = line_band(x, y, grid, axis="logit", counted=counted, rng=generator(seed))
    columns = (grid, line.predict(grid), low, high)
    return Trend("standard models", *(tuple(map(float, column)) for column in columns))


def _forest(cells: Board, watched: Frames, k: int, found: Mapping[str, _Subject]) -> Forest:
    by_loss = sorted(found, key=lambda name: -_sortable(found[name].own.drop))
    return Forest(
        title=f"What the frames up to {k} away cost on {watched.condition}",
        x_title=f"pm-{k} minus pm-0, in points",
        bars=tuple(
            Bar(name, cells.subjects[name].family, found[name].own.drop) for name in by_loss
        ),
        unit="points",
        caption="The nearer to 0, the steadier. 95 % intervals over videos.",
        mark=0.0,
    )


def _caveats(
    cells: Board, watched: Frames, around: Neighbourhood, found: Mapping[str, _Subject]
) -> tuple[str, ...]:
    lines = [
        "pm-k can only fall as k grows, and who is wrong on the anchor has nothing to lose: "
        "compare drops among subjects of like pm-0, or against the line.",
        "Videos are taken as independent of each other; frames of one are not.",
    ]
    if unlabelled := int((~watched.labelled).sum()):
        lines.append(f"{many(unlabelled, 'frame')} without a label passed over.")
    sizes = np.bincount(watched.groups)
    if watched.offsets is None and (sizes % 2 == 0).any():
        lines.append("Of videos with an even number of frames the later middle one is the anchor.")
    if lost := [name for name in cells.subjects if name not in found]:
        lines.append(f"Left out for lack of answers: {listing(lost)}.")
    return tuple(lines)
