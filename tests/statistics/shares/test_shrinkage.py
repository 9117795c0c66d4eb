"""Shrinkage: the bias of the naive worst class, coverage, closed forms at both ends, edges."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, betabinom

from fieldmark.records import DataError
from fieldmark.statistics import clopper_pearson_bounds, minimum_share, shrunken_shares

CLASSES = st.lists(
    st.integers(0, 30).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=1,
    max_size=12,
)


def rng():
    return np.random.default_rng(0)


def arrays(classes):
    return np.array([h for h, _ in classes]), np.array([n for _, n in classes])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shares", "bias"),
    [(np.full(100, 0.8), 0.12), (beta.ppf(np.linspace(0.005, 0.995, 100), 8, 2), 0.04)],
)
def test_the_naive_worst_class_is_far_too_low_and_ours_is_not(shares, bias):
    draw, n = rng(), np.full(100, 10)
    naive, ours, held = [], [], []
    for hits in draw.binomial(10, shares, size=(60, 100)):
        shrunk = shrunken_shares(hits, n, rng=draw, draws=500).minimum
        naive.append((hits / n).min())
        ours.append(shrunk.value)
        held.append(shrunk.low <= shares.min() <= shrunk.high)
    truth = shares.min()
    assert truth - np.mean(naive) > 0.1
    assert abs(truth - np.mean(ours)) < bias
    assert abs(truth - np.mean(ours)) < (truth - np.mean(naive)) / 3
    assert np.mean(held) >= 0.9


@pytest.mark.slow
@pytest.mark.parametrize(("classes", "n", "weight"), [(10, 10, 10), (10, 100, 200), (100, 10, 100)])
def test_intervals_cover_the_classes_and_their_minimum(classes, n, weight):
    draw, sizes = rng(), np.full(classes, n)
    each, minimum, bonferroni = [], [], []
    for _ in range(80):
        shares = draw.beta(0.8 * weight, 0.2 * weight, size=classes)
        hits = draw.binomial(n, shares)
        shrunk = shrunken_shares(hits, sizes, rng=draw, draws=600)
        each += [e.low <= p <= e.high for e, p in zip(shrunk.shares, shares, strict=True)]
        for found, into in ((shrunk.minimum, minimum), (minimum_share(hits, sizes), bonferroni)):
            into.append(found.low <= shares.min() <= found.high)
    assert np.mean(each) >= 0.92
    assert np.mean(minimum) >= 0.9
    assert np.mean(bonferroni) >= 0.95


def test_many_examples_leave_nothing_to_shrink():
    hits, n = np.array([30_000, 60_000, 90_000]), np.full(3, 100_000)
    shrunk = shrunken_shares(hits, n, rng=rng())
    low, high = clopper_pearson_bounds(hits, n)
    for k, estimate in enumerate(shrunk.shares):
        assert estimate.value == pytest.approx(hits[k] / n[k], abs=1e-4)
        assert estimate.low == pytest.approx(low[k], abs=5e-4)
        assert estimate.high == pytest.approx(high[k], abs=5e-4)
    assert shrunk.lowest == (1.0, 0.0, 0.0)
    assert shrunk.alike < 1e-6


def test_equal_classes_are_said_to_be_alike():
    shrunk = shrunken_shares(np.full(50, 80), np.full(50, 100), rng=rng())
    assert shrunk.alike > 0.9
    assert shrunk.weight > 1000
    assert shrunk.minimum.value > 0.77
    assert shrunk.minimum.high >= 0.8


def test_the_learnt_distribution_is_the_one_that_was_drawn_from():
    hits = betabinom.rvs(20, 16, 4, size=2000, random_state=0)
    shrunk = shrunken_shares(hits, np.full(2000, 20), rng=rng(), draws=500)
    assert shrunk.usual == pytest.approx(0.8, abs=0.01)
    assert shrunk.weight == pytest.approx(20, rel=0.15)
    # and so the posterior of a class is in closed form
    known = beta(16 + hits[0], 4 + 20 - hits[0])
    assert shrunk.shares[0].value == pytest.approx(known.mean(), abs=0.01)
    assert shrunk.shares[0].low == pytest.approx(known.ppf(0.025), abs=0.03)


@settings(max_examples=25, deadline=None)
@given(CLASSES)
def test_whatever_the_counts_the_ends_are_in_order(classes):
    hits, n = arrays(classes)
    shrunk = shrunken_shares(hits, n, rng=rng(), draws=300)
    bonferroni = minimum_share(hits, n)
    for estimate in (shrunk.minimum, bonferroni):
        assert estimate.n == (n > 0).sum()
        assert estimate.missing == (n == 0).sum()
        if n.any():
            assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
        else:
            assert not estimate.defined
    for size, estimate in zip(n, shrunk.shares, strict=True):
        assert estimate.defined == (size > 0)
        assert estimate.n == size
    assert np.nansum(shrunk.lowest) == pytest.approx(1.0 if n.any() else 0.0)


@settings(max_examples=15, deadline=None)
@given(CLASSES, st.integers(0, 99))
def test_the_bonferroni_minimum_does_not_care_about_the_order(classes, seed):
    order = np.random.default_rng(seed).permutation(len(classes))
    one, other = (minimum_share(*arrays(some)) for some in (classes, [classes[k] for k in order]))
    np.testing.assert_equal(one.as_json(), other.as_json())


def test_impossible_counts_are_refused():
    for worst in (minimum_share, lambda h, n: shrunken_shares(h, n, rng=rng())):
        with pytest.raises(DataError, match="got 3 right answers to 2 examples"):
            worst(np.array([3]), np.array([2]))
        with pytest.raises(DataError, match="right answers of 1 classes, examples of 2"):
            worst(np.array([1]), np.array([1, 1]))
    with pytest.raises(DataError, match="at least one draw is needed, got 0"):
        shrunken_shares(np.array([1]), np.array([2]), rng=rng(), draws=0)
