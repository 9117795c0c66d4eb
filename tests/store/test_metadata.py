"""What is known of examples is kept beside them, and may be learnt later; no answer changes."""

from dataclasses import replace

import pytest

from fieldmark.store import open_store
from tests.store import making as make


@pytest.fixture
def store(tmp_path):
    return open_store(tmp_path / "store", create=True)


def keep(store, examples):
    with store.hold():
        store.keep_examples(examples)


def test_groups_and_metadata_come_back(store):
    shown = replace(
        make.examples(3, groups=("ann", "ann", "bob")), metadata={"camera": ("a", "", "b+c")}
    )
    header = make.header(shown)
    with store.hold():
        store.keep_all([(shown, header, make.answers(header))])
    kept = open_store(store.url).examples(header.condition.name)
    assert (kept.groups, dict(kept.metadata)) == (shown.groups, shown.metadata)
    found = store.sql("select metadata['camera'] as camera from examples order by row")
    assert found["camera"].to_pylist() == ["a", None, "b+c"]


def test_what_is_learnt_later_joins_what_is_known(store):
    bare = make.examples(3)
    keep(store, replace(bare, metadata={"camera": ("a", "a", "b"), "year": ("1", "2", "3")}))
    keep(store, replace(bare, metadata={"camera": ("a", "c", "b")}, groups=("x", "x", "y")))
    keep(store, bare)
    kept = store._conditions.keyed(bare.content)
    assert kept.metadata == {"camera": ("a", "c", "b"), "year": ("1", "2", "3")}
    assert kept.groups == ("x", "x", "y")


def test_nothing_is_written_when_nothing_more_is_known(store):
    shown = replace(make.examples(3), metadata={"camera": ("a", "a", "b")})
    keep(store, shown)
    said: list[str] = []
    keep(open_store(store.url, trace=said.append), shown)
    assert not [one for one in said if one.startswith("write") and "examples" in one]
