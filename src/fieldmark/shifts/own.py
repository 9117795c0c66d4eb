"""Shifts of one's own: a function of one picture becomes a shift of any number of them."""

import re
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from inspect import getsource
from pathlib import Path
from typing import Any

import numpy as np

from fieldmark.records import ConfigError, DataError, Pixels, Seeds, fingerprint, generator
from fieldmark.shifts.accidents import Picture
from fieldmark.shifts.pixels import PixelShift

Own = Callable[[Picture, np.random.Generator, int], Picture]
"""From a picture, uint8 (h, w, c), its own random numbers and a severity to a picture like it."""


def own_shift(function: Own, *, name: str = "", severity: int = 1) -> PixelShift:
    """The shift that a function makes, one picture at a time.

    Every picture comes as a copy, with a generator seeded by its example, so whatever the function
    does, the result depends on the picture and its seed alone, as long as it asks no other source
    of chance. The settings hold a fingerprint of the function's source: stores notice when it
    changes, but not when something that it calls does.

    Args:
        function: From (picture, rng, severity) to a picture of the same shape, uint8.
        name: What to call it; by default the function's own name.
        severity: Handed to the function.

    Raises:
        ConfigError: It cannot be called, or has no name that could be printed.

    Example:
        >>> negative = own_shift(lambda picture, rng, severity: 255 - picture, name="negative")
        >>> int(negative.apply(np.zeros((1, 16, 16, 1), np.uint8), np.zeros(1, np.uint64)).max())
        255
    """
    if not callable(function):
        raise ConfigError(f"a shift is made of a function, got a {type(function).__name__}")
    called = name or getattr(function, "__name__", "").replace("_", "-")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", called):
        raise ConfigError(f"{called or 'that function'!r} cannot name a shift; say name=...")
    settings = {"function": called, "source": _source(function), "severity": severity}
    each = partial(_each, function=function, name=called, severity=severity)
    return PixelShift(called, severity, settings, each)


def from_python(spec: str, severity: int, *, base: Path = Path()) -> PixelShift:
    """The shift of a function that lies in a module.

    Args:
        spec: ``package.module:function``; see ``own_shift`` for what the function does.
        severity: Handed to the function.
        base: A folder where modules are found besides where Python looks.

    Raises:
        ConfigError: There is no such module or function, or importing it fails.
    """
    home, _, name = spec.partition(":")
    if not home or not name:
        raise ConfigError(f"{spec!r} names no function; write package.module:function")
    here = str(base.resolve())
    sys.path.insert(0, here)
    try:
        function = getattr(import_module(home), name, None)
    except Exception as error:  # a user's module can fail in any way
        short = str(error).partition("\n")[0]
        raise ConfigError(
            f"{home}, wanted by python:{spec}, cannot be imported from {here} or where Python "
            f"looks ({type(error).__name__}: {short})"
        ) from error
    finally:
        sys.path.remove(here)
    if not callable(function):
        raise ConfigError(f"{home} has no function {name!r}, wanted by python:{spec}")
    return own_shift(function, severity=severity)


def _each(images: Pixels, seeds: Seeds, *, function: Own, name: str, severity: int) -> Pixels:
    result = np.empty(images.shape, dtype=np.uint8)
    for row, seed in enumerate(seeds):
        result[row] = _checked(
            _made(function, images[row], seed, name, severity), name, images[row]
        )
    return result


def _made(function: Own, picture: Picture, seed: np.uint64, name: str, severity: int) -> object:
    try:
        return function(picture.copy(), generator(seed), severity)
    except Exception as error:  # a user's function can fail in any way
        short = str(error).partition("\n")[0]
        raise DataError(f"the shift {name} fails: {type(error).__name__}: {short}") from error


def _checked(made: object, name: str, picture: Picture) -> Any:  # noqa: ANN401  an array now
    if not isinstance(made, np.ndarray) or made.shape != picture.shape or made.dtype != np.uint8:
        what = (
            f"{made.dtype} {made.shape}"
            if isinstance(made, np.ndarray)
            else f"a {type(made).__name__}"
        )
        raise DataError(f"the shift {name} must return uint8 {picture.shape}, returned {what}")
    return made


def _source(function: Own) -> str:
    try:
        return fingerprint(getsource(function))
    except (OSError, TypeError):  # typed in by hand, or not written in Python
        code = getattr(function, "__code__", None)
        return "unknown" if code is None else fingerprint(code.co_code, repr(code.co_names))
