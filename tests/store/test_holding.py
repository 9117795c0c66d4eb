import os
import signal
import socket
import subprocess
import sys

import pytest

from fieldmark.records import StoreBusyError
from fieldmark.store import open_store

HOLDER = (
    "import sys, time; from fieldmark.store import open_store\n"
    "with open_store(sys.argv[1]).hold():\n"
    "    print('held', flush=True)\n"
    "    time.sleep(60)\n"
)


def _holding(store):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, store.url], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout.readline() == "held\n"
    return holder


def test_a_second_run_is_told_who_holds_it_and_may_read(disk, make):
    make.put(disk, make.header(make.examples()))
    holder = _holding(disk)
    words = rf"another run \(process {holder.pid} on {socket.gethostname()}, since 20"
    try:
        with pytest.raises(StoreBusyError, match=words), disk.hold():
            pass
        assert len(open_store(disk.url).headers()) == 1
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        holder.stdout.close()
    with disk.hold():  # the lock went with the process
        pass


def test_one_process_does_not_hold_it_twice(disk):
    words = rf"process {os.getpid()} on"
    with disk.hold():
        for other in (disk, open_store(disk.url)):
            with pytest.raises(StoreBusyError, match=words), other.hold():
                pass
    with disk.hold():
        pass


def test_it_is_let_go_after_an_error(disk):
    with pytest.raises(ZeroDivisionError), disk.hold():
        raise ZeroDivisionError
    with disk.hold():
        pass


@pytest.mark.parametrize("junk", [b"", b"[]", b"{}", b"\xff"])
def test_an_unreadable_holder_is_another_run(disk, junk):
    with disk.hold():
        disk._folder.write(".holder.json", junk)
        with pytest.raises(StoreBusyError, match=r"is held by another run\. Wait"), disk.hold():
            pass


def test_a_bucket_needs_no_lock():
    store = open_store("memory://held", create=True)
    with store.hold(), store.hold():
        assert store.cells() == ()
