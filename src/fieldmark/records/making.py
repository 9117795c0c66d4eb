"""Making: a process of its own that makes pictures of conditions, as it is told on its input.

It is started and spoken to by ``testbed.decoders`` alone, over pipes that nobody else can reach: so
what it unpickles is what this user's own process pickled a moment ago. It imports no torch.
"""

import os
import pickle
import signal
import struct
import sys
from io import BufferedIOBase

import numpy as np

from fieldmark.records.conditions import Condition
from fieldmark.records.errors import FieldmarkError

_LENGTH = struct.Struct("<Q")


def write_frame(stream: BufferedIOBase, data: bytes | memoryview) -> None:
    """Write some bytes after their number."""
    stream.write(_LENGTH.pack(len(data)))
    stream.write(data)
    stream.flush()


def read_frame(stream: BufferedIOBase) -> bytearray | None:
    """The next bytes that ``write_frame`` wrote; None where the stream ends, in the midst or not.

    Example:
        >>> from io import BytesIO
        >>> shelf = BytesIO()
        >>> write_frame(shelf, b"four")
        >>> _ = shelf.seek(0)
        >>> read_frame(shelf), read_frame(shelf)
        (bytearray(b'four'), None)
    """
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    data = bytearray(_LENGTH.unpack(head)[0])
    view, got = memoryview(data), 0
    while got < len(data):
        some = stream.readinto(view[got:])
        if not some:
            return None
        got += some
    return data


def serve(questions: BufferedIOBase, answers: BufferedIOBase) -> None:
    """Make pictures until the questions end.

    A question is pickled: ``(key, condition or None, rows)``; the condition comes with the first
    question about it, and makes the one before it be forgotten. An answer is pickled too: a shape,
    followed by the grey levels in a frame of their own, or the text of what went wrong.
    """
    known: dict[int, Condition] = {}
    while (frame := read_frame(questions)) is not None:
        key, packed, rows = pickle.loads(frame)
        try:
            if packed is not None:
                known = {key: pickle.loads(packed)}
            images = np.ascontiguousarray(known[key].images(rows))
        except FieldmarkError as error:
            write_frame(answers, pickle.dumps((None, str(error))))
        except Exception as error:  # what a shift of the user's own raises; the other side says so
            text = " ".join(str(error).split())[:300]
            said = f"{type(error).__name__}: {text}"
            write_frame(answers, pickle.dumps((None, said)))
        else:
            write_frame(answers, pickle.dumps((images.shape, "")))
            write_frame(answers, images.data.cast("B"))


def main() -> None:
    """Serve on standard input and output; ends with whoever began it, and not before."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that began this one
    questions, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)  # what a shift of the user's own prints is no picture
    sys.stdout = sys.stderr
    try:
        serve(questions, answers)
    except BrokenPipeError:  # whoever asked is gone
        os._exit(0)
