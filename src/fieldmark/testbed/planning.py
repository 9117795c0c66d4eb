"""Planning: the work is a set difference, cells wanted minus cells kept."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from fieldmark.records import Cell, Condition, ConfigError, Header, Subject
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
    held: dict[str, dict[str, Header]] = {}
    for header in store.headers():
        held.setdefault(header.condition.name, {})[header.subject.name] = header
    kept: list[Header] = []
    missing: list[tuple[Condition, tuple[Subject, ...]]] = []
    for condition in conditions:
        answered = held.get(condition.name, {})
        done = next((one for one in answered.values() if one.status == "done"), None)
        todo: list[Subject] = []
        for subject in subjects:
            found = answered.get(subject.name)
            again = found is not None and found.status == "failed" and retry_failed
            if not again:
                _refuse_other(found or done, subject, condition, store)
            if found is None or again:
                todo.append(subject)
            else:
                kept.append(found)
        if todo:
            missing.append((condition, tuple(todo)))
    return Plan(tuple(missing), tuple(kept))


def _refuse_other(
    kept: Header | None, subject: Subject, condition: Condition, store: Store
) -> None:
    """Nothing where the cell, or another subject's of that condition, was made from the same.

    Three fingerprints say whether it was; where one of them is another, the store says in what.
    A header for every wanted cell, as the store's own check takes one, would cost a grid of 1,000
    models and 500 conditions minutes.

    Raises:
        MismatchError: It was made from something else.
    """
    if kept is None:
        return
    same = (
        kept.condition.fingerprint == condition.fingerprint
        and kept.condition.examples.fingerprint == condition.examples.content
        and (kept.subject.name != subject.name or kept.subject.fingerprint == subject.fingerprint)
    )
    if not same:
        store.check(wanted(subject, condition))


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
