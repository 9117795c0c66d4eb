import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm, poisson

from fieldmark.shifts import shift
from fieldmark.shifts.chances import Chances
from fieldmark.shifts.noise import (
    gaussian_chances,
    gaussian_noise,
    impulse_chances,
    impulse_noise,
    shot_chances,
    shot_noise,
    speckle_chances,
    speckle_noise,
)
from fieldmark.shifts.published import STRENGTHS
from tests.shifts.oracle import agreement, draws, reference

GREY = np.full((40, 32, 32, 3), 128, np.uint8)
LEVELS = np.arange(256, dtype=np.uint8)


def strengths(name: str) -> list[float]:
    return sorted({one for row in STRENGTHS[name].values() for one in row})


def numbers(quantiles: np.ndarray) -> np.ndarray:
    """The numbers that stand for these quantiles of the noise."""
    return np.clip(quantiles * 2.0**32, 0, 2**32 - 1).astype(np.uint32)


@pytest.mark.parametrize("strength", strengths("gaussian-noise"))
@pytest.mark.parametrize("name", ["gaussian-noise", "speckle-noise"])
def test_gaussian_and_speckle_noise_are_the_formula_at_the_same_quantile(name, strength):
    stream = np.random.default_rng(3)
    levels = stream.integers(0, 256, 20_000).astype(np.uint8)
    noise = stream.normal(size=20_000)
    pixels = levels / 255
    if name == "gaussian-noise":
        chances, noisy = gaussian_chances(strength), pixels + strength * noise
    else:
        chances, noisy = speckle_chances(strength), pixels + pixels * strength * noise
    expected = np.floor(np.clip(noisy, 0, 1) * 255 + 1e-9)
    np.testing.assert_array_equal(chances.changed(levels, numbers(norm.cdf(noise))), expected)


@pytest.mark.parametrize("strength", strengths("shot-noise"))
def test_shot_noise_is_the_formula_at_the_same_quantile(strength):
    stream = np.random.default_rng(3)
    levels = stream.integers(0, 256, 20_000).astype(np.uint8)
    quantiles = stream.random(20_000)
    photons = poisson.ppf(quantiles, levels / 255 * strength)
    expected = np.minimum(photons * 255 // strength, 255)
    np.testing.assert_array_equal(
        shot_chances(strength).changed(levels, numbers(quantiles)), expected
    )


@pytest.mark.parametrize("strength", strengths("impulse-noise"))
def test_impulse_noise_is_black_below_half_its_share_and_white_above_the_rest(strength):
    chances = impulse_chances(strength)
    for quantile, expected in [
        (0.0, 0 * LEVELS),
        (strength / 2 - 1e-6, 0 * LEVELS),
        (strength / 2 + 1e-6, LEVELS),
        (1 - strength / 2 - 1e-6, LEVELS),
        (1 - strength / 2 + 1e-6, 0 * LEVELS + 255),
        (1.0, 0 * LEVELS + 255),
    ]:
        made = chances.changed(LEVELS, numbers(np.full(256, quantile)))
        np.testing.assert_array_equal(made, expected)


@pytest.mark.parametrize("severity", [1, 3, 5])
@pytest.mark.parametrize("size", [(32, 32, 3), (64, 64, 1), (50, 90, 3)])
def test_at_the_draws_of_the_reference_noises_are_those_of_the_reference(size, severity, pictures):
    image = pictures(1, *size)[0]
    at = severity - 1
    made = {
        "gaussian-noise": gaussian_chances(STRENGTHS["gaussian-noise"][224][at]),
        "speckle-noise": speckle_chances(STRENGTHS["speckle-noise"][224][at]),
    }
    for name, chances in made.items():
        noise = draws(5).normal(size=size)
        ours = chances.changed(image, numbers(norm.cdf(noise)))
        assert agreement(ours, reference(name, image, severity, seed=5)) >= 0.9999
    photons = STRENGTHS["shot-noise"][224][at]
    theirs = reference("shot-noise", image, severity, seed=5)
    counted = draws(5).poisson(image / 255 * photons)  # any quantile within the count's share
    share = poisson.pmf(counted, image / 255 * photons)
    middle = poisson.cdf(counted, image / 255 * photons) - share / 2
    assert agreement(shot_chances(photons).changed(image, numbers(middle)), theirs) == 1.0


@given(level=st.integers(0, 255), number=st.integers(0, 2**32 - 1))
def test_a_row_of_chances_that_stays_stays(level, number):
    identity = Chances.of((LEVELS[None] >= LEVELS[:, None]).astype(float))
    made = identity.changed(np.array([level], np.uint8), np.array([number], np.uint32))
    assert made.tolist() == [level]


@pytest.mark.parametrize("strength", [0.04, 0.1, 0.18])
def test_gaussian_noise_has_the_spread_it_says(seeds, strength):
    change = (gaussian_noise(GREY, seeds(40), strength=strength).astype(float) - 128) / 255
    # 122,880 values: the standard error of a standard deviation is 0.2 % of it.
    assert change.std() == pytest.approx(strength, rel=0.012)
    # Cutting off takes half a level on average.
    assert change.mean() == pytest.approx(-0.5 / 255, abs=5 * strength / np.sqrt(change.size))


@pytest.mark.parametrize("level", [10, 128, 250])
def test_shot_noise_has_the_mean_and_the_variance_of_its_photons(seeds, level):
    noisy = shot_noise(np.full_like(GREY, level), seeds(40), strength=500) / 255
    photons = level / 255 * 500
    # Not more than white: the mean of what is left, from the distribution itself.
    counts = np.arange(1000)
    levels = np.minimum(counts * 255 // 500, 255) / 255
    chance = poisson.pmf(counts, photons)
    mean = (chance * levels).sum()
    deviation = np.sqrt((chance * (levels - mean) ** 2).sum())
    assert noisy.mean() == pytest.approx(mean, abs=5 * deviation / np.sqrt(noisy.size))
    assert noisy.std() == pytest.approx(deviation, rel=0.015)


def test_speckle_noise_leaves_black_and_grows_with_the_level(seeds):
    black = speckle_noise(np.zeros_like(GREY), seeds(40), strength=0.2)
    assert not black.any()
    spreads = [
        speckle_noise(np.full_like(GREY, x), seeds(40), strength=0.2).std() for x in (40, 80)
    ]
    assert spreads[1] / spreads[0] == pytest.approx(2, rel=0.02)


@pytest.mark.parametrize("strength", [0.01, 0.07, 0.27])
def test_impulse_noise_hits_the_share_it_says_half_with_salt(seeds, strength):
    noisy = impulse_noise(GREY, seeds(40), strength=strength)
    hit = noisy != 128
    error = np.sqrt(strength * (1 - strength) / hit.size)
    assert hit.mean() == pytest.approx(strength, abs=4 * error)
    assert set(np.unique(noisy[hit])) == {0, 255}
    assert (noisy[hit] == 255).mean() == pytest.approx(0.5, abs=2 / np.sqrt(hit.sum()))


@pytest.mark.parametrize("name", ["gaussian-noise", "speckle-noise", "shot-noise", "impulse-noise"])
def test_noise_has_a_flat_spectrum_and_channels_of_its_own(name, seeds):
    noisy = shift(name, 3).apply(GREY, seeds(40)).astype(float)
    noisy = (noisy - noisy.mean()) / noisy.std()
    power = (np.abs(np.fft.fft2(noisy, axes=(1, 2))) ** 2).mean(axis=(0, 3)) / 32**2
    assert np.abs(power.mean(axis=0)[1:] - 1).max() < 0.1  # 3,840 values of deviation 1 each
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert abs((noisy[..., one] * noisy[..., other]).mean()) < 0.025  # 40,960 values


@pytest.mark.parametrize("name", ["gaussian-noise", "speckle-noise", "shot-noise", "impulse-noise"])
def test_two_examples_of_one_picture_get_different_noise(name, seeds):
    noisy = shift(name, 5).apply(GREY[:2], seeds(2))
    assert (noisy[0] != noisy[1]).any()
