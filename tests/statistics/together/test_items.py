"""What examples tell about subjects: closed forms, an oracle for alpha, and its coverage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.records import DataError
from fieldmark.statistics import discrimination, mcnemar, reliability, saturation


def rng(seed=0):
    return np.random.default_rng(seed)


def answers(seed=0, subjects=8, n=200):
    ability = np.linspace(-1.5, 1.5, subjects)[:, None]
    return ability + rng(seed).normal(size=(subjects, n)) > rng(seed + 1).normal(size=n)


def test_the_three_shares_of_saturation_add_up():
    found = saturation(answers())
    shares = [found.everybody.value, found.nobody.value, found.telling.value]
    assert sum(shares) == pytest.approx(1)
    assert found.everybody.value == answers().all(axis=0).mean()


def test_nothing_is_undefined_and_not_zero():
    assert not saturation(np.zeros((0, 5), np.bool_)).telling.defined
    assert not saturation(np.zeros((3, 0), np.bool_)).telling.defined
    assert not discrimination(np.ones((1, 9), np.bool_)).told.defined
    assert not discrimination(np.ones((3, 0), np.bool_)).told.defined
    assert not reliability(np.ones((1, 9), np.bool_), rng=rng()).defined
    assert not reliability(np.ones((4, 9), np.bool_), rng=rng()).defined


def test_the_p_values_are_mcnemars_with_holm():
    correct = answers(subjects=5)
    found = discrimination(correct)
    raw = [
        mcnemar(correct[a], correct[b]).p_exact
        for a, b in zip(found.first, found.second, strict=True)
    ]
    multipletests = pytest.importorskip("statsmodels.stats.multitest").multipletests
    np.testing.assert_allclose(found.adjusted, multipletests(raw, method="holm")[1])
    assert found.told.value == np.mean(found.adjusted <= 0.05)


def test_identical_subjects_are_never_told_apart():
    twins = np.repeat(answers(subjects=1), 4, axis=0)
    assert discrimination(twins).told.value == 0


def test_alpha_is_cronbachs():
    correct = answers(subjects=30).astype(float)
    n = correct.shape[1]
    alpha = n / (n - 1) * (1 - correct.var(axis=0).sum() / correct.sum(axis=1).var())
    assert reliability(correct.astype(bool), rng=rng()).value == pytest.approx(alpha)


def test_subjects_who_guess_alike_have_no_reliable_scores():
    guesses = rng(5).random((20, 400)) < 0.5
    found = reliability(guesses, rng=rng())
    assert found.low < 0 < found.high or found.value < 0.5


def test_draws_must_be_made():
    with pytest.raises(DataError, match="cannot make 0 draws"):
        reliability(answers(), rng=rng(), draws=0)


@given(st.integers(0, 1000))
def test_neither_order_of_subjects_nor_of_examples_matters(seed):
    correct = answers(3, subjects=5, n=60)
    mixed = correct[rng(seed).permutation(5)][:, rng(seed + 1).permutation(60)]
    assert saturation(mixed) == saturation(correct)
    assert discrimination(mixed).told == pytest.approx(discrimination(correct).told, nan_ok=True)
    once, again = (reliability(one, rng=rng(), draws=5).value for one in (correct, mixed))
    assert once == pytest.approx(again)
