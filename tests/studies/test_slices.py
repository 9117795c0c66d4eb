"""Accuracy by slice: counted by hand, wide where examples come in groups, and never invented."""

import re
from dataclasses import replace

import numpy as np
import pytest

from fieldmark.records import DataError, NotKeptError, UnknownNameError
from fieldmark.studies import slices

CAMERAS = ("a",) * 40 + ("b",) * 40 + ("c",) * 15 + ("",) * 5
RIGHT = np.array([True] * 36 + [False] * 4 + [True] * 20 + [False] * 20 + [True] * 20)


@pytest.fixture
def photos(filler):
    filler.data("photos", 100, unlabelled=1)
    learn(filler, metadata={"camera": CAMERAS, "id": tuple(map(str, range(100)))})
    filler.answer("cnn", "photos", RIGHT)
    filler.answer("weak", "photos", ~RIGHT)
    return filler


def learn(filler, **known):
    filler.examples["photos"] = replace(filler.examples["photos"], **known)
    filler.store.keep_examples(filler.examples["photos"])


def test_each_slice_by_hand(photos):
    found = slices(photos.store, on="photos", by="camera", subject="cnn")
    rows = {row[0]: row for row in found.table.rows}
    assert {name: (row[1].value, row[1].n) for name, row in rows.items()} == {
        "a": (0.9, 40),
        "b": (0.5, 40),
        "c": (1.0, 15),
    }
    assert rows["b"][3].value == pytest.approx(0.5 - 51 / 55)
    assert rows["b"][4] < 1e-4 < rows["c"][4]
    assert next(iter(rows)) == "b"
    assert "Its worst is camera=b, with 50.0 % [33.8, 66.2], −42.7 points" in found.statement
    assert "5 examples of unknown camera left out." in found.caveats


def test_a_line_per_subject(photos):
    found = slices(photos.store, on="photos", by="camera")
    assert [(row[0], row[2].n, row[3]) for row in found.table.rows] == [
        ("cnn", 95, "b"),
        ("weak", 95, "c"),
    ]


def test_groups_make_intervals_wide(photos):
    alone = slices(photos.store, on="photos", by="camera", subject="cnn").table.rows
    learn(photos, groups=tuple(f"writer-{row // 20}" for row in range(100)))
    together = slices(photos.store, on="photos", by="camera", subject="cnn")
    narrow, wide = alone[0][1], together.table.rows[0][1]
    assert wide.value == narrow.value
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)
    assert any("come in groups" in line for line in together.caveats)


@pytest.mark.parametrize(
    ("options", "error", "told"),
    [
        ({"by": "kamera"}, UnknownNameError, "no metadata of photos called 'kamera'. Did you mean"),
        ({"by": "camera", "subject": "nobody"}, UnknownNameError, "no subject called 'nobody'"),
        ({"by": "camera", "on": "photo"}, UnknownNameError, "no condition called 'photo'"),
    ],
)
def test_what_is_not_there_is_told(photos, options, error, told):
    with pytest.raises(error, match=re.escape(told)):
        slices(photos.store, **{"on": "photos", **options})


def test_a_set_of_which_nothing_is_known_says_what_to_do(filler):
    filler.data("digits", 20)
    filler.answer("cnn", "digits", 0.5)
    with pytest.raises(NotKeptError, match=r"give the data set metadata .* nothing is asked anew"):
        slices(filler.store, on="digits", by="camera")


def test_values_all_alike_are_nothing_to_compare(photos):
    learn(photos, metadata={"place": ("here",) * 100, "none": ("",) * 100})
    assert "there is nothing to compare" in slices(photos.store, on="photos", by="place").statement
    with pytest.raises(NotKeptError, match="has a known none"):
        slices(photos.store, on="photos", by="none")


def test_too_many_values_are_refused(filler):
    filler.data("photos", 2100)
    learn(filler, metadata={"id": tuple(map(str, range(2100)))})
    filler.answer("cnn", "photos", 0.5)
    with pytest.raises(DataError, match=r"id of photos has 2,100 values; 2,000 are most"):
        slices(filler.store, on="photos", by="id")
