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

from fieldmark.attacks.watching.asked import Asked
from fieldmark.attacks.watching.losses import Loss, margins
from fieldmark.attacks.watching.scoreboard import Of, Scoreboard
from fieldmark.attacks.watching.slopes import Slope, Slopes
from fieldmark.attacks.watching.stages import Stage
from fieldmark.attacks.watching.warps import turned
from fieldmark.records import (
    Budget,
    Classifier,
    ConfigError,
    DataError,
    FloatImages,
    Labels,
    ModelError,
    QueriesExceededError,
    Seeds,
    ThreatModel,
)

HAIR = 1e-6
"""A picture counts as fooling only when it is wrong by more than this share of the larger of the
two scores: rounding could turn a nearer one back when it is judged."""


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
        # Where the budget is in degrees, what is kept is how the pictures were turned.
        still = torch.zeros(len(images), 3, dtype=torch.float64)
        kept = still if threat.budget.norm == "degrees" else self.pictures
        self.score = Scoreboard(threat.budget, kept)
        self.classes = self._asked.scores(self.pictures[:1]).shape[1]

    @property
    def budget(self) -> Budget:
        """How far a picture may go."""
        return self.threat.budget

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes of the model's scores; () where they are those of the examples."""
        return self._asked.model.card.classes

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

    @property
    def at_once(self) -> int:
        """How many pictures the model is best shown at a time.

        1 where it is asked as whoever judges it does: what it is shown may be counted and paid.
        """
        return 1 if self._asked.as_judged else self._asked.sizes(self.pictures)[0]

    def ask_in_turn(
        self,
        pictures: Float32[Tensor, "m c h w"],
        rows: Of,
        above: Float[Tensor, " m"],
        *,
        attempt: int = 0,
    ) -> tuple[Int64[np.ndarray, " asked"], Float[Tensor, " asked"]]:
        """Ask about several pictures of each example one after the other, until one will do.

        The model is shown all of them together, which costs it less. But who asks one by one would
        not have asked about those that come after; so those are no questions, they are not
        written down, and what the model said of them is thrown away. Nor is more asked than is
        allowed.

        Args:
            pictures: What is shown, in [0, 1].
            rows: Which example each is meant for, (m,); those of an example lie side by side.
            above: An example's last question is the first that fools the model, or whose margin
                lies above this.
            attempt: Which restart this belongs to.

        Returns:
            The places of the pictures that were asked about, and their margins: the best wrong
            score less the right one.

        Raises:
            DataError, ModelError: As ``ask``.
        """
        self._refuse(pictures, rows)
        logits = self._asked.scores(pictures)
        margin, wrong = self._judge(logits, rows)
        ends = ((margin > above) | wrong).cpu().numpy()
        place = np.arange(len(rows))
        first = np.concatenate([[True], rows[1:] != rows[:-1]])[: len(rows)]
        begin = np.maximum.accumulate(np.where(first, place, 0))
        before = ends.cumsum() - ends
        turn = place - begin
        asked = np.flatnonzero((before == before[begin]) & (turn < self.left[rows]))
        if len(asked) < len(rows):
            kept = torch.from_numpy(asked).to(logits.device)
            pictures, rows = pictures[kept], rows[asked]
            logits, margin, wrong = logits[kept], margin[kept], wrong[kept]
        self._count(rows)
        self._write(pictures, rows, logits, margin, wrong, attempt)
        return asked, margin

    def judged(
        self, pictures: Float32[Tensor, "m c h w"], rows: Of, *, attempt: int | Of = 0
    ) -> Bool[Tensor, " m"]:
        """Is the model wrong about each picture? All that a decision-based attack may know."""
        self._admit(pictures, rows)
        return self._watch(pictures, rows, self._asked.scores(pictures), attempt)

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
        """As ``ask``, with the lead of every wrong class over the right one and how it rises.

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

    def turned(
        self, turns: Float64[np.ndarray, "m 3"], rows: Of, *, attempt: int | Of = 0
    ) -> Bool[Tensor, " m"]:
        """Is the model wrong about each picture when it is turned and moved so?

        The picture is made here from the original, so that it is what it is said to be.

        Args:
            turns: Angles in degrees, and moves as shares of width and height, (m, 3).
            rows: Which example each is meant for, (m,).
            attempt: Which draw this belongs to.

        Raises:
            ConfigError: The budget is not in degrees.
            DataError, QueriesExceededError, ModelError: As ``ask``.
        """
        if self.budget.norm != "degrees":
            raise ConfigError(f"pictures are turned within a budget in degrees, not {self.budget}")
        if not np.isfinite(turns).all():
            raise DataError("an attack asked for turns that are not numbers")
        place = torch.from_numpy(rows).to(self.pictures.device)
        pictures = turned(self.pictures[place], turns)
        self._count(rows)
        return self._watch(torch.from_numpy(turns), rows, self._asked.scores(pictures), attempt)

    def _labels(self, rows: Of) -> Int64[Tensor, " m"]:
        return self.labels[torch.from_numpy(rows).to(self.labels.device)]

    def _watch(
        self, pictures: Tensor, rows: Of, logits: Float[Tensor, "m k"], attempt: int | Of
    ) -> Bool[Tensor, " m"]:
        """Write down what the model made of some pictures; which of them it got wrong."""
        margin, wrong = self._judge(logits, rows)
        self._write(pictures, rows, logits, margin, wrong, attempt)
        return wrong

    def _judge(
        self, logits: Float[Tensor, "m k"], rows: Of
    ) -> tuple[Float[Tensor, " m"], Bool[Tensor, " m"]]:
        """The margin by which the model is wrong, and where it is."""
        labels = self._labels(rows)
        margin, right = margins(logits, labels), logits.gather(1, labels[:, None])[:, 0]
        # Of the two scores that are compared: another class may have one that is far below all.
        wrong = margin > HAIR * torch.maximum(right.abs(), (right + margin).abs())
        if self._asked.as_judged:
            # Ties count as the model itself decides them: trees have many.
            wrong |= _first_of_largest(logits) != labels
        return margin, wrong

    def _write(
        self,
        pictures: Tensor,
        rows: Of,
        logits: Float[Tensor, "m k"],
        margin: Float[Tensor, " m"],
        wrong: Bool[Tensor, " m"],
        attempt: int | Of,
    ) -> None:
        if not logits.isfinite().all():
            raise ModelError(f"{self._asked.name} gives scores that are not numbers")
        self.score.see(pictures, rows, margin=_numpy(margin), wrong=wrong.cpu().numpy(), by=attempt)

    def _admit(self, pictures: Tensor, rows: Of) -> None:
        """Refuse what is no picture, and more questions than are allowed."""
        self._refuse(pictures, rows)
        self._count(rows)

    def _refuse(self, pictures: Tensor, rows: Of) -> None:
        """Refuse what is no picture."""
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
        if self.budget.norm == "degrees":
            raise ConfigError("with a budget in degrees, the referee turns the pictures: `turned`")

    def _count(self, rows: Of) -> None:
        """Count a question about each of these; refuse more than are allowed."""
        self.score.count_queries(rows)
        if (self.left[rows] < 0).any():
            limit = self.threat.queries
            raise QueriesExceededError(int(rows[(self.left[rows] < 0).argmax()]), limit or 0)


def _numpy(numbers: Float[Tensor, " m"]) -> Float64[np.ndarray, " m"]:
    return numbers.double().cpu().numpy()


def _first_of_largest(logits: Float[Tensor, "m k"]) -> Int64[Tensor, " m"]:
    """What the model answers; numpy promises the first of equals, torch does not."""
    return torch.from_numpy(logits.cpu().numpy().argmax(axis=1)).to(logits.device)
