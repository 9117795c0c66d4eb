"""Many whole cells at one go are kept as each would be alone."""

from pathlib import Path

import pytest

from fieldmark.records import Cell, MismatchError, StoreError
from fieldmark.store import open_store
from tests.store.making import answers, examples, header

SHOWN = examples(7)


def cells(*subjects, changes=("", "fog"), **told):
    for change in changes:
        for subject in subjects:
            head = header(SHOWN, subject, change=change, level="1" if change else "", **told)
            yield SHOWN, head, answers(head)


def test_they_are_the_files_that_keeping_each_makes(url):
    together, apart = open_store(f"{url}-a", create=True), open_store(f"{url}-b", create=True)
    with together.hold():
        together.keep_all(cells("cnn", "knn"))
    apart.keep_examples(SHOWN)
    for _, head, said in cells("cnn", "knn"):
        apart.keep(head, said)
    assert [c.subject for c in together.cells()] == ["cnn", "knn", "cnn", "knn"]
    assert together.headers() == apart.headers() == open_store(f"{url}-a").headers()
    for cell in together.cells():
        one, other = together.read(cell).answers, apart.read(cell).answers
        assert (one.classes == other.classes).all()
    assert (together.correct("digits-test").matrix() == apart.correct("digits-test").matrix()).all()


def test_nobody_reads_what_was_just_written(url):
    heard = []
    store = open_store(url, create=True, trace=heard.append)
    store.keep_all(cells("cnn", "knn"))
    store.headers()
    assert not [line for line in heard if line.startswith("read cells/")]
    heard.clear()
    again = open_store(url, trace=heard.append)
    assert len(again.headers()) == 4
    assert not [line for line in heard if line.startswith("read cells/")]


def test_a_second_time_nothing_changes_and_new_ones_are_added(store):
    store.keep_all(cells("cnn"))
    store.keep_all(cells("cnn", "knn"))
    assert len(store.cells()) == 4
    assert store.damage() == ()


def test_what_was_made_otherwise_is_refused_and_what_came_before_stays(store):
    store.keep_all(cells("cnn", changes=("",)))
    with pytest.raises(MismatchError, match="weights or recipe of cnn"):
        store.keep_all(cells("ant", "cnn", changes=("",), weights="2"))
    with pytest.raises(MismatchError, match="seed"):
        store.keep_all(cells("knn", changes=("",), seed=3))
    with pytest.raises(MismatchError, match="seed"):  # of each other, with nothing kept before
        store.keep_all([*cells("a", changes=("fog",)), *cells("b", changes=("fog",), seed=1)])
    assert [str(cell) for cell in store.cells()] == [
        "ant × digits-test",
        "cnn × digits-test",
        "a × digits-test+fog@1",
    ]


def test_a_cell_of_few_answers_is_refused(store):
    head = header(SHOWN)
    with pytest.raises(StoreError, match="has 7 examples, not 5; commit parts"):
        store.keep_all([(SHOWN, head, answers(head, 0, 5))])


def test_parts_that_were_begun_go(store):
    head = header(SHOWN)
    store.commit(head, 0, answers(head, 0, 3))
    store.keep_all(cells("cnn"))
    about = head.condition.fingerprint, head.subject.fingerprint
    assert store.parts(Cell("cnn", "digits-test"), *about) == ()


def test_a_file_that_another_name_took_is_not_written_over(disk):
    # As on a file system that takes A for a: the file is there, but is another subject's.
    disk.keep_all(cells("CNN", changes=("",)))
    file = next(path for path in disk_files(disk) if path.name == "CNN.parquet")
    file.rename(file.with_name("cnn.parquet"))
    with pytest.raises(StoreError, match="differ only in capitals"):
        disk.keep_all(cells("cnn", changes=("",)))


def disk_files(store):
    return sorted(Path(store.url).rglob("*.parquet"))
