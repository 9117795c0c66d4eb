"""Filters and phases, held against closed forms and against the published definitions."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from fieldmark.records import DataError
from fieldmark.shifts import equalised_to, shift
from fieldmark.shifts.greys import grey_of
from fieldmark.shifts.spectrum import (
    BACKGROUND,
    mean_amplitudes,
    model_amplitudes,
    moved,
    opposed,
    pairs,
    repeated,
    with_amplitudes,
)

NO_SEEDS = np.zeros(1, np.uint64)
SIZES = [(16, 16), (17, 17), (16, 21), (33, 40)]


def faint(height: int, width: int, seed: int = 0) -> np.ndarray:
    """A picture so near to middle grey that nothing is ever clipped."""
    return 0.5 + 0.01 * np.random.default_rng(seed).standard_normal((1, height, width))


def wave(side: int, periods: int) -> np.ndarray:
    """A sinusoid across the picture, around the mean grey that lies beyond its edges."""
    level = BACKGROUND * 255 + 100 * np.sin(2 * np.pi * periods * np.arange(side) / side)
    return np.rint(np.broadcast_to(level, (side, side))).astype(np.uint8)[None, ..., None]


@pytest.mark.parametrize("level", ["1", "3", "5"])
def test_a_low_pass_weakens_a_sinusoid_as_its_transfer_function_says(level):
    side, periods = 128, 4
    original = wave(side, periods)
    passed = shift("low-pass", level).apply(original, NO_SEEDS)
    middle = slice(40, 88)  # where no edge is felt; whole periods
    weaker = np.ptp(passed[0, 64, middle, 0].astype(float)) / np.ptp(original[0, 64, middle, 0])
    frequency = 2 * np.pi * periods / side
    assert weaker == pytest.approx(np.exp(-0.5 * (frequency * float(level)) ** 2), abs=0.01)
    high = shift("high-pass", "3").apply(original, NO_SEEDS)
    left = np.ptp(high[0, 64, middle, 0].astype(float)) / np.ptp(original[0, 64, middle, 0])
    assert left == pytest.approx(1 - np.exp(-0.5 * (frequency * 3.0) ** 2), abs=0.01)


@pytest.mark.parametrize("size", [(16, 16), (33, 47), (64, 64)])
@pytest.mark.parametrize("level", ["0", "1", "7", "40"])
def test_a_low_pass_is_scipys_filter_with_mean_grey_outside(pictures, size, level):
    images = pictures(2, *size, 3)
    grey = images @ np.array([0.2125, 0.7154, 0.0721]) / 255
    for row in range(2):
        blurred = gaussian_filter(grey[row], float(level), mode="constant", cval=BACKGROUND)
        expected = np.floor(np.clip(blurred, 0, 1) * 255 + 0.5 + 1e-6)
        passed = shift("low-pass", level).apply(images, np.zeros(2, np.uint64))[row]
        assert (passed == expected[..., None]).all()


@pytest.mark.parametrize("level", ["3", "0.7", "0.4"])
def test_a_high_pass_is_what_the_low_pass_takes_away_on_mean_grey(pictures, level):
    images = pictures(1, 40, 30, 1)
    grey = grey_of(images)[0]
    left = grey - gaussian_filter(grey, float(level), mode="constant", cval=BACKGROUND)
    expected = np.clip(left + BACKGROUND - left.mean(), 0, 1) * 255
    passed = shift("high-pass", level).apply(images, NO_SEEDS)[0, ..., 0]
    assert np.abs(passed - expected).max() <= 0.5 + 1e-4


@pytest.mark.parametrize("size", SIZES)
def test_phase_noise_keeps_every_amplitude_and_the_mean(size):
    grey, rng = faint(*size), np.random.default_rng(1)
    move = opposed(rng.uniform(-np.pi, np.pi, pairs(*size)), *size)
    noisy = moved(grey, [move])
    np.testing.assert_allclose(mean_amplitudes(noisy), mean_amplitudes(grey), rtol=1e-9, atol=1e-9)
    assert noisy.mean() == pytest.approx(grey.mean())
    change = np.angle(np.fft.fft2(noisy[0]) / np.fft.fft2(grey[0]))
    np.testing.assert_allclose(np.exp(1j * change), np.exp(1j * move), atol=1e-6)
    still = (move == 0).sum()
    evens = [side % 2 == 0 for side in size]
    assert still == size[0] * size[1] - 2 * pairs(*size)
    assert still == 1 + evens[0] * size[1] + evens[1] * size[0] - all(evens)


@pytest.mark.parametrize("degrees", [30, 90, 180])
def test_phase_noise_is_as_wide_as_it_says(degrees, seeds):
    # A pale picture: nothing is clipped, so the phases can be read off again.
    steps = np.random.default_rng(3).integers(-20, 21, size=(1, 64, 64, 1))
    images = np.repeat((128 + steps).astype(np.uint8), 4, axis=0)
    noisy = shift("phase-noise", degrees).apply(images, seeds(4))
    spectra = np.fft.fft2(noisy[..., 0]) / np.fft.fft2(images[..., 0])
    moves = np.rad2deg(np.angle(spectra[:, 1:31, 1:31]))
    # Evenly from -w to w; rounding to grey levels blurs the ends.
    assert moves.std() == pytest.approx(degrees / np.sqrt(3), rel=0.05)
    assert (np.abs(moves) > degrees + 30).mean() < 0.01


@pytest.mark.parametrize("size", SIZES)
def test_phase_scrambling_is_the_mean_of_two_waves(size):
    grey, rng = faint(*size), np.random.default_rng(2)
    numbers = rng.uniform(-np.pi, np.pi, pairs(*size))
    scrambled = moved(grey, [repeated(numbers, *size)])
    first, last = opposed(numbers, *size), opposed(numbers[::-1], *size)
    expected = (moved(grey, [first]) + moved(grey, [last])) / 2
    np.testing.assert_allclose(scrambled, expected, atol=1e-12)
    assert scrambled.std() < 0.9 * grey.std()


def test_scrambled_phases_are_those_of_the_published_code_for_even_sides():
    height, width = 16, 20
    grey, rng = faint(height, width)[0], np.random.default_rng(4)
    numbers = rng.uniform(-2.0, 2.0, pairs(height, width))
    spectrum = np.fft.fftshift(np.fft.fft2(grey))
    phases = np.angle(spectrum)
    block = phases[1:, 1:].copy().ravel()
    half = block.size // 2
    block[:half] += numbers
    block[half + 1 :] -= numbers
    phases[1:, 1:] = block.reshape(height - 1, width - 1)
    expected = np.fft.ifft2(np.fft.ifftshift(np.abs(spectrum) * np.exp(1j * phases))).real
    got = moved(grey[None], [repeated(numbers, height, width)])[0]
    np.testing.assert_allclose(got, expected, atol=1e-12)


@pytest.mark.parametrize("size", SIZES)
def test_equalised_pictures_have_the_spectrum_of_the_model_and_their_own_phases(size):
    grey = faint(*size)
    equal = with_amplitudes(grey, model_amplitudes(*size))
    np.testing.assert_allclose(mean_amplitudes(equal), model_amplitudes(*size), rtol=1e-6)
    assert (equal.mean(), equal.std()) == (pytest.approx(BACKGROUND), pytest.approx(0.18))
    phases = np.fft.fft2(equal[0]) / np.fft.fft2(grey[0])
    np.testing.assert_allclose(np.angle(phases), 0.0, atol=1e-6)


def test_the_models_amplitudes_fall_with_frequency_alike_in_all_directions():
    model = model_amplitudes(64, 64)
    assert model[0, 4] / model[0, 8] == pytest.approx(2**1.25)
    assert model[4, 0] == model[0, 4] == model[-4, 0]
    assert model[3, 4] == pytest.approx(model[5, 0])


def test_pictures_can_be_equalised_to_the_mean_of_others(pictures):
    images = pictures(6, 24, 20, 3)
    one = equalised_to(images)
    mean = np.abs(np.fft.fft2(grey_of(images))).mean(axis=0)
    np.testing.assert_allclose(with_amplitudes(grey_of(images), mean)[0].mean(), mean[0, 0] / 480)
    got = one.apply(images[:1], NO_SEEDS)
    expected = np.clip(with_amplitudes(grey_of(images[:1]), mean), 0, 1) * 255
    assert np.abs(got[..., 0] - expected).max() <= 0.5 + 1e-4
    assert one.settings != equalised_to(images[:5]).settings
    with pytest.raises(DataError, match="those of 24 × 20 pixels, got 20 × 24"):
        one.apply(pictures(1, 20, 24, 3), NO_SEEDS)
    with pytest.raises(DataError, match="got none"):
        equalised_to(images[:0])


def test_a_picture_without_detail_has_no_phases_to_keep(seeds):
    flat = np.full((1, 32, 32, 1), 200, np.uint8)
    equal = shift("power-equalisation", 1).apply(flat, seeds(1))
    black = shift("power-equalisation", 1).apply(flat * 0, seeds(1))
    np.testing.assert_array_equal(equal, black)  # and no rounding error decides what is seen
    for degrees in (90, 180):
        np.testing.assert_array_equal(shift("phase-noise", degrees).apply(flat, seeds(1)), flat)
