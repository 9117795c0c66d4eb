"""Shape bias: where shape says one class and texture another, which of the two is answered?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int64

from fieldmark.records import (
    Bar,
    Cell,
    Column,
    ConfigError,
    Correct,
    Estimate,
    Finding,
    Forest,
    LabelSets,
    NotKeptError,
    Table,
    Value,
)
from fieldmark.statistics import accuracy, clustered_shape_bias
from fieldmark.statistics import shape_bias as one_shape_bias
from fieldmark.studies.answers.board import Board, board
from fieldmark.studies.answers.kept import Kept
from fieldmark.studies.answers.words import accuracy_of, listing, many, sentence
from fieldmark.studies.people.erring import people_words

COLUMNS = (
    Column("subject", "Subject", "A subject, or all people, or all machines together."),
    Column("family", "Family", "What kind of subject it is; empty for a group."),
    Column("class", "Class of the shape", '"all", or the class that the shape shows.'),
    Column("shape", "By shape", "Answers that named the class of the shape."),
    Column("texture", "By texture", "Answers that named the class of the texture."),
    Column("neither", "Neither", "Answers that named another class, or none."),
    Column("bias", "Shape bias", "By shape / (by shape + by texture)."),
    Column("accuracy", "By shape, of all", "Share of all answers that named the shape's class."),
)

ALL = "all"


@dataclass(frozen=True)
class _Cues:
    """What each subject answered to pictures whose two cues are of different classes.

    Args:
        subjects: Who answered.
        families: Of each.
        people: Which of them are people.
        shape: Was the answer the class of the shape? (subjects, pictures).
        texture: Was it the class of the texture?
        labels: The class that each picture's shape shows; -1 where it has several.
        classes: Names of the classes.
        agreeing: Pictures left out, their cues being of one class (or lacking).
    """

    subjects: tuple[str, ...]
    families: tuple[str, ...]
    people: tuple[bool, ...]
    shape: Correct
    texture: Correct
    labels: Int64[np.ndarray, " n"]
    classes: tuple[str, ...]
    agreeing: int

    def bias(self, rows: Sequence[int], pictures: Bool[np.ndarray, " n"] | None = None) -> Estimate:
        """The shape bias of these subjects, pooled, on all or some of the pictures."""
        chosen = slice(None) if pictures is None else pictures
        shape, texture = self.shape[rows][:, chosen], self.texture[rows][:, chosen]
        if len(rows) == 1:
            return one_shape_bias(shape[0], texture[0])
        return clustered_shape_bias(shape, texture)


TEXTURE = "texture"
"""The metadata that names the class of each picture's texture."""


def shape_bias(store: Kept, *, on: str, reference: str = "") -> Finding:
    """The shape bias of every subject, of people together, and of each class.

    Args:
        store: Where answers are kept.
        on: The condition whose labels are the classes of the shapes.
        reference: The same pictures and answers, labelled by texture; not needed where metadata
            ``texture`` of the pictures names a class, as in ``texture-vs-shape/cue-conflict``.

    Raises:
        UnknownNameError: The store has no such condition.
        ConfigError: The two are one, or do not show the same pictures and classes.
        NotKeptError: The store is empty, nobody finished both, or no cues conflict.

    Source:
        Geirhos et al. 2019, arXiv:1811.12231.
    """
    cues = _cues(board(store), on, reference)
    groups = _groups(cues)
    found = [(name, rows, cues.bias(rows)) for name, rows in groups]
    rows = [_row(cues, name, who, ALL, None) for name, who, _ in found]
    for name, who, _ in found:
        for place in np.unique(cues.labels[cues.labels >= 0]).tolist():
            rows.append(_row(cues, name, who, cues.classes[place], cues.labels == place))
    return Finding(
        study="shape-bias",
        title=f"Shape bias on {on}",
        statement=_statement(cues, found, on),
        table=Table(COLUMNS, tuple(rows)),
        figures=(_forest(cues, found), _by_class(cues)),
        caveats=_caveats(cues),
    )


def _cues(cells: Board, on: str, reference: str) -> _Cues:
    for named in filter(None, (on, reference)):
        cells.condition(named)  # or the names that there are
    by_shape = cells.store.examples(on)
    other = _textures(cells, on, reference)
    names = tuple(
        one for one in cells.finished(on) if not reference or one in cells.finished(reference)
    )
    if not names:
        raise NotKeptError(f"nobody finished {f'both {on} and {reference}' if reference else on}")
    labels = by_shape.labels
    same = ((labels[:, :, None] == other[:, None, :]) & (labels[:, :, None] >= 0)).any(axis=(1, 2))
    conflict = (labels >= 0).any(axis=1) & (other >= 0).any(axis=1) & ~same
    if not conflict.any():
        raise NotKeptError(f"no picture of {on} has cues of two classes: nothing is in conflict")
    shape = _answers(cells, on, names)[:, conflict]
    if reference:
        texture = _answers(cells, reference, names)[:, conflict]
    else:
        texture = np.stack([_named(cells, on, name, other) for name in names])[:, conflict]
    if (shape & texture).any():
        raise ConfigError(
            f"some answers are right on {on} and on {reference} though no class is: the two hold "
            "different answers of one subject"
        )
    cards = [cells.subjects[name] for name in names]
    single = (labels >= 0).sum(axis=1) == 1
    return _Cues(
        subjects=names,
        families=tuple(card.family for card in cards),
        people=tuple(card.is_person for card in cards),
        shape=shape,
        texture=texture,
        labels=np.where(single, labels.max(axis=1), -1)[conflict],
        classes=by_shape.classes.names,
        agreeing=int((~conflict).sum()),
    )


def _textures(cells: Board, on: str, reference: str) -> LabelSets:
    """The classes of the textures: labels of the reference, or named by metadata."""
    by_shape = cells.store.examples(on)
    if reference:
        if cells.condition(on) == cells.condition(reference):
            raise ConfigError(f"{on} holds the labels by shape: name as reference those by texture")
        by_texture = cells.store.examples(reference)
        if by_shape.ids != by_texture.ids or by_shape.classes != by_texture.classes:
            raise ConfigError(
                f"{on} and {reference} do not show the same pictures in the same classes: shape "
                "bias needs one set of pictures, labelled by shape and by texture"
            )
        return by_texture.labels
    known = {name: place for place, name in enumerate(by_shape.classes.names)}
    words = by_shape.metadata.get(TEXTURE, ())
    if not words:
        raise ConfigError(
            f"nothing says what texture the pictures of {on} have: name as reference the same "
            f"pictures labelled by texture, or give them metadata {TEXTURE!r}"
        )
    return np.array([[known.get(word, -1)] for word in words], np.int64)


def _named(cells: Board, condition: str, name: str, classes: LabelSets) -> Bool[np.ndarray, " n"]:
    """Did a subject answer that class of each picture?"""
    kept = cells.store.read(Cell(name, condition)).answers
    if kept is None:
        raise NotKeptError(f"there are no answers of {name} to {condition}")
    said = kept.classes[:, :1].astype(np.int64)
    return ((said == classes) & (classes >= 0)).any(axis=1)


def _answers(cells: Board, condition: str, names: Sequence[str]) -> Correct:
    kept = cells.store.correct(condition)
    return kept.matrix()[[kept.subjects.index(name) for name in names]]


def _groups(cues: _Cues) -> list[tuple[str, list[int]]]:
    """People together, machines together, then one by one, each with its rows."""
    everybody = range(len(cues.subjects))
    groups = [
        (words, rows)
        for words, person in (("people", True), ("machines", False))
        if len(rows := [row for row in everybody if cues.people[row] is person]) > 1
    ]
    return groups + [(cues.subjects[row], [row]) for row in everybody]


def _row(
    cues: _Cues,
    name: str,
    rows: list[int],
    label: str,
    pictures: Bool[np.ndarray, " n"] | None,
) -> tuple[Value, ...]:
    chosen = np.ones(len(cues.labels), np.bool_) if pictures is None else pictures
    shape, texture = cues.shape[rows][:, chosen], cues.texture[rows][:, chosen]
    return (
        name,
        cues.families[rows[0]] if len(rows) == 1 else "",
        label,
        int(shape.sum()),
        int(texture.sum()),
        int((~shape & ~texture).sum()),
        cues.bias(rows, pictures),
        accuracy(shape[0]) if len(rows) == 1 else None,
    )


Found = Sequence[tuple[str, list[int], Estimate]]


def _statement(cues: _Cues, found: Found, on: str) -> str:
    biases = {name: estimate for name, _, estimate in found}
    people, machines = sum(cues.people), len(cues.people) - sum(cues.people)
    who = listing(
        [
            words
            for words, there in (
                (many(machines, "machine"), machines),
                (people_words(people), people),
            )
            if there
        ]
    )
    return sentence(
        f"On {many(len(cues.labels), 'picture')} of {on} whose shape and texture are of "
        f"different classes, {who} answered.",
        _people_words(cues, biases),
        _machine_words(cues, biases),
        _apart_words(cues, biases),
    )


def _people_words(cues: _Cues, biases: dict[str, Estimate]) -> str:
    names = [name for name, person in zip(cues.subjects, cues.people, strict=True) if person]
    if not names:
        return "There are no people among them."
    whole = biases["people"] if len(names) > 1 else biases[names[0]]
    if not whole.defined:
        return "People never named the class of either cue."
    return f"Of people's answers that follow one of the two, {accuracy_of(whole)} follow shape."


def _machine_words(cues: _Cues, biases: dict[str, Estimate]) -> str:
    machines = sorted(
        (
            (biases[name], name)
            for name, person in zip(cues.subjects, cues.people, strict=True)
            if not person and biases[name].defined
        ),
        key=lambda pair: (-pair[0].value, pair[1]),
    )
    if not machines:
        return ""
    if len(machines) == 1:
        one, name = machines[0]
        return f"Of the answers of {name} that follow either cue, {accuracy_of(one)} follow shape."
    (most, first), (least, last) = machines[0], machines[-1]
    return (
        f"Among machines {first} follows shape most, {accuracy_of(most)}, and {last} least, "
        f"{accuracy_of(least)}."
    )


def _apart_words(cues: _Cues, biases: dict[str, Estimate]) -> str:
    """How many machines lie below people, where the intervals do not meet."""
    whole = biases.get("people")
    machines = [
        biases[name]
        for name, person in zip(cues.subjects, cues.people, strict=True)
        if not person and biases[name].defined
    ]
    if whole is None or not whole.defined or not machines:
        return ""
    below = sum(one.high < whole.low for one in machines)
    above = sum(one.low > whole.high for one in machines)
    unsure = len(machines) - below - above
    told = [
        f"{many(below, 'machine')} {'lies' if below == 1 else 'lie'} below people",
        f"{many(above, 'machine')} above",
        f"for {many(unsure, 'machine')} the intervals meet",
    ]
    return f"{listing(told)}.".capitalize()


def _forest(cues: _Cues, found: Found) -> Forest:
    bars = [
        Bar(name, cues.families[rows[0]] if len(rows) == 1 else "together", estimate)
        for name, rows, estimate in found
        if estimate.defined and name != "machines"
    ]
    bars.sort(key=lambda bar: (-bar.estimate.value, bar.name))
    return Forest(
        title="Shape bias, from shape to texture",
        x_title="share of decisions by shape",
        bars=tuple(bars),
        unit="share",
        caption=(
            "Of answers that named the class of either cue, the share that named the shape's, "
            "with 95 % intervals (of people together: clustered by picture). The line is no "
            "preference."
        ),
        mark=0.5,
    )


def _by_class(cues: _Cues) -> Forest:
    everybody = range(len(cues.subjects))
    groups = [
        (words, [row for row in everybody if cues.people[row] is person])
        for words, person in (("people", True), ("machines", False))
    ]
    bars = []
    for place in np.unique(cues.labels[cues.labels >= 0]).tolist():
        for words, rows in groups:
            estimate = cues.bias(rows, cues.labels == place) if rows else None
            if estimate is not None and estimate.defined:
                bars.append(Bar(f"{cues.classes[place]}, {words}", words, estimate))
    return Forest(
        title="Shape bias by the class of the shape",
        x_title="share of decisions by shape",
        bars=tuple(bars),
        unit="share",
        caption="People and machines, each pooled, for every class that shapes show.",
        mark=0.5,
    )


def _caveats(cues: _Cues) -> tuple[str, ...]:
    decided = cues.shape | cues.texture
    share = 100 * float(decided.mean())
    lines = [
        f"Shape bias counts only answers that named either cue's class: {share:.0f} % of all. It "
        "is not accuracy: who names the shape rarely and the texture never has a bias of 1.",
        "The pictures were made to conflict; which cue decides where both agree is another matter.",
    ]
    if cues.agreeing:
        lines.append(
            f"{many(cues.agreeing, 'picture')} left out: the two cues are of one class, or lack a "
            "label."
        )
    return tuple(lines)
