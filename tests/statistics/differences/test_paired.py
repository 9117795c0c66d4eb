"""McNemar's test against statsmodels; Tango's interval against examples, a definition, coverage."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import chi2, multinomial
from statsmodels.stats.contingency_tables import mcnemar as reference

from fieldmark.records import DataError
from fieldmark.statistics import mcnemar, paired_difference

PAIRS = st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(1, 400)).map(
    lambda t: (t[0], t[1], t[0] + t[1] + t[2])
)


def vectors(only_a, only_b, n):
    a = np.arange(n) < only_a
    b = (np.arange(n) >= only_a) & (np.arange(n) < only_a + only_b)
    return a, b


@given(PAIRS)
def test_the_exact_p_value_equals_that_of_statsmodels(counts):
    only_a, only_b, n = counts
    paired = mcnemar(*vectors(*counts))
    assert (paired.only_a, paired.only_b, paired.difference.n) == counts
    table = [[n - only_a - only_b, only_a], [only_b, 0]]
    assert paired.p_exact == pytest.approx(reference(table, exact=True).pvalue)
    assert 0 < paired.p_mid <= paired.p_exact <= 1


def test_published_p_values():
    """Bentur et al. 2009, as worked in Fagerland, Lydersen & Laake 2013, table 1."""
    paired = mcnemar(*vectors(1, 7, 21))
    assert paired.p_exact == pytest.approx(0.0703, abs=5e-5)
    assert paired.p_mid == pytest.approx(0.0391, abs=5e-5)


def test_published_score_interval():
    """The same data in Fagerland, Lydersen & Laake 2014: -0.517 to -0.026."""
    difference = paired_difference(1, 7, 21)
    assert (round(difference.low, 3), round(difference.high, 3)) == (-0.517, -0.026)


@settings(max_examples=25)
@given(PAIRS.filter(lambda c: c[0] > 0 and c[1] > 0))
def test_the_ends_are_where_the_score_test_begins_to_reject(counts):
    """The definition, with the nuisance found by maximising the likelihood numerically."""
    only_a, only_b, n = counts
    estimate = paired_difference(*counts)
    for delta in (estimate.low, estimate.high):
        likeliest = minimize_scalar(
            lambda q, d=delta: (
                -np.dot(
                    (only_a, only_b, n - only_a - only_b),
                    np.log(np.maximum((q + d, q, 1 - 2 * q - d), 1e-300)),
                )
            ),
            bounds=(max(0.0, -delta), (1 - delta) / 2),
            method="bounded",
            options={"xatol": 1e-12},
        ).x
        score = (only_a - only_b - n * delta) / np.sqrt(n * (2 * likeliest + delta - delta**2))
        assert abs(score) == pytest.approx(1.959964, abs=2e-3)


@given(PAIRS)
def test_it_leaves_zero_out_exactly_where_mcnemars_chi_squared_rejects(counts):
    only_a, only_b, _ = counts
    estimate = paired_difference(*counts)
    statistic = (only_a - only_b) ** 2 / (only_a + only_b) if only_a + only_b else 0.0
    limit = float(chi2.ppf(0.95, 1))
    if abs(statistic - limit) > 1e-6:
        assert (estimate.low > 0 or estimate.high < 0) == (statistic > limit)
    assert -1 <= estimate.low <= estimate.value <= estimate.high <= 1


@given(PAIRS)
def test_swapping_the_two_mirrors_everything(counts):
    a, b = vectors(*counts)
    one, other = mcnemar(a, b), mcnemar(b, a)
    assert one.difference.low == -other.difference.high
    assert (one.only_a, one.p_exact, one.p_mid) == (other.only_b, other.p_exact, other.p_mid)


@pytest.fixture(scope="module")
def every_outcome():
    """All counts that 25 pairs can give, with their intervals."""
    counts = [(a, b, 25 - a - b) for a in range(26) for b in range(26 - a)]
    estimates = [paired_difference(a, b, 25) for a, b, _ in counts]
    return counts, np.array([one.low for one in estimates]), np.array([e.high for e in estimates])


@pytest.mark.parametrize(("a", "b"), [(0.1, 0.1), (0.05, 0.02), (0.3, 0.1), (0.01, 0.0)])
def test_the_interval_covers(every_outcome, a, b):
    counts, low, high = every_outcome
    chances = multinomial.pmf(counts, 25, [a, b, 1 - a - b])
    assert chances.sum() == pytest.approx(1)
    assert chances[(low <= a - b) & (a - b <= high)].sum() >= 0.93


def test_edges():
    assert paired_difference(5, 0, 5).high == 1.0
    assert paired_difference(0, 5, 5).low == -1.0
    same = paired_difference(0, 0, 100)
    assert same.low == -same.high
    assert same.high == pytest.approx(1.959964**2 / (100 + 1.959964**2))
    agreeing = mcnemar(np.ones(9, np.bool_), np.ones(9, np.bool_))
    assert (agreeing.p_exact, agreeing.p_mid) == (1.0, 1.0)


def test_unlabelled_examples_are_left_out():
    a, b = vectors(4, 2, 10)
    labelled = np.arange(10) != 0
    paired = mcnemar(a, b, labelled=labelled)
    assert (paired.only_a, paired.difference.n, paired.difference.missing) == (3, 9, 1)
    nothing = mcnemar(a, b, labelled=np.zeros(10, np.bool_))
    assert not nothing.difference.defined
    assert np.isnan([nothing.p_exact, nothing.p_mid]).all()


def test_impossible_counts_are_refused():
    with pytest.raises(DataError, match="6 and 6 discordant pairs cannot come from 10 pairs"):
        paired_difference(6, 6, 10)
