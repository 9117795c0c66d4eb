"""Unpaired shares, against SciPy and statsmodels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

from fieldmark.records import DataError, generator
from fieldmark.statistics import fisher_exact, two_share_z, unpaired_difference


@st.composite
def tables(draw):
    n_a, n_b = draw(st.integers(1, 400)), draw(st.integers(1, 400))
    return draw(st.integers(0, n_a)), n_a, draw(st.integers(0, n_b)), n_b


def columns(table):
    return tuple(np.array([one]) for one in table)


@given(tables())
def test_fishers_test_is_scipys(table):
    hits_a, n_a, hits_b, n_b = table
    theirs = stats.fisher_exact([[hits_a, n_a - hits_a], [hits_b, n_b - hits_b]]).pvalue
    assert fisher_exact(*columns(table))[0] == pytest.approx(theirs, rel=1e-6)


@given(tables())
def test_the_z_test_is_statsmodels(table):
    hits_a, n_a, hits_b, n_b = table
    z, p = (float(one[0]) for one in two_share_z(*columns(table)))
    if hits_a + hits_b in (0, n_a + n_b):
        assert np.isnan(z)
        assert np.isnan(p)
    else:
        theirs = proportions_ztest([hits_a, hits_b], [n_a, n_b])
        assert (z, p) == pytest.approx(theirs, rel=1e-6, abs=1e-12)


@given(tables())
def test_the_interval_is_newcombes(table):
    hits_a, n_a, hits_b, n_b = table
    mine = unpaired_difference(*table)
    theirs = confint_proportions_2indep(hits_a, n_a, hits_b, n_b, method="newcomb")
    assert (mine.low, mine.high) == pytest.approx(theirs, abs=1e-9)
    turned = unpaired_difference(hits_b, n_b, hits_a, n_a)
    assert (turned.value, turned.low) == pytest.approx((-mine.value, -mine.high))


def test_the_interval_covers():
    rng = generator(0)
    a, b = rng.binomial(60, 0.9, 1500), rng.binomial(40, 0.8, 1500)
    found = [unpaired_difference(int(x), 60, int(y), 40) for x, y in zip(a, b, strict=True)]
    covered = np.mean([one.low <= 0.1 <= one.high for one in found])
    assert covered == pytest.approx(0.95, abs=0.02)


def test_impossible_counts_are_refused_and_nothing_is_undefined():
    one = np.array([1])
    with pytest.raises(DataError, match="3 hits cannot come from 2"):
        fisher_exact(one, one, np.array([3]), np.array([2]))
    with pytest.raises(DataError, match="counts of"):
        two_share_z(one, one, one, np.array([1, 2]))
    assert not unpaired_difference(0, 0, 1, 2).defined
    assert fisher_exact(np.array([0]), np.array([0]), one, np.array([2]))[0] == 1.0
