"""Label errors: bounds, strata, ceilings, and differences with the errors undone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.records import DataError, Estimate
from fieldmark.statistics import (
    Audit,
    accuracy_ceiling,
    clopper_pearson,
    mcnemar,
    undo_label_errors,
)


def test_checking_only_what_was_flagged_gives_a_lower_bound_and_no_rate():
    audit = Audit(50_000, 5_440, 5_440, 2_916)
    assert audit.found() == clopper_pearson(2_916, 50_000)
    assert audit.precision().value == pytest.approx(2_916 / 5_440)
    assert not audit.rate().defined
    assert accuracy_ceiling(audit.found()).value == pytest.approx(0.94168)


def test_a_sample_of_the_others_gives_the_rate():
    audit = Audit(10_000, 1_000, 1_000, 400, others_checked=900, others_errors=9)
    assert audit.rate().value == pytest.approx(0.04 + 0.9 * 0.01)
    assert audit.found().value == pytest.approx(0.04)


def test_some_of_the_flagged_stand_for_all_of_them():
    found = Audit(1_000_000, 100_000, 2_500, 1_870).found()
    assert found.value == pytest.approx(0.1 * 1_870 / 2_500)
    assert found.low < found.value < found.high


def test_the_rate_covers_the_truth():
    rng = np.random.Generator(np.random.PCG64(0))
    covered = 0
    for _ in range(300):
        flagged, others = rng.random(500) < 0.4, rng.random(4_500) < 0.02
        first = rng.choice(flagged, 200, replace=False)
        second = rng.choice(others, 600, replace=False)
        audit = Audit(5_000, 500, 200, int(first.sum()), 600, int(second.sum()))
        truth = (flagged.sum() + others.sum()) / 5_000
        covered += audit.rate().low <= truth <= audit.rate().high
    assert covered / 300 > 0.92


def test_nothing_checked_is_undefined():
    assert not Audit(10, 3, 0, 0).found().defined
    assert not Audit(0, 0, 0, 0).found().defined
    assert Audit(10, 0, 0, 0).found().value == 0.0


@pytest.mark.parametrize(
    "counts", [(10, 5, 6, 1), (10, 5, 3, 4), (10, 11, 5, 1), (10, 5, 5, -1), (10, 5, 5, 1, 6, 1)]
)
def test_impossible_audits_are_refused(counts):
    with pytest.raises(DataError, match="finds no more errors than it checks"):
        Audit(*counts)


def test_differences_shrink_as_the_formula_says():
    rng = np.random.Generator(np.random.PCG64(1))
    n, k, rate = 400_000, 5, 0.2
    truth = rng.integers(k, size=n)
    noisy = np.where(rng.random(n) < rate, (truth + rng.integers(1, k, size=n)) % k, truth)
    answers = [
        np.where(rng.random(n) < share, truth, (truth + rng.integers(1, k, size=n)) % k)
        for share in (0.9, 0.8)
    ]
    measured = mcnemar(*(one == noisy for one in answers)).difference
    found = undo_label_errors(measured, rate, coincidence=1 / (k - 1))
    assert measured.value < 0.08
    assert found.expected.value == pytest.approx(0.1, abs=0.005)
    assert found.least < 0.1 < found.most


@given(st.floats(-1, 1), st.floats(0, 0.49), st.floats(0, 1))
def test_undoing_never_changes_the_sign(difference, rate, coincidence):
    found = undo_label_errors(
        Estimate(difference, -1.0, 1.0, 9, ""), rate, coincidence=coincidence
    ).expected
    assert np.sign(found.value) == np.sign(difference)
    assert abs(difference) <= abs(found.value) <= 1


def test_impossible_rates_are_refused():
    one = Estimate(0.1, 0.0, 0.2, 9, "")
    for rate, coincidence in ((0.5, 0.0), (-0.1, 0.0), (0.1, 2.0), (float("nan"), 0.0)):
        with pytest.raises(DataError, match="an error rate lies in"):
            undo_label_errors(one, rate, coincidence=coincidence)
