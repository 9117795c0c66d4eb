"""Power by exact sums against simulation and against its definition; sizes; the rule of 1,000."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, multinomial

from fieldmark.records import ConfigError
from fieldmark.statistics import (
    clopper_pearson,
    half_width,
    interval_size,
    minimum_difference,
    paired_power,
    paired_power_formula,
    paired_size,
    unpaired_size,
)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


PAIRS = st.tuples(st.floats(0.02, 0.6), st.floats(0.0, 1.0)).map(lambda t: (t[0], t[0] * t[1]))


@pytest.mark.parametrize(("n", "discordance", "difference"), [(12, 0.6, 0.4), (30, 0.3, 0.2)])
def test_the_sums_equal_the_power_over_every_outcome(n, discordance, difference):
    counts = np.array([(a, b, n - a - b) for a in range(n + 1) for b in range(n + 1 - a)])
    a, b = (discordance + difference) / 2, (discordance - difference) / 2
    chances = multinomial.pmf(counts, n, [a, b, 1 - a - b])
    p = 2 * binom.cdf(counts[:, :2].min(axis=1), counts[:, 0] + counts[:, 1], 0.5)
    assert paired_power(n, discordance, difference) == pytest.approx(chances[p <= 0.05].sum())


@pytest.mark.parametrize(
    ("n", "discordance", "difference"), [(1000, 0.1, 0.03), (50_000, 0.1, 0.003)]
)
def test_the_power_is_how_often_mcnemar_rejects(n, discordance, difference, rng):
    a, b = (discordance + difference) / 2, (discordance - difference) / 2
    counts = rng.multinomial(n, [a, b, 1 - a - b], size=20_000)[:, :2]
    p = 2 * binom.cdf(counts.min(axis=1), counts.sum(axis=1), 0.5)
    share = (p <= 0.05).mean()
    assert paired_power(n, discordance, difference) == pytest.approx(share, abs=0.012)
    assert paired_power_formula(n, discordance, difference) == pytest.approx(share, abs=0.03)


@settings(max_examples=40)
@given(PAIRS, st.integers(1, 3000))
def test_power_is_a_chance_and_does_not_care_who_is_better(pair, n):
    discordance, difference = pair
    power = paired_power(n, discordance, difference)
    assert 0 <= power <= 1
    assert paired_power(n, discordance, -difference) == pytest.approx(power)
    if difference == 0:
        assert power <= 0.05  # the exact test keeps its size


@settings(max_examples=15, deadline=None)
@given(st.floats(0.02, 0.5), st.integers(50, 5000), st.sampled_from([0.5, 0.8, 0.95]))
def test_the_smallest_difference_is_just_found(discordance, n, power):
    smallest = minimum_difference(n, discordance, power=power)
    if np.isnan(smallest):
        assert paired_power(n, discordance, discordance) < power
    else:
        assert paired_power(n, discordance, smallest) == pytest.approx(power, abs=1e-3)


def test_the_rule_of_thumb_for_the_smallest_difference():
    assert minimum_difference(50_000, 0.1) == pytest.approx(2.8 * np.sqrt(0.1 / 50_000), rel=0.01)


@settings(max_examples=15, deadline=None)
@given(st.floats(0.05, 0.5), st.floats(0.1, 1.0), st.sampled_from([0.5, 0.8, 0.95]))
def test_the_size_is_enough_and_one_less_is_not(discordance, share, power):
    size = paired_size(discordance, share * discordance, power=power)
    assert paired_power(size, discordance, share * discordance) >= power
    assert paired_power(size - 1, discordance, share * discordance) < power


@pytest.mark.parametrize(("discordance", "difference"), [(0.1, 0.0019), (0.5, 0.009), (0.02, 4e-4)])
def test_large_sizes_are_near_the_exact_ones(discordance, difference):
    size = paired_size(discordance, difference)
    assert paired_power(size, discordance, difference) == pytest.approx(0.8, abs=0.002)


def test_examples_of_ones_own_cost_more_than_shared_ones(rng):
    """The same two subjects on two test sets, by simulation, and on one."""
    each = unpaired_size(0.81, 0.84)
    hits = rng.binomial(each, [[0.81], [0.84]], size=(2, 20_000)) / each
    middle = hits.mean(axis=0)
    z = (hits[1] - hits[0]) / np.sqrt(2 * middle * (1 - middle) / each)
    assert (np.abs(z) > 1.959964).mean() == pytest.approx(0.8, abs=0.01)
    assert paired_size(0.1, 0.03) < each / 2


@settings(max_examples=25)
@given(st.floats(0, 1), st.floats(0.005, 0.3))
def test_an_interval_of_the_wanted_width(accuracy, within):
    size = interval_size(accuracy, within)
    assert half_width(size, accuracy) <= within
    assert size == 1 or half_width(size - 1, accuracy) > within


def test_half_a_width_is_that_of_the_exact_interval():
    exact = clopper_pearson(900, 1000)
    assert half_width(1000, 0.9) == pytest.approx((exact.high - exact.low) / 2)


def test_a_thousand_examples_are_enough_to_keep_the_order(rng):
    """The rule "at least 1,000 test examples", held against simulated re-use of a test set.

    A hundred subjects, all 90 % accurate, that resemble each other as the published ones do
    (correctness correlates by about 0.6): how much too good does the best of them look?
    """
    models, accuracy, draws = 100, 0.9, 300
    optimism = {}
    for n in (100, 1000, 10_000):
        sd = np.sqrt(accuracy * (1 - accuracy) / n)
        together, alone = rng.normal(size=(draws, 1)), rng.normal(size=(draws, models))
        seen = accuracy + sd * (np.sqrt(0.6) * together + np.sqrt(0.4) * alone)
        optimism[n] = (seen.max(axis=1) - accuracy).mean()
    assert optimism[100] > 0.04  # more than most published improvements
    assert optimism[1000] < 0.02
    assert optimism[10_000] < 0.007
    # and the interval of one subject is never wider than 3.2 points to each side
    assert half_width(1000, 0.5) < 0.032
    # but one point between two similar subjects cannot be told with 1,000 examples
    assert paired_power(1000, 0.1, 0.01) < 0.2
    assert paired_power(1000, 0.1, 0.03) > 0.8


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: paired_power(100, 0.0, 0.0), "above 0 and at most 1; got 0"),
        (lambda: paired_power(100, float("nan"), 0.0), "above 0 and at most 1; got nan"),
        (lambda: paired_power(100, 0.1, 0.2), "cannot differ by 0.2"),
        (lambda: paired_power(100, 0.1, float("nan")), "cannot differ by nan"),
        (lambda: paired_power(0, 0.1, 0.05), "at least one example and at most 10⁹, got 0"),
        (lambda: paired_size(0.1, 0.0), "no number of examples tells two equal"),
        (lambda: paired_size(0.1, 1e-9), "more than 10⁹ examples"),
        (lambda: paired_size(0.1, 0.05, power=80.0), "got 80; write 0.8 for 80 %"),
        (lambda: unpaired_size(0.8, 80.0), "got 80; write 0.9 for 90 %"),
        (lambda: unpaired_size(0.8, 0.8), "no number of examples"),
        (lambda: interval_size(0.8, 0.0), "between 0 and 0.5, got 0"),
        (lambda: interval_size(float("nan"), 0.1), "between 0 and 1, got nan"),
        (lambda: minimum_difference(-5, 0.1), "at least one example"),
    ],
)
def test_what_makes_no_sense_is_refused(call, said):
    with pytest.raises(ConfigError, match=said):
        call()


def test_too_few_examples_find_nothing():
    assert np.isnan(minimum_difference(5, 0.5))
    assert paired_power(5, 1.0, 1.0) == 0.0  # five against none is p = 0.0625
    assert paired_power(6, 1.0, 1.0) == pytest.approx(1.0)
    assert paired_size(1.0, 1.0) == 6
