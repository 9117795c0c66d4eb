"""What can go wrong, as one tree: each message says what was asked, what there is, and what to do.

::

    FieldmarkError
    ├── UnknownNameError        a name that no catalogue has (offers the nearest)
    ├── ConfigError             a grid file, an option or a level that cannot be read
    ├── DataError               images or labels that cannot be used
    ├── ModelError              a classifier that cannot be loaded or answers nonsense
    ├── NotApplicableError      a fair question that this subject cannot be asked (kept as a record)
    ├── BudgetExceededError     an attack that left its own budget
    ├── StoreError              a store that cannot be read or written
    │   ├── NotKeptError        a cell that the store does not hold
    │   ├── MismatchError       a cell that was made from something else
    │   └── StoreBusyError      another run holds the store
    ├── ClusterError            a cluster that is not there, falls apart, or is not all alike
    └── MissingExtraError       an optional library that is not installed
"""

from collections.abc import Iterable
from difflib import get_close_matches

_LONGEST, _MOST_SHOWN, _LONGEST_LIST = 80, 12, 300


class FieldmarkError(Exception):
    """The root: catch this to catch everything that a user of Fieldmark can mend.

    Example:
        >>> try:
        ...     raise UnknownNameError("condition", "fogg", ["fog", "frost"])
        ... except FieldmarkError as error:
        ...     print(error)
        no condition called 'fogg'. Did you mean fog?
    """

    __test__ = False


class UnknownNameError(FieldmarkError):
    """A name that is in no catalogue; offers the nearest one that is.

    Args:
        kind: What was looked for, such as "model".
        name: What was typed.
        known: The names there are.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind, self.name, self.known = kind, name, tuple(known)
        close = get_close_matches(name[:_LONGEST], self.known, n=1, cutoff=0.6)
        hint = f"Did you mean {_short(close[0])}?" if close else _listed(self.known)
        super().__init__(f"no {kind} called {_short(name)!r}. {hint}")


def _short(name: str) -> str:
    """A name that does not drown the rest of the line."""
    return name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…"


def _listed(known: tuple[str, ...]) -> str:
    """The first of the names there are, within a line."""
    if not known:
        return "There is none."
    shown: list[str] = []
    for name in map(_short, known[:_MOST_SHOWN]):
        if shown and len(", ".join([*shown, name])) > _LONGEST_LIST:
            break
        shown.append(name)
    return f"There are: {', '.join(shown)}{', …' if len(known) > len(shown) else ''}."


class ConfigError(FieldmarkError):
    """A grid file, an option or a level that cannot be read."""


class DataError(FieldmarkError):
    """Images or labels that cannot be used."""


class ModelError(FieldmarkError):
    """A classifier that cannot be loaded, or whose answer is not one."""


class NotApplicableError(FieldmarkError):
    """A fair question that this subject cannot be asked; the testbed keeps it as a record."""


class BudgetExceededError(FieldmarkError):
    """An attack moved an image further than its budget allows.

    Args:
        example: Which image, by its id.
        moved: How far it went, in the budget's norm and pixel units.
        allowed: How far it might have gone.
    """

    def __init__(self, example: str, moved: float, allowed: float) -> None:
        self.example, self.moved, self.allowed = example, moved, allowed
        super().__init__(f"example {example} moved {moved:.6f}, allowed {allowed:.6f}")


class QueriesExceededError(FieldmarkError):
    """An attack asked more often than its threat model allows.

    Args:
        row: Which example, by its position.
        allowed: How often it might have asked.
    """

    def __init__(self, row: int, allowed: int) -> None:
        self.row, self.allowed = row, allowed
        super().__init__(f"an attack asked more than {allowed:,} times about example {row}")


class StoreError(FieldmarkError):
    """A store that cannot be read or written."""


class NotKeptError(StoreError):
    """A cell that the store does not hold."""


class MismatchError(StoreError):
    """A kept cell was made from other examples, weights, settings or another seed."""


class StoreBusyError(StoreError):
    """Another run holds the store."""


class ClusterError(FieldmarkError):
    """A cluster that is not there, falls apart, or whose nodes are not all alike."""


class MissingExtraError(FieldmarkError):
    """An optional library is not installed.

    Args:
        library: The package that could not be imported.
        extra: The extra of Fieldmark that brings it.
        purpose: What it was wanted for.

    Example:
        >>> print(MissingExtraError("timm", "vision", "timm:NAME models"))
        timm:NAME models need timm, which is not installed: pip install 'fieldmark[vision]'
    """

    def __init__(self, library: str, extra: str, purpose: str) -> None:
        self.library, self.extra = library, extra
        super().__init__(
            f"{purpose} need {library}, which is not installed: pip install 'fieldmark[{extra}]'"
        )
