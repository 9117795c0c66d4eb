"""Adjusted p-values: statsmodels as the oracle, and what must hold whatever the p-values are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from fieldmark.records import DataError
from fieldmark.statistics import benjamini_hochberg, benjamini_yekutieli, holm

METHODS = {"holm": holm, "fdr_bh": benjamini_hochberg, "fdr_by": benjamini_yekutieli}
P = st.lists(st.floats(0, 1) | st.sampled_from([0.0, 0.05, 0.05, 1.0]), min_size=1, max_size=30)


@pytest.mark.parametrize("name", METHODS)
@settings(max_examples=8)  # statsmodels collects garbage in each call
@given(p=P)
def test_the_adjusted_values_are_those_of_statsmodels(name, p):
    assert METHODS[name](np.array(p)) == pytest.approx(multipletests(p, method=name)[1])


@pytest.mark.parametrize("adjusted", METHODS.values())
@given(p=P, absent=st.integers(0, 5), seed=st.integers(0, 99))
def test_order_and_absent_tests_change_nothing(adjusted, p, absent, seed):
    plain = np.array(p)
    padded = np.concatenate([plain, np.full(absent, np.nan)])
    order = np.random.default_rng(seed).permutation(len(padded))
    result = np.empty(len(padded))
    result[order] = adjusted(padded[order])
    assert np.isnan(result[len(p) :]).all()
    np.testing.assert_array_equal(result[: len(p)], adjusted(plain))


@pytest.mark.parametrize("adjusted", METHODS.values())
@given(p=P)
def test_adjusting_only_enlarges_and_keeps_the_order(adjusted, p):
    plain, result = np.array(p), adjusted(np.array(p))
    assert (result >= plain * (1 - 1e-12)).all()
    assert (result <= 1).all()
    assert (np.diff(result[np.argsort(plain, kind="stable")]) >= 0).all()


def test_nothing_tested():
    for adjusted in METHODS.values():
        assert adjusted(np.array([])).shape == (0,)
        assert np.isnan(adjusted(np.array([np.nan, np.nan]))).all()
        assert adjusted(np.array([0.03])).tolist() == [0.03]


@pytest.mark.parametrize("wrong", [-0.1, 1.1, np.inf, -np.inf])
def test_what_is_no_p_value_is_refused(wrong):
    for adjusted in METHODS.values():
        with pytest.raises(DataError, match="p-values lie between 0 and 1, got"):
            adjusted(np.array([0.5, wrong, np.nan]))
