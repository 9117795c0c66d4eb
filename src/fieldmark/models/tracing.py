"""Tracing: a torch module written out as a graph of its layers, whatever other threads do."""

from collections.abc import Callable
from threading import Lock, get_ident
from typing import Any

from torch import fx, nn

_one_at_a_time = Lock()


def traced(module: nn.Module) -> fx.GraphModule:
    """``module`` as a graph that calls its layers; it shares them with ``module``.

    Raises:
        Exception: It cannot be written out; which exception, torch does not promise.
    """
    with _one_at_a_time:
        return fx.GraphModule(module, _OwnThread().trace(module))


class _OwnThread(fx.Tracer):
    """While it traces, every module of the process calls it; those of other threads it lets by."""

    def __init__(self) -> None:
        super().__init__()
        self.thread = get_ident()

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        """Is it a layer that stays whole? Normalisations of any make do, so they can be folded."""
        return isinstance(m, nn.BatchNorm2d) or super().is_leaf_module(m, module_qualified_name)

    def call_module(
        self,
        m: nn.Module,
        forward: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:  # noqa: ANN401  whatever the module gives
        """A step of the graph, or simply what the module gives."""
        if get_ident() != self.thread:
            return forward(*args, **kwargs)
        return super().call_module(m, forward, args, kwargs)

    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: dict[str, Any]) -> Any:  # noqa: ANN401
        """A parameter of the graph, or simply the attribute."""
        if get_ident() != self.thread:
            return attr_val
        return super().getattr(attr, attr_val, parameter_proxy_cache)
