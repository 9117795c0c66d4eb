"""Conditions: examples, perhaps shifted or attacked, under one printed name."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np

from fieldmark.records.arrays import Pixels, Rows, Seeds
from fieldmark.records.certificates import Certificate
from fieldmark.records.chance import example_seeds
from fieldmark.records.errors import ConfigError
from fieldmark.records.examples import Altered, Examples
from fieldmark.records.fingerprints import fingerprint
from fieldmark.records.framing import Framing
from fieldmark.records.perturbations import Perturbation, frames_of
from fieldmark.records.threats import ThreatModel

Kind = Literal["test", "natural shift", "shift", "sequence", "attack", "certificate"]
"""What became of the reference: the same, other pictures, changed, played, worst-case ones, or a
question for a proof about every picture nearby."""


@runtime_checkable
class Shift(Protocol):
    """Image to image, the same for every model, seeded per example."""

    @property
    def name(self) -> str:
        """What it is, such as "gaussian-noise"."""

    @property
    def level(self) -> str:
        """How strong, as it is printed after the ``@``, such as "3" or "0.35"."""

    @property
    def severity(self) -> int:
        """Its place among its levels: 1 is the mildest."""

    @property
    def strength(self) -> float:
        """Where it stands on the axis of a curve: grows with the severity, 0 is unchanged."""

    @property
    def settings(self) -> Mapping[str, object]:
        """Every constant that decides the picture, for images of any size.

        Where its strength is not its severity, the setting "axis" says what it is.
        """

    def apply(self, images: Pixels, seeds: Seeds) -> Pixels:
        """Shifted images, uint8, same shape; row i depends on images[i] and seeds[i] alone."""


@runtime_checkable
class Attack(Protocol):
    """A search, inside a budget, for the images that a classifier gets wrong."""

    @property
    def name(self) -> str:
        """What it is, such as "pgd-linf"."""

    @property
    def threat(self) -> ThreatModel:
        """What the attacker may do, and how far it may go."""

    @property
    def settings(self) -> Mapping[str, object]:
        """Every constant that decides the outcome (steps, step size, restarts, loss)."""

    def search(self, referee: Any) -> None:  # noqa: ANN401  torch inside, as with ``module``
        """Ask the referee (see ``attacks.Referee``); what counts is what the referee saw."""


@dataclass(frozen=True)
class Condition:
    """What a subject is asked: examples as they are, shifted, played as frames, or attacked.

    Args:
        examples: The pictures and their labels; where they are played, their frames.
        change: What is done to them, or None.
        seed: The run's seed; every random number comes from it, the change and the example's id.

    Raises:
        ConfigError: The seed is negative, or too large for a column of a table.
    """

    examples: Examples
    change: Shift | Perturbation | Attack | Certificate | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.seed < 2**63:
            raise ConfigError(f"a seed is a whole number from 0 to 2**63 - 1, got {self.seed}")
        if self.perturbation is not None:
            # Frozen for everybody else: pictures that are given become the frames that are asked.
            object.__setattr__(self, "examples", frames_of(self.examples, self.perturbation))

    @cached_property
    def name(self) -> str:
        """The one printed name: ``examples``, or ``examples+change@level``."""
        base = self.examples.card.name
        return base if self.change is None else f"{base}+{self.change.name}@{self.level}"

    @property
    def attack(self) -> Attack | None:
        """The attack, where the change is one."""
        return self.change if isinstance(self.change, Attack) else None

    @property
    def certificate(self) -> Certificate | None:
        """What is to be proved, where that is the question."""
        return self.change if isinstance(self.change, Certificate) else None

    @property
    def shift(self) -> Shift | None:
        """The shift, where the change is one."""
        return self.change if isinstance(self.change, Shift) else None

    @property
    def perturbation(self) -> Perturbation | None:
        """What plays the pictures as frames, where the change is one."""
        return self.change if isinstance(self.change, Perturbation) else None

    @property
    def altered(self) -> Altered | None:
        """What was done to the examples before they were published, and nothing since."""
        return self.examples.altered if self.change is None else None

    @property
    def level(self) -> str:
        """The level or the budget as it is printed; "" for examples as they are."""
        if self.attack is not None:
            return str(self.attack.threat.budget)
        if self.perturbation is not None:
            return str(self.perturbation.severity)
        if self.altered is not None:
            return str(self.altered.severity)
        if self.certificate is not None:
            return self.certificate.level
        return "" if self.shift is None else self.shift.level

    @property
    def strength(self) -> float:
        """How strong, as a number that grows with it.

        0 for examples as they are, and where an attack searches for the smallest change.
        """
        if self.attack is not None:
            budget = self.attack.threat.budget
            return float(budget.size) if budget.bounded else 0.0
        if self.perturbation is not None:
            return float(self.perturbation.severity)
        if self.altered is not None:
            return float(self.altered.severity)
        return 0.0 if self.shift is None else float(self.shift.strength)

    @property
    def kind(self) -> Kind:
        """What was done to the reference."""
        if self.attack is not None:
            return "attack"
        if self.perturbation is not None:
            return "sequence"
        if self.certificate is not None:
            return "certificate"
        if self.shift is not None or self.altered is not None:
            return "shift"
        return "natural shift" if self.examples.card.reference else "test"

    @cached_property
    def fingerprint(self) -> str:
        """16 hexadecimal digits of everything that decides the pictures, the seed among them."""
        settings = None if self.change is None else dict(self.change.settings)
        return fingerprint(self.name, self.examples.content, settings, self.seed)

    def framed(self, framing: Framing | None) -> "Condition":
        """The same question, its pictures framed as a model wants them; see ``Examples.framed``."""
        examples = self.examples.framed(framing)
        return self if examples is self.examples else replace(self, examples=examples)

    def seeds(self, rows: Rows) -> Seeds:
        """One seed for each of ``rows``, uint64; the frames of one picture share theirs."""
        change = "" if self.change is None else f"{self.change.name}@{self.level}"
        names = self.examples.ids if self.perturbation is None else self.examples.groups
        return example_seeds((names[row] for row in rows), change, self.seed)

    def images(self, rows: Rows | None = None) -> Pixels:
        """The pictures that every subject is shown, uint8 (r, h, w, c).

        Under an attack these are the pictures that it starts from.

        Raises:
            DataError: An image cannot be decoded.
        """
        rows = np.arange(len(self.examples)) if rows is None else rows
        images = self.examples.images(rows)
        if self.perturbation is not None:
            places = rows % self.perturbation.length(self.examples.frame)
            return self.perturbation.play(images, places, self.seeds(rows))
        return images if self.shift is None else self.shift.apply(images, self.seeds(rows))
