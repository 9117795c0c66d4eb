"""Error consistency over pairs and conditions: closed forms, the reference library, coverage."""

from importlib import import_module

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from fieldmark.records import DataError, generator
from fieldmark.statistics import all_pairs, cross_pairs, mean_consistencies, mean_consistency


def answers(seed, subjects=5, n=60, shared=0.5):
    """Subjects whose errors resemble each other."""
    rng = generator(seed)
    easy = rng.random(n)
    return (shared * easy + (1 - shared) * rng.random((subjects, n))) > 0.35


def kappas(correct, pairs):
    """One by one, by the reference library."""
    return np.array([cohen_kappa_score(correct[i], correct[j]) for i, j in pairs])


def test_the_mean_is_unweighted_over_conditions_and_pairs():
    small, large = answers(2, n=20), answers(3, n=500)
    pairs = all_pairs(range(5))
    found = mean_consistency([small, large], pairs, rng=generator(0), draws=0)
    means = [kappas(one, pairs).mean() for one in (small, large)]
    assert found.kappa.value == pytest.approx(np.mean(means))
    observed = [(one[i] == one[j]).mean() for one in (small, large) for i, j in pairs]
    assert found.observed.value == pytest.approx(np.mean(observed))
    shares = [(one[i].mean() - one[j].mean()) ** 2 for one in (small, large) for i, j in pairs]
    assert found.difference.value == pytest.approx(np.mean(shares))
    assert found.kappa.n == 20


def test_pairs_that_are_always_right_have_no_kappa_and_count_as_missing():
    correct = np.array([[True] * 4, [True] * 4, [True, True, False, True]])
    found = mean_consistency([correct], all_pairs([0, 1, 2]), rng=generator(0), draws=50)
    assert (found.kappa.n, found.kappa.missing, found.kappa.value) == (2, 1, 0.0)
    assert (found.observed.n, found.observed.missing) == (3, 0)
    alone = mean_consistency([correct], all_pairs([0, 1]), rng=generator(0), draws=50)
    assert not alone.kappa.defined
    assert alone.kappa.missing == 1
    assert alone.observed.value == 1.0


def test_groups_share_the_draws_and_do_not_mind_each_other():
    conditions = [answers(8), answers(9, n=40)]
    groups = [all_pairs([0, 1]), all_pairs([]), cross_pairs([0, 1], [2, 3, 4])]
    found = mean_consistencies(conditions, groups, rng=generator(5), draws=60)
    for group, one in zip(groups, found, strict=True):
        alone = mean_consistency(conditions, group, rng=generator(5), draws=60)
        assert str(one.kappa) == str(alone.kappa)
        assert str(one.difference) == str(alone.difference)
    assert mean_consistencies(conditions, [], rng=generator(5)) == ()


def test_conditions_that_show_the_same_examples_are_resampled_together():
    one = answers(6, n=100)
    pairs = all_pairs(range(5))
    alone = mean_consistency([one], pairs, rng=generator(3), draws=200).kappa
    same = mean_consistency([one] * 3, pairs, rng=generator(3), shown=[4, 4, 4], draws=200).kappa
    apart = mean_consistency([one] * 3, pairs, rng=generator(3), draws=200).kappa
    # The same answers three times tell nothing new, and only who knows that they are the same can
    # say so.
    assert (same.low, same.high) == pytest.approx((alone.low, alone.high))
    assert apart.high - apart.low < 0.75 * (alone.high - alone.low)
    mixed = [one, answers(7, n=40), one]
    found = mean_consistency(mixed, pairs, rng=generator(3), shown=[0, 1, 0], draws=20).kappa
    assert found.value == pytest.approx(
        mean_consistency(mixed, pairs, rng=generator(3), draws=20).kappa.value
    )
    with pytest.raises(DataError, match="differ in how many they show"):
        mean_consistency(mixed, pairs, rng=generator(3), shown=[0, 0, 1])
    with pytest.raises(DataError, match="3 conditions, of which 2 say"):
        mean_consistency(mixed, pairs, rng=generator(3), shown=[0, 1])


def test_a_pair_that_is_named_twice_counts_twice():
    correct = answers(12)
    pairs = np.array([[0, 1], [1, 0], [2, 3]])
    found = mean_consistency([correct], pairs, rng=generator(0), draws=20)
    assert found.kappa.value == pytest.approx(kappas(correct, pairs).mean())
    assert found.kappa.n == 3


def test_nobody_to_compare_is_undefined():
    found = mean_consistency([answers(1)], all_pairs([0]), rng=generator(0))
    assert str(found.kappa) == "undefined (0 counted)"
    assert not mean_consistency([], all_pairs([0, 1]), rng=generator(0)).observed.defined


@given(st.integers(0, 2**31), st.permutations(range(30)))
def test_the_order_of_examples_and_of_a_pair_does_not_matter(seed, order):
    correct = answers(seed, subjects=3, n=30)
    pairs = all_pairs(range(3))

    def parts(correct, pairs):
        found = mean_consistency([correct], pairs, rng=generator(0), draws=0)
        return [found.kappa.value, found.observed.value, found.difference.value]

    here = parts(correct, pairs)
    np.testing.assert_allclose(parts(correct[:, list(order)], pairs), here, atol=1e-12)
    np.testing.assert_allclose(parts(~correct, pairs[:, ::-1]), here, atol=1e-12)


def test_blocks_change_nothing(monkeypatch):
    conditions = [answers(4), answers(5, n=90)]
    pairs = cross_pairs([0, 1], [2, 3, 4])

    def found():
        return mean_consistency(conditions, pairs, rng=generator(7), sampled=[2, 3, 4], draws=40)

    whole = found()
    room = import_module("fieldmark.statistics.together.mean_consistency")
    monkeypatch.setattr(room, "_PAIRS", 4)
    assert found().kappa.low == pytest.approx(whole.kappa.low)
    assert found().observed.high == pytest.approx(whole.observed.high)
    monkeypatch.setattr(room, "_BLOCK", 450)  # draws and examples in blocks too
    assert found().kappa.value == pytest.approx(whole.kappa.value)
    assert found().kappa.low == pytest.approx(whole.kappa.low, abs=0.05)


def test_sampled_people_widen_the_interval():
    rng = generator(11)
    easy = rng.random(800)
    likeness = np.array([0.9, 0.7, 0.4, 0.1])[:, None]
    people = (likeness * easy + (1 - likeness) * rng.random((4, 800))) > 0.4
    pairs = all_pairs(range(4))
    given_people = mean_consistency([people], pairs, rng=generator(0), draws=300).kappa
    some_people = mean_consistency(
        [people], pairs, rng=generator(0), sampled=range(4), draws=300
    ).kappa
    assert some_people.high - some_people.low > 1.5 * (given_people.high - given_people.low)
    assert "examples and people" in some_people.method


@pytest.mark.slow
def test_the_interval_covers_the_truth():
    # Two subjects who share an answer with probability 0.4 and else guess with share 0.7.
    found = []
    for seed in range(200):
        rng = generator(seed)
        common, shared = rng.random(300) < 0.7, rng.random(300) < 0.4
        own = rng.random((2, 300)) < 0.7
        correct = np.where(shared, common, own)
        found.append(mean_consistency([correct], all_pairs([0, 1]), rng=rng, draws=200).kappa)
    covered = np.mean([one.low <= 0.4 <= one.high for one in found])
    assert 0.90 <= covered <= 0.99


@pytest.mark.parametrize(
    ("conditions", "pairs", "words"),
    [
        ([np.zeros((2, 0), bool)], [[0, 1]], "without examples"),
        ([np.ones((2, 3), bool), np.ones((3, 3), bool)], [[0, 1]], "2 subjects.*3 on another"),
        ([np.ones((2, 3), bool)], [[0, 2]], "of 2"),
        ([np.ones((2, 3), bool)], [[-1, 1]], "subjects -1"),
        ([np.ones((2, 3), bool)], [[1, 1]], "two subjects"),
    ],
)
def test_what_cannot_be_compared_is_refused(conditions, pairs, words):
    with pytest.raises(DataError, match=words):
        mean_consistency(conditions, np.array(pairs), rng=generator(0))
