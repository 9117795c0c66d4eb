"""Machine code for loops that no array operation can say, compiled at their first call."""

from collections.abc import Callable
from functools import cache, wraps
from inspect import unwrap
from typing import Any, TypeVar

Loop = TypeVar("Loop", bound=Callable[..., Any])


def compiled(loop: Loop) -> Loop:
    """The same function as machine code; importing its module costs nothing.

    It is compiled at the first call and kept on disk where that can be, so that the next process
    only loads it. It must stand on its own: numbers, arrays and numpy's functions, no function of
    ours inside. Results do not depend on the machine, since no sum is reordered and no product is
    fused.

    Example:
        >>> @compiled
        ... def total(values):
        ...     sum = 0
        ...     for value in values:
        ...         sum += value
        ...     return sum
        >>> total((1, 2, 3))
        6
    """

    @cache
    def machine() -> Callable[..., Any]:
        from numba import njit

        plain = unwrap(loop)  # without the checks that tests wrap around every function
        try:
            return njit(cache=True, nogil=True, error_model="numpy")(plain)
        except RuntimeError:  # nowhere to keep it: no file, or no folder that can be written to
            return njit(nogil=True, error_model="numpy")(plain)

    @wraps(loop)
    def call(*arguments: object) -> object:
        return machine()(*arguments)

    return call  # type: ignore[return-value]
