"""Ranks and tie groups: the bootstrap's law, the rules for ties, coverage of places."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare, multinomial, rankdata

from fieldmark.records import DataError, generator
from fieldmark.statistics import (
    mcnemar,
    mcnemar_pairs,
    pair_agreement,
    rank_intervals,
    resampled_hits,
    tie_groups,
)
from fieldmark.statistics.together.ranks import ranks_of


def field(seed, shares, n=500):
    """Subjects of these accuracies who err on the same examples more often than not."""
    rng = generator(seed)
    hard = rng.random(n)
    own = rng.random((len(shares), n))
    mixed = np.where(rng.random((len(shares), n)) < 0.7, hard, own)
    return mixed < np.array(shares)[:, None]


@pytest.mark.parametrize("chunk", [2, 8192])
def test_draws_follow_the_multinomial_law(monkeypatch, chunk):
    monkeypatch.setattr("fieldmark.statistics.ground.shared_draws._CHUNK", chunk)
    # One subject per example shows how often each example was drawn.
    drawn = resampled_hits(np.eye(3, dtype=np.bool_), draws=6000, rng=generator(1))
    assert (drawn.sum(axis=1) == 3).all()
    outcomes, seen = np.unique(drawn, axis=0, return_counts=True)
    assert len(outcomes) == 10
    assert chisquare(seen, 6000 * multinomial.pmf(outcomes, 3, [1 / 3] * 3)).pvalue > 0.001


def test_all_subjects_are_judged_by_the_same_draws():
    row = field(0, [0.6])
    hits = resampled_hits(np.concatenate([row, row, ~row]), draws=50, rng=generator(0))
    np.testing.assert_array_equal(hits[:, 0], hits[:, 1])
    np.testing.assert_array_equal(hits[:, 0] + hits[:, 2], 500)
    assert hits[:, 0].std() > 0


@pytest.mark.slow
def test_many_chunks_have_the_mean_and_spread_of_a_binomial():
    correct = np.arange(20_000)[None] < 5000
    hits = resampled_hits(correct, draws=1500, rng=generator(2))[:, 0]
    assert hits.mean() == pytest.approx(5000, abs=6)
    assert hits.std() == pytest.approx(np.sqrt(20_000 * 0.25 * 0.75), rel=0.06)


def test_nothing_to_draw_is_refused():
    with pytest.raises(DataError, match="0 examples"):
        resampled_hits(np.zeros((2, 0), np.bool_), draws=5, rng=generator(0))
    with pytest.raises(DataError, match="0 samples"):
        resampled_hits(np.ones((2, 3), np.bool_), draws=0, rng=generator(0))


@given(st.lists(st.integers(0, 4), min_size=1, max_size=9))
def test_ranks_are_those_of_scipy(hits):
    best, worst = ranks_of(np.array([hits]))
    np.testing.assert_array_equal(best[0], rankdata(-np.array(hits), method="min"))
    np.testing.assert_array_equal(worst[0], rankdata(-np.array(hits), method="max"))


def test_clear_differences_leave_no_doubt_and_chances_add_up():
    found = rank_intervals(field(3, [0.5, 0.9, 0.7]), rng=generator(0))
    assert [(one.low, one.value, one.high) for one in found.ranks] == [
        (3, 3, 3),
        (1, 1, 1),
        (2, 2, 2),
    ]
    assert found.best.tolist() == [0, 1, 0]
    close = rank_intervals(field(4, [0.8] * 6), rng=generator(0))
    assert close.best.sum() == pytest.approx(1)
    assert all(one.low <= one.value <= one.high for one in close.ranks)


def test_copies_share_the_first_place_evenly():
    row = field(5, [0.8])
    found = rank_intervals(np.concatenate([row, row, row]), rng=generator(0), draws=100)
    assert [(one.value, one.low, one.high) for one in found.ranks] == [(1, 1, 3)] * 3
    np.testing.assert_allclose(found.best, 1 / 3)


@pytest.mark.parametrize("value", [True, False])
def test_all_right_and_all_wrong_are_ties(value):
    found = rank_intervals(np.full((4, 20), value), rng=generator(0), draws=10)
    assert [(one.low, one.high) for one in found.ranks] == [(1, 4)] * 4


def test_without_examples_ranks_are_undefined():
    found = rank_intervals(np.zeros((2, 0), np.bool_), rng=generator(0))
    assert not any(one.defined for one in found.ranks)
    assert np.isnan(found.best).all()
    groups = tie_groups(pair_agreement(np.zeros((2, 0), np.bool_)), rng=generator(0))
    assert not any(one.defined for one in groups.places)
    assert groups.first.tolist() == [0, 1]


@given(st.integers(0, 99))
def test_the_order_of_examples_does_not_matter_for_tie_groups(seed):
    correct = field(seed, [0.9, 0.8, 0.5], n=60)
    mixed = correct[:, generator(seed).permutation(60)]
    one, other = (
        tie_groups(pair_agreement(rows), rng=generator(0), draws=500) for rows in (correct, mixed)
    )
    assert one.places == other.places


def test_all_pairs_have_the_p_value_of_mcnemar():
    correct = field(6, [0.9, 0.8, 0.79, 0.5], n=80)
    found = mcnemar_pairs(pair_agreement(correct))
    for i in range(4):
        for j in range(4):
            assert found[i, j] == pytest.approx(mcnemar(correct[i], correct[j]).p_exact)


def test_places_say_who_has_been_shown_to_be_better():
    found = tie_groups(pair_agreement(field(7, [0.9, 0.9, 0.7, 0.7, 0.4])), rng=generator(0))
    assert [(one.value, one.high) for one in found.places] == [
        (1, 2),
        (1, 2),
        (3, 4),
        (3, 4),
        (5, 5),
    ]
    assert found.first.tolist() == [0, 1]
    assert found.tied_with(3).tolist() == [2, 3]
    assert found.comparisons == 10


def test_equals_are_told_apart_no_more_often_than_promised():
    wrong = 0
    for seed in range(150):
        counts = pair_agreement(field(seed, [0.8] * 8, n=300))
        wrong += tie_groups(counts, rng=generator(seed), draws=1000).better.any()
    assert wrong / 150 < 0.09


def test_true_ranks_lie_within_the_places_of_all_at_once():
    kept = 0
    for seed in range(100):
        shares = [0.9, 0.88, 0.86, 0.84, 0.82, 0.8]
        found = tie_groups(pair_agreement(field(seed, shares)), rng=generator(seed), draws=1000)
        kept += all(one.low <= rank <= one.high for rank, one in enumerate(found.places, start=1))
    assert kept / 100 > 0.92


def test_one_subject_and_copies_share_the_first_place():
    row = field(8, [0.8])
    assert tie_groups(pair_agreement(row), rng=generator(0)).first.tolist() == [0]
    copies = tie_groups(pair_agreement(np.repeat(row, 3, axis=0)), rng=generator(0))
    assert [(one.value, one.high) for one in copies.places] == [(1, 3)] * 3
