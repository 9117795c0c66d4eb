"""Cells and predictions: what one subject answered to one condition, and how it came about."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float32, UInt16
from pydantic import BaseModel, ConfigDict

from fieldmark.records.arrays import LabelSets
from fieldmark.records.cards import DatasetCard, ModelCard
from fieldmark.records.conditions import Kind
from fieldmark.records.errors import ModelError
from fieldmark.records.framing import Framing

Status = Literal["done", "failed", "not applicable"]

NO_ANSWER = 65535
"""In place of a class: the subject was asked and said nothing, which is never right."""


@dataclass(frozen=True, order=True)
class Cell:
    """One square of the grid: who was asked what, by their printed names.

    Example:
        >>> str(Cell("cnn-small", "mnist-test+gaussian-noise@3"))
        'cnn-small × mnist-test+gaussian-noise@3'
    """

    subject: str
    condition: str

    def __str__(self) -> str:
        return f"{self.subject} × {self.condition}"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SubjectRecord(_Record):
    """Who answered. ``fingerprint`` is of the recipe or the weights (see ``Subject``)."""

    name: str
    fingerprint: str
    card: ModelCard


class ExamplesRecord(_Record):
    """Which examples: their card, fingerprint, class names and number.

    ``policy`` says how scores of other classes became scores of these; "" where every class means
    itself and the others were left out.
    """

    card: DatasetCard
    fingerprint: str
    classes: tuple[str, ...]
    n: int
    policy: str = ""


class ConditionRecord(_Record):
    """What was asked, with every setting; ``change`` and ``level`` are "" for unchanged examples.

    ``strength`` is the severity, what the setting "axis" says, or the budget's size in pixel units;
    0 when unchanged.
    """

    name: str
    kind: Kind
    fingerprint: str
    examples: ExamplesRecord
    change: str = ""
    level: str = ""
    strength: float = 0.0
    settings: Mapping[str, object] = {}
    seed: int = 0

    @property
    def base(self) -> str:
        """The name of the unchanged examples; "" where it is a test set itself.

        Where a set was published changed, as ImageNet-C was, that is its reference.
        """
        card = self.examples.card
        return card.name if self.change and self.name != card.name else card.reference


class Times(_Record):
    """When the cell was begun and ended (UTC), and the seconds of work on it."""

    started: datetime
    finished: datetime
    seconds: float


class Header(_Record):
    """Where a cell's predictions come from.

    ``code`` holds versions (fieldmark, python, numpy, torch), ``execution`` what may change speed
    but not answers (batch, jobs, threads, device), ``framing`` what the subject had
    done to pictures of any size before it was shown them.
    """

    subject: SubjectRecord
    condition: ConditionRecord
    status: Status
    reason: str = ""
    code: Mapping[str, str] = {}
    execution: Mapping[str, str | int] = {}
    framing: Framing | None = None
    times: Times

    @property
    def cell(self) -> Cell:
        """The square of the grid that this is about."""
        return Cell(self.subject.name, self.condition.name)


@dataclass(frozen=True)
class Answers:
    """What a subject answered to n examples, best class first.

    Args:
        classes: The k best classes, best first, positions in the condition's class space;
            ``NO_ANSWER`` where there was none.
        scores: Their softmax probabilities in [0, 1]; all NaN where the subject gave none, as
            people and published lists of classes do.
        measures: Further numbers per example, such as the "distance" an attack moved it.
        pictures: PNG of what was shown, for a few rows of an attacked condition.
    """

    classes: UInt16[np.ndarray, "n k"]
    scores: Float32[np.ndarray, "n k"]
    measures: Mapping[str, Float32[np.ndarray, " n"]] = field(default_factory=dict)
    pictures: Mapping[int, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not (np.isfinite(self.scores).all() or np.isnan(self.scores).all()):
            raise ModelError("scores are not all numbers")

    def __len__(self) -> int:
        return len(self.classes)

    @property
    def scored(self) -> bool:
        """Did the subject say how sure it was?"""
        return not np.isnan(self.scores).any()

    def correct(self, labels: LabelSets) -> Bool[np.ndarray, " n"]:
        """Is the best class one of the example's labels? False where there is no label."""
        best = self.classes[:, :1].astype(np.int64)
        return (best == labels).any(axis=1)


@dataclass(frozen=True)
class Predictions:
    """A kept cell: its header, and its answers where the status is "done" (None otherwise)."""

    header: Header
    answers: Answers | None
