"""Tables: the names there are, of one kind, and what each stands for in one line.

A table is written down here or comes from other packages through entry points; nothing registers
itself by being imported, and reading a table imports neither torch nor anything it points to.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Generic, TypeVar

from fieldmark.records import ConfigError, UnknownNameError

T = TypeVar("T")


@dataclass(frozen=True)
class Entry(Generic[T]):
    """One name: what it stands for, in words, and the recipe that makes it."""

    about: str
    make: T


@dataclass(frozen=True)
class Table(Generic[T], Mapping[str, Entry[T]]):
    """Names of one kind, built-in ones first, then those of installed packages.

    Args:
        kind: What the names are names of, for messages: "shift", "study".
        group: The entry-point group that adds to it: "fieldmark.shifts".
        own: The built-in entries.

    Example:
        >>> letters = Table("letter", "fieldmark.letters", {"a": Entry("the first", ord)})
        >>> letters["a"].about
        'the first'
        >>> letters["b"]
        Traceback (most recent call last):
        fieldmark.records.errors.UnknownNameError: no letter called 'b'. There are: a.
    """

    kind: str
    group: str
    own: Mapping[str, Entry[T]]

    def __getitem__(self, name: str) -> Entry[T]:
        """The entry called ``name``.

        Raises:
            UnknownNameError: There is none; offers the nearest.
            ConfigError: It comes from another package, which cannot be imported.
        """
        if name in self.own:
            return self.own[name]
        if name in self._foreign:
            return Entry(f"from {self._foreign[name].value}", _load(self._foreign[name]))
        raise UnknownNameError(self.kind, name, tuple(self))

    def __iter__(self) -> Iterator[str]:
        yield from self.own
        yield from (name for name in self._foreign if name not in self.own)

    def __len__(self) -> int:
        return len({*self.own, *self._foreign})

    def __contains__(self, name: object) -> bool:
        return name in self.own or name in self._foreign

    def about(self, name: str) -> str:
        """What a name stands for, in one line, without importing anything."""
        return self.own[name].about if name in self.own else f"from {self._foreign[name].value}"

    @cached_property
    def _foreign(self) -> Mapping[str, EntryPoint]:
        return {point.name: point for point in entry_points(group=self.group)}


def _load(point: EntryPoint) -> Any:  # noqa: ANN401  whatever the package offers under that name
    try:
        return point.load()
    except Exception as error:  # another package may fail in any way; the line names it
        raise ConfigError(
            f"{point.name} comes from {point.value}, which cannot be imported: {error}"
        ) from error
