"""Histograms: outlines over each other, and columns that say what they hold."""

import pytest

from fieldmark.records import Histogram
from fieldmark.reports import chart
from tests.reports.reading import is_valid, rows_of, texts_of


def histogram(*names, mark=None):
    counts = tuple((name, (1, 1200 + at, 3)) for at, name in enumerate(names))
    return Histogram("Pairs", "agreement", (0.0, 0.25, 0.5, 1.0), counts, "share", "c", mark)


def test_the_outline_goes_up_and_comes_down_again():
    rows = [row for row in rows_of(chart(histogram("seen"))) if "edge" in row]
    once = [(row["edge"], row["count"]) for row in rows[: len(rows) // 2]]
    assert once == [(0.0, 0), (0.0, 1), (0.25, 1200), (0.5, 3), (1.0, 0)]


def test_columns_say_what_they_hold():
    columns = [row for row in rows_of(chart(histogram("seen", "expected"))) if "between" in row]
    assert [row["between"] for row in columns] == ["0 % to 25 %", "25 % to 50 %", "50 % to 100 %"]
    assert (columns[1]["n0"], columns[1]["n1"]) == ("1,200", "1,201")


def test_a_key_only_for_several():
    assert "seen" not in texts_of(histogram("seen"))
    assert {"seen", "expected", "how many", "agreement"} <= set(
        texts_of(histogram("seen", "expected"))
    )


def test_the_mark_is_in_sight():
    figure = Histogram("t", "x", (0.0, 1.0), (("a", (3,)),), "number", "c", mark=2.0)
    assert {"mark": 2.0} in rows_of(chart(figure))
    assert chart(figure)["layer"][0]["encoding"]["x"]["scale"]["domain"] == [0.0, 2.0]


@pytest.mark.parametrize("names", [(), ("a",), ("a", "b", "c")])
def test_histograms_are_valid_vega_lite(names):
    assert is_valid(histogram(*names, mark=0.5))
