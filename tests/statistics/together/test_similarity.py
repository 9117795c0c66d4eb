"""Similarity of pairs: scikit-learn and statsmodels as oracles, bounds, and what must hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa

from fieldmark.records import NO_ANSWER, DataError, generator
from fieldmark.statistics import (
    PairAgreement,
    agreement_bounds,
    agreement_bounds_by_chance,
    error_consistency,
    independence_band,
    independent_agreement,
    pair_agreement,
    same_answers,
)
from fieldmark.statistics.together.similarity import _BLOCK

CORRECT = st.tuples(st.integers(1, 5), st.integers(1, 40)).flatmap(
    lambda shape: arrays(np.bool_, shape)
)
SHARES = st.floats(0, 1)


def answers(seed, subjects=4, n=300):
    rng = generator(seed)
    return (rng.random(n) + 0.5 * rng.random((subjects, n))) > 0.5


def test_kappa_is_that_of_scikit_learn():
    correct = answers(0)
    found = pair_agreement(correct).kappa
    for i in range(4):
        for j in range(4):
            assert found[i, j] == pytest.approx(cohen_kappa_score(correct[i], correct[j]))


@given(CORRECT)
def test_counts_are_what_counting_says(correct):
    found = pair_agreement(correct)
    for i, one in enumerate(correct):
        for j, other in enumerate(correct):
            assert found.both[i, j] == (one & other).sum()
            assert found.only_first[i, j] == (one & ~other).sum()
            assert found.observed[i, j] == pytest.approx((one == other).mean())
    np.testing.assert_allclose(
        found.covariance, np.cov(correct, bias=True).reshape(found.both.shape), atol=1e-12
    )


@given(CORRECT, st.integers(0, 40), st.integers(0, 99))
def test_counts_of_two_halves_add_up_and_order_does_not_matter(correct, cut, seed):
    whole = pair_agreement(correct)
    parts = pair_agreement(correct[:, :cut]) + pair_agreement(correct[:, cut:])
    mixed = pair_agreement(correct[:, generator(seed).permutation(correct.shape[1])])
    for other in (parts, mixed):
        assert other.n == whole.n
        np.testing.assert_array_equal(other.both, whole.both)


def test_more_examples_than_fit_a_block_are_counted_exactly():
    correct = answers(1, subjects=2, n=2 * _BLOCK + 5)
    assert pair_agreement(correct).both[0, 1] == (correct[0] & correct[1]).sum()
    classes = generator(2).integers(3, size=(3, 2 * _BLOCK + 5)).astype(np.uint16)
    assert same_answers(classes)[0, 2] == (classes[0] == classes[2]).mean()


def test_examples_without_a_label_are_not_counted():
    correct, labelled = answers(3), np.arange(300) % 3 > 0
    found = pair_agreement(correct, labelled=labelled)
    assert found.n == 200
    np.testing.assert_array_equal(found.both, pair_agreement(correct[:, labelled]).both)


def test_no_examples_and_no_subjects():
    empty = pair_agreement(np.zeros((2, 0), np.bool_))
    assert np.isnan(empty.observed).all()
    assert np.isnan(empty.kappa).all()
    assert pair_agreement(np.zeros((0, 5), np.bool_)).kappa.shape == (0, 0)
    assert np.isnan(same_answers(np.zeros((2, 0), np.uint16))).all()


def test_kappa_is_undefined_where_chance_is_already_perfect():
    rows = np.array([[True] * 8, [True] * 8, [False] * 8, [True] * 7 + [False]])
    kappa = pair_agreement(rows).kappa
    assert np.isnan(kappa[0, 1])
    assert np.isnan(kappa[2, 2])
    assert kappa[0, 2] == 0  # always right against always wrong: exactly as chance has it
    assert kappa[0, 3] == 0
    assert kappa[3, 3] == 1


def test_impossible_counts_are_refused():
    with pytest.raises(DataError, match="cannot come from 3 examples"):
        PairAgreement(3, np.array([[3, 1], [1, 3]]))
    with pytest.raises(DataError, match="2 subjects cannot be added to 3"):
        pair_agreement(answers(0, 2)) + pair_agreement(answers(0, 3))


@given(SHARES, SHARES)
def test_the_bounds_hold_the_value_of_independence_and_each_other(p, q):
    first, second = np.array([p]), np.array([q])
    expected = independent_agreement(first, second)
    least, most = agreement_bounds(first, second)
    wide_least, wide_most = agreement_bounds_by_chance(expected)
    slack = 1e-7  # the wide ones take a root
    assert least[0] - slack <= expected[0] <= most[0] + slack
    assert wide_least[0] <= least[0] + slack
    assert most[0] <= wide_most[0] + slack


@given(arrays(np.bool_, (2, 30)))
def test_nobody_leaves_the_bounds_and_both_ends_are_reached(correct):
    found = pair_agreement(correct)
    least, most = agreement_bounds(found.accuracies[:1], found.accuracies[1:])
    assert least[0] - 1e-12 <= found.observed[0, 1] <= most[0] + 1e-12
    ends = []
    for order in (np.sort(correct[1]), np.sort(correct[1])[::-1]):
        ends.append(pair_agreement(np.stack([np.sort(correct[0]), order])).observed[0, 1])
    assert ends == pytest.approx([most[0], least[0]])


def test_the_same_answer_is_counted_whether_right_or_wrong():
    classes = np.array([[1, 2, 3, NO_ANSWER], [1, 2, 4, NO_ANSWER], [0, 2, 4, 9]], np.uint16)
    found = same_answers(classes)
    np.testing.assert_allclose(found, found.T)
    assert found[0, 1] == 0.5  # two silences are not one answer
    assert found[1, 2] == 0.5
    assert found.diagonal().tolist() == [0.75, 0.75, 1.0]


@given(st.integers(0, 99), st.integers(1, 30))
def test_classes_may_be_renamed(seed, n):
    classes = generator(seed).integers(4, size=(3, n)).astype(np.uint16)
    names = generator(seed + 1).permutation(9).astype(np.uint16)
    np.testing.assert_array_equal(same_answers(classes), same_answers(names[classes]))


def test_the_interval_is_that_of_statsmodels_on_a_smoothed_table():
    table = np.array([[60, 10], [5, 25]])
    a = np.repeat([True, True, False, False], table.ravel())
    b = np.repeat([True, False, True, False], table.ravel())
    found = error_consistency(a, b)
    oracle = cohens_kappa(table + 0.5)
    assert found.value == pytest.approx(cohens_kappa(table).kappa)
    assert found.low == pytest.approx(oracle.kappa_low)
    assert found.high == pytest.approx(oracle.kappa_upp)


@pytest.mark.slow
def test_the_interval_covers():
    rng = generator(5)
    for cells in ([0.85, 0.03, 0.03, 0.09], [0.25] * 4, [0.5, 0.02, 0.02, 0.46]):
        a, b = np.array([cells[0] + cells[1]]), np.array([cells[0] + cells[2]])
        expected = independent_agreement(a, b)[0]
        truth = (cells[0] + cells[3] - expected) / (1 - expected)
        inside = 0
        for counts in rng.multinomial(100, cells, size=300):
            a = np.repeat([True, True, False, False], counts)
            b = np.repeat([True, False, True, False], counts)
            found = error_consistency(a, b)
            inside += found.low <= truth <= found.high
        assert inside / 300 > 0.92


def test_perfect_agreement_on_few_examples_still_has_a_width():
    a = np.array([True, False] * 5)
    found = error_consistency(a, a)
    assert (found.value, found.high) == (1.0, 1.0)
    assert found.low < 0.9


@pytest.mark.parametrize(
    "row", [np.ones(9, np.bool_), np.zeros(9, np.bool_), np.zeros(0, np.bool_)]
)
def test_two_who_are_always_right_or_wrong_have_no_consistency(row):
    assert not error_consistency(row, row).defined
    assert np.isnan(independence_band(row, row)).all()


def test_other_numbers_of_examples_are_refused():
    with pytest.raises(DataError, match="9 answers against 8"):
        error_consistency(np.ones(9, np.bool_), np.ones(8, np.bool_))


@pytest.mark.slow
def test_independent_subjects_lie_in_the_band_as_often_as_it_says():
    rng = generator(6)
    a = rng.random(400) < 0.7
    b = np.arange(400) < 300
    low, high = independence_band(a, b)
    kappas = pair_agreement(np.stack([a, *(rng.permutation(b) for _ in range(2000))])).kappa[0, 1:]
    inside = ((kappas >= low - 1e-9) & (kappas <= high + 1e-9)).mean()
    assert 0.945 < inside < 0.99
