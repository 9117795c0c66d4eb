"""Eidolons, held against the factory's definition written out with filters in place of spectra."""

from itertools import pairwise
from math import ceil, log2, sqrt

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from fieldmark.shifts import LEVELS, shift
from fieldmark.shifts.eidolon import disarrayed
from fieldmark.shifts.psychophysics import DISTORTIONS

EIDOLONS = ("eidolon-1", "eidolon-2", "eidolon-3")


def by_definition(picture, draw, *, reach, coherence, size, grain=10.0):
    """The factory for square pictures with ``size`` for its SZ, layer by layer."""
    side = len(picture)
    frame = 2 ** ceil(log2(1.5 * side))
    margin = (frame - side) // 2
    number = ceil(2 * log2(size / 4))
    sigmas = [sqrt(2) ** place / sqrt(2) for place in range(number)]
    framed = np.pad(picture.astype(float), margin, mode="symmetric")

    def blurred(plane, sigma):
        # Far enough out for the kernel to be nothing; a sampled kernel sums to a little over 1.
        radius = ceil(8 * sigma)
        steps = np.arange(-radius, radius + 1)
        total = (np.exp(-0.5 * (steps / sigma) ** 2) / (sqrt(2 * np.pi) * sigma)).sum()
        return total**2 * gaussian_filter(plane, sigma, mode="wrap", radius=radius)

    def noise(sigma):
        white = draw((frame, frame))
        white = np.clip(127.5 * white / np.abs(white).max(), -127, 127)
        smooth = blurred(white, sigma)
        return smooth - smooth.mean() / smooth.std()

    space = [blurred(framed, sigma) for sigma in sigmas]
    layers = [*(fine - coarse for fine, coarse in pairwise(space)), space[-1]]
    coarse = [np.zeros_like(framed), np.zeros_like(framed)]
    rows, columns = np.mgrid[:frame, :frame]
    total = np.zeros_like(framed)
    for layer, sigma in zip(layers[::-1], sigmas[::-1], strict=True):
        fields = [np.zeros_like(framed), np.zeros_like(framed)]
        if coherence > 0:
            for way in (0, 1):
                coarse[way] = coarse[way] + noise(sigma) * sigma / (size / 4)
                fields[way] = coherence * coarse[way]
        if coherence < 1:
            for way in (0, 1):
                fields[way] = fields[way] + (1 - coherence) * noise(grain)
        down = np.clip(fields[0] * reach + rows, 0, frame - 1).astype(int)
        across = np.clip(fields[1] * reach + columns, 0, frame - 1).astype(int)
        total += layer[down, across]
    inner = total[margin : margin + side, margin : margin + side]
    return np.clip(inner, 0, 255).astype(np.uint8)


def smooth(side: int) -> np.ndarray:
    noise = np.random.default_rng(5).standard_normal((side, side))
    rough = gaussian_filter(noise, 1.5, mode="wrap")
    return np.uint8(np.clip(128 + 60 * rough / rough.std(), 0, 255))


@pytest.mark.parametrize("coherence", [1.0, 0.3, 0.0])
@pytest.mark.parametrize("reach", [1.0, 8.0, 64.0])
def test_a_small_picture_is_the_factorys_with_grain_and_reach_for_its_side(coherence, reach):
    side = 48
    smaller = side / 256
    ours, theirs = np.random.default_rng(1), np.random.default_rng(1)
    got = disarrayed(smooth(side), ours.standard_normal, reach=reach, coherence=coherence)
    expected = by_definition(
        smooth(side),
        theirs.standard_normal,
        reach=reach * smaller**2,
        coherence=coherence,
        size=side,
        grain=10.0 * smaller,
    )
    near = np.abs(got.astype(int) - expected) <= 1
    assert near.mean() >= 0.999


@pytest.mark.slow
def test_a_picture_of_256_pixels_is_the_factorys_as_it_stands():
    ours, theirs = np.random.default_rng(2), np.random.default_rng(2)
    got = disarrayed(smooth(256), ours.standard_normal, reach=8.0, coherence=0.3)
    expected = by_definition(
        smooth(256), theirs.standard_normal, reach=8.0, coherence=0.3, size=256
    )
    assert (np.abs(got.astype(int) - expected) <= 1).mean() >= 0.999


@pytest.mark.parametrize("name", EIDOLONS)
def test_a_flat_picture_has_nothing_to_drag_about(name, seeds):
    flat = np.full((2, 40, 32, 1), 77, np.uint8)
    shown = shift(name, 128).apply(flat, seeds(2))
    assert np.abs(shown.astype(int) - 77).max() <= 1


@pytest.mark.parametrize("name", EIDOLONS)
def test_the_farther_the_reach_the_less_is_left_where_it_was(name, seeds):
    images = np.stack([smooth(64)] * 3)[..., None]
    likeness = [
        np.corrcoef(shift(name, reach).apply(images, seeds(3)).ravel(), images.ravel())[0, 1]
        for reach in LEVELS[name]
    ]
    assert likeness[0] > 0.9
    assert np.diff(likeness).max() < 0.05
    assert likeness[-1] < 0.2


def test_coherent_details_stay_together_where_incoherent_ones_come_apart(seeds):
    images = np.stack([smooth(64)] * 4)[..., None]
    contrast = [shift(name, 64).apply(images, seeds(4)).std() for name in EIDOLONS]
    assert contrast[0] > contrast[1]
    assert DISTORTIONS["eidolon-1"].constants == {"coherence": 1.0}
