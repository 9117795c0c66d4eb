"""Decoders: processes that make pictures beside this one, and die with it.

They are programs of their own, not forks: torch's threads survive no fork, and a script without
``if __name__ == "__main__"`` could not be begun twice. They are told what to make over pipes, so
nothing of theirs is left anywhere when they are killed.
"""

import os
import pickle
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from io import BufferedIOBase
from itertools import count
from typing import cast

import numpy as np

from fieldmark.records import Condition, DataError, Pixels, Rows, read_frame, write_frame

_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)
_KEYS = count()
_LARGEST = 256 * 2**20  # bytes of a condition that are still worth sending to another process


@dataclass(frozen=True)
class Packed:
    """A condition as it is sent to another process."""

    key: int
    name: str
    data: bytes


def packed(condition: Condition) -> Packed | None:
    """The condition, ready to be sent; None where it cannot be, or is too large to."""
    try:
        data = pickle.dumps(condition, protocol=pickle.HIGHEST_PROTOCOL)
    except Exception:  # closures, open files, what a user's own shift holds
        return None
    foreign = b"__main__" in data  # another process has another main module
    return None if foreign or len(data) > _LARGEST else Packed(next(_KEYS), condition.name, data)


class Decoder:
    """One process that makes pictures; one thread at a time speaks to it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._known = -1
        self._closed = False

    def make(self, condition: Packed, rows: Rows) -> Pixels:
        """The pictures of some rows; where the process dies, they are asked of another, once.

        Raises:
            DataError: A picture cannot be made, or its making ends whoever tries.
        """
        for _ in range(2):
            if self._closed:
                raise DataError("nobody wants these pictures any more")
            try:
                return self._asked(condition, rows)
            except _DiedError as died:
                last = died
                self.kill()
        raise DataError(
            f"the process that makes its pictures ended twice ({last}) over rows {rows.min()} "
            f"to {rows.max()}: a picture among them may crash the decoder, or memory ran out. "
            "Nothing kept is lost; --decoders 0 makes them in the main process"
        )

    def close(self) -> None:
        """End the process; whoever waits for it gets an error."""
        self._closed = True
        self.kill()

    def kill(self) -> None:
        """End the process at once. It holds nothing that could be lost."""
        process, self._process, self._known = self._process, None, -1
        if process is not None:
            process.kill()
            for stream in (process.stdin, process.stdout):
                with suppress(OSError, ValueError):
                    stream.close()  # type: ignore[union-attr]
            process.wait()

    def _asked(self, condition: Packed, rows: Rows) -> Pixels:
        asked, answers, process = self._pipes()
        new = condition.key != self._known
        try:
            question = (condition.key, condition.data if new else None, rows)
            write_frame(asked, pickle.dumps(question, protocol=pickle.HIGHEST_PROTOCOL))
            self._known = condition.key
            head = read_frame(answers)
            if head is None:
                raise _DiedError(_how(process))
            shape, said = pickle.loads(head)
            if shape is None:
                raise DataError(said)
            pixels = read_frame(answers)
        except (OSError, ValueError) as error:  # closed under our hands, or a broken pipe
            raise _DiedError(_how(process)) from error
        if pixels is None:
            raise _DiedError(_how(process))
        return np.frombuffer(pixels, np.uint8).reshape(shape)

    def _pipes(self) -> tuple[BufferedIOBase, BufferedIOBase, "subprocess.Popen[bytes]"]:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-c", "from fieldmark.records.making import main; main()"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                process_group=0 if os.name == "posix" else None,  # Ctrl-C is not for it
                env={**os.environ, **_ONE_THREAD, "PYTHONPATH": os.pathsep.join(sys.path)},
            )
        process = self._process
        asked, answers = (cast(BufferedIOBase, one) for one in (process.stdin, process.stdout))
        return asked, answers, process


class _DiedError(Exception):
    """The process is gone; says how."""


def _how(process: "subprocess.Popen[bytes]") -> str:
    with suppress(subprocess.TimeoutExpired):
        code = process.wait(timeout=5)
        return f"signal {-code}" if code < 0 else f"exit status {code}"
    return "it no longer answers"


@cache
def can_begin() -> bool:
    """Can another Python be begun from this one? Not where it is part of another program."""
    return bool(sys.executable)
