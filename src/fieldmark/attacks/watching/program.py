"""A program: a module written out as kernels, run there and back without keeping a graph.

For one picture's slope torch writes down a graph of all that was done, and asks each of its nodes
what it needs. Here the order is known beforehand, so that there is only the arithmetic.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from operator import add, getitem, iadd, mul, sub, truediv
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.nn import functional

from fieldmark.attacks.watching.convolutions import Conv
from fieldmark.attacks.watching.kernels import (
    Constant,
    Cut,
    FlatLinear,
    Kernel,
    Linear,
    Other,
    Padded,
    Relu,
)

RELUS = (functional.relu, torch.relu, torch.relu_, "relu", "relu_")
SUMS = (add, iadd, torch.add)
ARITHMETIC = (add, sub, mul, truediv)


class Program(nn.Module):
    """What a graph says, kernel by kernel; slopes towards the pictures lead back through it.

    Args:
        graph: A module written out, with one input and one answer.

    Raises:
        ValueError: It has several inputs or answers.
    """

    def __init__(self, graph: fx.GraphModule) -> None:
        super().__init__()
        self.graph = graph
        takes = [node for node in graph.graph.nodes if node.op == "placeholder"]
        (gives,) = (node for node in graph.graph.nodes if node.op == "output")
        if len(takes) != 1 or not isinstance(gives.args[0], fx.Node):
            raise ValueError("a program has one input and one answer")
        self.takes, self.gives = takes[0], gives.args[0]
        self.steps = tuple(_steps(graph))
        self.last = {}
        for place, step in enumerate(self.steps):
            self.last.update(dict.fromkeys(step.kernel.sources, place))

    def forward(self, pictures: Tensor) -> Tensor:
        """What the module says."""
        if pictures.requires_grad:
            said: Tensor = _ThereAndBack.apply(pictures, self)  # type: ignore[no-untyped-call]
            return said
        return self.there(pictures, None)

    def there(self, pictures: Tensor, memories: dict[int, Any] | None) -> Tensor:
        """Step by step; with ``memories``, what is needed to come back is written into them."""
        values: dict[fx.Node, Any] = {self.takes: pictures}
        leading = {self.takes} if memories is not None else set()
        for place, step in enumerate(self.steps):
            sources = step.kernel.sources
            taken = [_value(self.graph, node, values) for node in sources]
            said, memory = step.kernel.there(taken, [node in leading for node in sources])
            values[step.node] = said
            if memories is not None and memory is not None:
                memories[place] = memory
                leading.add(step.node)
            for node in sources:
                if self.last[node] == place and node is not self.gives:
                    values.pop(node, None)
        said = values[self.gives]
        if memories is not None and self.gives not in leading:
            raise ValueError("nothing leads back from the answer")
        return said

    def back(self, uphill: Tensor, memories: dict[int, Any]) -> Tensor | None:
        """The slope towards the pictures, from that towards the answer."""
        slopes: dict[fx.Node, Tensor] = {self.gives: uphill}
        own: set[fx.Node] = set()
        for place in reversed(range(len(self.steps))):
            node, kernel = self.steps[place].node, self.steps[place].kernel
            if node not in slopes or place not in memories:
                continue
            for each in (node, *kernel.sources):
                if each in slopes and each not in own:
                    slopes[each] = slopes[each].clone()
                    own.add(each)
            onto = [slopes.get(each) for each in kernel.sources]
            found = kernel.back(slopes.pop(node), memories[place], onto)
            for each, towards in zip(kernel.sources, found, strict=True):
                if towards is not None:
                    if kernel.fresh:
                        own.add(each)
                    slopes[each] = towards
        return slopes.get(self.takes)


@dataclass(frozen=True)
class Step:
    """A kernel, and the node of the graph whose value it makes."""

    node: fx.Node
    kernel: Kernel


class _ThereAndBack(torch.autograd.Function):
    @staticmethod
    def forward(ctx, pictures, program):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN205
        ctx.program, ctx.memories = program, {}
        # Another tensor than the one remembered, or each would hold the other for ever.
        return program.there(pictures, ctx.memories).detach()

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, uphill):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN205
        return ctx.program.back(uphill, ctx.memories), None


def _value(graph: fx.GraphModule, node: fx.Node, values: dict[fx.Node, Any]) -> Any:  # noqa: ANN401
    """What a node stands for: something made on the way, or a constant of the module."""
    if node.op != "get_attr":
        return values[node]
    value: Any = graph
    for name in str(node.target).split("."):
        value = getattr(value, name)
    return value


def _steps(graph: fx.GraphModule) -> Iterator[Step]:
    """The kernels in their order."""
    parts = dict(graph.named_modules())
    ends, within = _fused(graph, parts)
    for node in graph.graph.nodes:
        if node in ends:
            yield Step(node, ends[node])
        elif node not in within and node.op.startswith("call"):
            yield Step(node, _kernel(graph, node, parts))


def _kernel(graph: fx.GraphModule, node: fx.Node, parts: Mapping[str, nn.Module]) -> Kernel:
    """A single node's."""
    sources = tuple(node.all_input_nodes)
    part = parts.get(str(node.target)) if node.op == "call_module" else None
    if type(part) is nn.Linear:
        return Linear(sources, part)
    if _is_relu(node, parts):
        return Relu(sources)
    if node.op == "call_function":
        return _function(node, sources) or Other(sources, graph, node)
    return Other(sources, graph, node)


def _function(node: fx.Node, sources: tuple[fx.Node, ...]) -> Kernel | None:
    """The kernel of a function that is known; None for others."""
    args, target = node.args, node.target
    if target is getitem and _is_cut(node):
        return Cut(sources, args[1])  # type: ignore[arg-type]
    if target in ARITHMETIC and sources == args and sources[1].op == "get_attr":
        return Constant(sources, target)
    if target is functional.pad and _is_padded(node):
        return Padded(sources, tuple(args[1]))  # type: ignore[arg-type]
    return None


def _fused(
    graph: fx.GraphModule, parts: Mapping[str, nn.Module]
) -> tuple[dict[fx.Node, Kernel], set[fx.Node]]:
    """Layers that are one kernel together, by their last node; and the nodes before the last."""
    ends: dict[fx.Node, Kernel] = {}
    within: set[fx.Node] = set()
    for node in graph.graph.nodes:
        layer = parts.get(str(node.target)) if node.op == "call_module" else None
        if type(layer) is nn.Linear and _is_flattened(node.args[0], parts):
            within.add(node.args[0])
            ends[node] = FlatLinear((node.args[0].args[0],), layer)
            continue
        if type(layer) is not nn.Conv2d or not _plain(layer) or len(node.all_input_nodes) != 1:
            continue
        nodes, sources = [node], [node.args[0]]
        after = _only_user(node)
        if after is not None and after not in ends and _is_sum(after):
            (beside,) = (each for each in after.args if each is not node)
            if beside is not node.args[0]:
                nodes, sources = [*nodes, after], [*sources, beside]
                after = _only_user(after)
        relu = after is not None and after not in ends and _is_relu(after, parts)
        nodes += [after] if relu else []
        within.update(nodes[:-1])
        ends[nodes[-1]] = Conv(tuple(sources), layer, relu)
    return ends, within


def _plain(conv: nn.Conv2d) -> bool:
    return conv.padding_mode == "zeros" and not isinstance(conv.padding, str)


def _is_cut(node: fx.Node) -> bool:
    """Is it a part by slices with fixed ends?"""
    part = node.args[1]
    return (
        isinstance(part, tuple)
        and all(isinstance(one, slice) for one in part)
        and (len(node.all_input_nodes) == 1)
    )


def _is_padded(node: fx.Node) -> bool:
    """Are zeros put around it, as many as is known beforehand?"""
    pads = node.args[1] if len(node.args) == 2 else None
    zeros = node.kwargs.get("mode", "constant") == "constant" and not node.kwargs.get("value")
    return zeros and isinstance(pads, tuple) and all(type(p) is int and p >= 0 for p in pads)


def _is_flattened(node: Any, parts: Mapping[str, nn.Module]) -> bool:  # noqa: ANN401  an argument
    """Are all values of each picture put side by side, for one layer alone?"""
    if not isinstance(node, fx.Node) or len(node.users) != 1:
        return False
    if node.op == "call_module":
        part = parts.get(str(node.target))
        return type(part) is nn.Flatten and (part.start_dim, part.end_dim) == (1, -1)
    flattens = node.target in ("flatten", torch.flatten) and node.op.startswith("call")
    return flattens and node.args[1:] in ((1,), (1, -1)) and not node.kwargs


def _only_user(node: fx.Node) -> fx.Node | None:
    return next(iter(node.users)) if len(node.users) == 1 else None


def _is_relu(node: fx.Node, parts: Mapping[str, nn.Module]) -> bool:
    if node.op == "call_module":
        return type(parts.get(str(node.target))) is nn.ReLU
    return node.op.startswith("call") and node.target in RELUS


def _is_sum(node: fx.Node) -> bool:
    """Is it the sum of two different things that were made on the way?"""
    two = len(node.all_input_nodes) == 2 == len(node.args)
    return node.op == "call_function" and node.target in SUMS and two and not node.kwargs
