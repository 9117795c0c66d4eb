"""Slices: what is printed can be read, whatever the values; what is nearly one is refused."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.records import ConfigError, Slice, natural_order, parse_slices

WORDS = st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), max_size=12)
KEYS = st.from_regex(r"[a-z_][\w.-]{0,8}", fullmatch=True)
SAME = st.tuples(
    KEYS, st.sampled_from(["=", "!="]), st.lists(WORDS, min_size=1, max_size=3).map(tuple)
)
ORDERED = st.tuples(
    KEYS,
    st.sampled_from([">=", "<=", ">", "<"]),
    st.tuples(st.integers(-9999, 9999).map(str)),
)
CHANGES = st.sampled_from(["", "+fog@3", "+pgd-linf@8/255"])


@given(st.lists(SAME | ORDERED, min_size=1, max_size=3), CHANGES)
def test_a_printed_name_is_read_as_what_it_was(parts, change):
    slices = tuple(Slice(*one) for one in parts)  # made here: hypothesis watches what draws chance
    text = f"photos{''.join(map(str, slices))}{change}"
    assert parse_slices(text) == ("photos", slices, change)


@pytest.mark.parametrize(
    ("text", "kept", "left"),
    [
        ("[camera=a|b]", ["a", "b"], ["c", "", "a|b"]),
        ("[camera!=a|b]", ["c"], ["a", "b", ""]),
        ("[camera=*]", ["a"], [""]),
        ('[camera=""]', [""], ["a"]),
        ("[year>=2020]", ["2020", "2021.5", "1e4"], ["2019", "", "soon", "2020-01-01"]),
        ("[year<2020]", ["-3", "2019"], ["2020", "", "nan"]),
        ("[taken>2020-06]", ["2020-06-01", "2021-01-01"], ["2020-06", "2020-05-31", "2021"]),
        ("[series=4]", ["4"], ["4.0", "04"]),
    ],
)
def test_a_slice_keeps_what_it_says(text, kept, left):
    ((one,),) = [parse_slices(f"x{text}")[1]]
    assert [value for value in (*kept, *left) if one.holds(value)] == kept


@pytest.mark.parametrize("text", ["photos", "folder:my[1]", "folder:a[b]c/d", "x+fog@3"])
def test_other_brackets_stay_as_they_are(text):
    assert parse_slices(text) == (text, (), "")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x[camera=]", "cannot be read as a slice: write [key=value]"),
        ("x[camera=a", "cannot be read as a slice"),
        ("x[camera=a+b]", 'in quotes: [key="a+b"]'),
        ("x[camera=a]y", "cannot be read as a slice"),
        ("x[year>=new]", "[year>=new] needs one number, or one day such as 2020-12-31"),
        ("x[year>=1|2]", "needs one number"),
        ("x[camera!=*]", "[camera!=*] means nothing; write [camera=*]"),
    ],
)
def test_what_is_nearly_a_slice_is_refused_with_what_to_write(text, told):
    with pytest.raises(ConfigError, match=re.escape(told)):
        parse_slices(text)


def test_a_value_that_cannot_be_printed_makes_no_slice():
    with pytest.raises(ConfigError, match="values of camera must be of letters"):
        Slice("camera", "=", ("a\nb",))


def test_numbers_are_ordered_as_numbers_and_all_else_as_text():
    assert natural_order(["10", "9", "2.5", "9"]) == ["2.5", "9", "10"]
    assert natural_order(["10", "9", "ten"]) == ["10", "9", "ten"]
