"""Watching: how a run tells whoever looks on what it is doing. It never prints."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class Watch(Protocol):
    """Somebody who looks on; may be called from several threads at once."""

    def begin(self, stage: str, total: float) -> None:
        """A stage begins; ``total`` is its amount of work, in units that mean nothing else."""

    def advance(self, stage: str, amount: float, note: str = "") -> None:
        """Some of that work is done; ``note`` names what it was."""

    def say(self, line: str) -> None:
        """Something happened that a person would want to read."""


class Unwatched:
    """Nobody looks on.

    Example:
        >>> isinstance(Unwatched(), Watch)
        True
    """

    def begin(self, stage: str, total: float) -> None:
        """Nothing happens."""

    def advance(self, stage: str, amount: float, note: str = "") -> None:
        """Nothing happens."""

    def say(self, line: str) -> None:
        """Nothing happens."""
