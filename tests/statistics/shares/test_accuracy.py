"""Accuracy over one condition, and over many that show the same examples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from statsmodels.stats.proportion import proportion_confint

from fieldmark.records import generator
from fieldmark.statistics import accuracy, clustered_accuracy

HITS = st.integers(1, 60).flatmap(lambda n: arrays(np.bool_, n))
GRIDS = st.tuples(st.integers(1, 5), st.integers(2, 30)).flatmap(lambda s: arrays(np.bool_, s))


def test_it_is_the_share_of_right_answers_with_the_exact_interval():
    estimate = accuracy(np.arange(50) < 40)
    assert (estimate.value, estimate.n, estimate.missing) == (0.8, 50, 0)
    assert (estimate.low, estimate.high) == pytest.approx(proportion_confint(40, 50, method="beta"))
    assert estimate.method == "Clopper-Pearson 95 %"


def test_unlabelled_examples_are_missing_and_not_wrong():
    labelled = np.array([True, True, False, False])
    estimate = accuracy(np.array([True, False, True, False]), labelled=labelled)
    assert (estimate.value, estimate.n, estimate.missing) == (0.5, 2, 2)
    assert not accuracy(np.ones(3, np.bool_), labelled=np.zeros(3, np.bool_)).defined


@given(HITS, st.randoms(use_true_random=False))
def test_the_order_of_the_examples_does_not_matter(correct, chance):
    order = list(range(len(correct)))
    chance.shuffle(order)
    assert accuracy(correct) == accuracy(correct[order])


@given(GRIDS)
def test_the_clustered_mean_is_the_mean_and_stays_inside(correct):
    estimate = clustered_accuracy(correct)
    assert estimate.value == pytest.approx(correct.mean())
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
    assert estimate.n == correct.shape[1]


def test_copies_of_one_condition_add_no_certainty():
    once = generator(5).random(300) < 0.8
    one, many = clustered_accuracy(once[None]), clustered_accuracy(np.tile(once, (8, 1)))
    assert (many.low, many.high) == pytest.approx((one.low, one.high), abs=1e-3)


def test_one_condition_is_nearly_plain_clopper_pearson():
    once = generator(6).random(400) < 0.9
    plain, clustered = accuracy(once), clustered_accuracy(once[None])
    assert (clustered.low, clustered.high) == pytest.approx((plain.low, plain.high), abs=1e-3)


def test_independent_conditions_do_add_certainty():
    many = generator(7).random((6, 300)) < 0.8
    estimate = clustered_accuracy(many)
    low, high = proportion_confint(int(many.sum()), many.size, method="beta")
    assert estimate.high - estimate.low == pytest.approx(high - low, rel=0.1)


def test_the_clustered_interval_covers():
    """Examples differ in difficulty, so answers to one example resemble each other."""
    rng, covered, rounds = generator(8), 0, 600
    for _ in range(rounds):
        difficulty = rng.beta(8, 2, size=80)
        estimate = clustered_accuracy(rng.random((5, 80)) < difficulty)
        covered += estimate.low <= 0.8 <= estimate.high
    assert 0.935 <= covered / rounds <= 0.99


def test_all_right_and_too_little_still_have_honest_ends():
    perfect = clustered_accuracy(np.ones((4, 50), np.bool_))
    assert (perfect.value, perfect.high) == (1.0, 1.0)
    assert perfect.low == pytest.approx(0.025 ** (1 / 50))
    alone = clustered_accuracy(np.array([[True], [False]]))
    assert (alone.value, alone.low, alone.high) == (0.5, 0.0, 1.0)
    nothing = clustered_accuracy(np.ones((2, 3), np.bool_), labelled=np.zeros(3, np.bool_))
    assert (nothing.defined, nothing.missing) == (False, 3)
    assert not clustered_accuracy(np.ones((0, 3), np.bool_)).defined
