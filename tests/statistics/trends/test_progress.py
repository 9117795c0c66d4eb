"""Records over time, against a plain loop."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from fieldmark.records import DataError, generator
from fieldmark.statistics import progress, time_of_gap


def career(seed, m=25):
    rng = generator(seed)
    when = rng.integers(2010, 2020, m) + rng.choice([0.0, 0.5], m)
    return when, np.clip(0.5 + 0.03 * (when - 2010) + rng.normal(0, 0.05, m), 0, 1)


@given(st.integers(0, 2**32))
def test_records_are_those_of_a_plain_loop(seed):
    when, scores = career(seed)
    best, records = -1.0, []
    for date in sorted(set(when)):
        here = [row for row in range(len(when)) if when[row] == date]
        champion = max(here, key=lambda row: scores[row])
        if scores[champion] > best:
            best = scores[champion]
            records.append(champion)
    made = progress(when, scores, rng=generator(0), draws=20)
    assert list(made.records) == records
    if len(records) > 1:
        slope = stats.linregress(when[records], scores[records]).slope
        assert made.rate.value == pytest.approx(slope)


@given(st.integers(0, 2**32))
def test_the_order_of_the_rows_does_not_matter(seed):
    when, scores = career(seed)
    order = generator(seed).permutation(len(when))
    here = progress(when, scores, rng=generator(0), draws=5)
    there = progress(when[order], scores[order], rng=generator(0), draws=5)
    assert here.rate.value == pytest.approx(there.rate.value, nan_ok=True)
    assert [scores[row] for row in here.records] == [scores[order][row] for row in there.records]


def test_a_gap_is_worth_its_size_over_the_rate():
    when = np.arange(2010.0, 2020.0)
    made = progress(when, 0.5 + 0.02 * (when - 2010), rng=generator(0))
    years = time_of_gap(0.1, made)
    assert (made.rate.value, years.value) == pytest.approx((0.02, 5))
    assert np.isnan([made.rate.low, years.low, years.high]).all()  # no model left the line
    assert time_of_gap(0.0, made).value == 0


def test_where_nothing_moves_no_time_is_long_enough():
    when = np.array([2010.0, 2011.0, 2012.0])
    falling = progress(when, np.array([0.9, 0.8, 0.7]), rng=generator(0))
    assert falling.records == (0,)
    assert not falling.rate.defined
    assert not time_of_gap(0.1, falling).defined


def test_what_cannot_be_dated_is_refused():
    rng = generator(0)
    with pytest.raises(DataError, match="one per model"):
        progress(np.array([2010.0]), np.array([0.5, 0.6]), rng=rng)
    with pytest.raises(DataError, match="finite"):
        progress(np.array([np.nan]), np.array([0.5]), rng=rng)
    made = progress(np.array([2010.0, 2011.0]), np.array([0.5, 0.6]), rng=rng)
    with pytest.raises(DataError, match="at least 0"):
        time_of_gap(-0.1, made)
