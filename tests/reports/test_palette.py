"""Colours that everybody can read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.reports.palette import (
    FAMILY_COLOURS,
    GREY,
    RAMP,
    colours,
    contrast,
    ink_on,
    luminance,
    shade,
)


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_higher_accuracy_is_never_darker(one, other):
    low, high = sorted((one, other))
    assert luminance(shade(low)) <= luminance(shade(high)) + 0.004  # one level of rounding


@given(st.floats(0, 1))
def test_numbers_can_be_read_on_every_shade(share):
    colour = shade(share)
    assert contrast(colour, ink_on(colour)) >= 4.5


@pytest.mark.parametrize("colour", [*FAMILY_COLOURS, GREY])
def test_families_stand_out_from_light_and_dark_pages(colour):
    assert contrast(colour, "#fdfdfb") >= 3
    assert contrast(colour, "#15181b") >= 3


def test_no_two_families_share_a_colour():
    assert len(set(FAMILY_COLOURS)) == len(FAMILY_COLOURS)
    assert len(set(colours("abcdefghi").values())) == 9


def test_chance_is_grey_and_takes_no_colour_from_a_family():
    table = colours(["chance", "trees"])
    assert dict(table) == {"trees": FAMILY_COLOURS[0], "chance": GREY}


def test_accuracies_outside_the_scale_are_held_at_its_ends():
    assert (shade(-0.1), shade(1.1)) == (RAMP[0], RAMP[-1])
