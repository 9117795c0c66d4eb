"""Kernels: layers by what they say and by the way back through them, with nothing done in vain.

On the way back a kernel may write into the slope that it is given, and add to those that are there:
the program sees to it that nobody else needs them. What is not known here goes there and back as
torch does it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from operator import mul, truediv
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor, fx, nn
from torch.nn import functional

Memory = Any
"""What a kernel has to remember to find its way back; None where nothing leads back."""


@runtime_checkable
class Kernel(Protocol):
    """One step of a program.

    Attributes:
        sources: What it takes in.
        fresh: Are the slopes that it makes its own, or may others hold them too?
    """

    @property
    def sources(self) -> tuple[fx.Node, ...]:
        """What it takes in."""

    @property
    def fresh(self) -> bool:
        """Are the slopes that it makes held by nobody else?"""

    def there(self, taken: list[Any], leads: list[bool]) -> tuple[Any, Memory]:
        """What it makes of ``taken``, some of which ``leads`` back, and what it must remember."""

    def back(self, uphill: Tensor, memory: Memory, onto: list[Tensor | None]) -> list[Any]:
        """The slope towards each source, added to what is there; None for those not wanted."""


@dataclass(frozen=True)
class Linear:
    """A linear layer."""

    sources: tuple[fx.Node, ...]
    layer: nn.Linear
    fresh: bool = True

    def there(self, taken: list[Any], leads: list[bool]) -> tuple[Any, Memory]:
        """What the layer says."""
        return functional.linear(taken[0], self.layer.weight, self.layer.bias), leads[0] or None

    def back(self, uphill: Tensor, memory: Memory, onto: list[Tensor | None]) -> list[Any]:
        """The slope through its weights."""
        return [added(onto[0], uphill @ self.layer.weight)]


@dataclass(frozen=True)
class FlatLinear:
    """A linear layer of all values of a picture, in whichever order they lie.

    Convolutions leave channels last, the layer counts them first. Its weights are put into their
    order once, rather than every picture into that of the weights.
    """

    sources: tuple[fx.Node, ...]
    layer: nn.Linear
    fresh: bool = True
    ordered: dict[torch.Size, Tensor] = field(default_factory=dict)

    def there(self, taken: list[Any], leads: list[bool]) -> tuple[Any, Memory]:
        """What the layer says."""
        inputs = taken[0]
        shape = inputs.shape[1:] if _channels_last(inputs) else None
        weight = self.layer.weight if shape is None else self._weight(shape)
        flat = inputs if shape is None else inputs.permute(0, 2, 3, 1)
        said = functional.linear(flat.flatten(1), weight, self.layer.bias)
        return said, (inputs.shape, shape) if leads[0] else None

    def back(self, uphill: Tensor, memory: Memory, onto: list[Tensor | None]) -> list[Any]:
        """The slope through its weights, lying as the picture did."""
        whole, shape = memory
        if shape is None:
            return [added(onto[0], (uphill @ self.layer.weight).view(whole))]
        channels, *sides = shape
        flat = (uphill @ self._weight(shape)).view(-1, *sides, channels)
        return [added(onto[0], flat.permute(0, 3, 1, 2))]

    def _weight(self, shape: torch.Size) -> Tensor:
        if shape not in self.ordered:
            weight = self.layer.weight.detach()
            self.ordered[shape] = weight.view(-1, *shape).permute(0, 2, 3, 1).flatten(1)
        return self.ordered[shape]


@dataclass(frozen=True)
class Relu:
    """A ReLU that no convolution stands before."""

    sources: tuple[fx.Node, ...]
    fresh: bool = True

    def there(self, taken: list[Any], leads: list[bool]) -> tuple[Any, Memory]:
        """What is above 0."""
        said = taken[0].relu()
        return said, said if leads[0] else None

    def back(self, uphill: Tensor, memory: Memory, onto: list[Tensor | None]) -> list[Any]:
        """The slope where it is above 0."""
        return [added(onto[0], where_above_0(uphill, memory))]


@dataclass(frozen=True)
class Cut:
    """A part of a tensor, by slices."""

    sources: tuple[fx.Node, ...]
    part: tuple[slice, ...]
    fresh: bool = True

    def there(self, taken: list[Any], leads: list[bool]) -> tuple[Any, Memory]:
        """The part."""
        return taken[0][self.part], taken[0].shape if leads[0] else None

    def back(self, uphill: Tensor, memory: Memory, onto: list[Tensor | None]) -> list[Any]:
        """The slope at the part, and nothing elsewhere."""
        whole = uphill.new_zeros(memory) if onto[0] is None else onto[0]
        whole[self.part] += uphill
        return [whole]


@dataclass(frozen=True)
class Constant:
    """Something plus, minus, times or by a constant, such as a mean and a scale of pixels."""

    sources: tuple[fx.Node, ...]
    how: Callable[[Any, Any], Any]
    fresh: bool = True

    def there(self, taken: list[Any], leads: list[bool]) -> tuple[Any, Memory]:
        """What comes of it.

        Raises:
            ValueError: Another shape came of it than went in.
        """
        said = self.how(*taken)
        if said.shape != taken[0].shape:
            raise ValueError("a constant changed the shape")
        return said, taken[1] if leads[0] else None

    def back(self, uphill: Tensor, memory: Memory, onto: list[Tensor | None]) -> list[Any]:
        """The slope, scaled as the numbers were."""
        if self.how in (mul, truediv):
            uphill = self.how(uphill, memory)
        return [added(onto[0], uphill), None]


@dataclass(frozen=True)
class Padded:
    """Zeros around it, or beside its channels."""

    sources: tuple[fx.Node, ...]
    pads: tuple[int, ...]
    fresh: bool = True

    def there(self, taken: list[Any], leads: list[bool]) -> tuple[Any, Memory]:
        """It, and zeros."""
        return functional.pad(taken[0], self.pads), taken[0].shape if leads[0] else None

    def back(self, uphill: Tensor, memory: Memory, onto: list[Tensor | None]) -> list[Any]:
        """The slope where there are no zeros."""
        for place, begin in enumerate(self.pads[::2]):
            axis = len(memory) - 1 - place
            uphill = uphill.narrow(axis, begin, memory[axis])
        return [added(onto[0], uphill)]


@dataclass(frozen=True)
class Other:
    """Anything else, there and back as torch does it."""

    sources: tuple[fx.Node, ...]
    graph: fx.GraphModule
    node: fx.Node
    fresh: bool = False

    def there(self, taken: list[Any], leads: list[bool]) -> tuple[Any, Memory]:
        """What torch makes of it."""
        if not any(leads):
            return self._called(taken), None
        with torch.enable_grad():
            begun = [
                each.detach().requires_grad_() if lead else each
                for each, lead in zip(taken, leads, strict=True)
            ]
            said = self._called(begun)
        if isinstance(said, tuple | list) and any(isinstance(one, Tensor) for one in said):
            raise TypeError(f"{self.node} gives several tensors")
        if not isinstance(said, Tensor) or not said.requires_grad:
            return said, None
        from_here = [one for one, lead in zip(begun, leads, strict=True) if lead]
        return said.detach(), (from_here, said, leads)

    def back(self, uphill: Tensor, memory: Memory, onto: list[Tensor | None]) -> list[Any]:
        """The slope as torch finds it."""
        begun, said, leads = memory
        found = iter(torch.autograd.grad(said, begun, uphill, retain_graph=True, allow_unused=True))
        towards = [next(found) if lead else None for lead in leads]
        return [
            one if each is None else added(one, each)
            for one, each in zip(onto, towards, strict=True)
        ]

    def _called(self, taken: list[Any]) -> Any:  # noqa: ANN401  whatever the step gives
        values = dict(zip(self.sources, taken, strict=True))
        args: Any = fx.node.map_arg(self.node.args, values.__getitem__)
        kwargs: Any = fx.node.map_arg(self.node.kwargs, values.__getitem__)
        target: Any = self.node.target
        if self.node.op == "call_module":
            return self.graph.get_submodule(target)(*args, **kwargs)
        if self.node.op == "call_method":
            return getattr(args[0], target)(*args[1:], **kwargs)
        return target(*args, **kwargs)


def _channels_last(pictures: Tensor) -> bool:
    return pictures.ndim == 4 and pictures.is_contiguous(memory_format=torch.channels_last)


def added(onto: Tensor | None, more: Tensor) -> Tensor:
    """``more``, or ``onto`` with ``more`` added to it in its place."""
    return more if onto is None else onto.add_(more)


def where_above_0(uphill: Tensor, said: Tensor) -> Tensor:
    """``uphill``, in its place, set to 0 wherever a ReLU said 0."""
    onto: Tensor = torch.ops.aten.threshold_backward.grad_input(uphill, said, 0, grad_input=uphill)
    return onto
