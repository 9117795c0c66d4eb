"""Subjects: what answers. A classifier is anything that turns images into class scores."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from fieldmark.records.arrays import Images, Logits
from fieldmark.records.cards import ModelCard
from fieldmark.records.framing import Framing


@runtime_checkable
class Classifier(Protocol):
    """Anything that turns images into class scores."""

    @property
    def card(self) -> ModelCard:
        """What this classifier is."""

    def __call__(self, images: Images) -> Logits:
        """Class scores before softmax, float32 (n, k), one row per image (n, h, w, c).

        Images are uint8 grey levels or float32 in [0, 1]; both must give the same scores.
        """


@runtime_checkable
class GradientClassifier(Protocol):
    """A classifier that can also be asked which change of the image would hurt it most."""

    @property
    def card(self) -> ModelCard:
        """What this classifier is."""

    @property
    def module(self) -> Any:  # noqa: ANN401  a torch.nn.Module; this room must not import torch
        """A torch module from float (n, c, h, w) in [0, 1] to logits (n, k), in evaluation mode.

        Normalisation lives inside it, so that attack budgets are in pixel units.
        """

    def __call__(self, images: Images) -> Logits:
        """Class scores before softmax, float32 (n, k), one row per image (n, h, w, c)."""


@dataclass(frozen=True)
class Subject:
    """Who is asked: a classifier with a name, loaded only when there is something to ask.

    Args:
        name: The printed name, unique in a store.
        fingerprint: Of whatever decides its answers (recipe and training data, or weights), known
            without loading it.
        load: Makes the classifier ready; called at most once per run.
        effort: How long loading may take, compared with others; the longest is begun first, and
            nothing else depends on it.
        framing: How it wants pictures of any size to be framed, known without loading it and part
            of the fingerprint; None where it takes them as the data set gives them.
    """

    name: str
    fingerprint: str
    load: Callable[[], Classifier]
    effort: float = 1.0
    framing: Framing | None = None
