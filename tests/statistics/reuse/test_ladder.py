"""Leaderboard mechanisms: what they tell, what they hide, and an attack whose outcome is known."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fieldmark.records import DataError, generator
from fieldmark.statistics import (
    boosting_attack,
    every_score,
    fixed_ladder,
    ladder,
    thresholdout,
)


def losses(seed, k=30, n=200):
    rng = generator(seed)
    return (rng.random((k, n)) < rng.uniform(0.2, 0.6, (k, 1))).astype(np.float64)


@given(st.integers(0, 2**32))
def test_a_ladder_only_goes_down_and_never_below_what_somebody_reached(seed):
    some = losses(seed)
    for told in (ladder(some), fixed_ladder(some, step=0.01)):
        assert (np.diff(told.told) <= 0).all()
        np.testing.assert_array_equal(np.diff(told.told) < 0, told.accepted[1:])
    climbed = ladder(some)
    assert set(climbed.told) <= set(some.mean(axis=1).round(9)) | set(some.mean(axis=1))
    assert climbed.told[-1] >= some.mean(axis=1).min() - 1e-12


@given(st.integers(0, 2**32))
@example(1_324_616_624)  # a tie, once decided by rounding
def test_the_order_of_the_examples_does_not_matter(seed):
    some = losses(seed)
    moved = some[:, generator(seed).permutation(some.shape[1])]
    np.testing.assert_allclose(ladder(some).told, ladder(moved).told)


def test_a_new_best_must_beat_the_old_one_by_a_standard_error():
    n = 10_000
    first = np.zeros(n)
    first[:5000] = 1
    # The standard error of the paired difference is sqrt(changed) / n: 10 changes give 3.2e-4.
    barely, clearly = first.copy(), first.copy()
    barely[:1] = 0
    clearly[:10] = 0
    told = ladder(np.stack([first, barely, clearly]))
    assert told.accepted.tolist() == [True, False, True]
    assert told.told.tolist() == [0.5, 0.5, 0.499]


def test_the_usual_leaderboard_tells_everything():
    told = every_score(losses(0), digits=2)
    np.testing.assert_allclose(told.told, losses(0).mean(axis=1).round(2))
    assert told.best[-1] == told.told.min()


@pytest.mark.slow
def test_voting_for_coin_tosses_beats_the_leaderboard_and_not_the_ladder():
    """Against the curve published with the Ladder at n = 4000, k = 400: .42745, .48425."""
    runs = [boosting_attack(4000, np.array([100, 400]), rng=generator(seed)) for seed in range(8)]
    naive, climbed = (
        np.array([getattr(run, what) for run in runs]) for what in ("naive", "ladder")
    )
    # One run has a standard deviation of .006; the published values are means of five.
    assert naive[:, 1].mean() == pytest.approx(0.42745, abs=0.008)
    assert climbed[:, 1].mean() == pytest.approx(0.48425, abs=0.008)
    assert naive[:, 1].mean() == pytest.approx(0.428, abs=0.006)  # computed independently
    assert climbed[:, 1].mean() == pytest.approx(0.481, abs=0.008)
    assert naive[:, 1].mean() < naive[:, 0].mean() - 0.02
    assert np.mean([run.fresh for run in runs]) == pytest.approx(0.5, abs=0.006)


def test_thresholdout_answers_from_the_training_set_while_the_two_agree():
    seen = np.linspace(0.4, 0.6, 50)
    told = thresholdout(seen, seen + 0.01, threshold=0.1, noise=0.0, budget=1, rng=generator(0))
    np.testing.assert_array_equal(told.told, seen)
    assert not told.accepted.any()
    assert told.refused_from is None


def test_a_budget_that_is_spent_is_said_and_nothing_is_made_up():
    seen = np.zeros(6)
    told = thresholdout(seen, seen + 0.5, threshold=0.1, noise=0.0, budget=2, rng=generator(0))
    assert told.refused_from == 2
    assert told.told[:2].tolist() == [0.5, 0.5]
    assert np.isnan(told.told[2:]).all()
    spent_at_the_end = thresholdout(
        seen[:2], seen[:2] + 0.5, threshold=0.1, noise=0.0, budget=2, rng=generator(0)
    )
    assert spent_at_the_end.refused_from is None


def test_the_noise_of_thresholdout_has_its_scale():
    far = np.zeros(4000)
    told = thresholdout(far, far + 1, threshold=0.01, noise=0.01, budget=4000, rng=generator(1))
    asked = told.told[told.accepted]
    assert len(asked) > 3900
    assert asked.std() == pytest.approx(0.01 * np.sqrt(2), rel=0.1)
    assert asked.mean() == pytest.approx(1.0, abs=0.001)


def test_impossible_questions_are_refused():
    good, rng = losses(0), generator(0)
    with pytest.raises(DataError, match="between 0 and 1"):
        ladder(np.full((2, 3), np.nan))
    with pytest.raises(DataError, match="submissions and examples"):
        every_score(np.zeros((0, 5)))
    with pytest.raises(DataError, match="two examples"):
        ladder(np.zeros((3, 1)))
    with pytest.raises(DataError, match=r"lies in \(0, 1\]"):
        fixed_ladder(good, step=0.0)
    with pytest.raises(DataError, match="cannot attack"):
        boosting_attack(10, np.array([0]), rng=rng)
    with pytest.raises(DataError, match="2 queries on the training set, 3"):
        thresholdout(np.zeros(2), np.zeros(3), threshold=0.1, noise=0.1, budget=1, rng=rng)
    with pytest.raises(DataError, match="budget of at least"):
        thresholdout(np.zeros(2), np.zeros(2), threshold=0.1, noise=0.1, budget=0, rng=rng)
