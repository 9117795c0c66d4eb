import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldmark.records import (
    Answers,
    Cell,
    MismatchError,
    NotKeptError,
    Predictions,
    StoreError,
)
from fieldmark.store import Store, open_store


def test_a_finished_cell_is_read_as_it_was_answered(store, make):
    head = make.header(make.examples(10), change="pgd", level="2", kind="attack")
    make.put(store, head, 4)
    kept = store.read(head.cell)
    wanted = make.answers(head)
    np.testing.assert_array_equal(kept.answers.classes, wanted.classes)
    np.testing.assert_array_equal(kept.answers.scores, wanted.scores)
    np.testing.assert_array_equal(kept.answers.measures["distance"], wanted.measures["distance"])
    assert kept.answers.pictures == wanted.pictures == {1: b"png 1", 5: b"png 5", 9: b"png 9"}


def test_the_times_are_those_of_the_parts(store, make):
    shown = make.examples(10)
    for start, later, seconds in [(5, 100.0, 4.0), (0, 900.0, 2.5)]:
        head = make.header(shown, later=later, seconds=seconds)
        store.commit(head, start, make.answers(head, start, start + 5))
    store.finish(make.header(shown, later=5000.0, seconds=77.0))
    times = store.header(head.cell).times
    assert times.seconds == 6.5
    assert times.started == make.header(shown, later=100.0).times.started
    assert times.finished == make.header(shown, later=900.0, seconds=2.5).times.finished


def test_headers_are_sorted_by_condition_then_subject(store, make):
    a, b = make.examples(3, name="a-test"), make.examples(3, name="b-test")
    for shown, subject in [(b, "x"), (a, "y"), (b, "w"), (a, "z")]:
        make.put(store, make.header(shown, subject))
    store.record(make.header(a, "v", status="failed", reason="it fell over"))
    assert store.cells() == (
        Cell("v", "a-test"),
        Cell("y", "a-test"),
        Cell("z", "a-test"),
        Cell("w", "b-test"),
        Cell("x", "b-test"),
    )
    assert [head.status for head in store.headers()] == ["failed", *["done"] * 4]


def test_what_is_not_there_is_none_or_an_error(store):
    cell = Cell("cnn", "digits-test")
    assert store.header(cell) is None
    assert store.headers() == store.cells() == ()
    assert store.parts(cell, "a", "b") == ()
    with pytest.raises(NotKeptError, match="no answers of cnn to digits-test in "):
        store.read(cell)
    for ask in (store.correct, store.examples):
        with pytest.raises(NotKeptError, match="nothing is kept of condition 'digits-test'"):
            ask("digits-test")


def test_a_misspelt_condition_is_told_the_nearest(store, make):
    make.put(store, make.header(make.examples()))
    with pytest.raises(NotKeptError, match=r"Did you mean digits-test\?"):
        store.correct("digit-test")


# Immutable


def test_the_same_again_changes_nothing(store, make):
    shown = make.examples(6)
    make.put(store, make.header(shown))
    before = store.header(Cell("cnn", "digits-test"))
    make.put(store, make.header(shown, later=1e6, execution={"batch": 1}), 2)
    store.finish(make.header(shown))
    assert store.header(Cell("cnn", "digits-test")) == before


def test_other_answers_are_refused(store, make):
    head = make.header(make.examples(6))
    make.put(store, head)
    right = make.answers(head)
    classes = right.classes.copy()
    classes[4] = classes[4, ::-1]
    store.commit(head, 0, Answers(classes, right.scores))
    with pytest.raises(MismatchError, match=r"other answers \(classes or scores of 1 of 6 examp"):
        store.finish(head)
    np.testing.assert_array_equal(store.read(head.cell).answers.classes, right.classes)


@pytest.mark.parametrize(
    ("then", "now", "words"),
    [
        ({}, {"weights": "2"}, "made from other weights or recipe of cnn"),
        ({}, {"seed": 1}, r"made from other seed \(0 kept, 1 wanted\)"),
        (
            {"settings": {"steps": 20, "size": 0.1}},
            {"settings": {"steps": 40, "size": 0.1}},
            r"made from other settings \(steps 20 kept, 40 wanted\)",
        ),
        ({}, {"settings": {"steps": 40}}, r"settings \(steps nothing kept, 40 wanted\)"),
    ],
)
def test_a_cell_made_from_something_else_is_refused_in_words(store, make, then, now, words):
    shown = make.examples(6)
    make.put(store, make.header(shown, change="fog", level="1", **then))
    other = make.header(shown, change="fog", level="1", **now)
    with pytest.raises(MismatchError, match=words) as refused:
        store.check(other)
    assert "Nothing was changed. Use another store, or remove " in str(refused.value)
    with pytest.raises(MismatchError, match=words):
        make.put(store, other)
    assert store.header(other.cell) == make.header(shown, change="fog", level="1", **then)


def test_other_examples_are_named(store, make):
    make.put(store, make.header(make.examples(6)))
    with pytest.raises(
        MismatchError, match=r"examples \(6 of digits-test, \w{16}, kept; 7 of digits-test, \w{16}"
    ):
        store.check(make.header(make.examples(7)))


def test_pictures_made_by_other_code_are_named(store, make):
    head = make.header(make.examples(6))
    make.put(store, head)
    condition = head.condition.model_copy(update={"fingerprint": "f" * 16})
    with pytest.raises(MismatchError, match=r"other pictures \(\w{16} kept, f{16} wanted\)"):
        store.check(head.model_copy(update={"condition": condition}))


def test_subjects_of_one_condition_see_the_same(store, make):
    shown = make.examples(6)
    make.put(store, make.header(shown, "cnn"))
    assert store.check(make.header(shown, "knn")) is False
    with pytest.raises(
        MismatchError, match="knn × digits-test: the store keeps the same condition"
    ):
        make.put(store, make.header(shown, "knn", seed=3))
    assert store.cells() == (Cell("cnn", "digits-test"),)


def test_check_tells_kept_from_missing(store, make):
    head = make.header(make.examples(6))
    assert store.check(head) is False
    make.put(store, head)
    assert store.check(head) is True


# Records without answers


def test_a_failure_is_kept_until_it_is_forgotten(store, make):
    failed = make.header(make.examples(6), status="failed", reason="out of memory")
    store.record(failed)
    assert store.read(failed.cell) == Predictions(failed, None)
    store.record(failed)
    with pytest.raises(MismatchError, match=r"is kept as 'failed' \(out of memory\). Forget that"):
        make.put(store, make.header(make.examples(6)))
    store.forget(failed.cell)
    assert store.cells() == ()
    store.finish(make.header(make.examples(6)))  # the parts were not lost
    assert store.header(failed.cell).status == "done"


def test_what_is_done_is_not_forgotten(store, make):
    head = make.header(make.examples(6))
    make.put(store, head)
    with pytest.raises(StoreError, match="is done, and what is done is not forgotten; to measure"):
        store.forget(head.cell)
    with pytest.raises(MismatchError, match=r"is kept as 'done'. Nothing was changed"):
        store.record(make.header(make.examples(6), status="failed", reason="no"))
    assert store.header(head.cell).status == "done"


def test_nothing_to_forget(store):
    with pytest.raises(
        NotKeptError, match=r"no record of cnn × x in .*, so there is nothing to for"
    ):
        store.forget(Cell("cnn", "x"))


def test_done_needs_answers(store, make):
    with pytest.raises(StoreError, match="a finished cell needs answers; commit them instead"):
        store.record(make.header(make.examples()))


# Parts


def test_rows_outside_the_condition_are_refused(store, make):
    head = make.header(make.examples(10))
    with pytest.raises(StoreError, match="has rows 0 to 10, not 8 to 12"):
        store.commit(head, 8, make.answers(head, 0, 4))


def test_an_unfinished_cell_is_not_finished(store, make):
    head = make.header(make.examples(10))
    store.commit(head, 0, make.answers(head, 0, 3))
    store.commit(head, 5, make.answers(head, 5, 10))
    with pytest.raises(
        StoreError, match="is not whole: of its rows 0 to 10 there are 0 to 3, 5 to 10"
    ):
        store.finish(head)
    assert store.header(head.cell) is None
    condition, subject = head.condition.fingerprint, head.subject.fingerprint
    assert store.parts(head.cell, condition, subject) == ((0, 3), (5, 10))


def test_parts_made_from_something_else_do_not_count(store, make):
    shown = make.examples(10)
    old = make.header(shown, weights="old")
    store.commit(old, 0, make.answers(old, 0, 5))
    head = make.header(shown)
    assert store.parts(head.cell, head.condition.fingerprint, head.subject.fingerprint) == ()
    make.put(store, head)
    assert store.parts(old.cell, old.condition.fingerprint, old.subject.fingerprint) == ()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 11), st.integers(1, 12)), max_size=6))
def test_parts_of_any_cut_make_the_same_cell(make, spans):
    head = make.header(make.examples(12), change="pgd", level="1", kind="attack")
    store = open_store("memory://cuts", create=True)
    try:
        for start, length in spans:
            stop = min(12, start + length)
            store.commit(head, start, make.answers(head, start, stop))
        whole = {row for start, length in spans for row in range(start, min(12, start + length))}
        if len(whole) < 12:
            with pytest.raises(StoreError, match="is not whole"):
                store.finish(head)
            return
        store.finish(head)
        kept, wanted = store.read(head.cell).answers, make.answers(head)
        np.testing.assert_array_equal(kept.classes, wanted.classes)
        np.testing.assert_array_equal(kept.measures["distance"], wanted.measures["distance"])
        assert kept.pictures == wanted.pictures
    finally:
        store._folder.remove("")


def test_parts_that_keep_different_things_are_refused(store, make):
    head = make.header(make.examples(10))
    store.commit(head, 0, make.answers(head, 0, 5))
    rest = make.answers(head, 5, 10)
    store.commit(head, 5, Answers(rest.classes[:, :2], rest.scores[:, :2]))
    with pytest.raises(StoreError, match="keep different things per example"):
        store.finish(head)


# Damage


def _lay(store, name, data):
    store._folder.write(name, data)


def test_a_damaged_cell_is_named(store, make):
    head = make.header(make.examples())
    make.put(store, head)
    name = "cells/digits-test/cnn.parquet"
    _lay(store, name, store._folder.read(name)[:-7])
    for ask in (store.headers, lambda: store.read(head.cell), lambda: store.header(head.cell)):
        with pytest.raises(StoreError, match=r"cells/digits-test/cnn.parquet is damaged"):
            ask()


def test_a_cell_in_the_wrong_place_is_refused(store, make):
    make.put(store, make.header(make.examples()))
    _lay(
        store, "cells/digits-test/CNN.parquet", store._folder.read("cells/digits-test/cnn.parquet")
    )
    with pytest.raises(StoreError, match="holds cnn × digits-test, which does not belong there"):
        store.read(Cell("CNN", "digits-test"))


def test_a_part_among_the_cells_is_refused(store, make):
    from fieldmark.store.cellfiles import to_cell

    head = make.header(make.examples(10))
    _lay(store, "cells/digits-test/cnn.parquet", to_cell(head, make.answers(head, 0, 3)))
    with pytest.raises(StoreError, match="is a part, not a cell"):
        store.read(head.cell)


# Examples, specimens, who was right


def test_examples_come_back(store, make):
    labels = [[0, 1, -1], [2, -1, -1], [-1, -1, -1]]
    shown = make.examples(3, labels=labels, groups=("ann", "ann", "bob"))
    store.keep_examples(shown)
    store.keep_examples(shown)
    make.put(store, make.header(shown))
    table = store.examples("digits-test")
    assert (table.card, table.ids, table.groups) == (shown.card, shown.ids, shown.groups)
    assert (table.classes, table.fingerprint) == (shown.classes, shown.content)
    assert table.labels.tolist() == labels
    assert table.labelled.tolist() == [True, True, False]
    assert len(table) == 3


def test_missing_examples_are_named(store, make):
    make.put(store, make.header(make.examples()))
    with pytest.raises(
        NotKeptError, match=r"examples/\w{16}.parquet is missing: without it nobody"
    ):
        store.correct("digits-test")


def test_a_file_that_holds_no_examples_is_refused(store, make):
    shown = make.examples()
    make.put(store, make.header(shown))
    _lay(store, f"examples/{shown.content}.parquet", b"PAR1 not really PAR1")
    with pytest.raises(StoreError, match=r"examples/\w{16}.parquet is damaged"):
        store.examples("digits-test")


def test_specimens_are_written_once(store, make):
    make.put(store, make.header(make.examples()))
    assert store.specimens("digits-test") == {}
    store.keep_specimens("digits-test", {"b": b"1", "a": b"2"})
    store.keep_specimens("digits-test", {"c": b"3"})
    assert list(store.specimens("digits-test").items()) == [("b", b"1"), ("a", b"2")]
    assert store.specimens("digits-test", "cnn") == {"b": b"1", "a": b"2"}


def test_under_attack_each_subject_has_its_own_specimens(store, make):
    shown = make.examples(6)
    head = make.header(shown, change="pgd", level="1", kind="attack")
    store.keep_examples(shown)
    make.put(store, head)
    mine = store.specimens("digits-test+pgd@1", "cnn")
    assert mine == {"digits-test/1": b"png 1", "digits-test/5": b"png 5"}
    with pytest.raises(NotKeptError, match="no answers of knn"):
        store.specimens("digits-test+pgd@1", "knn")


def _right(make, head, labels):
    best = make.answers(head).classes[:, :1].astype(np.int64)
    return (best == labels).any(axis=1)


@pytest.mark.parametrize("n", [1, 8, 13])
def test_who_was_right_where(store, make, n):
    labels = make.examples(n, seed=5).labels.copy()
    labels[n // 2] = -1
    shown = make.examples(n, labels=labels)
    store.keep_examples(shown)
    heads = [make.header(shown, subject) for subject in ("a", "b", "c")]
    for head in heads:
        make.put(store, head)
    store.record(make.header(shown, "d", status="failed", reason="no"))
    for _ in range(2):  # counted from the cells, then from the index
        right = store.correct("digits-test")
        wanted = np.array([_right(make, head, labels) for head in heads])
        assert right.subjects == ("a", "b", "c")
        assert right.ids == shown.ids
        np.testing.assert_array_equal(right.matrix(), wanted)
        np.testing.assert_array_equal(right.counts(), wanted.sum(axis=1))
        np.testing.assert_array_equal(right.of("b"), wanted[1])
        assert right.labelled.tolist() == [row != n // 2 for row in range(n)]
        assert not right.matrix()[:, n // 2].any()
        store = open_store(store.url)


def test_nobody_answered_but_it_was_tried(store, make):
    shown = make.examples(9)
    store.keep_examples(shown)
    store.record(make.header(shown, status="failed", reason="no"))
    right = store.correct("digits-test")
    assert right.subjects == ()
    assert right.matrix().shape == (0, 9)
    with pytest.raises(StoreError, match="no answers of cnn to digits-test are kept"):
        right.of("cnn")


def test_answers_about_different_examples_are_not_compared(store, tmp_path, make):
    other = open_store(tmp_path / "other", create=True)
    for place, shown, subject in [(store, make.examples(9), "a"), (other, make.examples(8), "b")]:
        place.keep_examples(shown)
        make.put(place, make.header(shown, subject))
    name = "cells/digits-test/b.parquet"
    _lay(store, name, other._folder.read(name))
    with pytest.raises(MismatchError, match=r"answers of a and b to digits-test .* cannot be comp"):
        store.correct("digits-test")


# The index is derived


def _counting(url):
    seen = []
    return open_store(url, trace=seen.append), seen


def test_the_second_reader_opens_no_cell(store, make):
    shown = make.examples()
    store.keep_examples(shown)
    for subject in ("a", "b", "c"):
        make.put(store, make.header(shown, subject))
    wanted = store.headers(), store.correct("digits-test").counts().tolist()
    again, seen = _counting(store.url)
    assert (again.headers(), again.correct("digits-test").counts().tolist()) == wanted
    assert not [line for line in seen if line.startswith(("read cells", "write"))]
    make.put(store, make.header(shown, "d"))
    assert len(again.headers()) == 4
    assert [line for line in seen if line.startswith("read cells")] == [
        "read cells/digits-test/d.parquet"
    ]


@pytest.mark.parametrize("junk", [b"", b"{", b'{"version": 2}', b'{"cells": {"x": 1}}', b"PAR1"])
def test_a_damaged_index_is_made_anew(store, make, junk):
    shown = make.examples()
    store.keep_examples(shown)
    make.put(store, make.header(shown))
    wanted = store.headers(), store.correct("digits-test").matrix().tolist()
    for name in ("index/headers.parquet", "index/correct/digits-test.parquet"):
        assert store._folder.exists(name)
        _lay(store, name, junk)
    again = open_store(store.url)
    assert (again.headers(), again.correct("digits-test").matrix().tolist()) == wanted
    assert open_store(store.url)._folder.read("index/headers.parquet") != junk


def test_cells_that_are_gone_leave_the_index(store, make):
    shown = make.examples()
    store.record(make.header(shown, "a", status="failed", reason="no"))
    make.put(store, make.header(shown, "b"))
    assert len(store.headers()) == 2
    store.forget(Cell("a", "digits-test"))
    assert len(store.headers()) == len(open_store(store.url).headers()) == 1


def test_a_store_can_be_moved(disk, tmp_path, make):
    shown = make.examples()
    disk.keep_examples(shown)
    make.put(disk, make.header(shown))
    wanted = disk.correct("digits-test").matrix().tolist()
    moved = tmp_path / "elsewhere"
    Path(disk.url).rename(moved)
    assert open_store(moved).correct("digits-test").matrix().tolist() == wanted


def test_names_of_any_kind_stay_inside(disk, tmp_path, make):
    shown = make.examples(name="../../etc/pass wd?*[]'\"")
    store: Store = disk
    store.keep_examples(shown)
    head = make.header(shown, "/" + "ü" * 200)
    make.put(store, head)
    assert store.cells() == (head.cell,)
    assert store.correct(head.condition.name).subjects == (head.subject.name,)
    found = store.sql("SELECT subject, count(*) AS n FROM predictions GROUP BY ALL").to_pylist()
    assert found == [{"subject": head.subject.name, "n": 10}]
    assert [path.name for path in tmp_path.iterdir()] == ["store"]
    assert all(len(path.name) <= 255 for path in tmp_path.rglob("*"))


def test_where_things_are_is_told_to_whoever_traces(tmp_path, make):
    seen = []
    store = open_store(tmp_path / "s", create=True, trace=seen.append)
    make.put(store, make.header(make.examples()))
    written = [line for line in seen if line.startswith("write")]
    assert written[0] == "write fieldmark.json"
    assert re.fullmatch(r"write parts/digits-test/cnn/\w{16}-\w{16}/0-10.parquet", written[1])
    assert written[2] == "write cells/digits-test/cnn.parquet"
