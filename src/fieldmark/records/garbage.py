"""Garbage: there is none where a great many objects are made that all stay."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def nothing_is_garbage() -> Iterator[None]:
    """Python's collector rests meanwhile.

    Where a grid of 43,000 cells becomes records, it would look through all of them again and again
    and find nothing, which takes as long as making them. For a moment only, and never around work
    that opens files: what refers to itself is not let go of before the end.

    Example:
        >>> with nothing_is_garbage():
        ...     gc.isenabled()
        False
    """
    working = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if working:
            gc.enable()
