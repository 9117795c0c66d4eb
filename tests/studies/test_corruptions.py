"""The mean corruption error of a store's subjects."""

import numpy as np
import pytest

from fieldmark.records import ConfigError, NotKeptError, UnknownNameError
from fieldmark.statistics import ALEXNET_CLEAN_ERROR, ALEXNET_MEAN_ERRORS
from fieldmark.studies import corruption_error


def column(finding, key):
    place = [one.key for one in finding.table.columns].index(key)
    return {row[0]: row[place] for row in finding.table.rows}


@pytest.fixture
def small(filler):
    """Two subjects whose errors are known exactly: one errs twice as often as the other."""
    filler.data("digits", 100)
    for name, factor in (("base", 2), ("better", 1)):
        filler.answer(name, "digits", 1 - 0.05 * factor)
        for level in range(1, 6):
            filler.answer(name, f"digits+fog@{level}", 1 - 0.04 * level * factor)
            filler.answer(name, f"digits+gaussian-noise@{level}", 1 - 0.08 * level * factor)
    return filler


def test_numbers_by_hand(small):
    found = corruption_error(small.store, on="digits", baseline="base")
    assert column(found, "mce")["better"].value == pytest.approx(0.5)
    assert column(found, "fog")["better"].value == pytest.approx(0.5)
    relative = ((0.12 - 0.05) / (0.24 - 0.10) + (0.24 - 0.05) / (0.48 - 0.10)) / 2
    assert column(found, "relative")["better"].value == pytest.approx(relative)
    base = column(found, "mce")["base"]
    assert base.value == pytest.approx(1)
    assert np.isnan(base.low)  # by definition, not by measurement
    assert found.table.rows[0][0] == "better"
    assert "where base is 100 %, better has a mean corruption error of 50.0 %" in found.statement
    assert "mean over two" not in found.statement


def test_published_constants(small):
    found = corruption_error(small.store, on="digits", baseline="alexnet-published")
    fog, noise = ALEXNET_MEAN_ERRORS["fog"], ALEXNET_MEAN_ERRORS["gaussian_noise"]
    assert column(found, "mce")["better"].value == pytest.approx((0.12 / fog + 0.24 / noise) / 2)
    relative = (0.07 / (fog - ALEXNET_CLEAN_ERROR) + 0.19 / (noise - ALEXNET_CLEAN_ERROR)) / 2
    assert column(found, "relative")["better"].value == pytest.approx(relative)
    assert any("not over the fifteen of ImageNet-C" in line for line in found.caveats)
    assert any("224 × 224" in line for line in found.caveats)


def test_incomplete_corruptions_and_subjects_are_left_out_with_the_reason(small):
    small.answer("base", "digits+contrast@3", 0.5)
    small.answer("late", "digits", 0.9)
    small.answer("late", "digits+fog@1", 0.9)
    found = corruption_error(small.store, on="digits", baseline="base")
    assert "Left out: contrast (kept at 3 only)." in found.caveats
    assert not column(found, "mce")["late"].defined
    assert any(
        line.startswith("late has no mCE: no answers to digits+fog@2, digits+fog@3")
        for line in found.caveats
    )
    assert column(found, "mce")["better"].value == pytest.approx(0.5)
    assert found.table.rows[-1][0] == "late"
    blank = found.figures[1].values[-1]
    assert np.isnan(blank).all()


@pytest.mark.parametrize("baseline", ["base", "alexnet-published"])
def test_the_mean_is_over_the_fifteen_and_nothing_else(small, baseline):
    before = corruption_error(small.store, on="digits", baseline=baseline)
    for level in range(1, 6):
        small.answer("base", f"digits+saturate@{level}", 0.5)
        small.answer("base", f"digits+rotation@{level}", 0.5)
    found = corruption_error(small.store, on="digits", baseline=baseline)
    assert found.table == before.table
    assert (
        "Left out: rotation (not one of the published corruptions); "
        "saturate (one of the four that were published for tuning)." in found.caveats
    )


def test_a_store_of_other_shifts_has_no_corruption_error(filler):
    filler.data("digits", 50)
    for level in range(1, 6):
        filler.answer("a", f"digits+rotation@{level}", 0.5)
    with pytest.raises(NotKeptError, match="none of ImageNet-C's fifteen"):
        corruption_error(filler.store, on="digits", baseline="a")


def test_unchanged_examples_that_nobody_answered_leave_only_the_plain_error(filler):
    filler.data("digits", 50)
    for name in ("a", "b"):
        filler.answer(name, "digits+fog@1", 0.5)
    filler.answer("a", "digits", 0.9)
    found = corruption_error(filler.store, on="digits", baseline="b")
    assert column(found, "mce")["a"].defined
    assert not column(found, "relative")["a"].defined
    assert any("nobody answered the unchanged examples" in line for line in found.caveats)


def test_bad_questions_are_refused(small):
    store = small.store
    with pytest.raises(UnknownNameError):
        corruption_error(store, on="digit", baseline="base")
    with pytest.raises(UnknownNameError):
        corruption_error(store, on="digits", baseline="alexnet")
    with pytest.raises(ConfigError, match="is itself changed: name the unchanged test set, digits"):
        corruption_error(store, on="digits+fog@3", baseline="base")
    small.answer("late", "digits", 0.9)
    with pytest.raises(NotKeptError, match="late cannot be the baseline: it has no answers to"):
        corruption_error(store, on="digits", baseline="late")
    small.data("plain", 20)
    small.answer("base", "plain", 0.9)
    with pytest.raises(NotKeptError, match="no corruption of plain at all of one set"):
        corruption_error(store, on="plain", baseline="base")


def test_a_mean_of_three_severities_is_no_published_one(filler):
    filler.data("digits", 50)
    for level in (1, 2, 3):
        filler.answer("a", f"digits+fog@{level}", 0.5)
    assert column(corruption_error(filler.store, on="digits", baseline="a"), "mce")["a"].defined
    with pytest.raises(NotKeptError, match="no corruption of digits at all of one set"):
        corruption_error(filler.store, on="digits", baseline="alexnet-published")


def test_what_counts_no_severities_is_no_corruption(small):
    before = corruption_error(small.store, on="digits", baseline="base")
    for level in (1, 3, 40):
        small.answer("base", f"digits+low-pass@{level}", 0.5)
    assert corruption_error(small.store, on="digits", baseline="base").table == before.table
