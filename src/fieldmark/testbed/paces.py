"""Paces: how fast who answered, so that the next run can be planned."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import nan

from fieldmark.testbed.engines import Ended


@dataclass(frozen=True)
class Pace:
    """How fast a subject answered, over the cells that ended in a run.

    Args:
        subject: Its name.
        cells: Cells that ended as done.
        images: Pictures that were answered; under an attack each stands for hundreds of looks.
        seconds: Seconds of work on them, added up over the threads that worked side by side.
    """

    subject: str
    cells: int
    images: int
    seconds: float

    @property
    def seconds_per_cell(self) -> float:
        """Mean seconds of work on a cell; NaN without one."""
        return self.seconds / self.cells if self.cells else nan

    @property
    def images_per_second(self) -> float:
        """Pictures in a second of one thread's work; NaN where nothing was answered."""
        return self.images / self.seconds if self.seconds else nan


def paces_of(ended: Iterable[Ended]) -> tuple[Pace, ...]:
    """The pace of every subject that answered something, the one with most work first.

    Example:
        >>> from fieldmark.records import Cell
        >>> (pace,) = paces_of([Ended(Cell("cnn", "test"), "done", 100, 2.0)])
        >>> pace.seconds_per_cell, pace.images_per_second
        (2.0, 50.0)
    """
    found: dict[str, Pace] = {}
    for one in ended:
        if one.images:
            before = found.get(one.cell.subject, Pace(one.cell.subject, 0, 0, 0.0))
            found[one.cell.subject] = Pace(
                one.cell.subject,
                before.cells + (one.status == "done"),
                before.images + one.images,
                before.seconds + one.seconds,
            )
    return tuple(sorted(found.values(), key=lambda pace: (-pace.seconds, pace.subject)))
