"""Progress: a run on the screen, with the time that is left; Ctrl-C ends it in good order."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Lock
from time import monotonic
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_TITLES = {"subjects": "making subjects ready", "cells": "asking"}
_QUIET_SECONDS = 15.0


class StoppedError(Exception):
    """Somebody asked to stop; training ends at its next epoch."""


class Screen:
    """A ``Watch`` that draws progress bars, or now and then a line where there is no terminal."""

    def __init__(self, bars: "Progress | None") -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}
        self._done: dict[str, float] = {}
        self._totals: dict[str, float] = {}
        self._begun: dict[str, float] = {}
        self._spoken = monotonic()
        self._lock = Lock()
        self.stopping = Event()

    def begin(self, stage: str, total: float) -> None:
        """A bar appears."""
        with self._lock:
            self._totals[stage], self._done[stage] = total, 0.0
            self._begun[stage] = monotonic()
            if self._bars is not None:
                title = _TITLES.get(stage, stage)
                self._tasks[stage] = self._bars.add_task(title, total=total, note="")

    def advance(self, stage: str, amount: float, note: str = "") -> None:
        """The bar grows."""
        with self._lock:
            self._done[stage] += amount
            pace = self._pace(stage)
            if self._bars is not None:
                said = ", ".join(filter(None, (pace, note)))
                self._bars.update(self._tasks[stage], advance=amount, note=said)
            elif monotonic() - self._spoken > _QUIET_SECONDS:
                self._spoken = monotonic()
                share = self._done[stage] / max(self._totals[stage], 1.0)
                said = ", ".join(filter(None, (pace, self._left(stage), note)))
                print(f"{_TITLES.get(stage, stage)}: {share:.0%} ({said})", file=sys.stderr)

    def _pace(self, stage: str) -> str:
        """How many looks at a picture there were in a second, where that is what is counted."""
        passed = monotonic() - self._begun[stage]
        if stage != "cells" or passed < 1.0:
            return ""
        return f"{self._done[stage] / passed:,.0f} looks/s"

    def _left(self, stage: str) -> str:
        """How long the rest may take."""
        done, total = self._done[stage], self._totals[stage]
        if not 0 < done < total:
            return ""
        seconds = round((monotonic() - self._begun[stage]) * (total - done) / done)
        return f"{timedelta(seconds=seconds)} left"

    def say(self, line: str) -> None:
        """A line above the bars."""
        if self._bars is not None:
            self._bars.console.print(line, highlight=False, markup=False)
        else:
            print(line, file=sys.stderr)

    def leave(self) -> None:
        """The terminal gets its cursor back, and a line of its own for what comes next."""
        if self._bars is not None:
            self._bars.console.show_cursor(True)
            os.write(2, b"\n")

    def training(self, name: str, done: int, total: int) -> None:
        """A bar for one subject in training; it goes when training ends.

        Raises:
            StoppedError: Somebody pressed Ctrl-C.
        """
        if self.stopping.is_set():
            raise StoppedError
        if self._bars is None:
            return
        with self._lock:
            key = f"training {name}"
            if key not in self._tasks:
                self._tasks[key] = self._bars.add_task(f"  training {name}", total=total, note="")
            self._bars.update(self._tasks[key], completed=done, visible=done < total)


@contextmanager
def screen() -> Iterator[Screen]:
    """A screen for one run; the first Ctrl-C stops in good order, the second at once."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        with Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[note]}", markup=False, style="dim"),
            console=Console(stderr=True),
            transient=True,
        ) as bars:
            drawn = Screen(bars)
            with _stopping(drawn):
                yield drawn
    else:
        drawn = Screen(None)
        with _stopping(drawn):
            yield drawn


@contextmanager
def _stopping(drawn: Screen) -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        if drawn.stopping.is_set():
            drawn.leave()
            os._exit(130)  # asked twice: parts in flight are dropped, what is written is whole
        drawn.stopping.set()
        drawn.say("stopping when what is in flight has ended; Ctrl-C again to drop it")
        raise KeyboardInterrupt

    before = {one: signal.signal(one, stop) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
