"""Numbers in sentences."""

from math import nan

import pytest

from fieldmark.records import Estimate, undefined
from fieldmark.studies.answers.words import (
    accuracy_of,
    direction,
    listing,
    many,
    p_value,
    percent,
    points,
    sentence,
)


def estimate(value, low, high):
    return Estimate(value, low, high, n=10, method="")


def test_undefined_is_said_and_never_zero():
    assert percent(nan) == "undefined"
    assert accuracy_of(undefined("")) == "undefined"
    assert points(undefined("")) == "undefined"
    assert p_value(nan) == "undefined"
    assert direction(undefined("")) == 0


def test_a_missing_interval_is_left_out():
    assert accuracy_of(estimate(0.5, nan, nan)) == "50.0 %"
    assert points(estimate(0.5, nan, nan)) == "+50.0 points"


@pytest.mark.parametrize(
    ("low", "high", "sign"), [(0.1, 0.3, 1), (-0.3, -0.1, -1), (-0.1, 0.1, 0), (0.0, 0.1, 0)]
)
def test_a_direction_needs_the_whole_interval(low, high, sign):
    assert direction(estimate((low + high) / 2, low, high)) == sign


def test_an_unsigned_size_turns_round_with_its_interval():
    assert points(estimate(0.05, 0.01, 0.09), signed=False) == "5.0 points [1.0, 9.0]"
    assert points(estimate(-0.05, -0.09, -0.01), signed=False) == "5.0 points [1.0, 9.0]"


def test_grammar():
    assert many(2, "cell") == "2 cells"
    assert listing([]) == ""
    assert listing(["a", "b"]) == "a and b"
    assert listing(["a", "b", "c"], most=2) == "a, b and 1 more"
    assert sentence("A.", "", "B.") == "A. B."
