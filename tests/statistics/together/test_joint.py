"""Joint multiplicity: closed forms at both ends, coverage in between, hostile input."""

import numpy as np
import pytest
from scipy.stats import norm

from fieldmark.records import DataError, generator
from fieldmark.statistics import (
    clopper_pearson,
    cover_bound,
    critical_value,
    effective_number,
    mean_correlation,
    pair_agreement,
    pairwise_critical_value,
    simultaneous_accuracies,
)


def world(seed, subjects=12, n=400, likeness=0.7):
    """Subjects of accuracy 0.7 whose errors are alike."""
    rng = generator(seed)
    hard = np.sqrt(likeness) * rng.normal(size=n)
    own = np.sqrt(1 - likeness) * rng.normal(size=(subjects, n))
    return hard + own < norm.ppf(0.7)


def test_unrelated_subjects_need_the_quantile_of_sidak():
    found = critical_value(np.eye(20), rng=generator(0))
    assert found == pytest.approx(norm.ppf((1 + 0.95 ** (1 / 20)) / 2), abs=0.03)
    assert effective_number(found) == pytest.approx(20, rel=0.08)


def test_copies_count_once():
    assert critical_value(np.ones((30, 30)), rng=generator(0)) == pytest.approx(1.96, abs=0.03)
    copies = pair_agreement(np.repeat(world(1, subjects=1), 30, axis=0))
    found = simultaneous_accuracies(copies, rng=generator(0))
    assert found.effective == pytest.approx(1, abs=0.1)
    assert found.correlation == pytest.approx(1)


def test_one_subject_has_its_own_interval():
    counts = pair_agreement(world(2, subjects=1))
    found = simultaneous_accuracies(counts, rng=generator(0))
    single = clopper_pearson(int(counts.hits[0]), 400)
    assert (found.accuracies[0].low, found.accuracies[0].high) == pytest.approx(
        (single.low, single.high)
    )
    assert found.effective == pytest.approx(1)
    assert np.isnan(found.correlation)


@pytest.mark.slow
def test_the_bands_cover_all_at_once():
    kept = 0
    for seed in range(120):
        counts = pair_agreement(world(seed))
        found = simultaneous_accuracies(counts, rng=generator(seed), draws=4000)
        kept += all(one.low <= 0.7 <= one.high for one in found.accuracies)
    assert kept / 120 > 0.91
    alone = norm.ppf(0.975)
    assert alone < found.critical < norm.ppf(1 - 0.025 / 12)
    assert 1 < found.effective < 12


def test_always_right_and_always_wrong_keep_a_width():
    rows = np.stack([np.ones(50, np.bool_), np.zeros(50, np.bool_), *world(3, 2, 50)])
    counts = pair_agreement(rows)
    found = simultaneous_accuracies(counts, rng=generator(0))
    right, wrong = found.accuracies[:2]
    assert (right.value, right.high, wrong.value, wrong.low) == (1, 1, 0, 0)
    assert right.low < 0.95
    assert wrong.high > 0.05
    assert mean_correlation(counts) == pytest.approx(np.corrcoef(rows[2:])[0, 1])


def test_without_examples_everything_is_undefined():
    found = simultaneous_accuracies(
        pair_agreement(np.zeros((2, 0), np.bool_)), rng=generator(0), missing=7
    )
    assert [str(one) for one in found.accuracies] == ["undefined (0 counted, 7 missing)"] * 2
    assert np.isnan(found.effective)


def test_nobody_no_draws_and_no_level_are_refused():
    with pytest.raises(DataError, match="for 0 subjects"):
        critical_value(np.zeros((0, 0)), rng=generator(0))
    with pytest.raises(DataError, match="from 0 draws"):
        critical_value(np.eye(2), rng=generator(0), draws=0)
    with pytest.raises(DataError, match="no draws"):
        pairwise_critical_value(pair_agreement(world(0)), rng=generator(0), draws=0)
    with pytest.raises(DataError, match="confidence level"):
        critical_value(np.eye(2), rng=generator(0), level=95.0)


def test_differences_of_unrelated_subjects_need_the_quantile_of_tukey():
    from scipy.stats import studentized_range

    rng = generator(4)
    counts = pair_agreement(rng.random((6, 20_000)) < 0.7)
    tukey = studentized_range.ppf(0.95, 6, np.inf) / np.sqrt(2)
    found = pairwise_critical_value(counts, rng=generator(0), draws=40_000)
    assert found == pytest.approx(tukey, abs=0.03)


def test_two_subjects_are_one_comparison_and_copies_are_none():
    assert pairwise_critical_value(pair_agreement(world(5, 2)), rng=generator(0)) == pytest.approx(
        1.959964
    )
    one = world(6, 1)
    copies = pair_agreement(np.concatenate([one, one]))
    assert pairwise_critical_value(copies, rng=generator(0)) == np.inf
    assert np.isnan(effective_number(np.inf))


def test_a_cover_is_never_worse_than_counting_everybody():
    for seed in range(3):
        counts = pair_agreement(world(seed, likeness=0.95))
        found = cover_bound(1 - counts.observed, n=counts.n)
        assert found.deviation <= found.union
        assert found.union == pytest.approx(np.sqrt(np.log(2 * 12 / 0.05) / (2 * 400)))
        assert found.gain >= 1


def test_near_copies_are_covered_by_one_centre_per_kind():
    kinds = np.repeat(np.arange(3), 400)
    far = np.where(kinds[:, None] == kinds, 1e-5, 0.2) * (1 - np.eye(1200))
    found = cover_bound(far, n=50_000)
    assert sorted(kinds[found.centres]) == [0, 1, 2]
    assert found.disagreement == pytest.approx(1e-5)
    assert found.gain > 1.5


def test_a_single_subject_is_its_own_cover():
    found = cover_bound(np.zeros((1, 1)), n=100)
    assert found.deviation == found.union == pytest.approx(np.sqrt(np.log(40) / 200))


@pytest.mark.parametrize(
    "wrong", [np.array([[0.0, 0.2], [0.3, 0.0]]), np.eye(2), np.full((2, 2), np.nan)]
)
def test_what_is_no_disagreement_is_refused(wrong):
    with pytest.raises(DataError, match="disagreements are shares"):
        cover_bound(wrong, n=10)
    with pytest.raises(DataError, match="nothing can be bounded"):
        cover_bound(np.zeros((2, 2)), n=0)
