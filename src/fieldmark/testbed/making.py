"""Making: the pictures of the next questions, made while those before them are asked."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from math import prod
from queue import SimpleQueue
from threading import Lock
from typing import TypeVar

import torch

from fieldmark.records import Condition, DataError, FieldmarkError, Pixels, Rows
from fieldmark.testbed.decoders import Decoder, Packed, can_begin, packed
from fieldmark.testbed.options import Options, usable_cores

_Question = TypeVar("_Question")

_PAYS_FROM = 2_000  # pictures; fewer are made before a process has begun
_LARGE = 64 * 64 * 3  # numbers in a picture; smaller ones are made in no time
_MANY_CORES = 4
_MOST_DECODERS = 16


class Maker:
    """Makes pictures ahead of whoever asks about them, in the order in which they are wanted.

    Args:
        decoders: Processes; 0 makes everything in one thread of this process.
    """

    def __init__(self, decoders: int) -> None:
        self.decoders = decoders
        self._pool = ThreadPoolExecutor(
            max(1, decoders),
            thread_name_prefix="make",
            initializer=lambda: torch.set_num_threads(1),
        )
        self._all = [Decoder() for _ in range(decoders)]
        self._idle: SimpleQueue[Decoder] = SimpleQueue()
        for one in self._all:
            self._idle.put(one)
        self._packed: tuple[Condition, Packed | None] | None = None
        self._here = Lock()  # a shift of the user's own need not stand two threads at once

    def begin(self, condition: Condition, rows: Rows) -> "Future[Pixels]":
        """The pictures of some rows, soon.

        The future raises a ``DataError`` where one of them cannot be made.
        """
        sent = self._sent(condition) if self.decoders else None
        return self._pool.submit(self._make, condition, sent, rows)

    def make(self, condition: Condition, rows: Rows) -> Pixels:
        """The same, now.

        Raises:
            DataError: One of them cannot be made.
        """
        return self.begin(condition, rows).result()

    def ahead(
        self, wanted: Iterator[tuple[_Question, Condition, Rows]]
    ) -> "Iterator[tuple[_Question, Future[Pixels]]]":
        """Each question with its pictures, some of which are being made already.

        Args:
            wanted: A question, the condition that it is about, and its rows.
        """
        coming: deque[tuple[_Question, Future[Pixels]]] = deque()
        for question, condition, rows in wanted:
            coming.append((question, self.begin(condition, rows)))
            if len(coming) > 2 * max(1, self.decoders):
                yield coming.popleft()
        while coming:
            yield coming.popleft()

    def close(self) -> None:
        """Nothing more is made; what is being made is dropped."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        for one in self._all:
            one.close()
        self._pool.shutdown(wait=True)
        for one in self._all:  # one may have been begun while it was closed
            one.close()

    def _sent(self, condition: Condition) -> Packed | None:
        if self._packed is None or self._packed[0] is not condition:
            self._packed = (condition, packed(condition))
        return self._packed[1]

    def _make(self, condition: Condition, sent: Packed | None, rows: Rows) -> Pixels:
        if sent is not None:
            decoder = self._idle.get()
            try:
                return decoder.make(sent, rows)
            finally:
                self._idle.put(decoder)
        with self._here:
            try:
                return condition.images(rows)
            except FieldmarkError:
                raise
            except Exception as error:
                text = " ".join(str(error).split())[:300]
                raise DataError(f"{type(error).__name__}: {text}") from error


@contextmanager
def maker(options: Options, conditions: list[Condition]) -> Iterator[Maker]:
    """Whoever makes the pictures of these conditions, gone on the way out."""
    opened = Maker(_decoders(options, conditions))
    try:
        yield opened
    finally:
        opened.close()


def _decoders(options: Options, conditions: list[Condition]) -> int:
    """How many processes make pictures.

    A process takes a second to begin. It pays where pictures are many and large, and where there
    are cores enough.
    """
    if not can_begin():
        return 0
    if options.decoders is not None:
        return options.decoders
    cores = usable_cores()
    large = sum(len(one.examples) for one in conditions if prod(one.examples.frame) >= _LARGE)
    if cores < _MANY_CORES or large < _PAYS_FROM:
        return 0
    return min(_MOST_DECODERS, cores // 2)
