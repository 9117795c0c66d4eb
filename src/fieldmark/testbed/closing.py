"""Closing: a cell becomes final, done or, where its labels cannot be believed, failed."""

from datetime import UTC, datetime

from fieldmark.records import Answers, Condition, Header, Status, Times
from fieldmark.store import Store, answers_begun
from fieldmark.testbed.doubting import doubtful, order_doubt
from fieldmark.testbed.options import Options


def closed(
    store: Store,
    head: Header,
    condition: Condition,
    options: Options,
    whole: Answers | None = None,
) -> Status:
    """How the cell of ``head`` ended, now that it is kept.

    Answers that are not believed stay committed, so that nobody is asked again where the labels
    are right after all.

    Args:
        store: Where it is kept.
        head: Its header; it says "done".
        condition: What was asked.
        options: Of the run.
        whole: All of its answers where they came at one go; None where they are committed parts.

    Raises:
        StoreError: Rows are missing, or nothing can be written.
    """
    doubt = _doubt(store, head, condition, options, whole)
    if doubt:
        if whole is not None:
            store.commit(head, 0, whole)
        times = Times(started=head.times.started, finished=datetime.now(UTC), seconds=0.0)
        failed = {"status": "failed", "reason": " ".join(doubt.split()), "times": times}
        store.record(head.model_copy(update=failed))
        return "failed"
    if whole is not None:
        store.keep(head, whole)
    else:
        store.finish(head)
    return "done"


def _doubt(
    store: Store, head: Header, condition: Condition, options: Options, whole: Answers | None
) -> str:
    if options.trust_labels or not doubtful(condition):
        return ""
    said = answers_begun(store, head) if whole is None else whole
    return order_doubt(condition, said) if said is not None else ""
