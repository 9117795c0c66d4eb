"""A store in a bucket, on a real S3 server: the same life as on a disk, one writer at a time."""

import json
import signal
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fieldmark.records import Cell, MismatchError, NotKeptError, StoreBusyError, StoreError
from fieldmark.store import leasing, open_store
from tests import buckets


@pytest.fixture(scope="module")
def server():
    with buckets.server() as opened:
        yield opened


@pytest.fixture
def bucket(server):
    yield server.bucket()
    server.fault, server.deaf = None, False


@pytest.fixture
def url(bucket):
    return f"{bucket}/a store"


@pytest.fixture
def store(url):
    return open_store(url, create=True)


def names(store):
    """Everything that is kept of a store, not derived."""
    root = store._folder.root
    store._folder.fs.invalidate_cache()
    found = {path[len(root) + 1 :] for path in store._folder.fs.find(root)}
    return {name for name in found if not name.startswith(("index", "."))}


@pytest.mark.slow
def test_its_whole_life(store, url, make, tmp_path):
    shown = make.examples(20)
    head, other = make.header(shown), make.header(shown, "other")
    with store.hold():
        store.keep_examples(shown)
        store.keep_specimens("digits-test", {shown.ids[0]: b"png"})
        store.commit(head, 0, make.answers(head, 0, 10))
    again = open_store(url)  # as after a kill: what was committed counts
    lot = (head.condition.fingerprint, head.subject.fingerprint)
    assert again.parts(head.cell, *lot) == ((0, 10),)
    with again.hold():
        again.commit(head, 10, make.answers(head, 10, 20))
        again.finish(head)
        again.keep(other, make.answers(other))
        again.record(make.header(shown, "failing", status="failed", reason="no"))
    assert not [name for name in names(again) if name.startswith("parts")]
    assert [cell.subject for cell in store.cells()] == ["cnn", "failing", "other"]  # of the first
    reader = open_store(url)
    right = reader.correct("digits-test")
    assert (right.subjects, right.counts().tolist()) == (
        ("cnn", "other"),
        reader.counts().hits.tolist(),
    )
    assert reader.specimens("digits-test") == {shown.ids[0]: b"png"}
    assert reader.damage() == ()
    rows = reader.sql("select subject, count(*) as n from predictions group by 1 order by 1")
    assert rows.to_pylist() == [{"subject": "cnn", "n": 20}, {"subject": "other", "n": 20}]
    with pytest.raises(MismatchError, match="other weights or recipe of cnn"):
        reader.check(make.header(shown, weights="2"))
    with reader.hold():
        reader.forget(Cell("failing", "digits-test"))
        reader.discard(Cell("other", "digits-test"))
    assert [cell.subject for cell in open_store(url).cells()] == ["cnn"]
    with pytest.raises(NotKeptError):
        reader.read(Cell("other", "digits-test"))
    disk = open_store(tmp_path / "store", create=True)
    disk.keep_examples(shown)
    make.put(disk, head, 10)
    for name in names(reader) - {"specimens/digits-test.parquet"}:  # byte for byte as on a disk
        assert disk._folder.read(name) == reader._folder.read(name)


def test_its_index_is_used_and_noticed_when_it_is_old(store, url, make):
    make.put(store, make.header(make.examples()))
    store.keep_examples(make.examples())
    wanted = store.counts().hits.tolist()
    seen = []
    again = open_store(url, trace=seen.append)
    assert again.counts().hits.tolist() == wanted
    assert not [one for one in seen if one.startswith(("read cells", "write"))]
    make.put(store, make.header(make.examples(), "new"))
    assert len(again.counts().hits) == 2  # no listing of before is believed


def test_holding_sweeps_what_a_killed_run_left(store, make):
    head = make.header(make.examples(20))
    make.put(store, head)
    store.commit(head, 0, make.answers(head, 0, 10))  # killed between cell and parts
    with store.hold():
        assert not [name for name in names(store) if name.startswith("parts")]


def test_a_second_run_is_told_who_holds_it_and_may_read(store, url, make):
    other = open_store(url)
    with store.hold():
        make.put(store, make.header(make.examples()))
        with pytest.raises(StoreBusyError, match=r"by another run \(process \d+ on .*since 20"):
            other.hold().__enter__()
        assert len(other.headers()) == 1
        assert store._folder.exists(".lock")
    with other.hold():
        pass
    assert not store._folder.exists(".lock")


@pytest.mark.parametrize("deaf", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_of_runs_that_begin_at_once_one_holds_it(server, store, url, deaf, monkeypatch):
    monkeypatch.setattr(leasing, "SETTLED_AFTER", 0.5)
    server.deaf = deaf
    held, busy, begin, end = [], [], threading.Barrier(4), threading.Barrier(4)

    def run():
        other = open_store(url)
        begin.wait()
        try:
            with other.hold():
                held.append(1)
                end.wait()
        except StoreBusyError as error:
            busy.append(str(error))
            end.wait()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(held), len(busy)) == (1, 3)


def test_the_lease_of_a_killed_run_is_named_and_ends_by_itself(store, monkeypatch):
    said = {"token": "t", "pid": 7, "host": "far", "since": "2026-01-01T00:00:00+00:00"}
    store._folder.write(".lock", json.dumps(said).encode())
    words = r"held by another run \(process 7 on far, since 2026.*ends by itself in 1[12]\d s, or r"
    with pytest.raises(StoreBusyError, match=words), store.hold():
        pass
    monkeypatch.setattr(leasing, "SETTLED_AFTER", 0.01)
    monkeypatch.setattr(leasing, "LIFETIME", 0.0)
    with store.hold():
        assert json.loads(store._folder.read(".lock"))["token"] != "t"
    store._folder.write(".lock", b"junk")
    with store.hold():
        pass


def test_a_lease_is_renewed_and_one_that_is_lost_is_told(store, monkeypatch):
    monkeypatch.setattr(leasing, "RENEWED_EVERY", 0.05)
    folder, renewed = store._folder, threading.Event()
    write = type(folder).write

    def seen(self, name, data):
        write(self, name, data)
        if name == ".lock":
            renewed.set()

    monkeypatch.setattr(type(folder), "write", seen)
    with store.hold():
        assert renewed.wait(5)
        held = leasing.look(folder)
        assert held.token and held.age < 5
    other = {"token": "o", "pid": 8, "host": "near", "since": "now"}
    words = r"another run \(process 8 on near, since now\) took over s3://"
    with pytest.raises(StoreBusyError, match=words), store.hold():
        folder.write(".lock", json.dumps(other).encode())
    assert leasing.look(folder).token == "o"  # it is not ours to remove


def test_the_age_of_a_lease_goes_by_the_clock_of_the_bucket(store, monkeypatch):
    now = datetime.now(UTC)
    ages = {".lock": now - timedelta(seconds=90), ".clock": now}
    store._folder.write(".lock", b"{}")
    monkeypatch.setattr(type(store._folder), "changed", lambda _, name: ages[name])
    assert leasing.look(store._folder).age == 90.0


@pytest.mark.slow
def test_readers_see_whole_files_only_while_a_run_goes_on(store, url, make):
    shown, over, wrong = make.examples(40), threading.Event(), []
    store.keep_examples(shown)
    everybody = [[], [], []]

    def read(seen):
        reader = open_store(url)
        while not over.is_set():
            try:
                cells = reader.cells()
                if cells:
                    assert len(reader.read(cells[-1]).answers) == 40
                    assert len(reader.counts().hits) >= len(cells)
                    reader.correct("digits-test")
                    seen.append(len(cells))
            except Exception as error:
                wrong.append(error)

    readers = [threading.Thread(target=read, args=(seen,)) for seen in everybody]
    for reader in readers:
        reader.start()
    with store.hold():
        for subject in range(6):
            make.put(store, make.header(shown, f"s{subject}"), 10, 30)
    while not all(everybody) and not wrong:
        over.wait(0.01)
    over.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    assert all(seen == sorted(seen) for seen in everybody)
    assert len(open_store(url).counts().hits) == 6


def test_who_may_only_read_can_tell_everything(server, store, url, make):
    store.keep_examples(make.examples())
    make.put(store, make.header(make.examples()))
    denied = ("403 Forbidden", "AccessDenied")
    server.fault = lambda environ: denied if environ["REQUEST_METHOD"] == "PUT" else None
    reader = open_store(url)
    assert reader.counts().hits.tolist() == reader.correct("digits-test").counts().tolist()
    assert len(reader.cells()) == 1


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")
def test_a_run_that_is_killed_goes_on(url, make, files, tmp_path):
    here = Path(__file__).parent
    command = [sys.executable, "writer.py", url, "3", "60", "15"]
    killed = subprocess.Popen(command, cwd=here, stdout=subprocess.PIPE)
    for _ in range(6):
        killed.stdout.readline()
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    killed.stdout.close()
    store = open_store(url)
    assert len(store.cells()) == 1
    told = subprocess.run(command, cwd=here, capture_output=True, text=True)
    words = f"is held by another run (process {killed.pid} on {socket.gethostname()}, since"
    assert words in told.stderr
    store._folder.fs.rm(f"{store._folder.root}/.lock")  # what the message says
    subprocess.run(command, cwd=here, check=True, capture_output=True)
    disk = str(tmp_path / "disk")
    subprocess.run([*command[:2], disk, *command[3:]], cwd=here, check=True, capture_output=True)
    assert {name: cut(store._folder.read(name)) for name in names(store)} == {
        name: cut(data) for name, data in files(open_store(disk)).items()
    }


def cut(data):
    """The bytes of a file without the times in it."""
    start = data.find(b'{"started"')
    return data if start < 0 else data[:start] + data[data.index(b"}", start) :]


# What may go wrong


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (("507 Insufficient Storage", "507"), "free some space there"),
        (("403 Forbidden", "QuotaExceeded"), "QuotaExceeded here.*free some space there"),
        (("403 Forbidden", "AccessDenied"), "AccessDenied here.*make that folder writable"),
        (("403 Forbidden", "InvalidAccessKeyId"), "give this process the keys to that bucket"),
        (("400 Bad Request", "Whatever"), "Whatever.*see to it or use another store"),
    ],
)
def test_a_bucket_that_takes_nothing_more(server, store, make, answer, words):
    head = make.header(make.examples(20))
    store.commit(head, 0, make.answers(head, 0, 10))
    server.fault = lambda environ: answer if environ["REQUEST_METHOD"] == "PUT" else None
    with pytest.raises(StoreError, match=f"cannot write s3://.*10-20.parquet: .*{words}") as told:
        store.commit(head, 10, make.answers(head, 10, 20))
    assert "Everything kept before is intact" in str(told.value)
    assert "\n" not in str(told.value)
    with pytest.raises(StoreError, match="cannot write"), store.hold():
        pass
    server.fault = None
    lot = (head.condition.fingerprint, head.subject.fingerprint)
    assert store.parts(head.cell, *lot) == ((0, 10),)
    store.commit(head, 10, make.answers(head, 10, 20))
    store.finish(head)
    assert len(store.read(head.cell).answers) == 20


def test_a_server_that_fails_now_and_then_is_asked_again(server, store, make):
    seen = []

    def fault(environ):
        seen.append(environ["PATH_INFO"])
        return ("503 Slow Down", "SlowDown") if len(seen) == 1 else None

    server.fault = fault
    make.put(store, make.header(make.examples()))
    assert len(store.cells()) == 1 and len(seen) > 1


def test_a_bucket_that_is_not_there(server):
    with pytest.raises(StoreError, match="there is no store at s3://nobodys-bucket/x"):
        open_store("s3://nobodys-bucket/x")
    words = (
        r"cannot write s3://nobodys-bucket/x/fieldmark.json: The specified bucket does not exist"
    )
    with pytest.raises(StoreError, match=f"{words}.*make the bucket, or use another store"):
        open_store("s3://nobodys-bucket/x", create=True)


def test_something_else_lies_there(server, bucket):
    import fsspec

    fs = fsspec.filesystem("s3")
    fs.pipe_file(f"{bucket[5:]}/photos/a.jpg", b"jpg")
    with pytest.raises(StoreError, match=r"holds other things \(a.jpg\) and is no store"):
        open_store(f"{bucket}/photos", create=True)
    with pytest.raises(StoreError, match=r"a.jpg is a file; a store is a folder"):
        open_store(f"{bucket}/photos/a.jpg", create=True)
    assert open_store(f"{bucket}/photos/store", create=True).cells() == ()


def test_without_keys(server, monkeypatch):
    from s3fs import S3FileSystem

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    S3FileSystem.clear_instance_cache()
    try:
        words = r"cannot read s3://any/x/fieldmark.json: Unable to locate credentials. Give this"
        with pytest.raises(StoreError, match=words):
            open_store("s3://any/x")
    finally:
        S3FileSystem.clear_instance_cache()


@pytest.fixture
def impatient(server, monkeypatch):
    """Nobody is asked again, and an answer is not waited for."""
    from s3fs import S3FileSystem

    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setattr(S3FileSystem, "retries", 1)
    monkeypatch.setattr(S3FileSystem, "read_timeout", 0.2)
    S3FileSystem.clear_instance_cache()
    yield monkeypatch
    S3FileSystem.clear_instance_cache()


def test_nobody_at_that_address(impatient, server):
    store = open_store(f"{server.bucket()}/x", create=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    impatient.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    type(store._folder.fs).clear_instance_cache()
    words = "Could not connect to the endpoint URL.*See whether the server is there and answers"
    with pytest.raises(StoreError, match=f"cannot read s3://any/x/fieldmark.json: {words}"):
        open_store("s3://any/x", create=True)


def test_a_server_that_does_not_answer(impatient):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        impatient.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        words = "[Tt]imeout on.*See whether the server is there and answers"
        with pytest.raises(StoreError, match=f"cannot read s3://any/x/fieldmark.json: .*{words}"):
            open_store("s3://any/x")
