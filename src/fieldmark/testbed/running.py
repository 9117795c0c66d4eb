"""Running: pictures are made once per condition, answers are asked for once per cell."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

from fieldmark.models import placed
from fieldmark.records import Condition, DataError, Header, Subject
from fieldmark.store import Store
from fieldmark.testbed.engines import Engine, Work, engine_of
from fieldmark.testbed.options import Options
from fieldmark.testbed.paces import Pace, paces_of
from fieldmark.testbed.planning import Plan, plan
from fieldmark.testbed.references import complete_references
from fieldmark.testbed.telling import told
from fieldmark.testbed.watching import Unwatched, Watch


@dataclass(frozen=True)
class Tally:
    """What a run came to.

    Args:
        kept: Cells that were there before.
        done: Cells answered now.
        not_applicable: Cells recorded now as questions that their subject cannot be asked.
        failed: Headers of all wanted cells that failed, now or earlier.
        seconds: Wall time.
        paces: How fast each subject answered, the one with most work first.
    """

    kept: int
    done: int
    not_applicable: int
    failed: tuple[Header, ...]
    seconds: float
    paces: tuple[Pace, ...] = ()


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
    call goes on. A subject that raises, or answers nonsense, is a record; the others go on. Where
    ``options.placement`` lets nets round, subjects have other names (see ``models.placed``).

    Args:
        subjects: Who is asked; names differ.
        conditions: What they are asked; names differ.
        store: Where answers are kept; held for the length of the run.
        options: How to go about it.
        watch: Who looks on.

    Raises:
        StoreBusyError: Another run holds the store.
        MismatchError: A kept cell was made from something else.
        DataError: Pictures of some conditions cannot be made; says which and why, once everybody
            has been asked everything else.
        StoreError: Nothing more can be written; everything written before is intact.
        KeyboardInterrupt: After the parts in flight are written down.
    """
    options, watch, clock = options or Options(), watch or Unwatched(), perf_counter()
    engine = engine_of(options)
    if options.placement is not None:
        subjects = [placed(subject, options.placement) for subject in subjects]
    with store.hold():
        todo = plan(subjects, conditions, store, retry_failed=options.retry_failed)
        unshown = complete_references(conditions, todo, store)
        work = Work()
        if todo.missing:
            with told(store, subjects, conditions, todo, options) as came:
                work = _work_off(engine, todo, store, options, watch)
                came.append(work)
        wanted = {(s.name, c.name) for s in subjects for c in conditions}
        failed = [head for head in store.headers() if head.status == "failed"]
    _refuse_unshown([*unshown, *work.unshown])
    ended = [one.status for one in work.ended]
    return Tally(
        kept=len(todo.kept),
        done=ended.count("done"),
        not_applicable=ended.count("not applicable"),
        failed=tuple(h for h in failed if (h.cell.subject, h.cell.condition) in wanted),
        seconds=perf_counter() - clock,
        paces=paces_of(work.ended),
    )


def _work_off(engine: Engine, todo: Plan, store: Store, options: Options, watch: Watch) -> Work:
    """Every missing cell, ended."""
    for cell in todo.cells:
        if options.retry_failed and store.header(cell) is not None:
            store.forget(cell)
    return engine.work_off(todo, store, options, watch)


def _refuse_unshown(unshown: Sequence[tuple[str, str]]) -> None:
    """Nothing where every condition could be shown.

    Raises:
        DataError: One could not; says why.
    """
    if not unshown:
        return
    (name, reason), others = unshown[0], len(unshown) - 1
    more = f" ({others} other conditions could not be shown either)" if others else ""
    raise DataError(
        f"{name} could not be shown: {reason}{more}. Everything else was asked and is kept; when "
        "it is mended, the same command goes on"
    )
