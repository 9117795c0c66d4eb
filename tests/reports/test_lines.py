"""Lines: bands, styles, logarithms, and names where the lines end."""

from itertools import pairwise
from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.records import Lines, Track
from fieldmark.reports import chart
from fieldmark.reports.lines import log_ticks
from tests.reports.reading import is_valid, rows_of, texts_of

X = (100.0, 1000.0, 10_000.0)


def track(name, *y, style="line", band=0.0):
    low = tuple(value - band for value in y) if band else ()
    high = tuple(value + band for value in y) if band else ()
    return Track(name, X, y, low, high, style)


def lines(*tracks, **more):
    settings = {"unit": "share", "caption": "c", "x_log": True} | more
    return Lines("Power", "size", "power", tracks, **settings)


def test_lines_are_named_where_they_end():
    figure = lines(track("one", 0.1, 0.5, 0.9), track("two", 0.1, 0.5, 0.895))
    assert {"one", "two", "100", "1,000", "10,000", "80 %"} <= set(texts_of(figure))
    ends = [row for row in rows_of(chart(figure)) if "label" in row]
    assert [row["label"] for row in ends] == ["one", "two"]
    shown = chart(figure)["layer"][0]["encoding"]["y"]["scale"]["domain"]
    pixels = [row["y"] / (shown[1] - shown[0]) * 340 for row in ends]
    assert all(above - below >= 13.9 for above, below in pairwise(pixels))
    assert all(layer["encoding"]["color"]["legend"] is None for layer in chart(figure)["layer"])


def test_dots_and_many_lines_have_a_key_instead():
    for figure in (
        lines(track("one", 0.1, 0.5, 0.9), track("dots", 0.2, 0.4, 0.6, style="dots")),
        lines(*(track(f"line {at}", 0.1, 0.5, 0.9) for at in range(11))),
    ):
        assert not [row for row in rows_of(chart(figure)) if "label" in row]
        assert figure.tracks[1].name in texts_of(figure)


def test_a_single_line_needs_no_name():
    assert "one" not in texts_of(lines(track("one", 0.1, 0.5, 0.9)))


def test_bands_and_styles():
    figure = lines(
        track("a", 0.1, 0.5, 0.9, band=0.05),
        track("b", 0.1, 0.4, 0.8, style="dashed"),
        track("c", 0.1, 0.4, 0.8, style="steps", band=0.05),
    )
    spec = chart(figure)
    marks = [layer["mark"] for layer in spec["layer"] if "mark" in layer]
    assert [mark.get("strokeDash") for mark in marks[:3]] == [None, [6, 4], None]
    assert marks[2]["interpolate"] == "step-after"
    areas = [layer["mark"] for layer in spec["layer"][0]["layer"]]
    assert [area.get("interpolate") for area in areas] == [None, "step-after"]
    told = [row["told"] for row in rows_of(spec) if row.get("track") == "a" and "told" in row]
    assert told[0] == "10 % [5 %, 15 %]"


def test_a_gap_breaks_the_line_and_what_has_no_logarithm_is_passed_over():
    rows = rows_of(chart(lines(track("a", 0.1, nan, 0.9))))
    pieces = {row["piece"] for row in rows if "piece" in row}
    assert len(pieces) == 2
    figure = lines(Track("a", (0.0, 10.0), (0.1, 0.2)))
    assert {row["x"] for row in rows_of(chart(figure)) if "piece" in row} == {10.0}


def test_years_and_shares_along():
    record = Track("record", (2012.0, 2015.0), (0.8, 0.9), style="steps")
    texts = texts_of(lines(record, x_log=False, x_unit="year"))
    assert "2012" in texts
    assert "2,012" not in texts
    share = Track("a", (0.2, 0.4), (0.8, 0.9))
    assert {"20 %", "40 %"} <= set(texts_of(lines(share, x_log=False, x_unit="share")))


@given(st.floats(1e-6, 1e6), st.floats(1.01, 1e6))
def test_ticks_of_a_logarithm_are_few_round_and_inside(low, ratio):
    ticks = log_ticks(low, low * ratio)
    assert ticks == sorted(ticks)
    assert len(ticks) <= 11
    assert all(low * 0.999 <= tick <= low * ratio * 1.001 for tick in ticks)
    assert all(f"{tick:e}"[0] in "125" for tick in ticks)


@pytest.mark.parametrize("tracks", [0, 1, 3, 20])
def test_lines_are_valid_vega_lite(tracks):
    styles = ("line", "dashed", "steps")
    made = (track(f"t{at}", 0.1, 0.5, 0.9, style=styles[at % 3], band=0.1) for at in range(tracks))
    assert is_valid(lines(*made))
