"""Opening: data sets on their way into a run, watched, and what is missing of them said aloud."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from fieldmark.records import Condition, Examples

if TYPE_CHECKING:
    from fieldmark.testbed import Watch

_MANY = 1_000  # fewer pictures are read before a bar could be drawn
_SHOWN = 5  # broken pictures that are named


class Opening:
    """Tells a run's ``Watch`` how far data sets are read, as a stage for each that takes long."""

    def __init__(self, watch: "Watch") -> None:
        self._watch = watch
        self._done: dict[str, int] = {}

    def __call__(self, what: str, done: int, total: int) -> None:
        """``done`` of ``total`` pictures of ``what`` are read."""
        if total < _MANY:
            return
        stage = f"reading {what}"
        if stage not in self._done:
            self._watch.begin(stage, float(total))
        self._watch.advance(stage, float(done - self._done.get(stage, 0)), f"{done:,} pictures")
        self._done[stage] = done


def missing_lines(conditions: Iterable[Condition]) -> tuple[str, ...]:
    """What is to be said of broken pictures that count as missing, set by set."""
    sets = {one.examples.card.name: one.examples for one in conditions}
    return tuple(line for examples in sets.values() for line in _lines(examples))


def _lines(examples: Examples) -> list[str]:
    broken = examples.broken
    if not broken:
        return []
    name, n = examples.card.name, len(broken)
    found = [f"{name}: {n:,} broken picture{'s' if n > 1 else ''} will count as missing"]
    found += [f"  {reason}" for _, reason in broken[:_SHOWN]]
    if n > _SHOWN:
        found.append(f"  and {n - _SHOWN:,} more; `fieldmark doctor` lists all of a data set")
    return found
