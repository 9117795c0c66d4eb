"""Running: pictures are made once per condition, answers are asked for once per cell."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter

from fieldmark.records import (
    Classifier,
    Condition,
    Framing,
    GradientClassifier,
    Header,
    StoreError,
    Subject,
)
from fieldmark.store import Store
from fieldmark.testbed.cellwork import CellWork
from fieldmark.testbed.crew import muster
from fieldmark.testbed.floor import Floor, floor
from fieldmark.testbed.options import Options
from fieldmark.testbed.parts import Shown, parts_of, shown
from fieldmark.testbed.planning import Plan, plan
from fieldmark.testbed.specimens import png, specimen_rows
from fieldmark.testbed.watching import Unwatched, Watch

STAGE = "cells"


@dataclass(frozen=True)
class Tally:
    """What a run came to.

    Args:
        kept: Cells that were there before.
        done: Cells answered now.
        not_applicable: Cells recorded now as questions that their subject cannot be asked.
        failed: Headers of all wanted cells that failed, now or earlier.
        seconds: Wall time.
    """

    kept: int
    done: int
    not_applicable: int
    failed: tuple[Header, ...]
    seconds: float


def run(
    subjects: Sequence[Subject],
    conditions: Sequence[Condition],
    store: Store,
    *,
    options: Options | None = None,
    watch: Watch | None = None,
) -> Tally:
    """Fill the missing cells of subjects × conditions, and say what came of it.

    A condition's pictures are decoded and shifted once and shown to every subject. Answers are
    written down part by part, so an interrupted run loses at most the parts in flight, and the same
    call goes on. A subject that raises, or answers nonsense, is a record; the others go on.

    Args:
        subjects: Who is asked; names differ.
        conditions: What they are asked; names differ.
        store: Where answers are kept; held for the length of the run.
        options: How to go about it.
        watch: Who looks on.

    Raises:
        StoreBusyError: Another run holds the store.
        MismatchError: A kept cell was made from something else.
        DataError: An image cannot be decoded; everything answered before is kept.
        StoreError: Nothing more can be written; everything written before is intact.
        KeyboardInterrupt: After the parts in flight are written down.
    """
    options, watch, clock = options or Options(), watch or Unwatched(), perf_counter()
    with store.hold():
        todo = plan(subjects, conditions, store, retry_failed=options.retry_failed)
        _complete_references(conditions, todo, store)
        work = _work_off(todo, store, options, watch) if todo.missing else []
        wanted = {(s.name, c.name) for s in subjects for c in conditions}
        failed = [head for head in store.headers() if head.status == "failed"]
    return Tally(
        kept=len(todo.kept),
        done=sum(cell.ended == "done" for cell in work),
        not_applicable=sum(cell.ended == "not applicable" for cell in work),
        failed=tuple(h for h in failed if (h.cell.subject, h.cell.condition) in wanted),
        seconds=perf_counter() - clock,
    )


def _work_off(todo: Plan, store: Store, options: Options, watch: Watch) -> list[CellWork]:
    """Every missing cell, ended."""
    for cell in todo.cells:
        if options.retry_failed and store.header(cell) is not None:
            store.forget(cell)
    subjects = {subject.name: subject for _, some in todo.missing for subject in some}
    with floor(options.workers) as hands:
        crew = muster(tuple(subjects.values()), hands.pool, watch)
        watch.begin(STAGE, _total(todo, crew))
        work: list[CellWork] = []
        for condition, some in todo.missing:
            _keep_reference(condition, store)
            for framed, alike in _by_framing(condition, some):
                cells = [
                    CellWork.begin(subject, crew[subject.name], framed, store, options)
                    for subject in alike
                ]
                work += cells
                _answer(framed, cells, options, hands, watch)
        hands.settle()
    return work


def _by_framing(
    condition: Condition, subjects: Sequence[Subject]
) -> list[tuple[Condition, list[Subject]]]:
    """The condition in each framing that is wanted, and who wants it so."""
    wanted: dict[Framing | None, tuple[Condition, list[Subject]]] = {}
    for subject in subjects:
        framed = condition.framed(subject.framing)
        wanted.setdefault(framed.examples.framing, (framed, []))[1].append(subject)
    return list(wanted.values())


def _answer(
    condition: Condition, cells: Sequence[CellWork], options: Options, hands: Floor, watch: Watch
) -> None:
    """Hand out the parts of one condition: each picture is made once, whoever is asked."""
    wanted = frozenset[object]().union(*(cell.left for cell in cells))
    parts = parts_of(condition, options)
    for cell in cells:
        before = sum(len(part.rows) for part in parts if part not in cell.left)
        watch.advance(STAGE, before * _cost(condition, cell.classifier))
    for pictures in shown(condition, tuple(part for part in parts if part in wanted)):
        for cell in cells:
            if pictures.part in cell.left:
                _hand_out(cell, pictures, hands, watch)


def _hand_out(cell: CellWork, pictures: Shown, hands: Floor, watch: Watch) -> None:
    cost = len(pictures.part.rows) * _cost(cell.condition, cell.classifier)
    note = f"{cell.subject.name} × {cell.condition.name}"
    hands.hand_out(lambda: cell.do(pictures), then=lambda: watch.advance(STAGE, cost, note))


def _complete_references(conditions: Sequence[Condition], todo: Plan, store: Store) -> None:
    """Make anew what somebody removed of conditions that nobody has to be asked any more."""
    begun = {condition.name for condition, _ in todo.missing}
    for condition in conditions:
        if condition.name not in begun:
            store.keep_examples(condition.examples)
            with suppress(StoreError):  # damaged pictures are made anew as well
                if store.specimens(condition.name):
                    continue
            _keep_reference(condition, store)


def _keep_reference(condition: Condition, store: Store) -> None:
    """Keep what the answers are judged by, and the pictures that a report may show."""
    store.keep_examples(condition.examples)
    rows = specimen_rows(condition.examples)
    pictures = condition.images(rows)
    store.keep_specimens(
        condition.name,
        {condition.examples.ids[row]: png(pictures[i : i + 1]) for i, row in enumerate(rows)},
    )


def _total(todo: Plan, crew: Mapping[str, Classifier]) -> float:
    return sum(
        _cost(condition, crew[subject.name]) * len(condition.examples)
        for condition, subjects in todo.missing
        for subject in subjects
    )


def _cost(condition: Condition, classifier: Classifier) -> float:
    """What one picture costs, in looks at a picture, so that the time left can be told."""
    if condition.certificate is not None:
        return float(condition.certificate.draws + condition.certificate.selection)
    if condition.attack is None:
        return 1.0
    blind = condition.attack.threat.knowledge != "white-box"
    if not blind and not isinstance(classifier, GradientClassifier):
        return 0.0
    if blind:
        return float(condition.attack.threat.queries or 100)
    steps = condition.attack.settings.get("steps", 30)
    return 3.0 * steps if isinstance(steps, int) else 100.0  # a gradient costs about three looks
