"""Label order: do labels count classes as answers do, or would another order explain them?"""

from dataclasses import dataclass

import numpy as np

from fieldmark.archives import suspicions
from fieldmark.records import (
    Bar,
    Cell,
    Column,
    Finding,
    Forest,
    NotKeptError,
    Reordering,
    Table,
    Value,
    reorderings,
)
from fieldmark.statistics import OrderProbe, order_probe
from fieldmark.studies.answers.board import Board, board, chosen
from fieldmark.studies.answers.kept import Kept
from fieldmark.studies.answers.words import accuracy_of, listing, many, sentence

COLUMNS = (
    Column("subject", "Subject", "Who answered."),
    Column("condition", "Condition", "Examples as they are; changed ones have the same labels."),
    Column("given", "As labelled", "Share that is right by the labels as they are."),
    Column("verdict", "Call", "As labelled, another order, doubtful, too few, reversed top-k."),
    Column("reading", "Other order", "What it looks like; empty where nothing is better."),
    Column("right", "By that order", "Share that would be right."),
    Column("gain", "Gain", "By that order minus as labelled, on the same examples."),
    Column("p", "p", "Exact McNemar test of no gain, Holm-adjusted for all orders tried."),
    Column("agreeing", "Classes", "Share of classes whose usual answer is what the order says."),
)

_REVERSED = "reversed-top-k"
_DRAWN = 30


@dataclass(frozen=True)
class _Probed:
    """One cell, what was found, and by which order."""

    cell: Cell
    probe: OrderProbe
    looks: Reordering | None
    reversed: str

    @property
    def call(self) -> str:
        """What is said of it."""
        return "reversed top-k" if self.reversed else self.probe.call

    @property
    def wrong(self) -> bool:
        """Is it beyond doubt?"""
        return self.call in ("another order", "reversed top-k")


def label_order(store: Kept, *, on: str = "", alpha: float = 1e-6) -> Finding:
    """Whether answers would be right far more often if labels counted classes in another order.

    Args:
        store: Where answers are kept.
        on: A condition; "" for every condition whose examples are unchanged.
        alpha: How improbable a call by chance may be, per cell.

    Raises:
        UnknownNameError: The store has no such condition.
        NotKeptError: Nobody has finished one.

    Source:
        Labels of ImageNetV2 read from numbered folders in the order of text:
        modestyachts/ImageNetV2, issues 4 and 10.
    """
    cells = board(store)
    unchanged = [name for name, record in cells.conditions.items() if not record.change]
    wanted = chosen("condition", [on], cells.conditions) if on else tuple(unchanged)
    probed = [
        _probed(cells, Cell(subject, condition), alpha)
        for condition in wanted
        for subject in cells.finished(condition)
    ]
    if not probed:
        raise NotKeptError(f"nobody has finished {on or 'an unchanged condition'} in this store")
    return Finding(
        study="label-order",
        title=f"Do labels{f' of {on}' if on else ''} count classes as answers do?",
        statement=_statement(probed),
        table=Table(COLUMNS, tuple(map(_row, probed))),
        figures=(_forest(probed),),
        caveats=_caveats(probed, alpha),
    )


def _probed(cells: Board, cell: Cell, alpha: float) -> _Probed:
    examples = cells.store.examples(cell.condition)
    kept = cells.store.read(cell).answers
    if kept is None:
        raise NotKeptError(f"there are no answers of {cell}")
    orders = {one.name: one for one in reorderings(examples.classes)}
    ranked = kept.classes.astype(np.int64)
    probe = order_probe(
        ranked[:, 0], examples.labels, {k: one.meant for k, one in orders.items()}, alpha=alpha
    )
    first = probe.first
    ranked = np.where(ranked < len(examples.classes), ranked, -1)
    found = suspicions(ranked, examples.labels, len(examples.classes), ordered=False)
    backwards = [one.evidence for one in found if one.name == _REVERSED]
    return _Probed(
        cell,
        probe,
        None if first is None else orders[first.name],
        backwards[0] if backwards and ranked.shape[1] > 1 else "",
    )


def _row(one: _Probed) -> tuple[Value, ...]:
    first = None if one.reversed else one.probe.first
    told = one.reversed or (one.looks.told if one.looks else "")
    shown: tuple[Value, ...] = (None,) * 4
    if first:
        shown = (first.right, first.gain, first.p, first.agreeing)
    return (one.cell.subject, one.cell.condition, one.probe.given, one.call, told, *shown)


def _statement(probed: list[_Probed]) -> str:
    wrong = [one for one in probed if one.wrong]
    doubtful = [one for one in probed if one.call == "doubtful"]
    few = [one for one in probed if one.call == "too few"]
    told = []
    if not wrong:
        told.append(
            f"In none of {many(len(probed), 'cell')} do labels count classes in an order that "
            "another would plainly replace."
        )
    for one in wrong[:3]:
        told.append(_told(one))
    if len(wrong) > 3:
        told.append(f"So it is in {many(len(wrong) - 3, 'more cell')}.")
    if doubtful:
        told.append(
            f"In {many(len(doubtful), 'cell')} ({listing([str(one.cell) for one in doubtful], 3)}) "
            "another order is better than the labels and does not explain the answers: filtered "
            "examples look like that, and so do labels in an order that nobody tried."
        )
    if few:
        told.append(f"Too few examples or classes to tell: {many(len(few), 'cell')}.")
    return sentence(*told)


def _told(one: _Probed) -> str:
    if one.reversed or one.looks is None or one.probe.first is None:
        return f"In {one.cell} answers stand in reversed order: {one.reversed}."
    return (
        f"In {one.cell} {one.looks.told}: {accuracy_of(one.probe.first.right)} of the answers are "
        f"right that way, as they are {accuracy_of(one.probe.given)}; {one.looks.cure}."
    )


def _forest(probed: list[_Probed]) -> Forest:
    bars = []
    for one in sorted(probed, key=lambda one: not one.wrong)[:_DRAWN]:
        bars.append(Bar(str(one.cell), "as labelled", one.probe.given))
        first = one.probe.first
        if first and not one.reversed:
            bars.append(Bar(f"{one.cell}, other order", "by the other order", first.right))
    return Forest(
        title="Right by the labels, and by the order that explains answers best",
        x_title="share that is right",
        bars=tuple(bars),
        unit="share",
        caption=(
            "A dot per cell (Clopper-Pearson, 95 %), and one more where some other order of the "
            "classes is significantly better than the labels as they are. Where it lies far to "
            "the right, labels were counted in that order."
        ),
    )


def _caveats(probed: list[_Probed], alpha: float) -> tuple[str, ...]:
    lines = [
        "Only orders that people are known to count in are tried: sorted as text, by name or "
        "title, from 1, and one too low, in labels and in answers.",
        f"An order is called at p <= {alpha:g} per cell, and only where it is the usual answer of "
        "a quarter of the classes: a set on which a subject is always wrong is no mistake of "
        "counting.",
    ]
    needed = {one.probe.needed for one in probed if one.call == "too few"}
    if needed:
        lines.append(
            f"With fewer than {max(needed)} labelled examples, or among fewer than eight classes, "
            "nothing is ever called."
        )
    if len(probed) > _DRAWN:
        lines.append(f"Of {len(probed):,} cells {_DRAWN} are drawn.")
    return tuple(lines)
