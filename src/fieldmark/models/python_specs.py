"""A user's own model: ``package.module:factory`` names the function that makes it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from fieldmark.models.wrapping import subject_of
from fieldmark.records import ModelError, Subject


def from_python(spec: str, *, base: Path = Path(), device: str = "cpu") -> Subject:
    """The subject that a function of yours makes.

    The function takes nothing and returns one of

    * a ``Classifier``, used as it is;
    * a ``torch.nn.Module`` from float (n, c, h, w) in [0, 1] to logits (n, k);
    * a fitted scikit-learn classifier of flattened pixels in [0, 1];
    * any callable from float32 images (n, h, w, c) in [0, 1] to scores (n, k).

    The last three may carry ``name``, ``family``, ``classes`` (names in the order of the scores)
    and ``frame`` (height, width, channels). The name is the function's otherwise. The subject's
    fingerprint is of the weights of a torch module, of what a scikit-learn classifier learnt, and
    of the source file for anything else: change what it loads, and change its name.

    Args:
        spec: ``package.module:factory``.
        base: A folder where modules are found besides where Python looks; the current directory.
        device: Where a torch module runs.

    Raises:
        ModelError: There is no such module or function, or it fails, or returns none of these.

    Example:
        >>> import numpy as np
        >>> from_python("torch.nn:Flatten").load()(np.zeros((2, 2, 2, 1), np.uint8)).shape
        (2, 4)
    """
    home, _, name = spec.partition(":")
    if not home or not name:
        raise ModelError(f"{spec!r} names no factory; write package.module:factory")
    with _findable(base):
        module = _module(home, spec, base)
        made = _call(module, name, spec)
    file = Path(module.__file__).read_bytes() if module.__file__ else b""
    return subject_of(
        made, name="", otherwise=name, source=spec, content=(spec, file), device=device
    )


def _module(home: str, spec: str, base: Path) -> ModuleType:
    try:
        return import_module(home)
    except ModuleNotFoundError as error:
        if error.name and (home == error.name or home.startswith(f"{error.name}.")):
            raise ModelError(
                f"no module called {home!r}, wanted by {spec!r}; looked in {base.resolve()} "
                "and where Python looks"
            ) from error
        raise ModelError(f"{spec}: {home} needs a module that is missing: {error.name}") from error
    except (Exception, SystemExit) as error:  # a user's module can fail in any way
        raise ModelError(f"{spec}: importing {home} fails: {_short(error)}") from error


def _call(module: ModuleType, name: str, spec: str) -> Any:  # noqa: ANN401  whatever it makes
    factory = getattr(module, name, None)
    if not callable(factory):
        others = [key for key, value in vars(module).items() if callable(value) and key[0] != "_"]
        raise ModelError(
            f"{module.__name__} has no function {name!r}, wanted by {spec!r}. "
            f"It has: {', '.join(others[:12]) or 'none'}"
        )
    try:
        made = factory()
    except (Exception, SystemExit) as error:  # a user's function can fail in any way
        raise ModelError(f"{spec} fails: {_short(error)}") from error
    if made is None:
        raise ModelError(f"{spec} returns nothing; a factory returns the model that it makes")
    return made


def _short(error: BaseException) -> str:
    lines = str(error).splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"


@contextmanager
def _findable(base: Path) -> Iterator[None]:
    """Python finds modules in the folder ``base``, first, while this lasts."""
    here = str(base.resolve())
    sys.path.insert(0, here)
    try:
        yield
    finally:
        sys.path.remove(here)
