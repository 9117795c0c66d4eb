"""Small examples, headers and answers: nothing is measured, everything follows from a seed."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np

from fieldmark.records import (
    Answers,
    ClassSpace,
    ConditionRecord,
    DatasetCard,
    Examples,
    ExamplesRecord,
    Header,
    ModelCard,
    SubjectRecord,
    Times,
    fingerprint,
    generator,
    seed_of,
)

START = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def examples(n=10, *, classes=4, name="digits-test", seed=0, labels=None, groups=()):
    rng = generator(seed)
    drawn = rng.integers(0, classes, size=(n, 1)) if labels is None else np.array(labels)
    ids = tuple(f"{name}/{row}" for row in range(n))
    space = ClassSpace(tuple(f"class {i}" for i in range(classes)))
    return Examples(
        card=DatasetCard(name, "Digits", "drawn", "none", "by a generator", "anything"),
        classes=space,
        ids=ids,
        labels=drawn,
        frame=(2, 2, 1),
        decode=lambda rows: np.zeros((len(rows), 2, 2, 1), np.uint8),
        content=fingerprint(list(ids), drawn, list(space.names), seed),
        groups=groups,
    )


def header(
    shown,
    subject="cnn",
    *,
    weights="1",
    change="",
    level="",
    kind=None,
    settings=None,
    seed=0,
    status="done",
    reason="",
    seconds=1.5,
    later=0.0,
    execution=None,
):
    name = f"{shown.card.name}+{change}@{level}" if change else shown.card.name
    settings = settings or {}
    return Header(
        subject=SubjectRecord(
            name=subject,
            fingerprint=fingerprint(subject, weights),
            card=ModelCard(subject, "net", "drawn", "none", "not at all"),
        ),
        condition=ConditionRecord(
            name=name,
            kind=kind or ("shift" if change else "test"),
            fingerprint=fingerprint(name, shown.content, settings, seed),
            examples=ExamplesRecord(
                card=shown.card,
                fingerprint=shown.content,
                classes=shown.classes.names,
                n=len(shown),
            ),
            change=change,
            level=level,
            strength=float(level or 0),
            settings=settings,
            seed=seed,
        ),
        status=status,
        reason=reason,
        code={"fieldmark": "0.1"},
        execution=execution or {"batch": 7},
        times=Times(
            started=START + timedelta(seconds=later),
            finished=START + timedelta(seconds=later + seconds),
            seconds=seconds,
        ),
    )


def answers(head, start=0, stop=None):
    """What the subject of ``head`` always answers to these rows, whatever the cut."""
    n, k = head.condition.examples.n, len(head.condition.examples.classes)
    rows = range(n)[start:stop]
    classes, scores = [], []
    for row in rows:
        rng = generator(seed_of(row, head.subject.name, head.condition.name))
        classes.append(rng.permutation(k)[:5])
        scores.append(np.sort(rng.dirichlet(np.ones(k)))[::-1][:5])
    attacked = head.condition.kind == "attack"
    return Answers(
        classes=np.array(classes, np.uint16),
        scores=np.array(scores, np.float32),
        measures={"distance": np.array(rows, np.float32) / 8} if attacked else {},
        pictures={row - start: b"png %d" % row for row in rows if attacked and row % 4 == 1},
    )


def put(store, head, *cuts):
    """Commit a cell in the parts between ``cuts`` and finish it."""
    edges = [0, *cuts, head.condition.examples.n]
    for start, stop in pairwise(edges):
        store.commit(head, start, answers(head, start, stop))
    store.finish(head)
