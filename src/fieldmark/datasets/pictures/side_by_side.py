"""Side by side: the same work on many pictures in threads, in their order."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
_THREADS = min(8, _CORES)
_FEW = 64  # below this, starting threads costs more than it saves

_In = TypeVar("_In")
_Out = TypeVar("_Out")


def side_by_side(work: Callable[[_In], _Out], things: Iterable[_In]) -> list[_Out]:
    """``[work(thing) for thing in things]``, in threads where there are many."""
    listed = list(things)
    if len(listed) <= _FEW:
        return [work(thing) for thing in listed]
    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(work, listed))
