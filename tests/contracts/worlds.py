"""Worlds: the simulated answers of a rehearsal, rebuilt otherwise, in stores of their own."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import count
from types import MappingProxyType

import numpy as np

from fieldmark.archives import rehearsal
from fieldmark.records import (
    NO_ANSWER,
    PEOPLE,
    Answers,
    ClassSpace,
    Examples,
    Header,
    example_seeds,
    fingerprint,
)
from fieldmark.store import Store, open_store

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010800000000"
    "3a7e9b550000000a49444154789c6360000000020001e221bc330000000049454e44ae426082"
)
FEW = ("linear-a", "net-s", "net-l", "net-l-augmented", "deep-l", "web-l", "person-1")
_names = count()


@dataclass(frozen=True)
class Asked:
    """One cell: what was asked, of whom, and what was answered (None: it failed)."""

    examples: Examples
    header: Header
    answers: Answers | None

    @property
    def subject(self) -> str:
        return self.header.subject.name

    @property
    def condition(self) -> str:
        return self.header.condition.name


World = tuple[Asked, ...]


def simulated(n: int, *, levels: str = "135") -> World:
    """The cells of a rehearsal, but for two of its shifts and some of their severities."""
    every = (Asked(*one) for one in rehearsal(n=n))
    changes = ("", "fog", "gaussian-noise")
    return tuple(
        one
        for one in every
        if one.header.condition.kind in ("attack", "certificate")
        or (one.header.condition.change in changes and one.header.condition.level in levels)
    )


def small() -> World:
    """Few subjects, few shifts and few sequences, so that a store is made in a moment."""
    some = of(simulated(60, levels="5"), FEW)
    return rows(some, lambda examples: np.arange(min(len(examples), 66)))


def kept(world: Iterable[Asked]) -> Store:
    """A store of these cells, kept in their order, with pictures of some examples."""
    store = open_store(f"memory://worlds-{next(_names)}", create=True)
    shown: set[str] = set()
    for one in world:
        store.keep_examples(one.examples)
        if one.condition not in shown:
            store.keep_specimens(one.condition, dict.fromkeys(sorted(one.examples.ids)[:3], PNG))
            shown.add(one.condition)
        if one.answers is None:
            store.record(one.header)
        else:
            store.keep(one.header, one.answers)
    return store


def of(world: World, subjects: Iterable[str]) -> World:
    """The cells of some subjects."""
    some = set(subjects)
    return tuple(one for one in world if one.subject in some)


def rows(world: World, chosen: Callable[[Examples], np.ndarray]) -> World:
    """Some of the examples, or all in another order."""
    return tuple(_rows(one, chosen(one.examples)) for one in world)


def shuffled(examples: Examples) -> np.ndarray:
    """Rows in an order that is the same wherever the same examples are shown.

    Frames of one sequence keep their order, which is that of time; sequences do not stay together.
    """
    places = np.argsort(example_seeds(examples.ids, "another order", 0))
    groups = np.array(examples.groups or examples.ids)
    for group in np.unique(groups) if examples.groups else ():
        places[groups[places] == group] = np.flatnonzero(groups == group)
    return places


def relabelled(world: World, labels: Callable[[np.ndarray], np.ndarray]) -> World:
    """The same answers to the same examples, with other labels."""
    return tuple(
        _with(one, replace(one.examples, labels=labels(one.examples.labels)), one.answers)
        for one in world
    )


def answering(world: World, classes: Callable[[Asked], np.ndarray]) -> World:
    """The same examples with other answers, (n, k), best class first."""
    return tuple(replace(one, answers=_answers(classes(one))) for one in world)


def renamed_classes(world: World, order: np.ndarray) -> World:
    """The same world with its classes in another order: class ``k`` becomes ``order[k]``."""
    known, back = np.full(NO_ANSWER + 1, NO_ANSWER), np.argsort(order)
    known[: len(order)] = order
    labelled = np.append(order, -1)

    def moved(one: Asked) -> Asked:
        space = ClassSpace(tuple(one.examples.classes.names[k] for k in back))
        examples = replace(one.examples, classes=space, labels=labelled[one.examples.labels])
        classes = known[_said(one)].astype(np.uint16)
        return _with(one, examples, replace(one.answers, classes=classes))

    return tuple(moved(one) for one in world)


def _everybody_right(one: Asked) -> np.ndarray:
    return _led_by(_said(one), one.examples.labels.max(axis=1))


def _everybody_wrong(one: Asked) -> np.ndarray:
    none = [next(k for k in range(10) if k not in labels) for labels in one.examples.labels]
    return _led_by(_said(one), np.array(none))


def _led_by(classes: np.ndarray, best: np.ndarray) -> np.ndarray:
    """Answers with another best class."""
    others = [row[row != one][:4] for row, one in zip(classes, best, strict=True)]
    return np.column_stack([best, others])


def _all_like_one(world: World) -> World:
    like = {one.condition: one.answers.classes for one in of(world, ["deep-l"])}
    return answering(world, lambda one: like.get(one.condition, one.answers.classes))


def _two_classes(world: World) -> World:
    """Even classes against odd ones."""

    def halved(one: Asked) -> Asked:
        labels = np.where(one.examples.labels >= 0, one.examples.labels % 2, -1)
        examples = replace(one.examples, classes=ClassSpace(("even", "odd")), labels=labels)
        best = _said(one)[:, 0] % 2
        return _with(one, examples, _answers(np.stack([best, 1 - best], axis=1)))

    return tuple(halved(one) for one in world)


def _as_people(world: World) -> World:
    def person(one: Asked) -> Asked:
        card = replace(one.header.subject.card, family=PEOPLE, intervention="")
        subject = one.header.subject.model_copy(update={"card": card})
        return replace(one, header=one.header.model_copy(update={"subject": subject}))

    return tuple(person(one) for one in world)


def _failed(world: World, subjects: Iterable[str]) -> World:
    some, told = set(subjects), {"status": "failed", "reason": "out of memory"}
    return tuple(
        replace(one, header=one.header.model_copy(update=told), answers=None)
        if one.subject in some
        else one
        for one in world
    )


def _only_fourth(labels: np.ndarray) -> np.ndarray:
    return np.where(np.arange(len(labels))[:, None] == 3, labels, -1)


HOSTILE: Mapping[str, Callable[[World], World]] = MappingProxyType(
    {
        "no label": lambda world: relabelled(world, lambda labels: np.full_like(labels, -1)),
        "one label": lambda world: relabelled(world, _only_fourth),
        "one example": lambda world: rows(world, lambda examples: np.array([0])),
        "one class among the labels": lambda world: relabelled(
            world, lambda labels: np.where(labels >= 0, 3, -1)
        ),
        "labels after their padding": lambda world: relabelled(
            world, lambda labels: np.insert(labels, 0, -1, axis=1)
        ),
        "two classes": _two_classes,
        "one subject": lambda world: of(world, ["deep-l"]),
        "two identical subjects": lambda world: _all_like_one(of(world, ["deep-l", "web-l"])),
        "all subjects identical": _all_like_one,
        "people only": _as_people,
        "everybody right": lambda world: answering(world, _everybody_right),
        "everybody wrong": lambda world: answering(world, _everybody_wrong),
        "nobody said anything": lambda world: answering(
            world, lambda one: np.full((len(one.answers), 5), NO_ANSWER)
        ),
        "best class only": lambda world: answering(world, lambda one: _said(one)[:, :1]),
        "some failed": lambda world: _failed(world, ["linear-a", "deep-l", "person-1"]),
        "all failed": lambda world: _failed(world, FEW),
    }
)
"""What may befall a store, by name."""


def _said(one: Asked) -> np.ndarray:
    return one.answers.classes.astype(np.int64)


def _answers(classes: np.ndarray) -> Answers:
    """Answers without scores, as people and published lists of classes give them."""
    return Answers(classes.astype(np.uint16), np.full(classes.shape, np.nan, np.float32))


def _rows(one: Asked, chosen: np.ndarray) -> Asked:
    whole = one.examples
    examples = replace(
        whole,
        ids=tuple(whole.ids[row] for row in chosen),
        labels=whole.labels[chosen],
        groups=tuple(whole.groups[row] for row in chosen) if whole.groups else (),
        metadata={key: tuple(one[row] for row in chosen) for key, one in whole.metadata.items()},
    )
    said = one.answers
    measures = {name: values[chosen] for name, values in said.measures.items()}
    answers = Answers(said.classes[chosen], said.scores[chosen], measures)
    return _with(one, examples, answers)


def _with(one: Asked, examples: Examples, answers: Answers | None) -> Asked:
    """The cell about other examples, with a header that says so."""
    names = examples.classes.names
    content = fingerprint(examples.ids, examples.labels.tolist(), names, examples.groups)
    asked = one.header.condition
    told = {"fingerprint": content, "classes": names, "n": len(examples)}
    record = {
        "examples": asked.examples.model_copy(update=told),
        "fingerprint": fingerprint(content, asked.name),
    }
    condition = asked.model_copy(update=record)
    header = one.header.model_copy(update={"condition": condition})
    return Asked(replace(examples, content=content), header, answers)
