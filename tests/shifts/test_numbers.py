import numpy as np
import pytest
from scipy.stats import chisquare, kurtosis, norm

from fieldmark.shifts.numbers import _quantiles, drawn, even, normal

SEEDS = [0, 1, 2**63, 2**64 - 1]


def splitmix(seed: int, number: int) -> list[int]:
    """The published generator, one step after the other, in whole numbers of any length."""
    state, made = seed, []
    for _ in range(number):
        state = (state + 0x9E3779B97F4A7C15) % 2**64
        mixed = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB % 2**64
        made.append(mixed ^ (mixed >> 31))
    return made


@pytest.mark.parametrize("seed", SEEDS)
def test_the_stream_is_the_published_one(seed):
    assert drawn(np.uint64(seed), 20).view(np.uint64).tolist() == splitmix(seed, 10)


def test_a_longer_stream_starts_like_a_shorter_one_whether_odd_or_even():
    longest = drawn(7, 101)
    for number in (0, 1, 2, 3, 100):
        np.testing.assert_array_equal(drawn(7, number), longest[:number])


@pytest.mark.parametrize("seed", SEEDS)
def test_all_bytes_are_equally_likely_and_neighbours_do_not_know_each_other(seed):
    numbers = drawn(np.uint64(seed), 1 << 18)
    for shift in (0, 8, 16, 24):
        counts = np.bincount((numbers >> shift) & 255, minlength=256)
        assert chisquare(counts).pvalue > 1e-4
    values = even(np.uint64(seed), 1 << 18)
    for lag in (1, 2, 224, 672):
        assert abs(np.corrcoef(values[:-lag], values[lag:])[0, 1]) < 5 / np.sqrt(1 << 18)


def test_neighbouring_seeds_have_nothing_in_common():
    one, other = even(10, 1 << 16), even(11, 1 << 16)
    assert abs(np.corrcoef(one, other)[0, 1]) < 5 / 256


def test_normal_numbers_are_normal_to_a_part_in_65536():
    steps = np.sort(_quantiles().astype(float))
    assert steps.mean() == pytest.approx(0, abs=1e-7)
    assert steps.std() == pytest.approx(1, abs=1e-6)
    assert kurtosis(steps) == pytest.approx(0, abs=2e-3)
    above, below = np.arange(1, 65_537) / 65_536, np.arange(65_536) / 65_536
    assert np.maximum(above - norm.cdf(steps), norm.cdf(steps) - below).max() < 1 / 65_536
    assert 4.2 < steps.max() < 4.5


def test_the_spectrum_of_normal_numbers_is_flat():
    power = np.mean([np.abs(np.fft.rfft2(normal(s, 64, 64))) ** 2 for s in range(200)], axis=0)
    power /= 64 * 64
    rows = power[:, 1:-1].mean(axis=0)  # 64 × 200 values of mean 1 and deviation 1 each
    assert np.abs(rows - 1).max() < 5 / np.sqrt(64 * 200 / 2)
