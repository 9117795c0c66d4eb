"""Corruption errors: ratios by hand, intervals that cover, and nothing from incomplete rows."""

from math import nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.records import DataError
from fieldmark.statistics import (
    ALEXNET_CLEAN_ERROR,
    ALEXNET_MEAN_ERRORS,
    CORRUPTIONS,
    alexnet_errors,
    corruption_errors,
    corruption_errors_of_shares,
    corruption_errors_to_constants,
    corruption_ratios,
)


def chance(seed=0):
    return np.random.Generator(np.random.PCG64(seed))


def wrong(c, n, rate, rng):
    """Shares of five severities that are answered wrongly, and mistakes on unchanged examples."""
    hard = rng.random(n)
    errors = (rng.random((c, 5, n)) * 0.5 + 0.5 * hard < rate).mean(axis=1)
    return errors, (hard < rate / 2).astype(np.float64)


def test_the_constants_are_the_published_ones():
    assert len(CORRUPTIONS) == 15
    assert len(ALEXNET_MEAN_ERRORS) == 19
    assert ALEXNET_CLEAN_ERROR == 0.4348
    for name, printed in ALEXNET_MEAN_ERRORS.items():
        assert alexnet_errors(name).mean() == pytest.approx(printed, abs=5e-7), name
    assert alexnet_errors("gaussian-noise")[0] == 0.69528
    with pytest.raises(DataError, match="nobody published AlexNet's errors on 'rain'; there are"):
        alexnet_errors("rain")


def test_alexnet_against_itself_is_one():
    means = np.array([alexnet_errors(name).mean() for name in CORRUPTIONS])
    assert corruption_ratios(means, means).tolist() == [1.0] * 15
    plain = corruption_ratios(means, means, ALEXNET_CLEAN_ERROR, ALEXNET_CLEAN_ERROR)
    assert plain.tolist() == [1.0] * 15


def test_ratios_by_hand():
    errors, baseline = np.array([0.4, 0.3, nan]), np.array([0.8, 0.5, 0.5])
    np.testing.assert_allclose(corruption_ratios(errors, baseline), [0.5, 0.6, nan])
    relative = corruption_ratios(errors, baseline, 0.1, 0.3)
    np.testing.assert_allclose(relative, [0.6, 1.0, nan])
    assert np.isnan(corruption_ratios(errors[:1], np.zeros(1))[0])
    assert np.isnan(corruption_ratios(errors[:1], baseline[:1], 0.1, 0.8)[0])


def test_clean_errors_count_once_per_severity():
    # (sum over severities of E, less 5 clean) over the same of the baseline, as the paper has it.
    rng = chance()
    severities, base = rng.random((5,)), 0.5 + rng.random((5,)) / 2
    sums = (severities.sum() - 5 * 0.1) / (base.sum() - 5 * 0.2)
    means = corruption_ratios(severities.mean()[None], base.mean()[None], 0.1, 0.2)
    assert means[0] == pytest.approx(sums)


def test_equal_subjects_have_one_and_no_interval():
    errors, clean = wrong(3, 60, 0.5, chance())
    found = corruption_errors(errors, clean, errors, clean, rng=chance(), draws=50)
    assert (found.mean.value, found.relative.value) == pytest.approx((1, 1))
    assert np.isnan([found.mean.low, found.mean.high, found.relative.low]).all()
    assert found.mean.n == 60


def test_nobody_who_never_errs_is_known_never_to_err():
    never, often = np.zeros((2, 40)), np.full((2, 40), 0.5)
    found = corruption_errors(never, never[0], often, never[0], rng=chance(), draws=50)
    assert found.mean.value == 0
    assert np.isnan([found.mean.low, found.mean.high]).all()


def test_a_joint_bootstrap_is_surer_than_a_separate_one():
    rng = chance(1)
    errors, clean = wrong(4, 400, 0.6, rng)
    better = np.clip(errors - 0.2, 0, 1)
    joint = corruption_errors(better, clean, errors, clean, rng=chance(), draws=400).mean
    mixed = rng.permutation(400)
    apart = corruption_errors(
        better, clean, errors[:, mixed], clean[mixed], rng=chance(), draws=400
    ).mean
    assert joint.value == pytest.approx(apart.value)
    assert joint.high - joint.low < 0.8 * (apart.high - apart.low)


@pytest.mark.slow
def test_intervals_cover_the_truth():
    rng, covered = chance(5), 0
    truth = corruption_ratios(np.array([0.3, 0.5]), np.array([0.6, 0.8])).mean()
    for _ in range(200):
        ease = rng.random(300)
        mine = np.stack([ease < 0.3, ease < 0.5]).astype(np.float64)
        its = np.stack([ease < 0.6, ease < 0.8]).astype(np.float64)
        none = np.zeros(300)
        found = corruption_errors(mine, none, its, none, rng=rng, draws=200).mean
        covered += found.low <= truth <= found.high
    assert 0.89 <= covered / 200 <= 0.99


def test_constants_leave_only_the_chance_of_the_subject():
    errors, clean = wrong(2, 200, 0.5, chance())
    constants = np.array([0.8, 0.9])
    found = corruption_errors_to_constants(errors, clean, constants, 0.2, rng=chance(), draws=99)
    by_hand = errors.mean(axis=1) / constants
    assert [one.value for one in found.each] == pytest.approx(by_hand.tolist())
    assert found.mean.value == pytest.approx(by_hand.mean())
    assert found.mean.low < found.mean.value < found.mean.high
    assert "fixed baseline" in found.mean.method


def test_what_is_incomplete_is_undefined_and_the_rest_is_not():
    errors, _ = wrong(2, 50, 0.5, chance())
    errors[1] = nan
    found = corruption_errors_to_constants(
        errors, np.full(50, nan), np.array([0.8, 0.9]), 0.2, rng=chance(), draws=20
    )
    assert [one.defined for one in found.each] == [True, False]
    assert not found.mean.defined
    assert not found.relative.defined
    assert found.mean.n == 50


@pytest.mark.parametrize("shape", [(0, 10), (2, 0)])
def test_nothing_is_undefined(shape):
    empty, clean = np.zeros(shape), np.zeros(shape[1])
    found = corruption_errors(empty, clean, empty, clean, rng=chance(), draws=5)
    assert not found.mean.defined


def test_a_baseline_without_errors_divides_nothing():
    errors, clean = wrong(2, 20, 0.5, chance())
    found = corruption_errors(errors, clean, np.zeros((2, 20)), clean, rng=chance(), draws=5)
    assert not any(one.defined for one in (*found.each, found.mean))


def test_shares_give_the_widest_intervals():
    shares, counted = np.array([[0.2, 0.4], [0.5, nan]]), np.full((2, 2), 100)
    base = np.array([0.6, 0.8])
    found = corruption_errors_of_shares(shares, counted, 0.1, base, 0.2)
    assert [one.defined for one in found.each] == [True, False]
    assert not found.mean.defined
    half = 1.959964 * (np.sqrt(0.16 / 100) + np.sqrt(0.24 / 100)) / 2 / 0.6
    assert found.each[0].high - found.each[0].value == pytest.approx(half, abs=1e-6)
    unknown = corruption_errors_of_shares(shares, np.zeros((2, 2), np.int64), 0.1, base, 0.2)
    assert unknown.each[0].value == pytest.approx(0.5)
    assert np.isnan(unknown.each[0].low)


def test_bad_input_is_refused():
    errors, clean = wrong(2, 10, 0.5, chance())
    with pytest.raises(DataError, match=r"an error lies in \[0, 1\], got "):
        corruption_errors(errors + 1.5, clean, errors, clean, rng=chance())
    with pytest.raises(DataError, match=r"cannot be held against a baseline of \(1, 10\)"):
        corruption_errors(errors, clean, errors[:1], clean, rng=chance())
    with pytest.raises(DataError, match="errors on 10 examples and clean errors on 9"):
        corruption_errors(errors, clean[:9], errors, clean[:9], rng=chance())
    with pytest.raises(DataError, match="at least one draw"):
        corruption_errors(errors, clean, errors, clean, rng=chance(), draws=0)
    with pytest.raises(DataError, match="2 corruptions and 3 published errors"):
        corruption_errors_to_constants(errors, clean, np.ones(3), 0.1, rng=chance())
    with pytest.raises(DataError, match="not negative, got -1"):
        corruption_errors_of_shares(errors, np.full((2, 10), -1), 0.1, np.ones(2), 0.1)


@given(st.integers(0, 2**32), st.permutations(range(12)))
def test_the_order_of_examples_and_corruptions_does_not_matter(seed, order):
    rng = chance(seed)
    errors, clean = wrong(3, 12, 0.6, rng)
    base, base_clean = wrong(3, 12, 0.9, rng)
    one = corruption_errors(errors, clean, base, base_clean, rng=chance(), draws=1)
    mixed = corruption_errors(
        errors[::-1, order],
        clean[order],
        base[::-1, order],
        base_clean[order],
        rng=chance(),
        draws=1,
    )
    assert mixed.mean.value == pytest.approx(one.mean.value, nan_ok=True)
    assert mixed.relative.value == pytest.approx(one.relative.value, nan_ok=True)
    assert [e.value for e in mixed.each[::-1]] == pytest.approx(
        [e.value for e in one.each], nan_ok=True
    )
