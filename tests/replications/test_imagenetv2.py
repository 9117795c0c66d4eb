"""ImageNetV2 from its raw answers: the traps undone, every number within its tolerance."""

import numpy as np
import pytest

from fieldmark.records import DataError, UnknownNameError
from fieldmark.replications import REPLICATIONS, Data
from fieldmark.replications.imagenetv2 import scores
from fieldmark.replications.imagenetv2_predictions import (
    MATCHED,
    SETS,
    VAL,
    _best_first,
    top5,
)


def test_the_stored_order_is_found_out_and_said(data):
    kept = {name: top5(data, name) for name in SETS}
    assert {one.models for one in kept.values()} == {kept[VAL].models}  # names agree (T2)
    assert kept[VAL].repaired == ()
    for name in SETS:
        if name != VAL:
            (words,) = kept[name].repaired
            assert words.startswith("fv_16k was stored worst class first")
    matched = kept[MATCHED]
    assert matched.classes.shape == (67, 10_000, 5)
    assert matched.classes.dtype == np.uint16
    assert matched.correct()[matched.row("fv_16k")].mean() == pytest.approx(0.1924)
    assert len(set(matched.pictures)) == 10_000
    assert (matched.correct() <= matched.correct5()).all()
    with pytest.raises(UnknownNameError, match="Did you mean resnet50"):
        matched.row("resnet5")
    with pytest.raises(UnknownNameError, match="no test set called 'vale'"):
        top5(data, "vale")


def test_an_order_that_is_no_order_is_refused():
    labels = np.zeros(100, np.int64)
    classes = np.ones((100, 5), np.uint16)
    classes[:40, 2] = 0
    with pytest.raises(DataError, match="five columns of net are in no order"):
        _best_first("net", classes, labels)
    with pytest.raises(DataError, match="shape"):
        _best_first("net", classes[:50], labels)
    tidy = np.ones((100, 5), np.uint16)
    tidy[:60, 0], tidy[60:80, 1] = 0, 0
    assert _best_first("net", tidy, labels)[1] == ""
    turned, words = _best_first("net", np.ascontiguousarray(tidy[:, ::-1]), labels)
    assert "turned round" in words
    np.testing.assert_array_equal(turned, tidy)


@pytest.mark.slow
def test_every_number_that_can_be_had_agrees(data):
    for name, least in (("imagenetv2", 100), ("cifar10.1", 50), ("ladder", 14)):
        checks = REPLICATIONS[name].check(data)
        assert [one.what for one in checks if one.verdict == "differs"] == []
        assert sum(one.verdict == "agrees" for one in checks) >= least
        assert all(one.note for one in checks if one.verdict == "not in the data")
        assert len({(one.what, one.golden) for one in checks}) == len(checks)


@pytest.mark.slow
def test_scores_are_shares_of_their_sets(data):
    table = scores(data)
    assert table.conditions == tuple(SETS)
    assert table.counted[0].tolist() == [50_000, 10_000, 10_000, 10_000]
    hits = table.values * table.counted
    np.testing.assert_allclose(hits, hits.round(), atol=1e-6)


@pytest.mark.slow
def test_the_ladder_needs_no_data(tmp_path):
    checks = REPLICATIONS["ladder"].check(Data(None, tmp_path, offline=True))
    assert {one.verdict for one in checks} == {"agrees"}


def test_what_is_missing_is_said_where_the_data_would_be(tmp_path):
    with pytest.raises(DataError, match=r"is not here; it is published at https"):
        top5(Data(None, tmp_path, offline=True), VAL)
