"""Local: this process asks, many models side by side, each picture made once for all of them."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from fieldmark.records import (
    Classifier,
    Condition,
    FieldmarkError,
    Framing,
    Pixels,
    StoreError,
    Subject,
)
from fieldmark.store import Store
from fieldmark.testbed.cellwork import CellWork
from fieldmark.testbed.costs import cost
from fieldmark.testbed.crew import crews
from fieldmark.testbed.engines.engine import STAGE, Ended, Work
from fieldmark.testbed.floor import Floor, floor
from fieldmark.testbed.making import Maker, maker
from fieldmark.testbed.memory import refuse_absent, room_for_weights
from fieldmark.testbed.options import Options
from fieldmark.testbed.parts import Part, Shown, parts_of, pieces_of
from fieldmark.testbed.planning import Plan
from fieldmark.testbed.references import keep_reference
from fieldmark.testbed.watching import Watch

_READY_AT_ONCE = 8  # models that are loaded side by side


@dataclass(frozen=True)
class Local:
    """Works off a plan in this process."""

    def work_off(self, todo: Plan, store: Store, options: Options, watch: Watch) -> Work:
        """See ``Engine``.

        Raises:
            ConfigError: This machine has no such device.
        """
        device = "cpu" if options.placement is None else options.placement.device
        refuse_absent(device)
        subjects = {subject.name: subject for _, some in todo.missing for subject in some}
        conditions = [condition for condition, _ in todo.missing]
        room = room_for_weights(options.memory, device)
        with floor(options.workers) as hands, maker(options, conditions) as making:
            round_ = _Round(todo, store, options, watch, hands, making)
            watch.begin(STAGE, _total(todo))
            for crew in crews(
                tuple(subjects.values()),
                hands.pool,
                watch,
                at_once=min(options.workers, _READY_AT_ONCE),
                room=room,
            ):
                round_.ask(crew)
                hands.settle()
        return round_.work


@dataclass(frozen=True)
class _Piece:
    """Some rows of a part of a condition, and the cells that have not answered that part."""

    condition: Condition
    part: Part
    rows: Part
    cells: tuple[CellWork, ...]


@dataclass
class _Round:
    """The way through the conditions, once for each crew."""

    todo: Plan
    store: Store
    options: Options
    watch: Watch
    hands: Floor
    making: Maker
    ended: list[Ended] = field(default_factory=list)
    unshown: dict[str, str] = field(default_factory=dict)
    _begun: set[str] = field(default_factory=set)

    @property
    def work(self) -> Work:
        """What came of it so far."""
        return Work(tuple(self.ended), tuple(self.unshown.items()))

    def ask(self, crew: Mapping[str, Classifier]) -> None:
        """Ask this crew whatever it has not answered yet."""
        cells: list[CellWork] = []
        wanted = ((piece, piece.condition, piece.rows.rows) for piece in self._pieces(crew, cells))
        for piece, pictures in self.making.ahead(wanted):
            self._hand_out(piece, pictures)
        self.hands.settle()
        self.ended += [
            Ended(one.cell, one.ended, one.images, one.seconds)
            for one in cells
            if one.ended is not None
        ]

    def _pieces(self, crew: Mapping[str, Classifier], cells: list[CellWork]) -> Iterator[_Piece]:
        for condition, some in self.todo.missing:
            present = [subject for subject in some if subject.name in crew]
            if present and self._begin(condition):
                for framed, alike in by_framing(condition, present):
                    begun = [
                        CellWork.begin(one, crew[one.name], framed, self.store, self.options)
                        for one in alike
                    ]
                    cells += begun
                    yield from self._pieces_of(framed, begun)

    def _pieces_of(self, condition: Condition, cells: Sequence[CellWork]) -> Iterator[_Piece]:
        for part in parts_of(condition, self.options):
            still = tuple(cell for cell in cells if part in cell.left)
            self._advance(condition, part, len(cells) - len(still))  # answered by an earlier run
            if still:
                for rows in pieces_of(part, condition, self.options):
                    yield _Piece(condition, part, rows, still)

    def _begin(self, condition: Condition) -> bool:
        """Keep the reference of a condition, once; can its pictures be shown?"""
        if condition.name not in self._begun:
            self._begun.add(condition.name)
            try:
                keep_reference(condition, self.store, self.making.make)
            except StoreError:
                raise
            except FieldmarkError as error:
                self.unshown[condition.name] = str(error)
        return condition.name not in self.unshown

    def _hand_out(self, piece: _Piece, pictures: "Future[Pixels]") -> None:
        try:
            shown = Shown(piece.condition, piece.rows, pictures.result())
        except FieldmarkError as error:
            self.unshown.setdefault(piece.condition.name, str(error))
        if piece.condition.name in self.unshown:  # the other conditions go on
            self._advance(piece.condition, piece.rows, len(piece.cells))
            return
        for cell in piece.cells:
            self.hands.hand_out(
                lambda cell=cell: cell.do(shown, piece.part),  # type: ignore[misc]
                then=lambda cell=cell: self._advance(  # type: ignore[misc]
                    cell.condition, piece.rows, 1, str(cell.cell)
                ),
            )

    def _advance(self, condition: Condition, rows: Part, times: int, note: str = "") -> None:
        if times:
            self.watch.advance(STAGE, len(rows.rows) * cost(condition) * times, note)


def by_framing(
    condition: Condition, subjects: Sequence[Subject]
) -> list[tuple[Condition, list[Subject]]]:
    """The condition in each framing that is wanted, and who wants it so."""
    wanted: dict[Framing | None, tuple[Condition, list[Subject]]] = {}
    for subject in subjects:
        framed = condition.framed(subject.framing)
        wanted.setdefault(framed.examples.framing, (framed, []))[1].append(subject)
    return list(wanted.values())


def _total(todo: Plan) -> float:
    return sum(
        cost(condition) * len(condition.examples) * len(subjects)
        for condition, subjects in todo.missing
    )
