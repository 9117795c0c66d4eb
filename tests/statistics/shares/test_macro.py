"""Macro averages: closed forms, coverage, and classes without examples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score

from fieldmark.records import DataError
from fieldmark.statistics import class_counts, macro_accuracy, macro_accuracy_bootstrap

ANSWERS = st.lists(st.tuples(st.booleans(), st.integers(-1, 4)), min_size=1, max_size=60)


def rng():
    return np.random.default_rng(0)


def counted(*pairs):
    return np.array([hits for hits, _ in pairs]), np.array([n for _, n in pairs])


def arrays(answers):
    return np.array([one for one, _ in answers]), np.array([label for _, label in answers])


@given(ANSWERS, st.integers(0, 60))
def test_counts_of_a_split_add_up(answers, at):
    correct, labels = arrays(answers)
    whole = class_counts(correct, labels, classes=5)
    left = class_counts(correct[:at], labels[:at], classes=5)
    right = class_counts(correct[at:], labels[at:], classes=5)
    np.testing.assert_array_equal(whole, np.add(left, right))
    assert whole[1].sum() == (labels >= 0).sum()


@given(ANSWERS, st.integers(0, 99))
def test_neither_the_order_of_examples_nor_the_names_of_classes_matter(answers, seed):
    correct, labels = arrays(answers)
    draw = np.random.default_rng(seed)
    order, names = draw.permutation(len(labels)), draw.permutation(5)
    renamed = np.where(labels >= 0, names[labels], -1)
    one = macro_accuracy(*class_counts(correct, labels, classes=5))
    other = macro_accuracy(*class_counts(correct[order], renamed[order], classes=5))
    for end in ("value", "low", "high"):
        assert getattr(one, end) == pytest.approx(getattr(other, end), nan_ok=True)
    assert (one.n, one.missing) == (other.n, other.missing)
    assert one.n + one.missing == 5


def test_it_is_what_others_call_balanced_accuracy():
    labels = rng().integers(0, 4, size=200)
    said = np.where(rng().random(200) < 0.7, labels, (labels + 1) % 4)
    ours = macro_accuracy(*class_counts(said == labels, labels, classes=4))
    assert ours.value == pytest.approx(balanced_accuracy_score(labels, said))


def test_the_delta_method_in_closed_form():
    estimate = macro_accuracy(*counted((60, 100), (30, 40)))
    error = np.sqrt(0.6 * 0.4 / 99 + 0.75 * 0.25 / 39) / 2
    assert estimate.value == pytest.approx(0.675)
    assert estimate.high - estimate.value == pytest.approx(1.959964 * error)


def test_no_class_is_without_spread():
    perfect = macro_accuracy(*counted((10, 10), (10, 10)))
    share = 10.5 / 11
    error = np.sqrt(2 * share * (1 - share) / 10) / 2
    assert (perfect.value, perfect.high) == (1.0, 1.0)
    assert perfect.low == pytest.approx(1 - 1.959964 * error)
    single = macro_accuracy(*counted((1, 1), (0, 1), (1, 1), (0, 1)))
    assert single.high - single.low == pytest.approx(2 * 1.959964 * np.sqrt(4 / 4) / 4)


def test_classes_without_examples_are_missing_and_not_wrong():
    estimate = macro_accuracy(*counted((5, 10), (0, 0), (10, 10)))
    assert (estimate.value, estimate.n, estimate.missing) == (0.75, 2, 1)
    for nothing in (
        macro_accuracy(*counted((0, 0), (0, 0))),
        macro_accuracy_bootstrap(*counted((0, 0), (0, 0)), rng=rng()),
    ):
        assert not nothing.defined
        assert (nothing.n, nothing.missing) == (0, 2)


@pytest.mark.parametrize(
    ("classes", "size", "low", "high"),
    [(10, 10, 0.9, 0.9), (10, 1, 0.5, 0.5), (100, 10, 0.6, 1.0), (1000, 2, 0.7, 0.7)],
)
def test_the_delta_interval_covers(classes, size, low, high):
    shares, n = np.linspace(low, high, classes), np.full(classes, size)
    drawn = rng().binomial(size, shares, size=(600, classes))
    estimates = [macro_accuracy(hits, n) for hits in drawn]
    covered = [one.low <= shares.mean() <= one.high for one in estimates]
    assert np.mean(covered) >= 0.93


def test_the_bootstrap_agrees_with_the_delta_method_where_both_hold():
    hits, n = counted((60, 100), (30, 40), (170, 200))
    delta = macro_accuracy(hits, n)
    drawn = macro_accuracy_bootstrap(hits, n, rng=rng(), draws=4000)
    assert drawn.value == delta.value
    assert drawn.low == pytest.approx(delta.low, abs=0.01)
    assert drawn.high == pytest.approx(delta.high, abs=0.01)


def test_the_bootstrap_says_where_it_sees_no_spread():
    for same in (counted((10, 10), (0, 10)), counted((1, 1), (0, 1))):
        estimate = macro_accuracy_bootstrap(*same, rng=rng())
        assert estimate.value == 0.5
        assert np.isnan([estimate.low, estimate.high]).all()


def test_impossible_counts_are_refused():
    with pytest.raises(DataError, match="2 answers for 1 labels"):
        class_counts(np.array([True, True]), np.array([0]), classes=2)
    with pytest.raises(DataError, match="labels lie between 0 and 1, got 2"):
        class_counts(np.array([True]), np.array([2]), classes=2)
    for macro in (macro_accuracy, lambda h, n: macro_accuracy_bootstrap(h, n, rng=rng())):
        with pytest.raises(DataError, match="got 3 right answers to 2 examples"):
            macro(*counted((3, 2)))
        with pytest.raises(DataError, match="got -1 right answers"):
            macro(*counted((-1, 2)))
        with pytest.raises(DataError, match="right answers of 1 classes, examples of 2"):
            macro(np.array([1]), np.array([1, 1]))
    with pytest.raises(DataError, match="at least one draw"):
        macro_accuracy_bootstrap(*counted((1, 2)), rng=rng(), draws=0)
