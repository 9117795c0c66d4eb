"""Holding a store: one run at a time writes to it; reading is always allowed."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path

from fieldmark.records import StoreBusyError, StoreError
from fieldmark.store.files import Folder
from fieldmark.store.leasing import leased
from fieldmark.store.naming import HOLDER, LOCK


@contextmanager
def held(folder: Folder) -> Iterator[None]:
    """The store is this run's alone while inside.

    On a disk this is a lock of the operating system: it goes with the process, however that ends.
    On a bucket it is a lease, see ``leasing``. Memory is seen by this process alone. Should two
    runs meet in spite of all this, nothing is lost: a cell's file depends only on what it is made
    from and is put whole, so both write the same.

    Raises:
        StoreBusyError: Another run holds it; says which.
        StoreError: The folder cannot be written to.
    """
    if not folder.local:
        with nullcontext() if folder.fs.protocol == "memory" else leased(folder, _oneself()):
            yield
        return
    from filelock import FileLock, Timeout

    lock = FileLock(folder.path(LOCK), blocking=False)
    try:
        lock.acquire()
    except Timeout:
        raise StoreBusyError(
            f"{folder.url} is held by another run{_holder(folder)}. Wait until it ends, or stop "
            "it; reading works meanwhile"
        ) from None
    except OSError as error:
        raise StoreError(
            f"cannot write to {folder.url}: {error.strerror or error}. Everything kept is intact; "
            "make the folder writable or use another store"
        ) from error
    try:
        _sign(folder)
        yield
    finally:
        Path(folder.path(HOLDER)).unlink(missing_ok=True)
        lock.release()


def _sign(folder: Folder) -> None:
    folder.write(HOLDER, json.dumps(_oneself()).encode())


def _oneself() -> dict[str, str | int]:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return {"pid": os.getpid(), "host": socket.gethostname(), "since": now}


def _holder(folder: Folder) -> str:
    try:
        holder = json.loads(folder.read(HOLDER) or b"")
        return f" (process {holder['pid']} on {holder['host']}, since {holder['since']})"
    except (ValueError, KeyError, TypeError, StoreError):
        return ""
