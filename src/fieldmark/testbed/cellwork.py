"""Cell work: one cell on its way, from its first part to the file that is never changed again."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from time import perf_counter

from fieldmark.records import (
    Answers,
    Cell,
    Classifier,
    Condition,
    Header,
    NotApplicableError,
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


@dataclass
class CellWork:
    """One subject, one condition, and the parts that are still to be answered.

    Several threads work on different parts of it; the one that ends the last part ends the cell.
    """

    subject: Subject
    classifier: Classifier
    condition: Condition
    store: Store
    options: Options
    left: set[Part]
    ended: Status | None = None
    _lock: Lock = field(default_factory=Lock)

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

    def do(self, shown: Shown) -> None:
        """Answer one part and write it down; record the cell as failed where that cannot be done.

        Raises:
            StoreError: The answers cannot be kept; nothing else stops a run.
        """
        if self.ended is not None:
            return
        started, clock = datetime.now(UTC), perf_counter()
        try:
            answers = answer(self.classifier, shown, batch=self.options.batch)
        except StoreError:
            raise
        except NotApplicableError as error:
            self._record("not applicable", str(error))
        except Exception as error:  # whatever a model raises is a record, not the end of the run
            self._record("failed", str(error) or type(error).__name__)
        else:
            self._keep(self._header("done", started, perf_counter() - clock), shown.part, answers)

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
        return header(
            self.subject,
            self.classifier.card,
            self.condition,
            status=status,
            started=started,
            seconds=seconds,
            reason=reason,
            execution=self.options.as_execution(),
        )
