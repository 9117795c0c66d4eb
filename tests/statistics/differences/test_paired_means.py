"""The paired bootstrap and the sign flips, against SciPy, McNemar and closed forms."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import permutation_test

from fieldmark.records import DataError
from fieldmark.statistics import mcnemar, paired_bootstrap, sign_flip_test

VALUES = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=2, max_size=8)


def rng():
    return np.random.default_rng(0)


@settings(max_examples=25, deadline=None)
@given(VALUES)
def test_the_exact_p_value_equals_that_of_scipy(pairs):
    # Quarters are exact in binary: of sums that differ in rounding only SciPy makes no ties.
    first, second = np.array(pairs, np.float64).T / 4
    ours = sign_flip_test(first, second, rng=rng())
    theirs = permutation_test(
        (first, second),
        lambda a, b, axis: (a - b).mean(axis=axis),
        permutation_type="samples",
        n_resamples=np.inf,
        vectorized=True,
    )
    assert ours.exact
    assert ours.difference == pytest.approx(theirs.statistic)
    # SciPy doubles one tail; for a symmetric distribution that is both, but at most 1
    assert ours.p == pytest.approx(min(1.0, theirs.pvalue), abs=1e-9)


@given(st.integers(0, 400), st.integers(0, 400))
def test_for_right_and_wrong_it_is_mcnemars_exact_test(only_a, only_b):
    a = np.arange(1000) < only_a
    b = (np.arange(1000) >= only_a) & (np.arange(1000) < only_a + only_b)
    flips = sign_flip_test(a.astype(np.float64), b.astype(np.float64), rng=rng())
    assert flips.exact
    assert flips.p == pytest.approx(mcnemar(a, b).p_exact)


def test_drawn_flips_come_near_the_exact_p_value_and_are_never_zero():
    values = rng().normal(size=(2, 40))
    drawn = sign_flip_test(values[0], values[1] + 0.3, rng=rng())
    assert not drawn.exact
    every = 2 * np.array(np.meshgrid(*[[0, 1]] * 16)).reshape(16, -1) - 1
    changes = (values[0] - values[1] - 0.3)[:16]
    exact = (np.abs(changes @ every) >= abs(changes.sum()) - 1e-12).mean()
    few = sign_flip_test(values[0][:16], values[1][:16] + 0.3, rng=rng())
    assert few.exact
    assert few.p == pytest.approx(exact)
    again = sign_flip_test(values[0], values[1] + 0.3, rng=np.random.default_rng(1), draws=99_999)
    assert drawn.p == pytest.approx(again.p, abs=0.02)
    far = sign_flip_test(values[0] + 50, values[1], rng=rng(), draws=999)
    assert far.p == pytest.approx(1 / 1000)


def test_without_a_difference_p_values_are_as_small_as_they_say():
    draw = rng()
    p = [sign_flip_test(*draw.normal(size=(2, 30)), rng=draw, draws=199).p for _ in range(400)]
    assert np.mean(np.array(p) <= 0.05) == pytest.approx(0.05, abs=0.03)
    assert np.mean(p) == pytest.approx(0.5, abs=0.05)


def test_the_bootstrap_spread_is_that_of_the_mean():
    first, second = rng().normal(size=(2, 400))
    estimate = paired_bootstrap(first, second, rng=rng(), draws=4000)
    error = (first - second).std() / 20
    assert estimate.value == pytest.approx((first - second).mean())
    assert estimate.high - estimate.low == pytest.approx(2 * 1.96 * error, rel=0.05)
    assert estimate.n == 400
    assert estimate.method == "paired bootstrap 95 %"


@settings(max_examples=25, deadline=None)
@given(VALUES, st.integers(0, 99))
def test_the_order_of_examples_changes_nothing(pairs, seed):
    values = np.array(pairs, np.float64).T
    order = np.random.default_rng(seed).permutation(len(pairs))
    assert sign_flip_test(*values, rng=rng()) == sign_flip_test(*values[:, order], rng=rng())
    np.testing.assert_equal(
        paired_bootstrap(*values, rng=rng(), draws=50).as_json(),
        paired_bootstrap(*values[:, order], rng=rng(), draws=50).as_json(),
    )


def test_edges():
    none = np.array([])
    assert not paired_bootstrap(none, none, rng=rng()).defined
    assert np.isnan(sign_flip_test(none, none, rng=rng()).p)
    same = np.array([0.4, 0.9])
    assert sign_flip_test(same, same, rng=rng()).p == 1.0
    equal = paired_bootstrap(same, same, rng=rng())
    assert equal.value == 0.0
    assert np.isnan([equal.low, equal.high]).all()


def test_hostile_values_are_refused():
    one, two, broken = np.ones(1), np.ones(2), np.array([0.0, np.nan])
    for compare in (paired_bootstrap, sign_flip_test):
        with pytest.raises(DataError, match="1 and 2 examples cannot be paired"):
            compare(one, two, rng=rng())
        with pytest.raises(DataError, match="some values are not numbers"):
            compare(two, broken, rng=rng())
        with pytest.raises(DataError, match="at least one draw, got 0"):
            compare(two, two, rng=rng(), draws=0)
    with pytest.raises(DataError, match=r"write 0\.95 for 95 %"):
        paired_bootstrap(two, two, rng=rng(), level=95.0)
