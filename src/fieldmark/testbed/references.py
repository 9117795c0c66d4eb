"""References: what answers are judged by, and pictures to look at, kept before anybody answers."""

from collections.abc import Sequence
from contextlib import suppress

from fieldmark.records import Condition, StoreError
from fieldmark.store import Store
from fieldmark.testbed.planning import Plan
from fieldmark.testbed.specimens import png, specimen_rows


def keep_reference(condition: Condition, store: Store) -> None:
    """Keep the condition's labels and classes, and the pictures that a report may show.

    Raises:
        DataError: A picture cannot be made.
        StoreError: The store cannot be written.
    """
    store.keep_examples(condition.examples)
    rows = specimen_rows(condition.examples)
    pictures = condition.images(rows)
    store.keep_specimens(
        condition.name,
        {condition.examples.ids[row]: png(pictures[i : i + 1]) for i, row in enumerate(rows)},
    )


def complete_references(conditions: Sequence[Condition], todo: Plan, store: Store) -> None:
    """Make anew what somebody removed of conditions that nobody has to be asked any more.

    Raises:
        DataError: A picture cannot be made.
        StoreError: The store cannot be written.
    """
    begun = {condition.name for condition, _ in todo.missing}
    for condition in conditions:
        if condition.name not in begun:
            store.keep_examples(condition.examples)
            with suppress(StoreError):  # damaged pictures are made anew as well
                if store.specimens(condition.name):
                    continue
            keep_reference(condition, store)
