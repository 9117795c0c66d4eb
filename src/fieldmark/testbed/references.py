"""References: what answers are judged by, and pictures to look at, kept before anybody answers."""

from collections.abc import Callable, Sequence
from contextlib import suppress

from fieldmark.records import Condition, FieldmarkError, Pixels, Rows, StoreError
from fieldmark.store import Store
from fieldmark.testbed.planning import Plan
from fieldmark.testbed.specimens import png, specimen_rows


def keep_reference(
    condition: Condition,
    store: Store,
    make: Callable[[Condition, Rows], Pixels] = Condition.images,
) -> None:
    """Keep the condition's labels and classes, and the pictures that a report may show.

    Args:
        condition: What is asked.
        store: Where answers are kept.
        make: Who makes its pictures.

    Raises:
        DataError: A picture cannot be made.
        StoreError: The store cannot be written.
    """
    store.keep_examples(condition.examples)
    rows = specimen_rows(condition.examples)
    pictures = make(condition, rows)
    store.keep_specimens(
        condition.name,
        {condition.examples.ids[row]: png(pictures[i : i + 1]) for i, row in enumerate(rows)},
    )


def complete_references(
    conditions: Sequence[Condition], todo: Plan, store: Store
) -> list[tuple[str, str]]:
    """Make anew what somebody removed of conditions that nobody has to be asked any more.

    Returns:
        The conditions whose pictures cannot be made any more, each with the reason.

    Raises:
        StoreError: The store cannot be written.
    """
    unshown: list[tuple[str, str]] = []
    begun = {condition.name for condition, _ in todo.missing}
    for condition in conditions:
        if condition.name not in begun:
            store.keep_examples(condition.examples)
            with suppress(StoreError):  # damaged pictures are made anew as well
                if store.specimens(condition.name):
                    continue
            try:
                keep_reference(condition, store)
            except StoreError:
                raise
            except FieldmarkError as error:
                unshown.append((condition.name, str(error)))
    return unshown
