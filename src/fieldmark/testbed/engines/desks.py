"""Desks: what a worker process does with an errand, and keeps at hand for the next one.

It makes the pictures of a part once and asks some subjects about them, one after another. Where it
sees the store that the run holds it commits each answer itself; where it does not, or the part is
the whole cell, the answers travel back. Either way the bytes that are kept are the same.
"""

import os
import socket
import sys
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

from fieldmark.records import (
    Answers,
    Cell,
    Classifier,
    Condition,
    FieldmarkError,
    Header,
    Status,
    StoreError,
    Subject,
)
from fieldmark.store import Store, holder_at, is_committed, open_store
from fieldmark.testbed.cellwork import CellWork
from fieldmark.testbed.crew import made_ready
from fieldmark.testbed.engines.errands import Brought, Errand, Home, Told
from fieldmark.testbed.memory import room_for_weights, weight
from fieldmark.testbed.options import Options
from fieldmark.testbed.parts import Part, Shown, parts_of
from fieldmark.testbed.provenance import code_versions, wanted

_CONDITIONS_AT_HAND = 4


class Desk:
    """A worker's place: conditions, loaded models and the store stay at hand between errands.

    Args:
        fetch: From what an errand calls a condition or subject by to the thing itself.
    """

    def __init__(self, fetch: Callable[[Any], Any]) -> None:
        self._fetch = fetch
        self._conditions: OrderedDict[Any, Condition] = OrderedDict()
        self._loaded: OrderedDict[Any, tuple[Subject, Classifier]] = OrderedDict()
        self._stores: dict[tuple[str, str], Store | None] = {}
        self.stopping = Event()

    def run(self, errand: Errand) -> Brought:
        """What came of an errand; it ends after the answer in hand when ``stopping`` is set."""
        host = socket.gethostname()
        other = differences(errand.home.code, code_versions())
        if other:
            return Brought(host, unfit=f"has {other}")
        come_in(errand.home)
        told: list[Told] = []
        try:
            asking = _Asking(errand, self._condition(errand.condition), self._store(errand.home))
            for key in errand.subjects:
                if self.stopping.is_set():
                    break
                told.append(asking.ask(*self._ready(key, errand.options.memory)))
        except _UnpackedError as error:
            return Brought(host, tuple(told), unfit=f"cannot unpack what it was sent ({error})")
        except _UnshownError as error:
            return Brought(host, tuple(told), unshown=str(error))
        except StoreError as error:
            return Brought(host, tuple(told), unkept=str(error))
        return Brought(host, tuple(told))

    def _condition(self, key: Any) -> Condition:  # noqa: ANN401  whatever names it
        if key not in self._conditions:
            self._conditions[key] = self._unpacked(key)
            if len(self._conditions) > _CONDITIONS_AT_HAND:
                self._conditions.popitem(last=False)
        return self._conditions[key]

    def _ready(self, key: Any, memory: float) -> tuple[Subject, Classifier]:  # noqa: ANN401
        """A subject and itself loaded; those that nobody asked for longest make room for it."""
        if key not in self._loaded:
            subject = self._unpacked(key)
            self._loaded[key] = (subject, made_ready(subject))
            room = room_for_weights(memory)
            while len(self._loaded) > 1 and self._weight() > room:
                self._loaded.popitem(last=False)
        self._loaded.move_to_end(key)
        return self._loaded[key]

    def _weight(self) -> int:
        return sum(weight(classifier) for _, classifier in self._loaded.values())

    def _unpacked(self, key: Any) -> Any:  # noqa: ANN401
        try:
            return self._fetch(key)
        except Exception as error:  # whatever comes of unpacking it here
            why = f"{type(error).__name__}: {error}"
            raise _UnpackedError(" ".join(why.split())[:300]) from error

    def _store(self, home: Home) -> Store | None:
        """The store, where this process sees the one that the run holds."""
        key = (home.store, home.holder)
        if key not in self._stores:
            seen = bool(home.holder) and holder_at(home.store) == home.holder
            self._stores[key] = open_store(home.store) if seen else None
        return self._stores[key]


class _Tray:
    """Takes the answers of one part of a cell: to the store where it is seen, else back home.

    To the work on the cell it is a store that holds every part but this one.
    """

    def __init__(self, errand: Errand, condition: Condition, store: Store | None) -> None:
        self._errand, self._condition, self._store = errand, condition, store
        self.told: Told | None = None

    def parts(
        self, cell: Cell, condition_fingerprint: str, subject_fingerprint: str
    ) -> tuple[tuple[int, int], ...]:
        """Every part but that of the errand."""
        every = parts_of(self._condition, self._errand.options)
        return tuple((one.start, one.stop) for one in every if one != self._errand.part)

    def commit(self, header: Header, start: int, answers: Answers) -> None:
        """The answers go into the store that is seen, or travel."""
        if self._store is None:
            self.told = Told(header, answers)
        else:
            self._store.commit(header, start, answers)
            self.told = Told(header)

    def close(
        self, header: Header, condition: Condition, options: Options, whole: Answers | None
    ) -> Status:
        """The cell is not closed here; answers to all of it travel."""
        self.told = self.told or Told(header, whole)
        return "done"

    def record(self, header: Header) -> None:
        """A record travels."""
        self.told = Told(header)


class _Asking:
    """One part of a condition on its way through some subjects; its pictures are made once."""

    def __init__(self, errand: Errand, condition: Condition, store: Store | None) -> None:
        self._errand, self._condition, self._store = errand, condition, store
        self._pictures: Shown | None = None

    def ask(self, subject: Subject, classifier: Classifier) -> Told:
        """What a subject says to the part, committed where that can be done here.

        Raises:
            _UnshownError: The pictures cannot be made.
            StoreError: The answers cannot be committed.
        """
        errand = self._errand
        if self._is_committed(subject):  # by a worker that died before it came back
            errand = replace(errand, part=Part(0, 0))
        tray = _Tray(errand, self._condition, self._store)
        work = CellWork.begin(
            subject, classifier, self._condition, tray, errand.options, tray.close
        )
        if tray.told is None:
            work.do(self._shown())
        assert tray.told is not None
        return tray.told

    def _is_committed(self, subject: Subject) -> bool:
        part = self._errand.part
        if self._store is None or part.stop - part.start == len(self._condition.examples):
            return False
        return is_committed(self._store, wanted(subject, self._condition), part.start, part.stop)

    def _shown(self) -> Shown:
        if self._pictures is None:
            rows = self._errand.part.rows
            try:
                self._pictures = Shown(
                    self._condition, self._errand.part, self._condition.images(rows)
                )
            except FieldmarkError as error:
                raise _UnshownError(str(error)) from error
        return self._pictures


class _UnshownError(Exception):
    """The pictures of a condition cannot be made."""


class _UnpackedError(Exception):
    """A condition or a subject cannot be made of what was sent."""


def differences(wanted: Mapping[str, str], found: Mapping[str, str]) -> str:
    """What another machine has that could change an answer, in words; "" where it has the same.

    Example:
        >>> differences({"torch": "2.13"}, {"torch": "2.12"})
        'torch 2.12 instead of 2.13'
    """
    names = [name for name in sorted({*wanted, *found}) if wanted.get(name) != found.get(name)]
    return ", ".join(
        f"{name} {found.get(name, 'nothing')} instead of {wanted.get(name, 'nothing')}"
        for name in names
    )


def come_in(home: Home) -> None:
    """Work where the run was started, and find the modules that it finds, as far as they are here.

    Relative paths then mean the same, and a model of a user's own is imported from the same file.
    """
    if Path(home.folder).is_dir():
        os.chdir(home.folder)
    sys.path += [path for path in home.paths if path not in sys.path and Path(path).exists()]
