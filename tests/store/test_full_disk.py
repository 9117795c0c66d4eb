import subprocess
import sys
from pathlib import Path

import pytest

from fieldmark.records import StoreError
from fieldmark.store import open_store

HERE = Path(__file__).parent

LIMITED = """
import resource, sys
import making
from fieldmark.records import StoreError
from fieldmark.store import open_store
store = open_store(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))
head = making.header(making.examples(4000), "big")
try:
    store.commit(head, 0, making.answers(head))
except StoreError as error:
    print(error)
"""

MOUNTED = """
import subprocess, sys
import making
from fieldmark.records import Cell, StoreError
from fieldmark.store import open_store

def hold():
    with store.hold():
        pass

place = sys.argv[1]
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96k", "none", place], check=True)
store = open_store(place, create=True)
making.put(store, making.header(making.examples(10), "small"))
head = making.header(making.examples(10000), "big", change="fog", level="1")
try:
    store.commit(head, 0, making.answers(head))
except StoreError as error:
    print(error)
print(len(store.read(Cell("small", "digits-test")).answers))
subprocess.run(["mount", "-o", "remount,ro", place], check=True)
store = open_store(place)
print(len(store.headers()))
for write in (lambda: store.commit(head, 0, making.answers(head, 0, 2)), hold):
    try:
        write()
    except StoreError as error:
        print(error)
"""


def _run(code, place, *before):
    seen = subprocess.run(
        [*before, sys.executable, "-c", code, str(place)], cwd=HERE, capture_output=True, text=True
    )
    assert seen.returncode == 0, seen.stderr
    return seen.stdout.splitlines()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no limits to set")
def test_a_file_too_large_for_this_process(disk, make, files):
    make.put(disk, make.header(make.examples(10)))
    before = files(disk)
    [line] = _run(LIMITED, disk.url)
    assert line.startswith(f"cannot write {disk.url}/parts/digits-test/big/")
    assert "File too large. Everything kept before is intact; free some space there" in line
    assert files(disk) == before  # no half-written file either


def _may_mount():
    if not sys.platform.startswith("linux"):
        return False
    try:
        asked = ["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/tmp"]
        return subprocess.run(asked, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@pytest.mark.skipif(not _may_mount(), reason="a file system of one's own cannot be mounted here")
def test_a_full_and_then_a_read_only_disk(tmp_path):
    full, small, readable, closed, held = _run(MOUNTED, tmp_path, "unshare", "-rm")
    assert "No space left on device. Everything kept before is intact; free some space" in full
    assert (small, readable) == ("10", "1")
    assert "Read-only file system. Everything kept before is intact; make that folder w" in closed
    assert held.startswith(f"cannot write to {tmp_path}: Read-only file system. Everything kept")


def test_a_folder_in_the_way(disk, make):
    head = make.header(make.examples(10))
    (Path(disk.url) / "parts").write_text("not a folder")
    with pytest.raises(
        StoreError, match=r"cannot write .*/parts/digits-test/cnn/.*: Not a directory"
    ):
        disk.commit(head, 0, make.answers(head))


def test_a_folder_where_a_file_should_be(disk, make):
    (Path(disk.url) / "cells/digits-test/cnn.parquet").mkdir(parents=True)
    with pytest.raises(StoreError, match=r"cannot read .*/cnn.parquet: Is a directory"):
        disk.header(make.header(make.examples()).cell)


def test_a_store_on_a_closed_disk_is_not_made(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(
        StoreError, match=r"cannot write .*fieldmark.json: .*see to it or use another"
    ):
        open_store(tmp_path / "file" / "store", create=True)


def test_a_folder_that_cannot_be_listed_is_not_an_empty_one(disk):
    (Path(disk.url) / "cells").write_text("not a folder")
    with pytest.raises(StoreError, match=r"cannot list .*/cells: Not a directory"):
        disk.headers()
