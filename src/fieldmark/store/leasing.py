"""Leases: on a bucket, where no lock goes with its process, an object says who writes just now.

The object holds a token that nobody else has. It is put only where none is; most servers see to
that themselves (``If-None-Match: *``), and of one that does not the answer is read back after a
moment. Its holder renews it. One that was not renewed for two minutes, by the clock of the bucket,
is of a run that was killed, and the next run takes it over.
"""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Event, Thread
from time import sleep
from typing import Any

from fieldmark.records import StoreBusyError, StoreError
from fieldmark.store.files import Folder
from fieldmark.store.naming import LOCK

RENEWED_EVERY = 20.0
"""Seconds between two renewals of a lease."""

LIFETIME = 120.0
"""Seconds after its last renewal for which a lease holds."""

SETTLED_AFTER = 2.0
"""Seconds after which two runs that began at once can tell who was last to write."""

_CLOCK = ".clock"


@dataclass(frozen=True)
class Found:
    """A lease as it lies in the bucket: its token, who holds it, and its age in seconds."""

    token: str
    holder: str
    age: float


@contextmanager
def leased(folder: Folder, about: dict[str, Any]) -> Iterator[None]:
    """The store in a bucket is this run's alone while inside.

    Args:
        folder: The store's folder.
        about: Who is about to write: "pid", "host" and "since".

    Raises:
        StoreBusyError: Another run holds it, or took it over while this one was not heard of.
        StoreError: The bucket cannot be written to.
    """
    token = secrets.token_hex(8)
    said = json.dumps({"token": token, **about}).encode()
    _take(folder, token, said)
    over = Event()
    renewing = Thread(target=_renew, args=(folder, token, said, over), daemon=True)
    renewing.start()
    try:
        yield
    finally:
        over.set()
        renewing.join()
        lost = _let_go(folder, token)
    if lost is not None:
        raise StoreBusyError(
            f"while this run was not heard of, another run{lost.holder} took over {folder.url}. "
            "Everything that either of them answered is kept; run again to see what is missing"
        )


def _take(folder: Folder, token: str, said: bytes) -> None:
    """Put the lease where there is none, or only one of a run that is no more.

    Raises:
        StoreBusyError: Somebody holds it.
    """
    found = look(folder)
    if found is not None:
        if found.age < LIFETIME:
            raise _busy(folder, found)
        folder.remove(LOCK)  # of a run that was killed
    refused = not folder.create(LOCK, said)
    refuses = refused or not folder.create(LOCK, said)
    if not refuses or found is not None:
        sleep(SETTLED_AFTER)  # whoever saw what we saw has written by now
    if refused or not refuses or found is not None:
        now = look(folder)
        if now is None or now.token != token:
            raise _busy(folder, now)


def look(folder: Folder) -> Found | None:
    """The lease that lies in the bucket; None where there is none.

    Raises:
        StoreError: The bucket does not answer.
    """
    data = folder.read(LOCK)
    if data is None:
        return None
    token, holder = "", ""
    with suppress(ValueError, KeyError, TypeError):
        told = json.loads(data)
        token = str(told["token"])
        holder = f" (process {told['pid']} on {told['host']}, since {told['since']})"
    return Found(token, holder, _age(folder))


def _age(folder: Folder) -> float:
    """Seconds since the lease was renewed, by the bucket's own clock; 0 where nobody can say."""
    folder.write(_CLOCK, b"")
    now, then = folder.changed(_CLOCK), folder.changed(LOCK)
    with suppress(StoreError):
        folder.remove(_CLOCK)
    return 0.0 if now is None or then is None else max(0.0, (now - then).total_seconds())


def _renew(folder: Folder, token: str, said: bytes, over: Event) -> None:
    while not over.wait(RENEWED_EVERY):
        with suppress(StoreError):  # a bucket that is not heard of for a moment
            if _is_ours(folder, token):
                folder.write(LOCK, said)


def _let_go(folder: Folder, token: str) -> Found | None:
    """Take the lease away; the other one where somebody took it over."""
    with suppress(StoreError):  # left behind, it ends by itself
        if _is_ours(folder, token):
            folder.remove(LOCK)
            return None
        return look(folder)
    return None


def _is_ours(folder: Folder, token: str) -> bool:
    return token.encode() in (folder.read(LOCK) or b"")


def _busy(folder: Folder, found: Found | None) -> StoreBusyError:
    if found is None:
        return StoreBusyError(f"another run began to write to {folder.url} at once; run again")
    left = max(1, round(LIFETIME - found.age))
    return StoreBusyError(
        f"{folder.url} is held by another run{found.holder}. Wait until it ends, or stop it; if it "
        f"was killed, its hold ends by itself in {left} s, or remove {folder.where(LOCK)}. "
        "Reading works meanwhile"
    )
