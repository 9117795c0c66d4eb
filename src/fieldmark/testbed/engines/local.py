"""Local: this process asks, many models side by side, each picture made once for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from fieldmark.records import Condition, Framing, Subject
from fieldmark.store import Store
from fieldmark.testbed.cellwork import CellWork
from fieldmark.testbed.costs import cost
from fieldmark.testbed.crew import muster
from fieldmark.testbed.engines.engine import STAGE, Ended, Work
from fieldmark.testbed.floor import Floor, floor
from fieldmark.testbed.options import Options
from fieldmark.testbed.parts import Shown, parts_of, shown
from fieldmark.testbed.planning import Plan
from fieldmark.testbed.references import keep_reference
from fieldmark.testbed.watching import Watch


@dataclass(frozen=True)
class Local:
    """Works off a plan in this process."""

    def work_off(self, todo: Plan, store: Store, options: Options, watch: Watch) -> Work:
        """See ``Engine``."""
        subjects = {subject.name: subject for _, some in todo.missing for subject in some}
        with floor(options.workers) as hands:
            crew = muster(tuple(subjects.values()), hands.pool, watch)
            watch.begin(STAGE, _total(todo))
            work: list[CellWork] = []
            for condition, some in todo.missing:
                keep_reference(condition, store)
                for framed, alike in by_framing(condition, some):
                    cells = [
                        CellWork.begin(subject, crew[subject.name], framed, store, options)
                        for subject in alike
                    ]
                    work += cells
                    _answer(framed, cells, options, hands, watch)
            hands.settle()
        return Work(tuple(Ended(one.cell, one.ended) for one in work if one.ended is not None))


def by_framing(
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
        watch.advance(STAGE, before * cost(condition))
    for pictures in shown(condition, tuple(part for part in parts if part in wanted)):
        for cell in cells:
            if pictures.part in cell.left:
                _hand_out(cell, pictures, hands, watch)


def _hand_out(cell: CellWork, pictures: Shown, hands: Floor, watch: Watch) -> None:
    looks = len(pictures.part.rows) * cost(cell.condition)
    note = f"{cell.subject.name} × {cell.condition.name}"
    hands.hand_out(lambda: cell.do(pictures), then=lambda: watch.advance(STAGE, looks, note))


def _total(todo: Plan) -> float:
    return sum(
        cost(condition) * len(condition.examples) * len(subjects)
        for condition, subjects in todo.missing
    )
