"""Slices: how accurate subjects are by camera, writer or year, and how bad the worst slice is."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from jaxtyping import Bool, Int64

from fieldmark.records import (
    Bar,
    Cell,
    Column,
    DataError,
    Estimate,
    Finding,
    Forest,
    NotKeptError,
    Table,
    UnknownNameError,
    Value,
    generator,
    natural_order,
    seed_of,
)
from fieldmark.statistics import (
    clopper_pearson,
    fisher_exact,
    grouped_accuracy,
    holm,
    shrunken_shares,
    unpaired_difference,
)
from fieldmark.studies.answers.board import Board, board
from fieldmark.studies.answers.kept import Kept
from fieldmark.studies.answers.words import accuracy_of, many, percent, points, sentence
from fieldmark.studies.ranking.parts import Parts, worst_columns

SUBJECT_COLUMNS = (
    Column("subject", "Subject", "Who answered."),
    Column("family", "Family", "What kind of model it is."),
    Column("accuracy", "Accuracy", "On all labelled examples whose value is known."),
    *worst_columns("slice"),
)
SLICE_COLUMNS = (
    Column("slice", "Slice", "A value that examples have."),
    Column("accuracy", "Accuracy", "Share of its labelled examples answered correctly."),
    Column("shrunken", "Shrunken", "Accuracy, drawn towards what is usual among the slices."),
    Column("difference", "Difference", "Its accuracy minus that of all other slices together."),
    Column("p_holm", "p (Holm)", "Fisher's exact test against the others, for all slices at once."),
    Column("chance_worst", "Chance to be the worst", "Given the answers on all slices."),
)

MOST_SLICES = 2000
_DRAWN = 30
_SURE = 0.05


@dataclass(frozen=True)
class _Asked:
    """What was asked: the slices, and which one each example is in (-1: unknown or unlabelled)."""

    condition: str
    by: str
    names: tuple[str, ...]
    own: Int64[np.ndarray, " n"]
    labels: Int64[np.ndarray, "n m"]
    unknown: int
    groups: Int64[np.ndarray, " n"] | None

    @property
    def known(self) -> Bool[np.ndarray, " n"]:
        return self.own >= 0


@dataclass(frozen=True)
class _Answered:
    """One subject's answers, slice by slice."""

    subject: str
    right: Bool[np.ndarray, " n"]
    slices: Parts


def slices(
    store: Kept, *, on: str, by: str, subject: str = "", draws: int = 1000, seed: int = 0
) -> Finding:
    """How accurate subjects are on the slices of one condition, and how bad the worst really is.

    Nothing is asked anew: what is known of the examples is kept beside the answers.

    Args:
        store: Where answers are kept.
        on: A condition.
        by: A column of its examples' metadata, such as camera, writer or year.
        subject: Whose slices are listed one by one; "" for a line per subject.
        draws: Number of draws of the shrinkage.
        seed: Where their chance comes from.

    Raises:
        UnknownNameError: The store has no such condition or subject, or no such metadata.
        NotKeptError: Nobody, or not this subject, answered it, or nothing is known of its examples.
        DataError: The column has more values than anybody can look at.
    """
    cells = board(store)
    asked = _asked(cells, cells.condition(on), by)
    finished = cells.finished(on)
    if subject and cells.subject(subject) not in finished:
        raise NotKeptError(f"there are no answers of {Cell(subject, on)} that can be ranked")
    found = [
        _answered(cells, asked, name, draws, seed) for name in ((subject,) if subject else finished)
    ]
    shown = max(found, key=lambda one: one.right[asked.known].sum())
    return Finding(
        study="slices",
        title=f"{subject or 'Every subject'} on {on}, by {by}",
        statement=_statement(asked, shown, len(found)),
        table=_by_slice(asked, shown) if subject else _by_subject(cells, asked, found),
        figures=(_forest(asked, shown),),
        caveats=_caveats(asked, shown),
    )


def _asked(cells: Board, condition: str, by: str) -> _Asked:
    if not cells.finished(condition):
        raise NotKeptError(f"nobody has finished {condition} in this store")
    examples = cells.store.examples(condition)
    if not examples.metadata:
        raise NotKeptError(
            f"nothing is known of the examples of {condition}: give the data set metadata "
            "(docs/your-own-test-set.md) and run once more; nothing is asked anew"
        )
    if by not in examples.metadata:
        raise UnknownNameError(f"metadata of {condition}", by, examples.metadata)
    column, labelled = examples.metadata[by], (examples.labels >= 0).any(axis=1)
    names = natural_order([one for one in column if one])
    if len(names) > MOST_SLICES:
        raise DataError(f"{by} of {condition} has {len(names):,} values; {MOST_SLICES:,} are most")
    place = {name: at for at, name in enumerate(names)} | {"": -1}
    own = np.where(labelled, [place[one] for one in column], -1).astype(np.int64)
    if (own < 0).all():
        raise NotKeptError(f"no labelled example of {condition} has a known {by}")
    groups = None
    if len(set(examples.groups)) < len(examples.groups):
        groups = np.unique(np.array(examples.groups), return_inverse=True)[1].astype(np.int64)
    labels = examples.labels.astype(np.int64)
    return _Asked(condition, by, tuple(names), own, labels, column.count(""), groups)


def _answered(cells: Board, asked: _Asked, subject: str, draws: int, seed: int) -> _Answered:
    kept = cells.store.read(Cell(subject, asked.condition)).answers
    if kept is None:
        raise NotKeptError(f"there are no answers of {Cell(subject, asked.condition)}")
    right, known = kept.correct(asked.labels), asked.known
    sizes = np.bincount(asked.own[known], minlength=len(asked.names)).astype(np.int64)
    hits = np.bincount(asked.own[known & right], minlength=len(asked.names)).astype(np.int64)
    rng = generator(seed_of(seed, "slices", asked.condition, asked.by, subject))
    shrunk = shrunken_shares(hits, sizes, rng=rng, draws=draws)
    return _Answered(subject, right, Parts(asked.names, hits, sizes, shrunk))


def _share(asked: _Asked, one: _Answered, rows: Bool[np.ndarray, " n"]) -> Estimate:
    """The accuracy on some rows, as wide as groups make it."""
    if asked.groups is None:
        return clopper_pearson(int((one.right & rows).sum()), int(rows.sum()))
    return grouped_accuracy(one.right[rows], asked.groups[rows])


def _slice(asked: _Asked, one: _Answered, k: int) -> Estimate:
    return _share(asked, one, asked.own == k)


def _by_subject(cells: Board, asked: _Asked, found: Sequence[_Answered]) -> Table:
    rows: list[tuple[Value, ...]] = [
        (
            one.subject,
            cells.subjects[one.subject].family,
            _share(asked, one, asked.known),
            *one.slices.about_the_worst(partial(_slice, asked, one)),
        )
        for one in sorted(found, key=lambda one: (-one.slices.hits.sum(), one.subject))
    ]
    return Table(SUBJECT_COLUMNS, tuple(rows))


def _by_slice(asked: _Asked, one: _Answered) -> Table:
    parts = one.slices
    hits, sizes = parts.hits, parts.sizes
    rest, others = hits.sum() - hits, sizes.sum() - sizes
    p = holm(fisher_exact(hits, sizes, rest, others))
    rows: list[tuple[Value, ...]] = [
        (
            asked.names[k],
            _slice(asked, one, k),
            parts.shrunk.shares[k],
            unpaired_difference(int(hits[k]), int(sizes[k]), int(rest[k]), int(others[k])),
            float(p[k]),
            parts.shrunk.lowest[k],
        )
        for k in parts.worst_first
    ]
    return Table(SLICE_COLUMNS, tuple(rows))


def _statement(asked: _Asked, shown: _Answered, subjects: int) -> str:
    parts = shown.slices
    hits, sizes, there = parts.hits, parts.sizes, int((parts.sizes > 0).sum())
    whole = _share(asked, shown, asked.known)
    best = f"{shown.subject} has the highest accuracy: it" if subjects > 1 else shown.subject
    opening = (
        f"On {asked.condition} ({many(whole.n, 'labelled example')}, {there} values of "
        f"{asked.by}), {best} is right on {accuracy_of(whole)}."
    )
    if there < 2:
        return sentence(opening, f"All have the same {asked.by}, so there is nothing to compare.")
    worst = parts.worst
    rest, others = hits.sum() - hits[worst], sizes.sum() - sizes[worst]
    gap = unpaired_difference(int(hits[worst]), int(sizes[worst]), int(rest), int(others))
    return sentence(
        opening,
        f"Its worst is {asked.by}={asked.names[worst]}, with "
        f"{accuracy_of(_slice(asked, shown, worst))}, {points(gap)} from all others; allowing for "
        "its having been picked, the accuracy on the truly worst value is "
        f"{accuracy_of(parts.shrunk.minimum)}.",
        f"Whether values of {asked.by} differ at all cannot be told "
        f"({percent(parts.shrunk.alike)} for no difference)."
        if parts.shrunk.alike > _SURE
        else "",
    )


def _forest(asked: _Asked, shown: _Answered) -> Forest:
    whole = _share(asked, shown, asked.known)
    bars = [
        *shown.slices.bars(partial(_slice, asked, shown), most=_DRAWN),
        Bar("the worst of all", "shrunken", shown.slices.shrunk.minimum),
        Bar("all together", "as counted", whole),
    ]
    return Forest(
        title=f"{shown.subject} on {asked.condition}, by {asked.by}",
        x_title="accuracy",
        bars=tuple(bars),
        unit="share",
        caption="Each value as counted and, below it, drawn towards what is usual among the "
        "values: the fewer examples it has, the farther. The dashed line is the accuracy on all.",
        mark=whole.value,
    )


def _caveats(asked: _Asked, shown: _Answered) -> tuple[str, ...]:
    lines = [
        f"Values of {asked.by} may differ in what they show: another mix of classes alone makes "
        "another accuracy. Hold classes fixed (a slice of one class) before blaming the value."
    ]
    if asked.unknown:
        lines.append(f"{many(asked.unknown, 'example')} of unknown {asked.by} left out.")
    if asked.groups is not None:
        lines.append(
            "Examples come in groups: the intervals of accuracies as counted heed them; those of "
            "differences, of shrunken accuracies and p-values do not, and are too narrow."
        )
    if empty := int((shown.slices.sizes == 0).sum()):
        lines.append(f"{many(empty, 'value')} without any labelled example: missing, not wrong.")
    return tuple(lines)
