"""Clustered errors against statsmodels, and what must hold of groups."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.api import OLS

from fieldmark.records import DataError
from fieldmark.statistics import clopper_pearson, cluster_standard_error, grouped_accuracy

GROUPED = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 6)), min_size=2, max_size=50)


@given(GROUPED)
def test_the_error_equals_that_of_statsmodels_on_a_constant(pairs):
    values, groups = np.array([v for v, _ in pairs]), np.array([g for _, g in pairs])
    ours, many = cluster_standard_error(values, groups), len(np.unique(groups))
    if many < 2:
        assert np.isnan(ours)
        return
    fit = OLS(values, np.ones(len(values))).fit(
        cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False}
    )
    assert ours == pytest.approx(fit.bse[0] * np.sqrt(many / (many - 1)), abs=1e-9)


def test_a_group_each_is_the_usual_standard_error():
    values = np.random.default_rng(0).random(50)
    usual = values.std(ddof=1) / np.sqrt(50)
    assert cluster_standard_error(values, np.arange(50)) == pytest.approx(usual)


def test_copies_add_nothing():
    """Ten copies of each example: the error stays that of the originals."""
    values = np.random.default_rng(0).random(30)
    once = cluster_standard_error(values, np.arange(30))
    copied = cluster_standard_error(np.repeat(values, 10), np.repeat(np.arange(30), 10))
    assert copied == pytest.approx(once)


@given(GROUPED, st.integers(0, 99))
def test_names_of_groups_and_the_order_of_examples_do_not_matter(pairs, seed):
    correct, groups = np.array([v > 0.5 for v, _ in pairs]), np.array([g for _, g in pairs])
    order = np.random.default_rng(seed).permutation(len(pairs))
    one = grouped_accuracy(correct, groups)
    other = grouped_accuracy(correct[order], 1000 - 7 * groups[order])
    assert one.low == pytest.approx(other.low)
    assert one.high == pytest.approx(other.high)
    assert 0 <= one.low <= one.value <= one.high <= 1


def test_the_interval_covers_where_the_unclustered_one_does_not():
    """60 videos of 20 frames, each video easier or harder than the others."""
    draw, groups = np.random.default_rng(0), np.repeat(np.arange(60), 20)
    clustered = plain = 0
    for _ in range(300):
        correct = draw.random(1200) < np.repeat(draw.beta(3, 1, size=60), 20)
        ours, naive = grouped_accuracy(correct, groups), clopper_pearson(int(correct.sum()), 1200)
        clustered += ours.low <= 0.75 <= ours.high
        plain += naive.low <= 0.75 <= naive.high
    assert clustered / 300 >= 0.92
    assert plain / 300 < 0.75


@pytest.mark.parametrize("share", [0.8, 0.97])
def test_the_interval_covers_near_the_edge_too(share):
    draw, groups = np.random.default_rng(1), np.repeat(np.arange(40), 20)
    held = 0
    for _ in range(300):
        each = np.repeat(draw.beta(3 * share, 3 * (1 - share), size=40), 20)
        found = grouped_accuracy(draw.random(800) < each, groups)
        held += found.low <= share <= found.high
    assert held / 300 >= 0.9


def test_edges():
    right = np.ones(20, np.bool_)
    perfect = grouped_accuracy(right, np.repeat(np.arange(4), 5))
    assert (perfect.low, perfect.high) == (clopper_pearson(4, 4).low, 1.0)
    alone = grouped_accuracy(right, np.zeros(20, np.int64))
    assert (alone.value, alone.low, alone.high) == (1.0, 0.0, 1.0)
    some = grouped_accuracy(right, np.arange(20), labelled=np.arange(20) < 12)
    assert (some.n, some.missing) == (12, 8)
    assert some.method == "Korn-Graubard 95 %, 12 groups"
    none = grouped_accuracy(right, np.arange(20), labelled=~right)
    assert not none.defined
    assert (none.n, none.missing) == (0, 20)


def test_hostile_input_is_refused():
    with pytest.raises(DataError, match="2 values in groups of 3 examples"):
        cluster_standard_error(np.ones(2), np.arange(3))
    with pytest.raises(DataError, match="not numbers"):
        cluster_standard_error(np.array([1.0, np.nan]), np.arange(2))
    with pytest.raises(DataError, match="2 answers, 3 groups, 2 labels"):
        grouped_accuracy(np.ones(2, np.bool_), np.arange(3))
