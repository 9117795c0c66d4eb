"""Class by class: top-1, top-5, the mean over classes, and the worst class with shrinkage."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int64

from fieldmark.records import (
    Bar,
    Cell,
    Column,
    Estimate,
    Finding,
    Forest,
    NotKeptError,
    Table,
    Value,
    generator,
    seed_of,
)
from fieldmark.statistics import (
    accuracy,
    class_counts,
    clopper_pearson,
    macro_accuracy,
    macro_accuracy_bootstrap,
    shrunken_shares,
)
from fieldmark.studies.answers.board import Board, board
from fieldmark.studies.answers.kept import Kept
from fieldmark.studies.answers.labels import first_labels
from fieldmark.studies.answers.words import accuracy_of, capital, listing, many, percent, sentence
from fieldmark.studies.ranking.parts import Parts, worst_columns

SUBJECT_COLUMNS = (
    Column("subject", "Subject", "Who answered."),
    Column("family", "Family", "What kind of model it is."),
    Column("top_1", "Top-1", "Share of labelled examples whose best class is right."),
    Column("top_5", "Top-5", "Share with a right class among the five best; empty if not kept."),
    Column("macro", "Mean over classes", "Every class counts alike; delta method."),
    Column("macro_bootstrap", "Mean over classes (bootstrap)", "Resampled within each class."),
    *worst_columns("class"),
)
CLASS_COLUMNS = (
    Column("class", "Class", "A class that has examples."),
    Column("top_1", "Top-1", "Share of its examples answered correctly."),
    Column("top_5", "Top-5", "Share with a right class among the five best; empty if not kept."),
    Column("shrunken", "Shrunken", "Top-1, drawn towards what is usual among the classes."),
    Column("chance_worst", "Chance to be the worst", "Given all classes' answers."),
)

_DRAWN = 12
_BEST = 5


@dataclass(frozen=True)
class _Asked:
    """What was asked: the classes, and each example's own (-1 where it has none)."""

    condition: str
    names: tuple[str, ...]
    labels: Int64[np.ndarray, "n m"]

    @property
    def own(self) -> Int64[np.ndarray, " n"]:
        return first_labels(self.labels)

    @property
    def labelled(self) -> Bool[np.ndarray, " n"]:
        return self.own >= 0


@dataclass(frozen=True)
class _Answered:
    """One subject's answers: right at once, and right among five (None where fewer are kept)."""

    subject: str
    top_1: Bool[np.ndarray, " n"]
    top_5: Bool[np.ndarray, " n"] | None
    classes: Parts


def per_class(
    store: Kept, *, on: str, subject: str = "", draws: int = 1000, seed: int = 0
) -> Finding:
    """How accurate subjects are class by class, and how bad the worst class really is.

    Args:
        store: Where answers are kept.
        on: A condition.
        subject: Whose classes are listed one by one; "" for a line per subject.
        draws: Number of draws of the bootstrap and of the shrinkage.
        seed: Where their chance comes from.

    Raises:
        UnknownNameError: The store has no such condition or subject.
        NotKeptError: Nobody, or not this subject, answered it, or no example has a label.
    """
    cells = board(store)
    asked = _asked(cells, cells.condition(on))
    finished = cells.finished(on)
    if subject and cells.subject(subject) not in finished:
        raise NotKeptError(f"there are no answers of {Cell(subject, on)}")
    names = (subject,) if subject else finished
    found = [_answered(cells, asked, name, draws, seed) for name in names]
    shown = max(found, key=lambda one: one.top_1.sum())
    return Finding(
        study="per-class",
        title=f"{subject or 'Every subject'} on {on}, class by class",
        statement=_statement(asked, shown, len(found)),
        table=_classes(asked, shown) if subject else _subjects(cells, asked, found, draws, seed),
        figures=(_forest(asked, shown),),
        caveats=_caveats(asked, found),
    )


def _asked(cells: Board, condition: str) -> _Asked:
    if not cells.finished(condition):
        raise NotKeptError(f"nobody has finished {condition} in this store")
    examples = cells.store.examples(condition)
    asked = _Asked(condition, examples.classes.printed, examples.labels)
    if not asked.labelled.any():
        raise NotKeptError(f"no example of {condition} has a label, so no class has an accuracy")
    return asked


def _answered(cells: Board, asked: _Asked, subject: str, draws: int, seed: int) -> _Answered:
    kept = cells.store.read(Cell(subject, asked.condition)).answers
    if kept is None:
        raise NotKeptError(f"there are no answers of {Cell(subject, asked.condition)}")
    best = kept.classes.astype(np.int64)
    top_1 = kept.correct(asked.labels)
    top_5 = None
    if best.shape[1] >= min(_BEST, len(asked.names)):
        top_5 = np.zeros(len(best), np.bool_)
        for column in best[:, :_BEST].T:
            top_5 |= (column[:, None] == asked.labels).any(axis=1)
    hits, sizes = class_counts(top_1, asked.own, classes=len(asked.names))
    rng = generator(seed_of(seed, "per-class", asked.condition, subject))
    shrunk = shrunken_shares(hits, sizes, rng=rng, draws=draws)
    return _Answered(subject, top_1, top_5, Parts(asked.names, hits, sizes, shrunk))


def _subjects(
    cells: Board, asked: _Asked, found: Sequence[_Answered], draws: int, seed: int
) -> Table:
    rows = []
    for one in sorted(found, key=lambda one: (-one.top_1.sum(), one.subject)):
        rng = generator(seed_of(seed, "per-class bootstrap", asked.condition, one.subject))
        parts = one.classes
        row: tuple[Value, ...] = (
            one.subject,
            cells.subjects[one.subject].family,
            accuracy(one.top_1, labelled=asked.labelled),
            _top_5(asked, one),
            macro_accuracy(parts.hits, parts.sizes),
            macro_accuracy_bootstrap(parts.hits, parts.sizes, rng=rng, draws=draws),
            *parts.about_the_worst(parts.counted),
        )
        rows.append(row)
    return Table(SUBJECT_COLUMNS, tuple(rows))


def _top_5(asked: _Asked, one: _Answered) -> Estimate | None:
    return None if one.top_5 is None else accuracy(one.top_5, labelled=asked.labelled)


def _classes(asked: _Asked, one: _Answered) -> Table:
    among, parts = None, one.classes
    if one.top_5 is not None:
        among, _ = class_counts(one.top_5, asked.own, classes=len(asked.names))
    rows: list[tuple[Value, ...]] = [
        (
            asked.names[k],
            parts.counted(k),
            None if among is None else clopper_pearson(int(among[k]), int(parts.sizes[k])),
            parts.shrunk.shares[k],
            parts.shrunk.lowest[k],
        )
        for k in parts.worst_first
    ]
    return Table(CLASS_COLUMNS, tuple(rows))


def _statement(asked: _Asked, shown: _Answered, subjects: int) -> str:
    parts = shown.classes
    n, classes = int(asked.labelled.sum()), int((parts.sizes > 0).sum())
    whole, macro = (
        accuracy(shown.top_1, labelled=asked.labelled),
        macro_accuracy(parts.hits, parts.sizes),
    )
    top_5 = _top_5(asked, shown)
    best = f"{shown.subject} has the highest accuracy: it" if subjects > 1 else shown.subject
    among = f" ({percent(top_5.value)} among its five best answers)" if top_5 else ""
    return sentence(
        f"On {asked.condition} ({many(n, 'labelled example')} of "
        f"{many(classes, 'class')}), {best} is right on "
        f"{accuracy_of(whole)} of the examples{among}, and on {accuracy_of(macro)} as the mean "
        "over classes.",
        _worst_words(parts) if classes > 1 else "",
    )


def _worst_words(parts: Parts) -> str:
    counted = parts.hits / np.where(parts.sizes > 0, parts.sizes, np.nan)
    lowest = int(np.nanargmin(counted))
    minimum = parts.shrunk.minimum
    return sentence(
        f"The lowest accuracy of a class as counted is {percent(float(counted[lowest]))} "
        f"({parts.names[lowest]}, {many(int(parts.sizes[lowest]), 'example')}); allowing for its "
        "having been picked as the lowest, that of the truly worst class is "
        f"{accuracy_of(minimum)}.",
        "Whether the classes differ at all cannot be told." if parts.shrunk.alike > 0.05 else "",
    )


def _forest(asked: _Asked, shown: _Answered) -> Forest:
    parts = shown.classes
    macro = macro_accuracy(parts.hits, parts.sizes)
    bars = [
        *parts.bars(parts.counted, most=_DRAWN),
        Bar("the worst of all classes", "shrunken", parts.shrunk.minimum),
        Bar("mean over classes", "as counted", macro),
    ]
    return Forest(
        title=f"The worst classes of {shown.subject} on {asked.condition}",
        x_title="accuracy",
        bars=tuple(bars),
        unit="share",
        caption=(
            "Each class as counted (Clopper-Pearson, 95 %) and, below it, drawn towards what is "
            "usual among the classes (beta-binomial shrinkage): the fewer examples a class has, "
            "the farther. The dashed line is the mean over classes."
        ),
        mark=macro.value,
    )


def _caveats(asked: _Asked, found: Sequence[_Answered]) -> tuple[str, ...]:
    lines = [
        "Shrinkage takes the true accuracies of the classes to come from one beta "
        "distribution; a class that stands apart from all others is drawn too far towards them "
        "where it has few examples.",
    ]
    absent = int((found[0].classes.sizes == 0).sum())
    if absent:
        lines.append(
            f"{capital(many(absent, 'class'))} of "
            f"{len(asked.names):,} {'has' if absent == 1 else 'have'} no examples here: missing, "
            "not wrong."
        )
    if (asked.labels[:, 1:] >= 0).any():
        lines.append(
            "Some examples have several right labels: any of them is right, and the example "
            "counts for the class of its first label."
        )
    lacking = [one.subject for one in found if one.top_5 is None]
    if lacking:
        lines.append(f"Fewer than five classes are kept, so no top-5, of {listing(lacking)}.")
    if len(asked.names) <= _BEST:
        lines.append("There are at most five classes, so top-5 accuracy is always 100 %.")
    return tuple(lines)
