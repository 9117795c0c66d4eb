"""A matrix: coloured squares, numbers in them where there is room, and nothing for NaN."""

from math import nan

import pytest

from fieldmark.records import Matrix
from fieldmark.reports import chart
from fieldmark.reports.matrix import names_apart, names_note
from tests.reports.reading import is_valid, rows_of, texts_of


def matrix(n, unit="share", low=0.0, high=1.0):
    names = tuple(f"model-{at}" for at in range(n))
    values = tuple(tuple((r + c) / (2 * n) for c in range(n)) for r in range(n))
    return Matrix("Agreement", names, names, values, unit, low, high, "Ever lighter.")


def test_small_ones_print_their_numbers_and_every_name_twice():
    texts = texts_of(matrix(3))
    assert [texts.count(f"model-{at}") for at in range(3)] == [2, 2, 2]
    assert {"0", "17", "33", "50", "67", "0 %", "100 %"} <= set(texts)
    assert "0.50" in texts_of(matrix(3, "number"))
    assert "−0.30" in texts_of(Matrix("t", ("a",), ("b",), ((-0.3,),), "number", -1.0, 1.0, ""))


def test_twenty_have_numbers_and_more_have_not():
    assert "49" in texts_of(matrix(20)) or "50" in texts_of(matrix(20))
    assert not {"48", "49", "50", "51"} & set(texts_of(matrix(21)))


def test_unknown_is_blank():
    figure = Matrix("t", ("a", "b"), ("c",), ((nan,), (0.5,)), "share", 0.0, 1.0, "")
    assert [(row["r"], row["c"], row["v"]) for row in rows_of(chart(figure))] == [(1, 0, 0.5)]
    assert {"a", "b", "c"} <= set(texts_of(figure))


def test_numbers_are_dark_on_light_and_light_on_dark():
    figure = Matrix("t", ("a", "b"), ("c",), ((2.0,), (4.0,)), "number", 2.0, 4.0, "")
    assert [row["dark"] for row in rows_of(chart(figure))] == [True, False]


@pytest.mark.parametrize(("n", "apart"), [(60, 1), (110, 2), (204, 3)])
def test_names_that_have_no_room_are_passed_over_and_it_is_said(n, apart):
    figure = matrix(n)
    assert names_apart(figure) == apart
    assert bool(names_note(figure)) == (apart > 1)
    drawn = chart(figure)
    axis, side = drawn["layer"][0]["encoding"]["y"]["axis"], drawn["height"] / n
    assert len(axis["values"]) == -(-n // apart)
    assert side * apart >= axis["labelFontSize"]


def test_colours_begin_and_end_where_they_are_told():
    scale = chart(matrix(3, low=0.2, high=0.8))["layer"][0]["encoding"]["color"]["scale"]
    assert scale["domain"] == [0.2, 0.8]


@pytest.mark.parametrize("n", [0, 1, 17, 60])
def test_matrices_are_valid_vega_lite(n):
    assert is_valid(matrix(n))
