"""Noisy copies: one picture many times over, each with Gaussian noise of its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite

import numpy as np
from jaxtyping import Float32

from fieldmark.records import ConfigError, FloatImages, fingerprint, generator, seed_of

_MOST_COPIES, _MOST_VALUES = 500, 4_000_000


@dataclass(frozen=True)
class Smoothing:
    """Gaussian noise, and how often it is drawn.

    Args:
        sigma: Standard deviation in pixel units, > 0.
        draws: Noisy copies that vote when a picture is classified.
        seed: Where the noise comes from, together with what is drawn for.
        clipped: Are noisy pixels cut off to [0, 1], as everything that a classifier is shown? That
            makes the cutting part of the classifier that is smoothed; proofs hold all the same.
            Nets that were trained on noise beyond [0, 1] want False.

    Raises:
        ConfigError: There is no noise, or nothing is drawn.
    """

    sigma: float
    draws: int = 100
    seed: int = 0
    clipped: bool = True

    def __post_init__(self) -> None:
        if not (isfinite(self.sigma) and self.sigma > 0):
            raise ConfigError(f"smoothing needs noise: sigma is a number above 0, got {self.sigma}")
        if self.draws < 1:
            raise ConfigError(f"smoothing needs at least one draw, got {self.draws}")

    def own_seed(self, image: Float32[np.ndarray, "*frame"]) -> int:
        """The seed that belongs to a picture by its content: equal pictures get equal noise."""
        return seed_of(self.seed, "smoothing", fingerprint(np.ascontiguousarray(image)))

    def noise(
        self, shape: tuple[int, ...], seed: int, draws: int
    ) -> Iterator[Float32[np.ndarray, "m *frame"]]:
        """Noise for ``draws`` copies of one picture, float32, as many at a time as fit easily."""
        rng = generator(seed)
        block = max(1, min(_MOST_COPIES, _MOST_VALUES // int(np.prod(shape))))
        for start in range(0, draws, block):
            size = (min(block, draws - start), *shape)
            yield rng.standard_normal(size, np.float32) * np.float32(self.sigma)

    def copies(
        self, image: Float32[np.ndarray, "h w c"], seed: int, draws: int
    ) -> Iterator[FloatImages]:
        """Noisy copies of one picture."""
        for noise in self.noise(image.shape, seed, draws):
            noisy = image + noise
            yield noisy.clip(0.0, 1.0) if self.clipped else noisy
