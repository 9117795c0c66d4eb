"""The tables that a question in SQL can ask: what is kept, as Arrow tables."""

import numpy as np
import pyarrow as pa

from fieldmark.records import Header
from fieldmark.store.counting import Counts
from fieldmark.store.examples import ExamplesTable
from fieldmark.store.headers import Kept

_CELLS_SCHEMA = pa.schema(
    [
        ("subject", pa.string()),
        ("family", pa.string()),
        ("intervention", pa.string()),
        ("condition", pa.string()),
        ("kind", pa.string()),
        ("dataset", pa.string()),
        ("change", pa.string()),
        ("level", pa.string()),
        ("strength", pa.float64()),
        ("seed", pa.uint64()),
        ("framing", pa.string()),
        ("status", pa.string()),
        ("reason", pa.string()),
        ("n", pa.int64()),
        ("labelled", pa.int64()),
        ("correct", pa.int64()),
        ("accuracy", pa.float64()),
        ("started", pa.timestamp("us", "UTC")),
        ("finished", pa.timestamp("us", "UTC")),
        ("seconds", pa.float64()),
        ("subject_fingerprint", pa.string()),
        ("condition_fingerprint", pa.string()),
        ("examples_fingerprint", pa.string()),
    ]
)

_EXAMPLES_SCHEMA = pa.schema(
    [
        ("fingerprint", pa.string()),
        ("dataset", pa.string()),
        ("row", pa.int64()),
        ("example", pa.string()),
        ("label", pa.int32()),
        ("label_name", pa.string()),
        ("labels", pa.list_(pa.int32())),
        ("group", pa.string()),
        ("metadata", pa.map_(pa.string(), pa.string())),
    ]
)


def cells_table(kept: tuple[Kept, ...], counts: Counts) -> pa.Table:
    """One row per finished cell, with how many its subject has right."""
    numbers = zip(counts.hits.tolist(), counts.labelled.tolist(), strict=True)
    counted = dict(zip(counts.cells, numbers, strict=True))
    rows = [_cell(one.header, counted.get(one.header.cell)) for one in kept]
    return pa.Table.from_pylist(rows, schema=_CELLS_SCHEMA)


def _cell(header: Header, counted: tuple[int, int] | None) -> dict[str, object]:
    subject, condition = header.subject, header.condition
    correct, labelled = (None, None) if counted is None else counted
    return {
        "subject": subject.name,
        "family": subject.card.family,
        "intervention": subject.card.intervention,
        "condition": condition.name,
        "kind": condition.kind,
        "dataset": condition.examples.card.name,
        "change": condition.change,
        "level": condition.level,
        "strength": condition.strength,
        "seed": condition.seed,
        "framing": "" if header.framing is None else str(header.framing),
        "status": header.status,
        "reason": header.reason,
        "n": condition.examples.n,
        "labelled": labelled,
        "correct": correct,
        "accuracy": correct / labelled if correct is not None and labelled else None,
        "started": header.times.started,
        "finished": header.times.finished,
        "seconds": header.times.seconds,
        "subject_fingerprint": subject.fingerprint,
        "condition_fingerprint": condition.fingerprint,
        "examples_fingerprint": condition.examples.fingerprint,
    }


def examples_table(sets: list[ExamplesTable]) -> pa.Table:
    """One row per example, with its labels and their names."""
    return pa.concat_tables([_EXAMPLES_SCHEMA.empty_table(), *(_example_rows(s) for s in sets)])


def _example_rows(table: ExamplesTable) -> pa.Table:
    n = len(table)
    labels = [[label for label in row if label >= 0] for row in table.labels.tolist()]
    first = [row[0] if row else None for row in labels]
    columns = [
        pa.repeat(table.fingerprint, n),
        pa.repeat(table.card.name, n),
        pa.array(np.arange(n)),
        pa.array(table.ids, pa.string()),
        pa.array(first, pa.int32()),
        pa.array([None if one is None else table.classes.names[one] for one in first], pa.string()),
        pa.array(labels, pa.list_(pa.int32())),
        pa.array(table.groups, pa.string()) if table.groups else pa.nulls(n, pa.string()),
        pa.array(_known(table), pa.map_(pa.string(), pa.string())),
    ]
    return pa.table(columns, schema=_EXAMPLES_SCHEMA)


def _known(table: ExamplesTable) -> list[dict[str, str]]:
    """What is known of each example, without what is not."""
    return [
        {key: column[row] for key, column in table.metadata.items() if column[row]}
        for row in range(len(table))
    ]


def files_table(done: list[Kept], files: list[str]) -> pa.Table:
    """Which file holds which cell."""
    return pa.table(
        {
            "file": files,
            "subject": [one.header.subject.name for one in done],
            "condition": [one.header.condition.name for one in done],
            "fingerprint": [one.header.condition.examples.fingerprint for one in done],
        }
    )


def sets_table(sets: list[ExamplesTable]) -> pa.Table:
    """The class names of each set of examples."""
    return pa.table(
        {
            "fingerprint": [one.fingerprint for one in sets],
            "classes": [list(one.classes.names) for one in sets],
        }
    )
