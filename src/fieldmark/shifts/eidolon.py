"""Eidolons: pictures whose details are dragged about, each scale by a random field of its own.

A picture is the sum of what a stack of ever stronger blurs takes away one after the other. Every
layer of that stack is pulled out of shape by a smooth random field, and the layers are added up
again. ``reach`` says how far; at ``coherence`` 1 coarse layers drag the finer ones along, so that
outlines stay, at 0 every layer goes its own way; ``grain`` is how smooth the fields of the
incoherent kind are.

The constants were published for pictures of 256 pixels. Pictures of another size get the layers
that the factory makes for their size, and fields whose grain and reach are to their longer side
what the published ones are to 256 pixels.

Source:
    Koenderink, Valsecchi, van Doorn, Wagemans & Gegenfurtner 2017, "Eidolons: Novel stimuli for
    vision research", Journal of Vision 17(2):7; its factory with the correction of partial
    coherence that Geirhos et al. 2018 used: the fields are ``(1 - coherence) incoherent +
    coherence coherent``.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, log2, sqrt

import numpy as np
from jaxtyping import Complex128, Float64, Int64, UInt8

from fieldmark.records import Pixels, Seeds, generator
from fieldmark.shifts.greys import grey_of, shown

SIDE = 256
"""The longer side of the pictures for which reach and grain are published."""

GRAIN = 10.0
"""In pixels of those."""

FINEST = 1 / sqrt(2)
"""Standard deviation of the weakest blur, in pixels; each is √2 times the one before."""

SPREAD = 127.0
"""Fields begin as Gaussian noise whose largest value is this; a little more is cut off."""

Field = Float64[np.ndarray, "h w"]

Framed = Float64[np.ndarray, "tall wide"]
"""A field with the margins that it is blurred with."""

Pull = Complex128[np.ndarray, "h w"]
"""How far down (the real part) and how far across (the imaginary one), in pixels."""

Draw = Callable[[tuple[int, int]], Framed]
"""Gives so many independent numbers from a standard normal distribution."""


def eidolon(images: Pixels, seeds: Seeds, *, reach: float, coherence: float) -> Pixels:
    """Grey pictures in partially coherent disarray.

    Args:
        images: uint8 (n, h, w, c).
        seeds: One for each.
        reach: How far, in pixels of a picture of 256.
        coherence: From 0 (every layer alone) to 1 (coarse layers drag fine ones).
    """
    # The factory works on whole grey levels.
    grey = shown(grey_of(images), 1)[..., 0]
    result = np.empty(images.shape, dtype=np.uint8)
    for row, seed in enumerate(seeds):
        draw = generator(seed).standard_normal
        result[row] = disarrayed(grey[row], draw, reach=reach, coherence=coherence)[..., None]
    return result


def disarrayed(
    picture: UInt8[np.ndarray, "h w"], draw: Draw, *, reach: float, coherence: float
) -> UInt8[np.ndarray, "h w"]:
    """One grey picture in disarray, given where its random numbers come from.

    Args:
        picture: Grey levels.
        draw: Asked, layer by layer from the coarsest, for the planes of its coherent fields (down,
            across), then of its incoherent ones; not for those that have no weight.
        reach: In pixels of a picture of 256.
        coherence: From 0 to 1.
    """
    stack = _stack(*picture.shape)
    smaller = max(picture.shape) / SIDE
    pulls = _pulls(stack, draw, coherence, GRAIN * smaller)
    # White noise is the fainter, once blurred, the more of its pixels are averaged over; so a
    # field that is as far-reaching for its picture takes the square of the ratio of the sides.
    total = np.zeros(picture.shape)
    for layer, pull in zip(_layers(picture, stack), pulls, strict=True):
        total += _pulled(layer, pull * (reach * smaller**2), stack)
    return np.floor(np.clip(total, 0.0, 255.0) + 1e-6).astype(np.uint8)


@dataclass(frozen=True, eq=False)
class _Stack:
    """What is the same for all pictures of one size.

    Args:
        margins: Mirrored pixels before and after each side, so that blurs go round unnoticed.
        frame: The sides with their margins, powers of two.
        deviations: Of the blurs, the weakest first.
        rows: Of the picture's pixels in the frame, int64 (h, 1).
        columns: The same, int64 (1, w).
    """

    margins: tuple[tuple[int, int], tuple[int, int]]
    frame: tuple[int, int]
    deviations: tuple[float, ...]
    rows: Int64[np.ndarray, "h 1"]
    columns: Int64[np.ndarray, "1 w"]

    @property
    def middle(self) -> tuple[slice, slice]:
        """Where the picture lies in its frame."""
        (top, bottom), (left, right) = self.margins
        return slice(top, self.frame[0] - bottom), slice(left, self.frame[1] - right)

    @property
    def coarsest(self) -> float:
        """What a field's deviation is measured by: a quarter of the longer side."""
        return max(len(self.rows), self.columns.shape[1]) / 4.0


@lru_cache(maxsize=4)
def _stack(height: int, width: int) -> _Stack:
    tall, wide = (1 << ceil(log2(1.5 * side)) for side in (height, width))
    top, left = (tall - height) // 2, (wide - width) // 2
    number = ceil(2 * log2(max(height, width) / 4.0))
    return _Stack(
        margins=((top, tall - height - top), (left, wide - width - left)),
        frame=(tall, wide),
        deviations=tuple(FINEST * sqrt(2) ** place for place in range(number)),
        rows=np.arange(top, top + height)[:, None],
        columns=np.arange(left, left + width)[None],
    )


def _layers(picture: UInt8[np.ndarray, "h w"], stack: _Stack) -> Iterator[Framed]:
    """What each blur leaves of the one before it, the coarsest first; framed."""
    from scipy.fft import irfft2, rfft2

    spectrum = rfft2(np.pad(picture, stack.margins, mode="symmetric").astype(np.float64))
    half, coarser = spectrum.shape[1], np.zeros(())
    for deviation in reversed(stack.deviations):
        blur = _gaussian(stack.frame, deviation)[:, :half]
        yield irfft2(spectrum * (blur - coarser), s=stack.frame)
        coarser = blur


def _pulls(stack: _Stack, draw: Draw, coherence: float, grain: float) -> Iterator[Pull]:
    """By how much each layer is pulled down and across at reach 1, the coarsest first."""
    coarse: Pull = np.zeros((len(stack.rows), stack.columns.shape[1]), dtype=np.complex128)
    for deviation in reversed(stack.deviations):
        pull = np.zeros_like(coarse)
        if coherence > 0:
            coarse = coarse + _smooth(stack, draw, deviation) * (deviation / stack.coarsest)
            pull += coherence * coarse
        if coherence < 1:
            pull += (1.0 - coherence) * _smooth(stack, draw, grain)
        yield pull


def _smooth(stack: _Stack, draw: Draw, deviation: float) -> Pull:
    """Blurred noise, a field for either direction, where the picture lies."""
    from scipy.fft import fft2, ifft2

    # A blur mixes neighbours, not directions: as one complex field, both cost one transform.
    noise = _white(draw(stack.frame)) + 1j * _white(draw(stack.frame))
    blurred: Pull = ifft2(fft2(noise, overwrite_x=True) * _gaussian(stack.frame, deviation))
    # The factory takes away the mean over the deviation, which moves a layer a little as a whole.
    down, across = (part.mean() / part.std() for part in (blurred.real, blurred.imag))
    return blurred[stack.middle] - (down + 1j * across)


def _white(noise: Framed) -> Framed:
    """The noise made so strong that its largest value is cut off."""
    strong = noise * ((SPREAD + 0.5) / max(noise.max(), -noise.min()))
    return np.clip(strong, -SPREAD, SPREAD, out=strong)


def _pulled(layer: Framed, pull: Pull, stack: _Stack) -> Field:
    """The layer where the picture lies, each pixel from as far away as ``pull`` says."""
    tall, wide = stack.frame
    rows = np.clip(stack.rows + pull.real, 0, tall - 1).astype(np.int64)
    columns = np.clip(stack.columns + pull.imag, 0, wide - 1).astype(np.int64)
    return layer[rows, columns]


@lru_cache(maxsize=64)
def _gaussian(frame: tuple[int, int], deviation: float) -> Framed:
    """What a Gaussian of this deviation, taken at whole pixels, leaves of every frequency."""
    down, across = (np.fft.fft(_bell(side, deviation)).real for side in frame)
    transfer: Framed = down[:, None] * across
    transfer.setflags(write=False)
    return transfer


def _bell(side: int, deviation: float) -> Float64[np.ndarray, " side"]:
    place = np.arange(side)
    steps = np.minimum(place, side - place) / deviation
    return np.exp(-0.5 * steps**2) / (sqrt(2 * np.pi) * deviation)
