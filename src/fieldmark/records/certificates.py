"""Certificates: what is asked of a smoothed classifier that is to prove its answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32, Int64

from fieldmark.records.arrays import Images, Logits
from fieldmark.records.cards import ModelCard
from fieldmark.records.errors import ConfigError


@runtime_checkable
class Smoothed(Protocol):
    """A classifier that answers what another one answers most often under Gaussian noise."""

    @property
    def card(self) -> ModelCard:
        """What this classifier is."""

    @property
    def sigma(self) -> float:
        """Standard deviation of the noise, in pixel units."""

    def __call__(self, images: Images) -> Logits:
        """Scores in the order of the votes, float32 (n, k), one row per image (n, h, w, c)."""

    def votes(
        self, image: Float32[np.ndarray, "h w c"], seed: int, draws: int
    ) -> Int64[np.ndarray, " k"]:
        """How many of ``draws`` noisy copies of one image get each class; noise is of the seed."""


@dataclass(frozen=True)
class Certificate:
    """The question for which L2 radius a smoothed classifier can prove its answers.

    The class is chosen by some draws and counted in others: those that chose it flatter it.

    Args:
        draws: Noisy copies that count, for each example.
        selection: Noisy copies that choose the class beforehand.
        alpha: How often each proof may fail.

    Raises:
        ConfigError: There is nothing to draw, or alpha is not between 0 and 1/2.

    Source:
        Cohen, Rosenfeld & Kolter 2019, arXiv:1902.02918, procedure CERTIFY.

    Example:
        >>> Certificate(10_000).name, Certificate(10_000).level
        ('certified-l2', '10000')
    """

    draws: int = 10_000
    selection: int = 100
    alpha: float = 0.001

    def __post_init__(self) -> None:
        for name in ("draws", "selection"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} is a whole number >= 1, got {getattr(self, name)}")
        if not 0 < self.alpha < 0.5:
            raise ConfigError(f"alpha lies between 0 and 1/2, got {self.alpha}; 0.001 is usual")

    @property
    def name(self) -> str:
        """What is asked for."""
        return "certified-l2"

    @property
    def level(self) -> str:
        """How many draws count, as it is printed after the ``@``."""
        return str(self.draws)

    @property
    def settings(self) -> Mapping[str, object]:
        """Every constant that decides the outcome."""
        return {
            "norm": "l2",
            "draws": self.draws,
            "selection": self.selection,
            "alpha": self.alpha,
            "method": "Gaussian smoothing, Clopper-Pearson, one-sided",
        }
