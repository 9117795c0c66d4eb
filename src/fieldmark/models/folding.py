"""Folding: normalisation moved into the convolution before it; the same answers in less time."""

from collections.abc import Callable
from copy import deepcopy
from threading import Lock, get_ident
from typing import Any

import torch
from torch import fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

_PLAIN = ("Conv2d", "Conv2dSame")  # others, such as timm's StdConv2d, change weights as they run
_one_at_a_time = Lock()


class _OwnThread(fx.Tracer):
    """While it traces, every module of the process calls it; those of other threads it lets by."""

    def __init__(self) -> None:
        super().__init__()
        self.thread = get_ident()

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        """Convolutions and normalisations stay whole, whoever made their class."""
        whole = isinstance(m, nn.Conv2d | nn.BatchNorm2d)
        return whole or super().is_leaf_module(m, module_qualified_name)

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


def traced(module: nn.Module) -> fx.GraphModule | None:
    """A copy of ``module`` as a graph of its layers; None where it is not to be seen through."""
    try:
        copy = deepcopy(module).eval().requires_grad_(False)
        with _one_at_a_time:
            return fx.GraphModule(copy, _OwnThread().trace(copy))
    except Exception:  # code that branches on numbers, or cannot be copied: it stays as it is
        return None


def fold(graph: fx.GraphModule) -> int:
    """Fold, in place, each normalisation that follows a convolution and nothing else into it.

    A normalisation that also activates, as timm's do, leaves its activation behind.

    Returns:
        How many were folded.
    """
    parts, folded = dict(graph.named_modules()), 0
    for node in list(graph.graph.nodes):
        before = _pair(graph, node, parts)
        if before is None:
            continue
        conv, norm = parts[str(before.target)], parts[str(node.target)]
        assert isinstance(conv, nn.Conv2d)
        assert isinstance(norm, nn.BatchNorm2d)
        parts[str(before.target)] = fuse_conv_bn_eval(conv, norm)
        graph.set_submodule(str(before.target), parts[str(before.target)])
        folded += 1
        left = _left(norm)
        if left is None:
            node.replace_all_uses_with(before)
            graph.graph.erase_node(node)
        else:
            parts[str(node.target)] = left
            graph.set_submodule(str(node.target), left)
    graph.delete_all_unused_submodules()
    graph.recompile()
    return folded


def _pair(graph: fx.GraphModule, node: fx.Node, parts: dict[str, nn.Module]) -> fx.Node | None:
    """The convolution's node, where ``node`` is a normalisation that can be folded into it."""
    before = node.args[0] if node.args else None
    if node.op != "call_module" or not isinstance(before, fx.Node):
        return None
    norm, conv = parts.get(str(node.target)), parts.get(str(before.target))
    if before.op != "call_module" or len(before.users) > 1:
        return None
    if not isinstance(norm, nn.BatchNorm2d) or norm.running_mean is None:
        return None
    if not isinstance(conv, nn.Conv2d) or type(conv).__name__ not in _PLAIN:
        return None
    return before if _calls(graph, before) == _calls(graph, node) == 1 else None


def _left(norm: nn.BatchNorm2d) -> nn.Module | None:
    """What a normalisation does beside normalising: timm's drop and activate."""
    own = [getattr(norm, name, None) for name in ("drop", "act")]
    some = [one for one in own if isinstance(one, nn.Module) and not isinstance(one, nn.Identity)]
    return nn.Sequential(*some) if some else None


def _calls(graph: fx.GraphModule, node: fx.Node) -> int:
    """How often the same module is called."""
    return sum(
        other.op == "call_module" and other.target == node.target for other in graph.graph.nodes
    )


def folded(module: nn.Module, probe: torch.Tensor, *, tolerance: float = 1e-4) -> nn.Module:
    """A quicker copy of ``module`` where it answers a probe as the module does; else the module.

    Args:
        module: In evaluation mode, from float (n, c, h, w) to scores (n, k).
        probe: Pictures that both are asked about.
        tolerance: How far a score may move, as a share of the largest score.

    Example:
        >>> net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten())
        >>> len(list(folded(net.eval(), torch.rand(2, 3, 8, 8)).modules()))
        4
    """
    graph = traced(module)
    if graph is None or not fold(graph):
        return module
    with torch.inference_mode():
        said, again = module(probe), graph(probe)
    same = bool((said.argmax(1) == again.argmax(1)).all())
    near = bool((said - again).abs().max() <= tolerance * said.abs().max())
    return graph if same and near else module
