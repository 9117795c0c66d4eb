from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.records import Cell, ConfigError
from fieldmark.store.naming import cell_file, file_name, lot_folder

names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(
    lambda name: name not in {".", ".."}
)


@given(names)
def test_no_name_leaves_its_folder(name):
    quoted = file_name(name)
    assert "/" not in quoted
    assert "\\" not in quoted
    assert "\0" not in quoted
    assert quoted not in {"", ".", ".."}
    assert not set(quoted) & set("*?[]{}'\"")  # nothing that SQL or a shell would expand
    assert len(quoted.encode()) <= 180


@given(names)
def test_a_short_name_can_be_read_back(name):
    quoted = file_name(name)
    assert "%~" in quoted or unquote(quoted) == name


@given(names, names)
def test_two_names_never_share_a_file(one, other):
    assert (file_name(one) == file_name(other)) == (one == other)


def test_long_names_that_differ_in_the_tail_differ():
    assert file_name("a" * 400 + "b") != file_name("a" * 400 + "c")


def test_a_long_name_is_not_a_short_one_in_disguise():
    long = file_name("x" * 500)
    assert file_name(long) != long


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_names_that_are_folders_are_refused(name):
    with pytest.raises(ConfigError, match="cannot be the name of a subject or condition"):
        cell_file(Cell(name, "digits"))
    with pytest.raises(ConfigError, match="cannot be the name of a subject or condition"):
        cell_file(Cell("cnn", name))


def test_broken_text_is_refused():
    with pytest.raises(ConfigError, match="holds broken characters"):
        file_name("cnn\udc80")


def test_fingerprints_are_quoted_too():
    assert lot_folder(Cell("s", "c"), "../..", "/etc") == "parts/c/s/..%2F..-%2Fetc"
