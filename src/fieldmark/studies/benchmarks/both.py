"""Both: old and new accuracy of every subject, from a store or from a table of scores."""

from dataclasses import dataclass
from math import isnan, nan

import numpy as np
from jaxtyping import Float64, Int64

from fieldmark.records import (
    Axis,
    ConfigError,
    Estimate,
    NotKeptError,
    Point,
    Scores,
    Trend,
    UnknownNameError,
    generator,
    seed_of,
)
from fieldmark.statistics import clopper_pearson, fit_line, from_axis, line_band, off_the_edges
from fieldmark.statistics import to_axis as _to_axis
from fieldmark.studies.answers.board import Board, board
from fieldmark.studies.answers.kept import Kept
from fieldmark.studies.answers.labels import first_labels
from fieldmark.studies.answers.sides import above_chance, reference_of, side
from fieldmark.studies.answers.words import many

_GRID = 60


@dataclass(frozen=True)
class Both:
    """Every subject that has answers to an old and to a new test set.

    Args:
        titles: What the two are called, the old one first.
        subjects: Names.
        families: What kind each is.
        fitted: Is a trend fitted to it? Standard models above chance; never people.
        old: Accuracies on the old set.
        new: Accuracies on the new set.
        shares: Right or wrong (1 or 0) on each example of both; None where only scores are known.
        classes: The class of each example of both; None where only scores are known.
        lacking: Subjects that have one of the two only.
    """

    titles: tuple[str, str]
    subjects: tuple[str, ...]
    families: tuple[str, ...]
    fitted: tuple[bool, ...]
    old: tuple[Estimate, ...]
    new: tuple[Estimate, ...]
    shares: tuple[Float64[np.ndarray, "s a"], Float64[np.ndarray, "s b"]] | None
    classes: tuple[Int64[np.ndarray, " a"], Int64[np.ndarray, " b"]] | None
    lacking: tuple[str, ...]

    @property
    def x(self) -> Float64[np.ndarray, " s"]:
        """The old accuracies as numbers."""
        return np.array([one.value for one in self.old])

    @property
    def y(self) -> Float64[np.ndarray, " s"]:
        """The new accuracies as numbers."""
        return np.array([one.value for one in self.new])

    @property
    def rows(self) -> Int64[np.ndarray, " f"]:
        """Where the fitted subjects stand."""
        return np.flatnonzero(np.array(self.fitted, np.bool_)).astype(np.int64)

    @property
    def counted(self) -> tuple[int, int]:
        """How many answers an accuracy is a share of on either side; 1 where nobody says."""
        sizes = [max((one.n for one in some), default=1) for some in (self.old, self.new)]
        return max(sizes[0], 1), max(sizes[1], 1)


def both_of(store: Kept | Scores, *, on: str, reference: str | None) -> Both:
    """Old and new accuracy of every subject that has both.

    Args:
        store: Where answers, or scores, are kept.
        on: The new condition.
        reference: The old one; None takes the one that ``on`` comes from (of a store only).

    Raises:
        UnknownNameError: There is no such condition.
        ConfigError: The two are one, or nobody says what the old one is.
        NotKeptError: No subject has both.
    """
    if isinstance(store, Scores):
        found = _of_scores(store, on, reference)
    else:
        found = _of_store(board(store), on, reference)
    if not found.subjects:
        raise NotKeptError(f"no subject has answers to both {found.titles[0]} and {on}")
    return found


def trend_of(both: Both, *, axis: Axis, draws: int, seed: int, study: str) -> Trend | None:
    """The line through the fitted subjects with its band; None where there is none."""
    x, y, counted = both.x[both.rows], both.y[both.rows], both.counted
    line = fit_line(x, y, axis=axis, counted=counted)
    if not line.defined:
        return None
    ends = _to_axis(off_the_edges(np.array([x.min(), x.max()]), counted[0]), axis)
    grid = from_axis(np.linspace(ends[0], ends[1], _GRID), axis)
    rng = generator(seed_of(seed, study, "band", *both.titles))
    low, high = line_band(x, y, grid, axis=axis, counted=counted, draws=draws, rng=rng)
    return Trend(
        title=f"fitted to {many(line.n, 'standard subject')}",
        x=tuple(grid.tolist()),
        y=tuple(line.predict(grid).tolist()),
        low=tuple(low.tolist()),
        high=tuple(high.tolist()),
    )


def points_of(both: Both, notes: tuple[str, ...], *, named: tuple[str, ...]) -> tuple[Point, ...]:
    """One point per subject; those that are neither fitted nor people at chance stay inside."""
    return tuple(
        Point(
            name=name,
            family=both.families[row],
            x=both.old[row],
            y=both.new[row],
            fitted=both.fitted[row],
            note=notes[row],
            shown="named" if name in named else "dot",
        )
        for row, name in enumerate(both.subjects)
    )


def _of_store(cells: Board, on: str, reference: str | None) -> Both:
    new = side(cells, cells.condition(on), None)
    name = cells.condition(reference) if reference else reference_of(cells, new)
    if name == on:
        raise ConfigError(f"{on} cannot be held against itself: name two conditions")
    old = side(cells, name, None)
    subjects = tuple(one for one in new.subjects if one in old.subjects)
    if not subjects:
        raise NotKeptError(f"no subject has answers to both {name} and {on}")
    first, second = old.of(subjects), new.of(subjects)
    cards = [cells.subjects[one] for one in subjects]
    above = above_chance(cells, first)
    return Both(
        titles=(name, on),
        subjects=subjects,
        families=tuple(card.family for card in cards),
        fitted=tuple(
            there and not card.intervention and not card.is_person
            for there, card in zip(above, cards, strict=True)
        ),
        old=first.accuracies,
        new=second.accuracies,
        shares=(first.shares, second.shares),
        classes=(_classes(cells, name, first.ids), _classes(cells, on, second.ids)),
        lacking=tuple(one for one in cells.subjects if one not in subjects),
    )


def _classes(cells: Board, condition: str, ids: tuple[str, ...]) -> Int64[np.ndarray, " n"]:
    """The first label of each of ``ids``."""
    examples = cells.store.examples(condition)
    first = first_labels(examples.labels)
    labelled = first[first >= 0]
    if len(labelled) != len(ids):
        raise ConfigError(f"{condition} has {len(labelled)} labelled examples, not {len(ids)}")
    return labelled


def _of_scores(scores: Scores, on: str, reference: str | None) -> Both:
    if reference is None:
        raise ConfigError("a table of scores does not say what is new: name the reference")
    if reference == on:
        raise ConfigError(f"{on} cannot be held against itself: name two conditions")
    for name in (on, reference):
        if name not in scores.conditions:
            raise UnknownNameError("condition", name, scores.conditions)
    x, y = scores.column(reference), scores.column(on)
    rows = np.flatnonzero(~np.isnan(x) & ~np.isnan(y))
    sizes = scores.sizes(reference), scores.sizes(on)
    standard = scores.standard or (True,) * len(scores.subjects)
    families = scores.families or ("",) * len(scores.subjects)
    subjects = tuple(scores.subjects[row] for row in rows)
    return Both(
        titles=(reference, on),
        subjects=subjects,
        families=tuple(families[row] for row in rows),
        fitted=tuple(standard[row] for row in rows),
        old=tuple(_published(float(x[row]), int(sizes[0][row])) for row in rows),
        new=tuple(_published(float(y[row]), int(sizes[1][row])) for row in rows),
        shares=None,
        classes=None,
        lacking=tuple(one for one in scores.subjects if one not in subjects),
    )


def _published(share: float, n: int) -> Estimate:
    """A published share; its counts are the nearest whole ones, where n was published."""
    if n == 0 or isnan(share):
        return Estimate(share, nan, nan, n=0, method="published, without its number of examples")
    exact = clopper_pearson(round(share * n), n)
    return Estimate(share, exact.low, exact.high, n=n, method=exact.method)
