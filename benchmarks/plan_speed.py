"""How long it takes to know what is missing: the plan of 1,000 models × 500 conditions.

    python benchmarks/plan_speed.py                 9 minutes to make 250,000 small files
    python benchmarks/plan_speed.py --scale 0.1    10 seconds: 100 × 50

Plans on an empty store, on one that keeps every second cell, by whoever has just opened it (the
index of headers is read) and once more by the same. Pictures and models are never looked at.
"""

import argparse
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from time import perf_counter, process_time

import numpy as np
from drawn_testbed import SPACE

from fieldmark.records import (
    Answers,
    Condition,
    DatasetCard,
    Examples,
    Header,
    ModelCard,
    Subject,
    SubjectRecord,
    Times,
)
from fieldmark.store import Store, open_store
from fieldmark.testbed import plan
from fieldmark.testbed.provenance import code_versions, describe

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
ROWS = 10


def grid(scale: float) -> tuple[list[Subject], list[Condition]]:
    """Subjects that nobody can load and conditions that nobody can see, a thousand classes each."""
    subjects = [
        Subject(f"model-{row:04d}", f"weights-{row:04d}", lambda: 1 / 0)  # type: ignore[arg-type]
        for row in range(max(2, round(1000 * scale)))
    ]
    return subjects, [Condition(examples(row)) for row in range(max(2, round(500 * scale)))]


def examples(number: int) -> Examples:
    """A few rows with drawn labels."""
    name = f"set-{number:03d}"
    return Examples(
        card=DatasetCard(name, name, "drawn", "none", "by nobody", "anything"),
        classes=SPACE,
        ids=tuple(f"{name}/{row}" for row in range(ROWS)),
        labels=np.arange(ROWS)[:, None],
        frame=(1, 1, 1),
        decode=lambda rows: np.zeros((len(rows), 1, 1, 1), np.uint8),
        content=name,
    )


def half(
    subjects: list[Subject], conditions: list[Condition]
) -> Iterator[tuple[Examples, Header, Answers]]:
    """Every second cell."""
    answers = Answers(np.zeros((ROWS, 5), np.uint16), np.full((ROWS, 5), 0.2, np.float32))
    whose = [
        SubjectRecord(
            name=one.name,
            fingerprint=one.fingerprint,
            card=ModelCard(one.name, "net", "drawn", "none", "none"),
        )
        for one in subjects
    ]
    for place, condition in enumerate(conditions):
        record = describe(condition)
        for one in whose[place % 2 :: 2]:
            header = Header(
                subject=one,
                condition=record,
                status="done",
                code=code_versions(),
                times=Times(started=NOON, finished=NOON, seconds=1.0),
            )
            yield condition.examples, header, answers


def measured(what: str, subjects: list[Subject], conditions: list[Condition], store: Store) -> None:
    """One line: seconds of wall and of processor."""
    begun, cpu = perf_counter(), process_time()
    todo = plan(subjects, conditions, store)
    seconds, cpu = perf_counter() - begun, process_time() - cpu
    missing = sum(len(some) for _, some in todo.missing)
    print(
        f"| {what} | {len(todo.kept):,} | {missing:,} | {seconds:.2f} s ({cpu:.2f} s of CPU) |",
        flush=True,
    )


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--scale", type=float, default=1.0, help="share of models and conditions")
    subjects, conditions = grid(asked.parse_args().scale)
    for condition in conditions:  # a person's conditions are named and fingerprinted once
        assert condition.fingerprint
    print(f"{len(subjects):,} models × {len(conditions):,} conditions\n")
    print("| store | kept | missing | plan |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        measured("empty", subjects, conditions, open_store(f"{folder}/empty", create=True))
        store = open_store(f"{folder}/half", create=True)
        begun = perf_counter()
        with store.hold():
            store.keep_all(half(subjects, conditions))
        filled = perf_counter() - begun
        opened = open_store(store.url)
        measured("half, just opened", subjects, conditions, opened)
        measured("half, once more", subjects, conditions, opened)
    print(f"\nfilled in {filled:.0f} s")


if __name__ == "__main__":
    main()
