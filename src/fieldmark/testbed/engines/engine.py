"""Engine: whoever works off a plan, and what it comes back with."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from fieldmark.records import Cell, Status
from fieldmark.store import Store
from fieldmark.testbed.options import Options
from fieldmark.testbed.planning import Plan
from fieldmark.testbed.watching import Watch

STAGE = "cells"
"""The stage of a ``Watch`` in which questions are answered."""


@dataclass(frozen=True)
class Ended:
    """A cell that ended in this run.

    Args:
        cell: Which.
        status: How it ended.
        images: Pictures that were answered now; parts of an earlier run do not count.
        seconds: Seconds of work on them, added up over those who worked side by side.
    """

    cell: Cell
    status: Status
    images: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Work:
    """What an engine came back with.

    Args:
        ended: Every cell that ended, in any order.
        unshown: Conditions whose pictures could not be made, each with the reason; their cells are
            still missing.
    """

    ended: tuple[Ended, ...] = ()
    unshown: tuple[tuple[str, str], ...] = ()


@runtime_checkable
class Engine(Protocol):
    """Works off a plan. Whatever it is, it leaves the same cells."""

    def work_off(self, todo: Plan, store: Store, options: Options, watch: Watch) -> Work:
        """Every missing cell of ``todo``, ended and kept, but for conditions that cannot be shown.

        The caller holds the store and has forgotten the failed records that are to be tried again.
        The engine keeps the reference of a condition before its first answer (``keep_reference``)
        and begins ``STAGE`` of the watch.

        Raises:
            StoreError: Nothing more can be written; everything written before is intact.
            KeyboardInterrupt: After what is in flight is written down.
        """
