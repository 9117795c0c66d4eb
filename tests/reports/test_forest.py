"""A forest: every bar with its name and its numbers, none over another."""

from itertools import pairwise
from math import nan
from xml.etree import ElementTree

import pytest

from fieldmark.records import Bar, Forest, undefined
from fieldmark.reports import chart, figure_svg
from fieldmark.reports.forest import left_out, left_out_note
from fieldmark.reports.palette import FAMILY_COLOURS
from tests.reports.reading import is_valid, rows_of, texts_of, within


def forest(n, groups=("net",), unit="share", mark=None, name="model-{}"):
    bars = tuple(
        Bar(
            name.format(at),
            groups[at % len(groups)],
            within(0.9 - at / 300, 0.88 - at / 300, 0.91 - at / 300),
        )
        for at in range(n)
    )
    return Forest("Who is best?", "accuracy", bars, unit, "Dots with intervals.", mark)


def heights_of_names(figure):
    """Where each printed name of a model stands, from top to bottom."""
    svg = ElementTree.fromstring(figure_svg(figure))
    found = []
    for text in svg.iter("{http://www.w3.org/2000/svg}text"):
        if text.text and text.text.startswith("model-"):
            place = text.get("transform").removeprefix("translate(").split(")")[0]
            found.append(float(place.split(",")[1]))
    return found


def test_every_bar_has_its_name_its_numbers_and_its_interval():
    figure = forest(17)
    texts = texts_of(figure)
    assert {f"model-{at}" for at in range(17)} <= set(texts)
    assert "90.0 % [88.0, 91.0]" in texts
    row = next(row for row in rows_of(chart(figure)) if row.get("name") == "model-3")
    assert row["told"] == "89.0 % [87.0, 90.0], n = 1,000, Wilson 95 %"
    assert (row["low"], row["value"], row["high"]) == pytest.approx((0.87, 0.89, 0.90))


@pytest.mark.parametrize("n", [1, 3, 60])
def test_names_stand_apart(n):
    heights = heights_of_names(forest(n))
    assert len(heights) == n
    assert all(below - above >= 13 for above, below in pairwise(heights))


def test_of_too_many_the_ends_are_shown_and_the_others_counted():
    figure = forest(204)
    texts = texts_of(figure)
    assert "… 154 left out …" in texts
    assert {"model-0", "model-24", "model-179", "model-203"} <= set(texts)
    assert "model-25" not in texts
    assert left_out(figure) == 154
    assert left_out_note(figure).startswith("Drawn are the first 25 and the last 25 of 204;")
    assert (left_out(forest(60)), left_out_note(forest(60))) == (0, "")


def test_groups_have_colours_and_a_key_only_where_there_are_several():
    assert "net" not in texts_of(forest(3))
    assert FAMILY_COLOURS[0] in figure_svg(forest(3))
    both = forest(4, ("net", "people"))
    assert {"net", "people"} <= set(texts_of(both))
    assert FAMILY_COLOURS[1] in figure_svg(both)


def test_families_keep_their_colours_when_told():
    spec = chart(forest(4, ("net", "people")), families=["trees", "people"])
    scales = [
        layer["encoding"]["color"]["scale"]
        for layer in spec["layer"]
        if "scale" in layer.get("encoding", {}).get("color", {})
    ]
    assert scales[0] == {
        "domain": ["net", "people"],
        "range": [FAMILY_COLOURS[2], FAMILY_COLOURS[1]],
    }


def test_what_is_undefined_is_said_and_not_drawn():
    bars = (Bar("a", "g", undefined("Wilson 95 %")), Bar("b", "g", within(0.5, nan, nan)))
    figure = Forest("t", "x", bars, "share", "c")
    assert {"a", "undefined", "50.0 %"} <= set(texts_of(figure))
    drawn = [row for row in rows_of(chart(figure)) if "told" in row]
    assert [row["name"] for row in drawn] == ["b", "b"]
    assert drawn[0]["low"] == drawn[0]["high"] == 0.5
    assert is_valid(figure)


def test_the_mark_stands_where_it_is_told_and_in_sight():
    spec = chart(forest(3, mark=0.2))
    assert {"mark": 0.2} in rows_of(spec)
    domain = spec["layer"][0]["encoding"]["x"]["scale"]["domain"]
    assert domain[0] < 0.2 < domain[1]
    assert all("mark" not in row for row in rows_of(chart(forest(3))))


@pytest.mark.parametrize(
    ("unit", "printed"),
    [
        ("points", {"+90.0 [+88.0, +91.0]"}),
        ("number", {"0.900 [0.880, 0.910]"}),
        ("rank", {"0.9 [0.9, 0.9]", "1"}),
    ],
)
def test_units(unit, printed):
    assert printed <= set(texts_of(forest(2, unit=unit)))


def test_long_names_lose_their_middle_and_twins_keep_their_rows():
    long = "model-" + "a" * 100_000
    bars = (Bar(long, "g", within(0.5, 0.4, 0.6)), Bar(long, "h", within(0.6, 0.5, 0.7)))
    figure = Forest("t" * 1000, "x", bars, "share", "c")
    printed = [text for text in texts_of(figure) if text.startswith("model-aaa")]
    assert [len(text) for text in printed] == [56, 56]
    assert len(heights_of_names(figure)) == 2


@pytest.mark.parametrize("n", [0, 1, 17, 204])
def test_forests_are_valid_vega_lite(n):
    assert is_valid(forest(n, ("a", "b"), mark=0.5))
