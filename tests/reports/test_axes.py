"""Stretched axes, ticks and labels beside points."""

from itertools import pairwise
from math import exp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from fieldmark.reports.axes import Span, span_of, stretch, ticks
from fieldmark.reports.labels import Cross, _Box, _box, along, place_labels

shares = st.floats(0.001, 0.999)


@given(shares)
def test_logit_and_probit_can_be_undone(share):
    assert 1 / (1 + exp(-stretch(share, "logit"))) == pytest.approx(share)
    assert norm.cdf(stretch(share, "probit")) == pytest.approx(share)
    assert stretch(share, "linear") == share


@given(shares, shares)
def test_a_higher_accuracy_lies_higher(one, other):
    low, high = sorted((one, other))
    for axis in ("linear", "logit", "probit"):
        assert stretch(low, axis) <= stretch(high, axis)


def test_none_and_all_right_lie_half_an_example_from_the_end():
    assert stretch(1.0, "logit", n=100) == pytest.approx(stretch(0.995, "logit"))
    assert stretch(0.0, "probit", n=100) == pytest.approx(stretch(0.005, "probit"))


@given(st.floats(0.002, 0.9), st.floats(0.001, 0.099))
def test_ticks_are_inside_sorted_and_not_crowded(low, more):
    for axis in ("linear", "logit", "probit"):
        span = span_of([stretch(low, axis), stretch(low + more, axis)])
        places = ticks(span, axis)
        assert places == sorted(places)
        assert all(span.low <= place <= span.high for place in places)
        gaps = [b - a for a, b in pairwise(places)]
        assert all(gap >= 0.055 * (span.high - span.low) - 1e-9 for gap in gaps)


def test_ten_fifty_and_ninety_percent_are_never_left_out():
    places = ticks(Span(-4.0, 4.0), "logit")
    for share in (0.1, 0.5, 0.9):
        assert stretch(share, "logit") in places


def test_a_span_of_one_place_has_room():
    assert span_of([0.3]).high > 0.3 > span_of([0.3]).low


def boxes(crosses, texts, labels):
    return [_box(crosses[one.index], texts[one.index], one.dx, one.dy, one.align) for one in labels]


points = st.tuples(st.floats(20, 580), st.floats(20, 440))


@settings(max_examples=30)
@given(st.lists(points, min_size=1, max_size=14))
def test_labels_cover_no_point_and_no_label_and_stay_inside(places):
    crosses = [Cross(x, x - 20, x + 20, y, y - 10, y + 10) for x, y in places]
    texts = [f"subject-{index}" for index in range(len(places))]
    found = boxes(crosses, texts, place_labels(crosses, texts, width=600.0, height=460.0))
    dots = [_Box(x - 6, y - 6, x + 6, y + 6) for x, y in places]
    for index, box in enumerate(found):
        assert not any(box.meets(other) for other in [*found[:index], *dots])
        assert box.left >= 0
        assert box.right <= 600
        assert box.top >= 0
        assert box.bottom <= 460


def test_labels_keep_off_lines_where_they_can():
    point = Cross(100.0, 100.0, 100.0, 100.0, 100.0, 100.0)
    line = along([(100.0, 100.0), (300.0, 100.0)])
    (free,) = place_labels([point], ["cnn"], width=600.0, height=400.0)
    (shifted,) = place_labels([point], ["cnn"], width=600.0, height=400.0, lines=line)
    assert (free.dx, free.dy, free.align) == (9.0, 0.0, "left")
    assert (shifted.dx, shifted.dy, shifted.align) != (9.0, 0.0, "left")


def test_odd_percentages_are_ticks_only_where_there_is_much_room():
    wide, narrow = ticks(Span(-4.0, 4.0), "logit"), ticks(Span(0.4, 2.0), "logit")
    assert stretch(0.85, "logit", n=100_000) not in wide
    assert stretch(0.85, "logit", n=100_000) in narrow


def test_a_label_avoids_error_bars_where_it_can():
    alone = Cross(300.0, 200.0, 400.0, 200.0, 150.0, 250.0)
    label = place_labels([alone], ["cnn"], width=600.0, height=400.0)[0]
    assert abs(label.dy) > 6


def test_points_without_text_get_no_label():
    assert place_labels([Cross(9.0, 9.0, 9.0, 9.0, 9.0, 9.0)], [""], width=99.0, height=99.0) == ()
