"""Functions of ours check the types and shapes that they name, at a third of the usual cost.

jaxtyping's import hook puts ``jaxtyping.jaxtyped`` before every function. It binds the arguments of
each call anew and asks the type checker twice, which took half of all time of the tests. Here the
checker stands around the function itself, once, and only a function that names shapes opens a
scope in which they are compared with each other.
"""

from collections.abc import Callable
from dataclasses import is_dataclass
from functools import partial, wraps
from inspect import isgeneratorfunction
from types import FunctionType
from typing import Any, get_args, get_type_hints

import jaxtyping

_usual, _disabled = jaxtyping.jaxtyped, jaxtyping.config
Checker = Callable[[Any], Any]


def _checked(thing: Any = None, *, typechecker: Checker) -> Any:  # noqa: ANN401  as jaxtyping's own
    """The same function or class, checked at every call; a decorator where none is given."""
    if thing is None:
        return partial(_checked, typechecker=typechecker)
    if isinstance(thing, type):
        if is_dataclass(thing) and "__init__" in vars(thing):
            thing.__init__ = _function(thing.__init__, typechecker)
        return thing
    if isgeneratorfunction(thing):  # its values come when the scope of the call is closed
        return _usual(thing, typechecker=typechecker)
    return _function(thing, typechecker)


def _function(fn: FunctionType, typechecker: Checker) -> FunctionType:
    twin = FunctionType(fn.__code__, fn.__globals__, fn.__name__, fn.__defaults__, fn.__closure__)
    twin.__kwdefaults__, twin.__qualname__ = fn.__kwdefaults__, fn.__qualname__
    twin.__annotations__ = {
        name: _known(one, fn.__globals__) for name, one in fn.__annotations__.items()
    }
    check = typechecker(twin)

    @wraps(fn)
    def call(*args: object, **named: object) -> object:
        return (fn if _disabled.jaxtyping_disable else check)(*args, **named)

    @wraps(fn)
    def call_in_scope(*args: object, **named: object) -> object:
        if _disabled.jaxtyping_disable:
            return fn(*args, **named)
        with scope():
            return check(*args, **named)

    scope = partial(_usual, "context")
    return call_in_scope if any(map(_has_shape, twin.__annotations__.values())) else call


def _known(annotation: object, names: dict[str, object]) -> object:
    """What an annotation stands for; anything where a name in it is there for readers only."""

    def one() -> None: ...

    one.__annotations__["it"] = annotation
    try:
        return get_type_hints(one, names, include_extras=True)["it"]
    except NameError:
        return Any


def _has_shape(annotation: object) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, jaxtyping.AbstractArray):
        return True
    inside = annotation if isinstance(annotation, list) else get_args(annotation)
    return any(map(_has_shape, inside))


jaxtyping.jaxtyped = _checked
