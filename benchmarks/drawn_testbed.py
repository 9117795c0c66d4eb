"""A testbed that nobody ran: drawn answers of 204 models to 213 conditions, as one keeps them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property, partial
from math import sqrt

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
    generator,
    seed_of,
)
from fieldmark.store import Store

MODELS, CONDITIONS, LARGE = 204, 213, 70
IMAGES = {"large": 50_000, "small": 10_000}
CLASSES, KEPT = 1000, 5
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
SPACE = ClassSpace(tuple(f"n{row:08d} a class of things, no. {row}" for row in range(CLASSES)))


@cache
def drawn(name: str, n: int) -> Examples:
    """A data set: ids, drawn labels, no pictures."""
    rng = generator(seed_of(0, name))
    reference = "" if name == "val" else "val"
    return Examples(
        card=DatasetCard(name, name, "drawn", "none", "by a generator", "anything", reference),
        classes=SPACE,
        ids=tuple(f"{name}/{row:08d}.jpeg" for row in range(n)),
        labels=rng.integers(0, CLASSES, (n, 1)),
        frame=(1, 1, 1),
        decode=lambda rows: np.zeros((len(rows), 1, 1, 1), np.uint8),
        content=name,
    )


@dataclass(frozen=True)
class Asked:
    """A condition: the reference "val", a shift of it, or (10,000 images) a natural shift."""

    name: str
    n: int

    @property
    def examples(self) -> Examples:
        """What is shown."""
        return drawn(self.name.partition("+")[0], self.n)

    @cached_property
    def record(self) -> ConditionRecord:
        """What a header says of it."""
        card = self.examples.card
        change, _, level = self.name.partition("+")[2].partition("@")
        return ConditionRecord(
            name=self.name,
            kind="shift" if change else "natural shift" if card.reference else "test",
            fingerprint=self.name,
            examples=ExamplesRecord(
                card=card, fingerprint=self.examples.content, classes=SPACE.names, n=self.n
            ),
            change=change,
            level=level,
            strength=float(level or 0),
        )


@dataclass(frozen=True)
class Shape:
    """A testbed: how many models, and which conditions."""

    models: int
    conditions: tuple[Asked, ...]

    @property
    def predictions(self) -> int:
        """How many there are in all."""
        return self.models * sum(one.n for one in self.conditions)

    def fewer(self, models: int, keep: Callable[[Asked], bool] = lambda _: True) -> "Shape":
        """Some of it."""
        return Shape(models, tuple(one for one in self.conditions if keep(one)))


def shape(scale: float) -> Shape:
    """The lecture's testbed, or a share of it: fewer models and fewer conditions."""
    models = max(4, round(MODELS * sqrt(scale)))
    conditions = max(6, round(CONDITIONS * sqrt(scale)))
    large = round(conditions * LARGE / CONDITIONS)
    shifts = [f"val+change-{row // 5:02d}@{row % 5 + 1}" for row in range(large - 1)]
    natural = [f"natural-{row:03d}" for row in range(conditions - large)]
    return Shape(
        models,
        (
            *(Asked(name, IMAGES["large"]) for name in ("val", *shifts)),
            *(Asked(name, IMAGES["small"]) for name in natural),
        ),
    )


def fill(store: Store, wanted: Shape) -> None:
    """Keep every cell, through the same door as any import."""
    pool = np.sort(generator(1).dirichlet(np.full(40, 0.1), IMAGES["large"])[:, :KEPT])[:, ::-1]
    scores = np.ascontiguousarray(pool, np.float32)
    with store.hold(), ThreadPoolExecutor(2) as workers:
        for asked in wanted.conditions:
            store.keep_examples(asked.examples)
            one = partial(_keep, store, asked, scores)
            list(workers.map(one, range(wanted.models)))


def _keep(store: Store, asked: Asked, scores: np.ndarray, model: int) -> None:
    rng = generator(seed_of(model, asked.name))
    classes = rng.integers(0, CLASSES, (asked.n, KEPT), np.uint16)
    right = rng.random(asked.n, np.float32) < 0.3 + 0.6 * model / MODELS
    np.copyto(classes[:, 0], asked.examples.labels[:, 0].astype(np.uint16), where=right)
    name = f"model-{model:03d}"
    header = Header(
        subject=SubjectRecord(
            name=name, fingerprint=name, card=ModelCard(name, "net", "drawn", "none", "none")
        ),
        condition=asked.record,
        status="done",
        code={"fieldmark": "0", "python": "3"},
        times=Times(started=NOON, finished=NOON, seconds=1.0),
    )
    store.keep(header, Answers(classes, np.roll(scores, 97 * model, axis=0)[: asked.n]))
