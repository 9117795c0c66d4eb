"""Planning: the work is a set difference, cells wanted minus cells kept."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from fieldmark.records import (
    Cell,
    Condition,
    ConditionRecord,
    ConfigError,
    Header,
    Subject,
    nothing_is_garbage,
)
from fieldmark.store import Store
from fieldmark.testbed.provenance import wanted


@dataclass(frozen=True)
class Plan:
    """What a run has to do.

    Args:
        missing: Cells that nobody has answered yet: condition by condition, subjects in order.
        kept: Headers of wanted cells that the store holds already.
    """

    missing: tuple[tuple[Condition, tuple[Subject, ...]], ...]
    kept: tuple[Header, ...]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The missing cells."""
        return tuple(Cell(s.name, c.name) for c, subjects in self.missing for s in subjects)


def plan(
    subjects: Sequence[Subject],
    conditions: Sequence[Condition],
    store: Store,
    *,
    retry_failed: bool = False,
) -> Plan:
    """The cells of ``subjects`` × ``conditions`` that the store does not hold.

    Args:
        subjects: Who is asked; names differ.
        conditions: What they are asked; names differ.
        store: Where answers are kept.
        retry_failed: Count failed cells as missing.

    Raises:
        ConfigError: Two subjects or two conditions share a name, or there are none, or a name
            cannot be printed on one line.
        MismatchError: A kept cell was made from other examples, settings, seed or weights.
    """
    _distinct("subject", [subject.name for subject in subjects])
    _printable([subject.name for subject in subjects])
    _distinct("condition", [condition.name for condition in conditions])
    headers = store.headers()
    with nothing_is_garbage():
        held: dict[str, dict[str, Header]] = {}
        for header in headers:
            held.setdefault(header.condition.name, {})[header.subject.name] = header
        kept: list[Header] = []
        missing: list[tuple[Condition, tuple[Subject, ...]]] = []
        for condition in conditions:
            answered = held.get(condition.name, {})
            if retry_failed:
                answered = {name: one for name, one in answered.items() if one.status != "failed"}
            todo = tuple(one for one in subjects if one.name not in answered)
            there = [(one, answered[one.name]) for one in subjects if one.name in answered]
            _refuse_others(condition, there, store)
            kept += [found for _, found in there]
            if todo:
                done = next((one for one in answered.values() if one.status == "done"), None)
                if done is not None and not _alike(done.condition, condition):
                    store.check(wanted(todo[0], condition))
                missing.append((condition, todo))
    return Plan(tuple(missing), tuple(kept))


def _refuse_others(
    condition: Condition, there: Sequence[tuple[Subject, Header]], store: Store
) -> None:
    """Nothing where these cells of a condition were made from what would be asked now.

    Three fingerprints say whether they were; where one of them is another, the store says in what.
    A header for every wanted cell, as the store's own check takes one, would cost a grid of 1,000
    models and 500 conditions minutes.

    Raises:
        MismatchError: One was made from something else.
    """
    compared: dict[int, bool] = {}  # most cells of a condition share one record of it
    for subject, found in there:
        record = found.condition
        if id(record) not in compared:
            compared[id(record)] = _alike(record, condition)
        if not compared[id(record)] or found.subject.fingerprint != subject.fingerprint:
            store.check(wanted(subject, condition))


def _alike(record: ConditionRecord, condition: Condition) -> bool:
    return (
        record.fingerprint == condition.fingerprint
        and record.examples.fingerprint == condition.examples.content
    )


def _printable(names: list[str]) -> None:
    for name in names:
        if not name.isprintable() or name != name.strip() or not name:
            raise ConfigError(
                f"{name!r} cannot name a subject: write text without line breaks, "
                "and without spaces around it"
            )


def _distinct(kind: str, names: list[str]) -> None:
    if not names:
        raise ConfigError(f"no {kind} given; a grid needs at least one")
    twice = sorted(name for name, times in Counter(names).items() if times > 1)
    if twice:
        raise ConfigError(f"two of the {kind}s are called {twice[0]}; names must differ")
