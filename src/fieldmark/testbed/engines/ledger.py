"""The ledger: which errands a plan comes to, and which of its cells have come back whole."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import ceil
from threading import Lock
from time import sleep
from typing import Any

from fieldmark.records import (
    Answers,
    Cell,
    ClusterError,
    Condition,
    FieldmarkError,
    Header,
    Status,
    StoreError,
    Subject,
)
from fieldmark.store import Store
from fieldmark.testbed.closing import closed
from fieldmark.testbed.costs import cost
from fieldmark.testbed.engines.engine import STAGE, Ended, Work
from fieldmark.testbed.engines.errands import Brought, Errand, Home, Told
from fieldmark.testbed.engines.local import by_framing
from fieldmark.testbed.options import Options
from fieldmark.testbed.parts import Part, parts_of
from fieldmark.testbed.planning import Plan
from fieldmark.testbed.provenance import header, not_loaded
from fieldmark.testbed.references import keep_reference
from fieldmark.testbed.watching import Watch

MOST_TOGETHER = 16
"""For so many subjects at most a picture is made once; more would be too much to lose at once."""

_ERRANDS_PER_SLOT = 4
_PATIENCE = (0.2, 0.5, 1.0, 2.0, 4.0)  # seconds until a network disk shows what was written


@dataclass
class Line:
    """A cell on its way: what is left of it, and how it ended."""

    subject: Subject
    condition: Condition
    left: set[Part]
    ended: Status | None = None
    images: int = 0
    seconds: float = 0.0
    lock: Lock = field(default_factory=Lock)

    @property
    def cell(self) -> Cell:
        """Which cell it is."""
        return Cell(self.subject.name, self.condition.name)


class Ledger:
    """Hands out errands, and settles what they bring; it alone ends cells.

    Args:
        todo: What is missing.
        store: Held by this process.
        options: How to go about it.
        watch: Who looks on.
        home: Where errands come from.
        send: Makes a condition or a subject fetchable from afar, and says what to fetch it by.
        slots: How many errands are run at the same time.
    """

    def __init__(
        self,
        todo: Plan,
        store: Store,
        options: Options,
        watch: Watch,
        *,
        home: Home,
        send: Callable[[Condition | Subject], Any],
        slots: int,
    ) -> None:
        self._todo, self._store, self._options, self._watch = todo, store, options, watch
        self._home, self._send, self._slots = home, send, slots
        self._lines: dict[Cell, Line] = {}
        self._sent: dict[object, Any] = {}
        self._begun: set[str] = set()
        self._again: deque[Errand] = deque()
        self._unshown: dict[str, str] = {}
        watch.begin(STAGE, sum(cost(c) * len(c.examples) * len(some) for c, some in todo.missing))

    def errands(self) -> Iterator[Errand]:
        """Every errand; the subjects of one stay together from condition to condition.

        So a worker that has loaded them is likely to be asked for them again.
        """
        for names in self._groups():
            for condition, some in self._todo.missing:
                asked = [subject for subject in some if subject.name in names]
                if asked and self._is_shown(condition):
                    yield from self._of(condition, asked)
                yield from self.again()

    def again(self) -> Iterator[Errand]:
        """Errands that have to be run once more."""
        while self._again:
            yield self._again.popleft()

    def settle(self, errand: Errand, brought: Brought) -> None:
        """Keep what an errand brought, and end the cells that it was the last part of.

        Raises:
            ClusterError: The machine that it was run on cannot be used.
            StoreError: Something cannot be kept.
        """
        for told in brought.told:
            self._settle(self._lines[told.header.cell], errand, told)
        if brought.unfit:
            raise ClusterError(
                f"{brought.host} {brought.unfit}. Everything that was answered is kept; make all "
                "machines alike, with what the run needs at the same paths, and run again"
            )
        if brought.unkept:
            raise StoreError(f"{brought.host}: {brought.unkept}")
        if brought.unshown:
            self._unshown.setdefault(errand.name, brought.unshown)

    def lost(self, errand: Errand, reason: str) -> None:
        """Nobody came back: ask its subjects one by one, and record the one that it is due to.

        Args:
            errand: Which.
            reason: What is known of it, such as "its worker process was killed".
        """
        if len(errand.names) > 1:
            self._again += [errand.only(place) for place in range(len(errand.names))]
            return
        line = self._lines[Cell(errand.names[0], errand.name)]
        head = header(
            line.subject,
            not_loaded(line.subject.name),
            line.condition,
            status="failed",
            started=datetime.now(UTC),
            seconds=0.0,
            reason=f"time and again whoever asked it was lost: {reason}",
            execution=self._options.as_execution(line.condition.examples.frame),
        )
        self._record(line, head)

    def work(self) -> Work:
        """What it came to."""
        return Work(
            tuple(
                Ended(line.cell, line.ended, line.images, line.seconds)
                for line in self._lines.values()
                if line.ended is not None
            ),
            tuple(self._unshown.items()),
        )

    # Handing out

    def _groups(self) -> Iterator[frozenset[str]]:
        names = list(dict.fromkeys(s.name for _, some in self._todo.missing for s in some))
        parts = sum(len(parts_of(condition, self._options)) for condition, _ in self._todo.missing)
        groups = ceil(_ERRANDS_PER_SLOT * self._slots / max(1, parts))
        size = min(MOST_TOGETHER, ceil(len(names) / min(groups, len(names))))
        return (frozenset(names[at : at + size]) for at in range(0, len(names), size))

    def _is_shown(self, condition: Condition) -> bool:
        """Is the condition's reference kept? It is, unless its pictures cannot be made."""
        if condition.name not in self._begun:
            self._begun.add(condition.name)
            try:
                keep_reference(condition, self._store)
            except StoreError:
                raise
            except FieldmarkError as error:
                self._unshown[condition.name] = str(error)
        return condition.name not in self._unshown

    def _of(self, condition: Condition, subjects: Sequence[Subject]) -> Iterator[Errand]:
        for framed, alike in by_framing(condition, subjects):
            lines = [self._begin(subject, framed) for subject in alike]
            key = self._fetched_by((framed.name, framed.examples.framing), framed)
            whole = [one for one in lines if not one.left]
            if whole:  # killed after the last part, before the cell was closed
                yield self._errand(key, Part(0, 0), whole)
            for part in parts_of(framed, self._options):
                open_ = [one for one in lines if part in one.left and one.ended is None]
                if open_ and condition.name not in self._unshown:
                    yield self._errand(key, part, open_)

    def _begin(self, subject: Subject, condition: Condition) -> Line:
        parts = parts_of(condition, self._options)
        cell = Cell(subject.name, condition.name)
        kept = set(self._store.parts(cell, condition.fingerprint, subject.fingerprint))
        line = Line(subject, condition, {p for p in parts if (p.start, p.stop) not in kept})
        self._lines[cell] = line
        before = sum(len(part.rows) for part in parts if part not in line.left)
        if before:
            self._watch.advance(STAGE, before * cost(condition))
        return line

    def _errand(self, key: Any, part: Part, lines: Sequence[Line]) -> Errand:  # noqa: ANN401
        names = tuple(line.subject.name for line in lines)
        return Errand(
            home=self._home,
            name=lines[0].condition.name,
            condition=key,
            part=part,
            names=names,
            subjects=tuple(self._fetched_by(one.subject.name, one.subject) for one in lines),
            options=self._options,
        )

    def _fetched_by(self, name: object, thing: Condition | Subject) -> Any:  # noqa: ANN401
        """What a condition or subject is fetched by; it is sent once."""
        if name not in self._sent:
            self._sent[name] = self._send(thing)
        return self._sent[name]

    # Settling

    def _settle(self, line: Line, errand: Errand, told: Told) -> None:
        part, head = errand.part, told.header
        if line.ended is not None:
            return
        if head.status != "done":
            self._record(line, head)
            return
        whole = told.answers is not None and len(told.answers) == len(line.condition.examples)
        if told.answers is not None and not whole:
            self._store.commit(head, part.start, told.answers)
        with line.lock:
            fresh = part in line.left
            line.left.discard(part)
            last = not line.left and line.ended is None
            line.ended = "done" if last else line.ended
            line.images += len(part.rows) * fresh
            line.seconds += head.times.seconds * fresh
        if last and whole:
            line.ended = self._close(line, head, told.answers)
        elif last:
            self._finish(line, errand, head)
        if fresh:
            self._watch.advance(STAGE, len(part.rows) * cost(line.condition), str(line.cell))

    def _finish(self, line: Line, errand: Errand, head: Header) -> None:
        """Make one file of the parts; where some are not there after all, have them made again."""
        for patience in (*_PATIENCE, None):
            try:
                line.ended = self._close(line, head)
            except StoreError:
                missing = self._missing(line)
                if not missing:
                    raise
                if patience is not None:
                    sleep(patience)
                    continue
                with line.lock:
                    line.ended, line.left = None, missing
                place = errand.names.index(line.subject.name)
                self._again += [errand.only(place, part) for part in sorted(missing, key=_start)]
            return

    def _close(self, line: Line, head: Header, whole: Answers | None = None) -> Status:
        return closed(self._store, head, line.condition, self._options, whole)

    def _missing(self, line: Line) -> set[Part]:
        condition, subject = line.condition, line.subject
        kept = set(self._store.parts(line.cell, condition.fingerprint, subject.fingerprint))
        parts = parts_of(condition, self._options)
        return {part for part in parts if (part.start, part.stop) not in kept}

    def _record(self, line: Line, head: Header) -> None:
        with line.lock:
            first, line.ended = line.ended is None, head.status
        if first:
            rest = sum(len(part.rows) for part in line.left)
            self._store.record(head)
            self._watch.advance(STAGE, rest * cost(line.condition), str(line.cell))


def _start(part: Part) -> int:
    return part.start
