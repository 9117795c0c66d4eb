import signal
import subprocess
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldmark.records import StoreError, generator
from fieldmark.store import open_store
from fieldmark.store import store as store_module

HERE = Path(__file__).parent


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sets(st.integers(1, 29), max_size=6), st.randoms(use_true_random=False))
def test_cuts_and_order_leave_no_trace(make, tmp_path_factory, files, cuts, random):
    head = make.header(make.examples(30), change="pgd", level="1", kind="attack")
    plain, shuffled = (
        open_store(tmp_path_factory.mktemp("s") / "store", create=True) for _ in range(2)
    )
    plain.commit(head, 0, make.answers(head))
    plain.finish(head)
    spans = list(pairwise([0, *sorted(cuts), 30]))
    random.shuffle(spans)
    each = head.times.seconds / len(spans)
    for start, stop in spans:
        part = make.header(make.examples(30), change="pgd", level="1", kind="attack", seconds=each)
        shuffled.commit(part, start, make.answers(head, start, stop))
    shuffled.finish(head)
    ours, theirs = files(plain), files(shuffled)
    assert ours.keys() == theirs.keys()
    for name, data in ours.items():
        other = theirs[name]
        assert len(data) == len(other)
        if data != other:  # the times, and nothing else
            first, last = data.index(b'{"started"'), data.index(b"}", data.index(b'{"started"'))
            assert (data[:first], data[last:]) == (other[:first], other[last:])


def _killed(store, after, delay):
    """A writing process that is killed -9 a moment after its part number ``after``."""
    writer = subprocess.Popen(
        [sys.executable, "writer.py", store, "4", "60", "15"], cwd=HERE, stdout=subprocess.PIPE
    )
    for _ in range(after):
        writer.stdout.readline()
    time.sleep(delay)
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    writer.stdout.close()


def _without_times(files):
    cut = {}
    for name, data in files.items():
        start = data.find(b'{"started"')
        cut[name] = data if start < 0 else data[:start] + data[data.index(b"}", start) :]
    return cut


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")
def test_killed_at_any_moment_it_goes_on(make, files, tmp_path):
    sys.path.insert(0, str(HERE))
    try:
        import writer
    finally:
        sys.path.remove(str(HERE))
    whole = open_store(tmp_path / "whole", create=True)
    writer.fill(whole, 4, 60, 15)
    rng = generator(7)
    place = str(tmp_path / "killed")
    for after in (1, 4, 3):
        _killed(place, after, float(rng.uniform(0, 0.01)))
        store = open_store(place)
        for head in store.headers():  # whatever is there is whole, at any moment
            assert len(store.read(head.cell).answers) == 60
    writer.fill(store, 4, 60, 15)
    assert _without_times(files(store)) == _without_times(files(whole))
    assert not (Path(place) / "parts").exists()


def test_a_half_written_part_does_not_count(store, make):
    head = make.header(make.examples(20))
    lot = (head.condition.fingerprint, head.subject.fingerprint)
    store.commit(head, 0, make.answers(head, 0, 10))
    store.commit(head, 10, make.answers(head, 10, 20))
    name = f"parts/digits-test/cnn/{lot[0]}-{lot[1]}/10-20.parquet"
    whole = store._folder.read(name)
    for junk in (whole[:-1], whole[: len(whole) // 2], b"", bytes(len(whole))):
        store._folder.write(name, junk)
        assert store.parts(head.cell, *lot) == ((0, 10),)
        with pytest.raises(StoreError, match="there are 0 to 10"):
            store.finish(head)
    for odd in ("10-21.parquet", "x-y.parquet", "notes.txt", "10-20.parquet.0a1b2c3d.aside"):
        store._folder.write(name.replace("10-20.parquet", odd), whole)
    assert store.parts(head.cell, *lot) == ((0, 10),)
    store.commit(head, 10, make.answers(head, 10, 20))
    store.finish(head)
    assert len(store.read(head.cell).answers) == 20


def test_killed_between_cell_and_parts(disk, make, monkeypatch):
    head = make.header(make.examples(20))
    with monkeypatch.context() as patched:
        patched.setattr(store_module, "parts_folder", _die)
        with pytest.raises(KeyboardInterrupt):
            make.put(disk, head, 10)
    assert disk.header(head.cell).status == "done"
    parts = Path(disk.url) / "parts"
    assert len([path for path in parts.rglob("*") if path.is_file()]) == 2
    with disk.hold():
        assert not parts.exists()
    disk.finish(head)
    assert disk.header(head.cell).status == "done"


def _die(_cell):
    raise KeyboardInterrupt


def test_holding_sweeps_what_was_written_aside_and_nothing_else(disk, make):
    begun = make.header(make.examples(20), "begun")
    disk.commit(begun, 0, make.answers(begun, 0, 10))
    make.put(disk, make.header(make.examples(20), "done"))
    aside = Path(disk.url) / "cells/digits-test/x.parquet.0a1b2c3d.aside"
    aside.write_bytes(b"half")
    assert len(disk.headers()) == 1
    with disk.hold():
        assert not aside.exists()
        lot = (begun.condition.fingerprint, begun.subject.fingerprint)
        assert disk.parts(begun.cell, *lot) == ((0, 10),)
        assert len(disk.headers()) == 1


def test_two_threads_side_by_side(store, make):
    shown = make.examples(40)
    failed = []

    def work(mine):
        try:
            for subject in mine:
                make.put(store, make.header(shown, subject), 10, 20, 30)
                store.headers()
        except Exception as error:
            failed.append(error)

    names = [f"s{i:02}" for i in range(12)]
    threads = [threading.Thread(target=work, args=(names[i::3],)) for i in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert [cell.subject for cell in store.cells()] == names


def test_two_threads_on_the_parts_of_one_cell(store, make):
    head = make.header(make.examples(40))
    spans = [(start, start + 5) for start in range(0, 40, 5)]

    def work(mine):
        for start, stop in mine:
            store.commit(head, start, make.answers(head, start, stop))

    threads = [threading.Thread(target=work, args=(spans[i::2],)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.finish(head)
    assert (store.read(head.cell).answers.classes == make.answers(head).classes).all()
