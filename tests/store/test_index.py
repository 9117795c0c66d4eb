"""The derived index: it makes reading fast, and nobody has to believe it."""

import dataclasses
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fieldmark.records import NO_ANSWER, Answers, Cell, MismatchError, NotKeptError, StoreError
from fieldmark.store import open_store
from fieldmark.store.derived import _keys_of

INDEX = [
    "index/headers.parquet",
    "index/correct/digits-test.parquet",
    "index/top1/digits-test.parquet",
]


@pytest.fixture
def filled(store, make):
    return fill(store, make)


def fill(store, make, subjects=("a", "b", "c"), n=21):
    """Three subjects on three conditions; one example has no label, one has two."""
    labels = np.concatenate([make.examples(n).labels, np.full((n, 1), -1)], axis=1)
    labels[4], labels[7, 1] = -1, (labels[7, 0] + 1) % 4
    shown, other = make.examples(n, labels=labels), make.examples(8, name="letters-test")
    store.keep_examples(shown)
    store.keep_examples(other)
    for subject in subjects:
        for head in (
            make.header(shown, subject),
            make.header(shown, subject, change="fog", level="1"),
            make.header(other, subject),
        ):
            make.put(store, head)
    store.record(make.header(shown, "failing", status="failed", reason="no"))
    return store


def told(store):
    """Everything that the index helps to tell, as plain values."""
    counts = store.counts()
    return (
        store.headers(),
        counts.cells,
        counts.hits.tolist(),
        counts.labelled.tolist(),
        counts.missing.tolist(),
        [store.correct(one).matrix().tolist() for one in ("digits-test", "letters-test")],
        store.top1("digits-test").subjects,
        store.top1("digits-test").classes.tolist(),
    )


def by_hand(store):
    """The same from the cells alone."""
    heads = store.headers()
    done = [head.cell for head in heads if head.status == "done"]
    labels = {one.condition: store.examples(one.condition).labels for one in done}
    answers = {cell: store.read(cell).answers for cell in done}
    right = {cell: answers[cell].correct(labels[cell.condition]) for cell in done}
    labelled = [int((labels[cell.condition] >= 0).any(axis=1).sum()) for cell in done]
    of = {name: [c for c in done if c.condition == name] for name in labels}
    return (
        heads,
        tuple(done),
        [int(right[cell].sum()) for cell in done],
        labelled,
        [len(labels[cell.condition]) - n for cell, n in zip(done, labelled, strict=True)],
        [[right[cell].tolist() for cell in of[name]] for name in ("digits-test", "letters-test")],
        tuple(cell.subject for cell in of["digits-test"]),
        [answers[cell].classes[:, 0].tolist() for cell in of["digits-test"]],
    )


def traced(url):
    seen = []
    return open_store(url, trace=seen.append), seen


def test_what_is_told_is_what_the_cells_say(filled):
    wanted = by_hand(filled)
    assert told(filled) == wanted  # counted from the cells
    assert told(filled) == wanted  # from the index
    assert told(open_store(filled.url)) == wanted
    assert wanted[4][0] == 1
    assert filled.top1("digits-test").classes.dtype == np.uint16


def test_a_second_reader_opens_no_cell_and_reads_no_ids_to_count(filled):
    wanted = told(filled)
    again, seen = traced(filled.url)
    counts = again.counts()
    assert not [one for one in seen if one.startswith(("read cells", "write"))]
    assert again._conditions._examples == {}
    assert (counts.cells, counts.hits.tolist()) == wanted[1:3]
    assert told(again) == wanted
    assert not [one for one in seen if one.startswith(("read cells", "write"))]


def test_some_conditions_can_be_counted(filled):
    counts = filled.counts(["letters-test", "nobody's"])
    assert counts.cells == tuple(Cell(one, "letters-test") for one in "abc")
    assert filled.counts([]).hits.shape == (0,)


def test_nobody_answered_and_nothing_is_counted(store, make):
    assert store.counts().cells == ()
    store.record(make.header(make.examples(), status="failed", reason="no"))
    assert store.counts().cells == ()
    assert store.top1("digits-test").classes.shape == (0, 10)
    with pytest.raises(NotKeptError, match="nothing is kept of condition 'x'"):
        store.top1("x")


def test_no_answer_is_never_right(store, make):
    shown = make.examples(3, labels=[[0], [-1], [1]])
    head = make.header(shown)
    store.keep_examples(shown)
    classes = np.array([[0], [NO_ANSWER], [NO_ANSWER]], np.uint16)
    store.keep(head, Answers(classes, np.full((3, 1), np.nan, np.float32)))
    assert store.counts().hits.tolist() == [1]
    assert store.top1("digits-test").classes.tolist() == [[0, NO_ANSWER, NO_ANSWER]]


# A cell that changes is noticed


def test_a_changed_a_removed_and_an_added_cell_are_noticed(filled, make):
    before = told(filled)
    folder = filled._folder
    names = [f"cells/digits-test/{one}.parquet" for one in "abc"]
    other = make.answers(filled.header(Cell("a", "digits-test")))
    turned = Answers(np.ascontiguousarray(other.classes[:, ::-1]), other.scores)
    filled.discard(Cell("a", "digits-test"))
    filled.keep(before[0][0], turned)  # of the same size, under the same name
    folder.remove(names[1])
    make.put(filled, make.header(make.examples(21, labels=labels_of(filled)), "d"))
    after = by_hand(filled)
    assert told(filled) == told(open_store(filled.url)) == after
    assert after[6] == ("a", "c", "d")
    assert after[7][0] != before[7][0]


def labels_of(store):
    return store.examples("digits-test").labels


@pytest.mark.parametrize("name", INDEX)
def test_a_damaged_index_is_made_anew_whatever_the_damage(filled, name):
    wanted = told(filled)
    whole = filled._folder.read(name)
    rng = np.random.default_rng(0)
    places = rng.integers(0, len(whole), 8)
    damages = [bytes([*whole[:at], whole[at] ^ (1 << at % 8), *whole[at + 1 :]]) for at in places]
    for damage in (*damages, whole[:-9], b"", b"PAR1", whole + b"x"):
        filled._folder.write(name, damage)
        assert told(open_store(filled.url)) == wanted


def test_the_index_of_another_condition_is_not_used(filled):
    wanted = told(filled)
    for kind in ("correct", "top1"):
        filled.top1("letters-test")
        data = filled._folder.read(f"index/{kind}/letters-test.parquet")
        filled._folder.write(f"index/{kind}/digits-test.parquet", data)
    assert told(open_store(filled.url)) == wanted


def test_without_its_index_nothing_is_lost(filled):
    wanted = told(filled)
    filled._folder.remove("index")
    assert told(open_store(filled.url)) == wanted
    assert all(filled._folder.exists(name) for name in INDEX)


def test_a_store_where_no_index_can_be_written_is_read_without(disk, make):
    wanted = told(fill(disk, make))
    shutil.rmtree(Path(disk.url) / "index")
    (Path(disk.url) / "index").write_text("a file in the way, as good as a disk that is closed")
    assert told(open_store(disk.url)) == wanted


def test_readers_at_once_tell_the_same(filled):
    wanted = told(filled)
    filled._folder.remove("index")
    stores = [filled, *(open_store(filled.url) for _ in range(3))]
    with ThreadPoolExecutor(8) as workers:
        assert all(one == wanted for one in workers.map(told, stores * 4))


def test_damage_in_the_answers_is_found_when_they_are_counted(disk, make):
    fill(disk, make)
    path = Path(disk.url) / "cells/digits-test/a.parquet"
    data = bytearray(path.read_bytes())
    data[40] ^= 255  # in the first page of the first column
    path.write_bytes(data)
    for ask in (disk.counts, lambda: disk.correct("digits-test"), lambda: disk.top1("digits-test")):
        with pytest.raises(StoreError, match=r"digits-test/a.parquet is damaged"):
            ask()


def test_counts_of_different_examples_are_refused(store, make, tmp_path):
    other = open_store(tmp_path / "other", create=True)
    for place, shown, subject in [(store, make.examples(9), "a"), (other, make.examples(8), "b")]:
        place.keep_examples(shown)
        make.put(place, make.header(shown, subject))
    store._folder.write(
        "cells/digits-test/b.parquet", other._folder.read("cells/digits-test/b.parquet")
    )
    for ask in (store.counts, lambda: store.top1("digits-test")):
        with pytest.raises(MismatchError, match=r"answers of a and b to digits-test .* compared"):
            ask()


def test_examples_of_another_number_are_refused(store, make):
    shown = make.examples(9)
    make.put(store, make.header(shown))
    store.keep_examples(dataclasses.replace(make.examples(8), content=shown.content))
    for ask in (store.counts, lambda: store.correct("digits-test")):
        with pytest.raises(StoreError, match=r"digits-test in .* is about 9 examples, not 8"):
            ask()


def test_counting_without_examples_says_what_is_missing(store, make):
    make.put(store, make.header(make.examples()))
    with pytest.raises(NotKeptError, match=r"examples/\w{16}.parquet is missing"):
        store.counts()


# Many cells


def test_headers_of_one_condition_share_what_they_say(filled):
    for store in (open_store(filled.url), open_store(filled.url)):  # from the cells, from the index
        heads = [head for head in store.headers() if head.condition.name == "digits-test"]
        assert len(heads) == 4
        assert len({id(head.condition) for head in heads}) == 1
        subjects = [head.subject for head in store.headers() if head.subject.name == "a"]
        assert len({id(subject) for subject in subjects}) == 1


def test_a_header_may_be_longer_than_what_is_read_at_first(store, make):
    shown = make.examples(2, classes=15000, labels=[[0], [1]])
    head = make.header(shown)
    store.keep_examples(shown)
    store.keep(head, Answers(np.zeros((2, 1), np.uint16), np.ones((2, 1), np.float32)))
    assert len(store._folder.read("cells/digits-test/cnn.parquet")) > 2**17
    assert open_store(store.url).headers() == (head,)
    assert open_store(store.url).headers() == (head,)


def test_keeping_one_more_cell_looks_at_one_other(disk, make):
    shown = make.examples()
    store, seen = traced(disk.url)
    for subject in range(5):
        store.keep(make.header(shown, f"s{subject}"), make.answers(make.header(shown)))
        listed = seen.count("list cells/digits-test")
    assert listed == 2  # for the first, which nobody preceded, and the second
    store.discard(Cell("s0", "digits-test"))
    with pytest.raises(MismatchError, match="made from other seed"):
        store.check(make.header(shown, "late", seed=1))


# Discarding


def test_a_discarded_cell_can_be_measured_anew(filled, make):
    cell = Cell("a", "digits-test")
    head = filled.header(cell)
    filled.commit(head, 3, make.answers(head, 3, 9))
    filled.discard(cell)
    assert filled.header(cell) is None
    assert filled.parts(cell, head.condition.fingerprint, head.subject.fingerprint) == ()
    assert cell not in filled.counts().cells
    assert "a" not in filled.correct("digits-test").subjects
    with pytest.raises(NotKeptError, match=r"no answers of a × digits-test .* nothing to discard"):
        filled.discard(cell)
    make.put(filled, head)
    assert filled.header(cell) == head


def test_a_damaged_cell_can_be_discarded(disk, make):
    make.put(disk, make.header(make.examples()))
    path = Path(disk.url) / "cells/digits-test/cnn.parquet"
    path.write_bytes(b"no")
    disk.discard(Cell("cnn", "digits-test"))
    assert not os.path.lexists(path)


@pytest.mark.parametrize("stamps", [["1", None], [b"1", b"2"], [1, 2]])
def test_an_index_that_lost_a_key_or_its_type_is_damaged(stamps):
    with pytest.raises(ValueError, match="column stamp is not text in every row"):
        _keys_of(pa.table({"subject": ["a", "b"], "stamp": stamps}))


@pytest.mark.parametrize("kind", ["correct", "top1"])
def test_a_flipped_bit_that_makes_bytes_of_a_text_is_damage(filled, kind):
    """Parquet says of a column of bytes that it is text; no checksum covers that."""
    wanted, name = told(filled), f"index/{kind}/digits-test.parquet"
    whole = filled._folder.read(name)
    found = 0
    for at in range(len(whole)):
        damage = bytes([*whole[:at], whole[at] ^ 16, *whole[at + 1 :]])
        with suppress(OSError, pa.ArrowException, KeyError):
            if pq.read_schema(pa.BufferReader(damage)).field("subject").type == pa.binary():
                found += 1
                filled._folder.write(name, damage)
                assert told(open_store(filled.url)) == wanted
    assert found
