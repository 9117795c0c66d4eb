"""Randomised smoothing: any classifier, asked about noisy copies of a picture, and its majority."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32, Int64

from fieldmark.models.noisy_copies import Smoothing
from fieldmark.models.pixels import unit_pixels
from fieldmark.models.torch_classifier import TorchClassifier
from fieldmark.records import (
    Classifier,
    GradientClassifier,
    Images,
    Logits,
    ModelCard,
    Smoothed,
    Subject,
    fingerprint,
)

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class SmoothedClassifier:
    """What a classifier answers most often when noise is added; see ``smoothed``."""

    base: Classifier
    smoothing: Smoothing
    card: ModelCard

    @property
    def sigma(self) -> float:
        """Standard deviation of the noise, in pixel units."""
        return self.smoothing.sigma

    def __call__(self, images: Images) -> Logits:
        """Logarithms of the shares of votes; classes without a vote share half a vote."""
        given, rows = unit_pixels(images), []
        for image in given:
            votes = self.votes(image, self.smoothing.own_seed(image), self.smoothing.draws)
            rows.append(np.log((votes + 0.5 / len(votes)) / (votes.sum() + 0.5)))
        return np.asarray(rows, np.float32)

    def votes(
        self, image: Float32[np.ndarray, "h w c"], seed: int, draws: int
    ) -> Int64[np.ndarray, " k"]:
        """How many of ``draws`` noisy copies of one image get each class."""
        return _votes(self.base, self.smoothing, image, seed, draws)


@dataclass(frozen=True)
class SmoothedTorchClassifier:
    """The same with a module to climb, for a classifier that gives gradients."""

    base: GradientClassifier
    smoothing: Smoothing
    card: ModelCard
    module: "torch.nn.Module"

    @property
    def sigma(self) -> float:
        """Standard deviation of the noise, in pixel units."""
        return self.smoothing.sigma

    def __call__(self, images: Images) -> Logits:
        """Logarithms of the shares of votes."""
        device = getattr(self.base, "device", "cpu")
        return TorchClassifier(self.module, self.card, device)(images)

    def votes(
        self, image: Float32[np.ndarray, "h w c"], seed: int, draws: int
    ) -> Int64[np.ndarray, " k"]:
        """How many of ``draws`` noisy copies of one image get each class."""
        return _votes(self.base, self.smoothing, image, seed, draws)


def smoothed(
    base: Classifier, sigma: float, *, draws: int = 100, seed: int = 0, clipped: bool = True
) -> Smoothed:
    """The classifier that answers what ``base`` answers most often under Gaussian noise.

    The noise of a picture follows from its content, so an answer depends on neither batch nor
    order. Where the base gives gradients, so does this: those of the logarithm of the mean
    probability over the same draws (expectation over transformations), so attacks climb exactly
    what they are judged by.

    Args:
        base: Who is asked about noisy copies.
        sigma: Standard deviation of the noise in pixel units, > 0.
        draws: Noisy copies that vote. More of them make the answer more nearly that of infinitely
            many, about which proofs speak.
        seed: Where the noise comes from.
        clipped: Are noisy pixels cut off to [0, 1]?

    Raises:
        ConfigError: There is no noise, or nothing is drawn.

    Source:
        Cohen, Rosenfeld & Kolter 2019, arXiv:1902.02918; the gradient: Salman et al. 2019,
        arXiv:1906.04584, equation 7.

    Example:
        >>> from fieldmark.models import Chance
        >>> card = ModelCard("guess", "chance", "you", "MIT", "none", ("a", "b"))
        >>> found = smoothed(Chance(card), 0.25, draws=20)
        >>> found.card.name, found(np.zeros((2, 4, 4, 1), np.uint8)).shape
        ('smoothed:0.25:guess', (2, 2))
    """
    how = Smoothing(sigma, draws, seed, clipped)
    card = replace(
        base.card,
        name=smoothed_name(base.card.name, sigma),
        training=f"{base.card.training}; majority over Gaussian noise of {sigma:g}",
        intervention="; ".join(filter(None, (base.card.intervention, "randomised smoothing"))),
    )
    if not isinstance(base, GradientClassifier):
        return SmoothedClassifier(base, how, card)
    from fieldmark.models.smoothed_nets import SmoothedNet

    return SmoothedTorchClassifier(base, how, card, SmoothedNet(base.module, how))


def smoothed_subject(
    base: Subject, sigma: float, *, draws: int = 100, seed: int = 0, clipped: bool = True
) -> Subject:
    """The subject that is ``base``, smoothed; see ``smoothed``.

    Raises:
        ConfigError: There is no noise, or nothing is drawn.
    """
    how = Smoothing(sigma, draws, seed, clipped)
    decisive = fingerprint(base.fingerprint, "smoothed", sigma, draws, seed, clipped)
    return Subject(
        smoothed_name(base.name, sigma), decisive, _SmoothedLoader(base, how), base.effort
    )


def smoothed_name(base: str, sigma: float) -> str:
    """What a smoothed classifier is called; what is printed can be typed.

    Example:
        >>> smoothed_name("cnn-small", 0.5)
        'smoothed:0.5:cnn-small'
    """
    return f"smoothed:{sigma:g}:{base}"


@dataclass(frozen=True)
class _SmoothedLoader:
    base: Subject
    how: Smoothing

    def __call__(self) -> Classifier:
        how = self.how
        return smoothed(
            self.base.load(), how.sigma, draws=how.draws, seed=how.seed, clipped=how.clipped
        )


def _votes(
    base: Classifier,
    smoothing: Smoothing,
    image: Float32[np.ndarray, "h w c"],
    seed: int,
    draws: int,
) -> Int64[np.ndarray, " k"]:
    counted: Int64[np.ndarray, " k"] | None = None
    for copies in smoothing.copies(image, seed, draws):
        scores = base(copies)
        some = np.bincount(scores.argmax(axis=1), minlength=scores.shape[1])
        counted = some if counted is None else counted + some
    assert counted is not None
    return counted
