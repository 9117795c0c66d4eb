"""Cell work: one cell on its way, from its first part to the file that is never changed again."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from time import perf_counter

import numpy as np

from fieldmark.records import (
    Answers,
    Cell,
    Classifier,
    Condition,
    Header,
    NotApplicableError,
    Placeable,
    Status,
    StoreError,
    Subject,
)
from fieldmark.store import Store, answers_begun
from fieldmark.testbed.answering import answer
from fieldmark.testbed.doubting import doubtful, order_doubt
from fieldmark.testbed.options import Options
from fieldmark.testbed.parts import Part, Shown, parts_of
from fieldmark.testbed.provenance import header


@dataclass(frozen=True)
class _Piece:
    """The answers to some rows of a part, and the work on them."""

    start: int
    answers: Answers
    started: datetime
    seconds: float


@dataclass
class CellWork:
    """One subject, one condition, and the parts that are still to be answered.

    Several threads work on different pieces of it; the one that ends the last piece of a part
    commits it, and the one that ends the last part ends the cell.

    Args:
        subject: Who is asked.
        classifier: The same, ready to be asked.
        condition: What it is asked.
        store: Where answers are kept.
        options: How to go about it.
        left: The parts that nobody has committed.
        ended: How the cell ended, once it has.
        images: Pictures that were answered.
        seconds: Seconds of work on them.
    """

    subject: Subject
    classifier: Classifier
    condition: Condition
    store: Store
    options: Options
    left: set[Part]
    ended: Status | None = None
    images: int = 0
    seconds: float = 0.0
    _batch: int = 0
    _pieces: dict[Part, list[_Piece]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self._batch = self.options.batch_for(self.condition.examples.frame)

    @property
    def cell(self) -> Cell:
        """Which cell it is."""
        return Cell(self.subject.name, self.condition.name)

    @classmethod
    def begin(
        cls,
        subject: Subject,
        classifier: Classifier,
        condition: Condition,
        store: Store,
        options: Options,
    ) -> "CellWork":
        """The work on a cell that is left after what an earlier run committed."""
        cell = Cell(subject.name, condition.name)
        kept = set(store.parts(cell, condition.fingerprint, subject.fingerprint))
        left = {p for p in parts_of(condition, options) if (p.start, p.stop) not in kept}
        work = cls(subject, classifier, condition, store, options, left)
        if not left:  # killed after the last part, before the cell was closed; or not believed
            work._close(work._header("done", datetime.now(UTC), 0.0))
        return work

    def do(self, shown: Shown, part: Part | None = None) -> None:
        """Answer a part, or a piece of one, and write the part down when it is whole.

        The cell is recorded as failed, or as not applicable, where that cannot be done.

        Args:
            shown: The pictures.
            part: The part that they are a piece of; None where they are a whole one.

        Raises:
            StoreError: The answers cannot be kept; nothing else stops a run.
        """
        if self.ended is not None:
            return
        started, clock = datetime.now(UTC), perf_counter()
        try:
            answers = answer(self.classifier, shown, batch=self._batch, halved=self._halve)
        except StoreError:
            raise
        except NotApplicableError as error:
            self._record("not applicable", str(error))
        except Exception as error:  # whatever a model raises is a record, not the end of the run
            self._record("failed", str(error) or type(error).__name__)
        else:
            piece = _Piece(shown.part.start, answers, started, perf_counter() - clock)
            self._take(part or shown.part, piece)

    def _halve(self, batch: int) -> None:
        """So many did not fit into memory: from now on no more than this are shown at once."""
        self._batch = min(self._batch, batch)

    def _take(self, part: Part, piece: _Piece) -> None:
        """A piece of a part; with the last one the part is kept."""
        with self._lock:
            self.images += len(piece.answers)
            self.seconds += piece.seconds
            pieces = self._pieces.setdefault(part, [])
            pieces.append(piece)
            if sum(len(one.answers) for one in pieces) < len(part.rows):
                return
            del self._pieces[part]
        pieces.sort(key=lambda one: one.start)
        began, seconds = min(one.started for one in pieces), sum(one.seconds for one in pieces)
        self._keep(self._header("done", began, seconds), part, _joined(pieces))

    def _keep(self, head: Header, part: Part, answers: Answers) -> None:
        whole = len(answers) == len(self.condition.examples)
        if not whole:
            self.store.commit(head, part.start, answers)
        with self._lock:
            self.left.discard(part)
            last = not self.left and self.ended is None
            self.ended = "done" if last else self.ended
        if whole or last:
            self._close(head, answers if whole else None)

    def _close(self, head: Header, whole: Answers | None = None) -> None:
        """Make the cell final: done, or failed where its labels cannot be believed.

        Answers that are not believed stay committed, so that nobody is asked again where the labels
        are right after all.
        """
        self.ended = "done"
        doubt = self._doubt(head, whole)
        if doubt:
            if whole is not None:
                self.store.commit(head, 0, whole)
            self.ended = "failed"
            self.store.record(self._header("failed", head.times.started, 0.0, doubt))
        elif whole is not None:
            self.store.keep(head, whole)
        else:
            self.store.finish(head)

    def _doubt(self, head: Header, whole: Answers | None) -> str:
        if self.options.trust_labels or not doubtful(self.condition):
            return ""
        said = answers_begun(self.store, head) if whole is None else whole
        return order_doubt(self.condition, said) if said is not None else ""

    def _record(self, status: Status, reason: str) -> None:
        with self._lock:
            first, self.ended = self.ended is None, status
        if first:
            reason = " ".join(reason.split())
            self.store.record(self._header(status, datetime.now(UTC), 0.0, reason))

    def _header(
        self, status: Status, started: datetime, seconds: float, reason: str = ""
    ) -> Header:
        frame = self.condition.examples.frame
        execution = self.options.as_execution(frame) | self._placement()
        if self._batch < self.options.batch_for(frame):
            execution["batch halved to"] = self._batch
        return header(
            self.subject,
            self.classifier.card,
            self.condition,
            status=status,
            started=started,
            seconds=seconds,
            reason=reason,
            execution=execution,
        )

    def _placement(self) -> dict[str, str | int]:
        """Where the classifier runs and how, where somebody said."""
        wanted = self.options.placement
        if wanted is None or not isinstance(self.classifier, Placeable):
            return {}
        kept: dict[str, str | int] = {
            name: value if isinstance(value, str) else int(value)
            for name, value in wanted.as_execution().items()
        }
        return kept | {"device": str(getattr(self.classifier, "device", wanted.device))}


def _joined(pieces: list[_Piece]) -> Answers:
    """The answers of pieces that follow each other; one that was attacked is a part by itself."""
    if len(pieces) == 1:
        return pieces[0].answers
    return Answers(
        classes=np.concatenate([one.answers.classes for one in pieces]),
        scores=np.concatenate([one.answers.scores for one in pieces]),
    )
