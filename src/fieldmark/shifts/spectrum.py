"""Spectrum: pictures whose frequencies are taken away, moved in phase, or made equally strong.

Every picture is turned grey first. Amplitudes and phases are those of the discrete Fourier
transform of the whole picture.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache, partial

import numpy as np
from jaxtyping import Complex128, Float64

from fieldmark.records import DataError, Pixels, Seeds, fingerprint
from fieldmark.shifts.greys import Grey, grey_of, shown
from fieldmark.shifts.numbers import even
from fieldmark.shifts.pixels import PixelShift

BACKGROUND = 0.4423
"""Beyond the edges, and under what a high-pass leaves: the mean grey of the published pictures."""

CUT_OFF = 4.0
"""A Gaussian ends at this many standard deviations."""

SLOPE = 1.25
"""The model's amplitudes fall with frequency to this power."""

CONTRAST = 0.18
"""Standard deviation of a picture with the model's amplitudes, white being 1.

Both are those of the mean amplitudes of 400 photographs of 224 pixels (NIPS 2017 DEV): 1.25, 0.179.
"""

Amplitudes = Float64[np.ndarray, "h w"]
"""How strong every frequency is, in the order of numpy's ``fft2``."""

Numbers = Float64[np.ndarray, " numbers"]

Phases = Float64[np.ndarray, "h w"]
"""By how much every frequency is moved, in radians, in the order of numpy's ``fft2``."""


def low_pass(images: Pixels, seeds: Seeds, *, deviation: float) -> Pixels:
    """Grey pictures blurred with a Gaussian of so many pixels; beyond the edges all is mean grey.

    Source:
        Geirhos et al. 2018, arXiv:1808.08750, "low-pass".
    """
    return shown(_blurred(grey_of(images), deviation), images.shape[3])


def high_pass(images: Pixels, seeds: Seeds, *, deviation: float) -> Pixels:
    """What a low-pass takes away, laid on mean grey; an infinite deviation takes nothing away.

    Source:
        Geirhos et al. 2018, arXiv:1808.08750, "high-pass".
    """
    grey = grey_of(images)
    if deviation == np.inf:
        return shown(grey, images.shape[3])
    left = grey - _blurred(grey, deviation)
    level = BACKGROUND - left.mean(axis=(1, 2), keepdims=True)
    return shown(left + level, images.shape[3])


def phase_noise(images: Pixels, seeds: Seeds, *, degrees: float) -> Pixels:
    """Grey pictures whose every frequency is moved by up to so many degrees; amplitudes stay.

    The mean stays too. Values that come to lie beyond black and white are clipped.

    Source:
        Geirhos et al. 2018, arXiv:1808.08750, "phase noise".
    """
    moves = (opposed(one, *images.shape[1:3]) for one in _noise(images, seeds, degrees))
    return shown(moved(grey_of(images), moves), images.shape[3])


def phase_scrambling(images: Pixels, seeds: Seeds, *, degrees: float) -> Pixels:
    """The same as the published stimuli have it: contrast fades as the phases are moved.

    A frequency and its mirror image have one number each instead of opposite ones, so what is left
    of them is the mean of two waves: fainter, the further apart their phases are.

    Source:
        The stimuli and the code of Geirhos et al. 2018, "phase-scrambling".
    """
    moves = (repeated(one, *images.shape[1:3]) for one in _noise(images, seeds, degrees))
    return shown(moved(grey_of(images), moves), images.shape[3])


def power_equalisation(images: Pixels, seeds: Seeds) -> Pixels:
    """Grey pictures that all have the amplitudes of a model, which fall as in photographs.

    Their mean is ``BACKGROUND``, their standard deviation ``CONTRAST`` before clipping.

    Source:
        Geirhos et al. 2018, arXiv:1808.08750, "power equalisation", where the amplitudes are means
        over the pictures of the experiment; see ``equalised_to``.
    """
    amplitudes = model_amplitudes(*images.shape[1:3])
    return shown(with_amplitudes(grey_of(images), amplitudes), images.shape[3])


def equalised_to(pictures: Pixels, name: str = "power-equalisation-to") -> PixelShift:
    """The shift that gives every picture the mean amplitudes of ``pictures``, as published.

    What comes out depends on these pictures, so their amplitudes are in its settings (as a
    fingerprint), and it works on pictures of their size only.

    Args:
        pictures: uint8 (n, h, w, c), at least one: the whole data set, or enough of it.
        name: What to call it.

    Raises:
        DataError: There are no pictures.

    Example:
        >>> pictures = np.random.default_rng(0).integers(0, 256, (9, 16, 16, 1), dtype=np.uint8)
        >>> equalised_to(pictures).settings["pictures"]
        9
    """
    if not len(pictures):
        raise DataError("mean amplitudes are those of some pictures, got none")
    amplitudes = mean_amplitudes(grey_of(pictures))
    settings = {"pictures": len(pictures), "amplitudes": fingerprint(amplitudes.astype(np.float32))}
    return PixelShift(name, 1, settings, partial(_equalised, amplitudes=amplitudes))


def mean_amplitudes(grey: Grey) -> Amplitudes:
    """How strong every frequency is on average over pictures; one at a time, to save memory."""
    total = np.zeros(grey.shape[1:])
    for picture in grey:
        total += np.abs(_transform(picture))
    return total / len(grey)


@lru_cache(maxsize=16)
def model_amplitudes(height: int, width: int) -> Amplitudes:
    """Amplitudes that fall with frequency, for a picture's mean and contrast as above."""
    down, right = np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[None]
    frequency = np.hypot(down, right)
    frequency[0, 0] = np.inf
    falling = frequency**-SLOPE
    pixels = height * width
    amplitudes: Amplitudes = falling * (CONTRAST * pixels / np.sqrt((falling**2).sum()))
    amplitudes[0, 0] = BACKGROUND * pixels
    amplitudes.setflags(write=False)
    return amplitudes


def with_amplitudes(grey: Grey, amplitudes: Amplitudes) -> Grey:
    """Pictures with these amplitudes and their own phases; what they have none of gets phase 0."""
    result = np.empty_like(grey)
    for row, picture in enumerate(grey):
        own = _transform(picture)
        strong = np.abs(own)
        # Below this there is only the rounding error of a sum, whose phase means nothing.
        silent = strong < 1e-9 * picture.size
        phases = np.where(silent, 1.0, own) / np.where(silent, 1.0, strong)
        result[row] = _back(phases * amplitudes)
    return result


def moved(grey: Grey, moves: Iterable[Phases]) -> Grey:
    """Pictures with every frequency moved in phase; of what is not real, the real part."""
    result = np.empty_like(grey)
    for row, (picture, move) in enumerate(zip(grey, moves, strict=True)):
        result[row] = _back(_transform(picture) * np.exp(1j * move))
    return result


def opposed(numbers: Numbers, height: int, width: int) -> Phases:
    """Moves that leave a picture real: opposite frequencies move oppositely.

    Args:
        numbers: One for each pair of opposite frequencies, in radians; see ``pairs``.
        height: Of the picture.
        width: Of the picture.
    """
    return _placed(np.concatenate([numbers, [0.0], -numbers[::-1]]), height, width)


def repeated(numbers: Numbers, height: int, width: int) -> Phases:
    """Moves as the published stimuli have them: the second half repeats the first, negated."""
    return _placed(np.concatenate([numbers, [0.0], -numbers]), height, width)


def pairs(height: int, width: int) -> int:
    """How many pairs of opposite frequencies are moved.

    Where a side is even, its highest frequency is its own opposite and stays, as published.

    Example:
        >>> pairs(16, 16), pairs(17, 17)
        (112, 144)
    """
    return (_odd(height) * _odd(width)) // 2


def _placed(moves: Numbers, height: int, width: int) -> Phases:
    """Moves of the frequencies row by row, the lowest in the middle, where ``fft2`` has them."""
    placed = np.zeros((height, width))
    odd = moves.reshape(_odd(height), _odd(width))
    placed[height - len(odd) :, width - odd.shape[1] :] = odd
    return np.fft.ifftshift(placed)


def _odd(side: int) -> int:
    return side - 1 + side % 2


def _noise(images: Pixels, seeds: Seeds, degrees: float) -> Iterator[Numbers]:
    """For every picture, evenly distributed numbers from minus to plus ``degrees``, in radians."""
    number = pairs(*images.shape[1:3])
    for seed in seeds:
        yield (2.0 * even(seed, number).astype(np.float64) - 1.0) * np.deg2rad(degrees)


@lru_cache(maxsize=32)
def _rows(side: int, deviation: float) -> Float64[np.ndarray, "side side"]:
    """The matrix that blurs along a side; what is beyond the edges counts as 0.

    A Gaussian is separable, so two such matrices blur a picture, however wide it is.
    """
    radius = int(CUT_OFF * deviation + 0.5)
    steps = np.arange(-radius, radius + 1)
    weights = np.exp(-0.5 * (steps / max(deviation, 1e-9)) ** 2)
    weights /= weights.sum()
    distance = np.abs(np.subtract.outer(np.arange(side), np.arange(side)))
    near = np.minimum(distance, radius)
    matrix = np.where(distance <= radius, weights[radius + near], 0.0)
    matrix.setflags(write=False)
    return matrix


def _blurred(grey: Grey, deviation: float) -> Grey:
    height, width = grey.shape[1:]
    down, across = _rows(height, deviation), _rows(width, deviation)
    result = np.empty_like(grey)
    for row, picture in enumerate(grey):
        result[row] = down @ (picture - BACKGROUND) @ across.T
    return result + BACKGROUND


def _equalised(
    images: Pixels, seeds: Seeds, *, amplitudes: Float64[np.ndarray, "tall wide"]
) -> Pixels:
    if images.shape[1:3] != amplitudes.shape:
        wanted, got = (" × ".join(map(str, size)) for size in (amplitudes.shape, images.shape[1:3]))
        raise DataError(f"these mean amplitudes are those of {wanted} pixels, got {got}")
    return shown(with_amplitudes(grey_of(images), amplitudes), images.shape[3])


def _transform(picture: Float64[np.ndarray, "h w"]) -> Complex128[np.ndarray, "h w"]:
    from scipy.fft import fft2

    return fft2(picture)


def _back(spectrum: Complex128[np.ndarray, "h w"]) -> Float64[np.ndarray, "h w"]:
    from scipy.fft import ifft2

    return ifft2(spectrum).real
