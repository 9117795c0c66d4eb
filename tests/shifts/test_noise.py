import numpy as np
import pytest

from fieldmark.records import generator
from fieldmark.shifts import shift
from fieldmark.shifts.noise import gaussian_noise, impulse_noise

GREY = np.full((40, 32, 32, 3), 128, np.uint8)


@pytest.mark.parametrize("strength", [0.04, 0.1, 0.18])
def test_gaussian_noise_has_the_spread_it_says(seeds, strength):
    change = (gaussian_noise(GREY, seeds(40), strength=strength).astype(float) - 128) / 255
    # 122,880 values: the standard error of a standard deviation is 0.2 % of it.
    assert change.std() == pytest.approx(strength, rel=0.012)
    # Cutting off takes half a level on average.
    assert change.mean() == pytest.approx(-0.5 / 255, abs=5 * strength / np.sqrt(change.size))


def test_gaussian_noise_is_the_formula_of_the_paper_with_the_examples_own_stream(pictures, seeds):
    images = pictures(4, 17, 23, 3)
    noisy = gaussian_noise(images, seeds(4), strength=0.26)
    noise = generator(seeds(4)[2]).normal(scale=0.26, size=(17, 23, 3))
    expected = np.uint8(np.clip(images[2] / 255 + noise, 0, 1) * 255)
    np.testing.assert_array_equal(noisy[2], expected)


@pytest.mark.parametrize("strength", [0.01, 0.07, 0.27])
def test_impulse_noise_hits_the_share_it_says_half_with_salt(seeds, strength):
    noisy = impulse_noise(GREY, seeds(40), strength=strength)
    hit = noisy != 128
    error = np.sqrt(strength * (1 - strength) / hit.size)
    assert hit.mean() == pytest.approx(strength, abs=4 * error)
    assert set(np.unique(noisy[hit])) == {0, 255}
    assert (noisy[hit] == 255).mean() == pytest.approx(0.5, abs=2 / np.sqrt(hit.sum()))


def test_two_examples_of_one_picture_get_different_noise(seeds):
    for name in ("gaussian-noise", "impulse-noise"):
        noisy = shift(name, 5).apply(GREY[:2], seeds(2))
        assert (noisy[0] != noisy[1]).any()
