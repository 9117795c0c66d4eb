"""The referee: stands between an attack and the model, sees every question, believes nothing.

An attack returns nothing. All it can do is to ask what the model makes of a picture; whether that
picture fooled the model, and how far it had gone, is written down here. So no success is
overlooked, none is invented, and every question is counted.
"""

from functools import cached_property
from typing import Literal

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Float64, Int64
from torch import Tensor

from fieldmark.attacks.asked import Asked
from fieldmark.attacks.losses import Loss, margins
from fieldmark.attacks.scoreboard import Of, Scoreboard
from fieldmark.attacks.slopes import Slope, Slopes
from fieldmark.attacks.stages import Stage
from fieldmark.records import (
    Budget,
    Classifier,
    DataError,
    FloatImages,
    Labels,
    ModelError,
    QueriesExceededError,
    Seeds,
    ThreatModel,
)

HAIR = 1e-6
"""A picture counts as fooling only when it is wrong by more than this share of its largest score:
rounding could turn a nearer one back when it is judged."""


class Referee:
    """What an attack may ask, and what came of it.

    Pictures are float32 (n, c, h, w) in [0, 1] on the model's device.

    Args:
        model: Who is attacked; only attacks that climb need its ``module``.
        threat: What the attacker may do.
        images: Where the search starts, float32 (n, h, w, c) in [0, 1].
        labels: The right classes, int64 (n,), positions in the model's scores.
        seeds: One seed per example, uint64 (n,): where every random number comes from.
        climbed: Whose gradients are followed in place of the model's own, for attacks adapted to
            a defence (see ``expected`` and ``straight_through``); the model itself still judges.

    Attributes:
        pictures: The originals.
        labels: The right classes, on the model's device.
        seeds: As given.
        score: What has been seen so far, see ``Scoreboard``.
        classes: How many scores the model gives.
        keeps: Which picture is the outcome: the "first" that fooled the model, or the "worst", with
            the largest margin.
        stages: What each attack of an ensemble achieved, in their order.
        remarks: What an attack noticed that makes its outcome less believable, in words.
    """

    def __init__(
        self,
        model: Classifier,
        threat: ThreatModel,
        images: FloatImages,
        labels: Labels,
        seeds: Seeds,
        *,
        climbed: object = None,
    ) -> None:
        self.threat, self.seeds = threat, seeds
        self.keeps: Literal["first", "worst"] = "first"
        self.stages: list[Stage] = []
        self.remarks: list[str] = []
        self._asked = Asked(model, climbed)
        device = self._asked.device
        # What is given may be read-only, which torch does not take.
        self.pictures = torch.from_numpy(images.copy()).permute(0, 3, 1, 2).contiguous().to(device)
        self.labels = torch.from_numpy(labels.copy()).to(device)
        self.score = Scoreboard(threat.budget, self.pictures)
        self.classes = self._asked.scores(self.pictures[:1]).shape[1]

    @property
    def budget(self) -> Budget:
        """How far a picture may go."""
        return self.threat.budget

    @property
    def open(self) -> Bool[np.ndarray, " n"]:
        """Which examples are still searched: not fooled in a bounded budget, questions left."""
        unsettled = ~self.score.fooled if self.budget.bounded else np.ones(len(self.seeds), bool)
        return unsettled & (self.left > 0)

    @cached_property
    def clean(self) -> Float[Tensor, "n k"]:
        """The model's scores of the originals, (n, k); asked once, whoever wants to know."""
        return self.ask(self.pictures, np.arange(len(self.seeds)))

    @property
    def left(self) -> Int64[np.ndarray, " n"]:
        """How many questions are left for each example."""
        limit = self.threat.queries
        return (np.iinfo(np.int64).max if limit is None else limit) - self.score.queries

    def ask(
        self, pictures: Float32[Tensor, "m c h w"], rows: Of, *, attempt: int | Of = 0
    ) -> Float[Tensor, "m k"]:
        """The model's scores of some pictures, (m, k).

        Args:
            pictures: What is shown, in [0, 1].
            rows: Which example each picture is meant for, (m,); an example may come twice.
            attempt: Which restart or target this belongs to, one for all or one for each; written
                down with a success.

        Raises:
            DataError: A picture is none: outside [0, 1], or not made of numbers.
            QueriesExceededError: An example has no question left.
            ModelError: The model's scores are not numbers.
        """
        self._admit(pictures, rows)
        logits = self._asked.scores(pictures)
        self._watch(pictures, rows, logits, attempt)
        return logits

    def judged(
        self, pictures: Float32[Tensor, "m c h w"], rows: Of, *, attempt: int | Of = 0
    ) -> Bool[Tensor, " m"]:
        """Is the model wrong about each picture? All that a decision-based attack may know."""
        return self._wrong(self.ask(pictures, rows, attempt=attempt), rows)

    def slope(
        self,
        pictures: Float32[Tensor, "m c h w"],
        rows: Of,
        loss: Loss,
        *,
        targets: Int64[Tensor, " m"] | None = None,
        attempt: int | Of = 0,
    ) -> Slope:
        """As ``ask``, with the loss of each picture and the way it rises.

        Args:
            pictures: What is shown, in [0, 1].
            rows: Which example each picture is meant for, (m,).
            loss: What is climbed; see ``losses``.
            targets: The wanted class of each picture, for a targeted loss.
            attempt: Which restart or target this belongs to.

        Raises:
            NotApplicableError: The model gives no gradients.
            DataError, QueriesExceededError, ModelError: As ``ask``.
        """
        self._admit(pictures, rows)
        self.score.count_gradients(rows)
        seen = self._asked.slope(pictures, self._labels(rows), loss, targets)
        # Where another module's slope is followed, the model itself says what is wrong.
        logits = self._asked.scores(pictures) if self._asked.stands_in else seen.logits
        self._watch(pictures, rows, logits, attempt)
        return seen

    def slopes(
        self, pictures: Float32[Tensor, "m c h w"], rows: Of, *, attempt: int | Of = 0
    ) -> Slopes:
        """As ``ask``, with the lead of every class over the right one and the ways they rise.

        Counted as one question and as many gradients as there are wrong classes.

        Args:
            pictures: What is shown, in [0, 1].
            rows: Which example each picture is meant for, (m,).
            attempt: Which restart or target this belongs to.

        Raises:
            NotApplicableError: The model gives no gradients.
            DataError, QueriesExceededError, ModelError: As ``ask``.
        """
        self._admit(pictures, rows)
        self.score.count_gradients(np.repeat(rows, self.classes - 1))
        seen = self._asked.slopes(pictures, self._labels(rows))
        logits = self._asked.scores(pictures) if self._asked.stands_in else seen.logits
        self._watch(pictures, rows, logits, attempt)
        return seen

    def _labels(self, rows: Of) -> Int64[Tensor, " m"]:
        return self.labels[torch.from_numpy(rows).to(self.labels.device)]

    def _wrong(self, logits: Float[Tensor, "m k"], rows: Of) -> Bool[Tensor, " m"]:
        return margins(logits, self._labels(rows)) > HAIR * logits.abs().amax(dim=1)

    def _watch(
        self, pictures: Tensor, rows: Of, logits: Float[Tensor, "m k"], attempt: int | Of
    ) -> None:
        if not logits.isfinite().all():
            raise ModelError(f"{self._asked.name} gives scores that are not numbers")
        margin = margins(logits, self._labels(rows))
        wrong = margin > HAIR * logits.abs().amax(dim=1)
        self.score.see(pictures, rows, margin=_numpy(margin), wrong=wrong.cpu().numpy(), by=attempt)

    def _admit(self, pictures: Tensor, rows: Of) -> None:
        """Refuse what is no picture, and more questions than are allowed."""
        if pictures.shape[1:] != self.pictures.shape[1:] or len(pictures) != len(rows):
            raise DataError(
                f"asked about pictures of shape {tuple(pictures.shape)} for {len(rows)} rows of "
                f"shape {tuple(self.pictures.shape[1:])}"
            )
        if len(rows):
            low, high = torch.aminmax(pictures)
            # Written so that what is not a number is refused too.
            if not (bool(low >= 0) and bool(high <= 1)):
                raise DataError("an attack asked about values outside [0, 1]")
        self.score.count_queries(rows)
        if (self.left[rows] < 0).any():
            limit = self.threat.queries
            raise QueriesExceededError(int(rows[(self.left[rows] < 0).argmax()]), limit or 0)


def _numpy(numbers: Float[Tensor, " m"]) -> Float64[np.ndarray, " m"]:
    return numbers.double().cpu().numpy()
