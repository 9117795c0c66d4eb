"""Preparing: a module made ready to be asked often. What it says does not change.

A copy is made whose normalisation is folded into its convolutions, whose numbers lie as the
kernels like them, and whose parameters want no gradient. The copy is asked only as long as it
agrees with the module itself, on two batches, in what it says and in its slope.
"""

from collections.abc import Callable
from copy import deepcopy
from threading import Lock, get_ident
from typing import Any
from weakref import WeakKeyDictionary

import torch
from jaxtyping import Bool
from torch import Tensor, fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from fieldmark.attacks.watching.first_layer import lighter

AGREEMENT = {torch.float64: 1e-9, torch.float32: 1e-4}
"""How far the copy's answers and slopes may be from the module's, as a share of the largest."""

MOST = 0.7
"""The share of pictures at which both must have the same slope."""

_copies: "WeakKeyDictionary[nn.Module, tuple[object, nn.Module]]" = WeakKeyDictionary()


class Prepared(nn.Module):
    """A module to be asked in evaluation mode, by way of its quicker copy where that agrees.

    The copy is put to the test by the first batch that comes.
    """

    def __init__(self, module: nn.Module, copy: nn.Module | None) -> None:
        super().__init__()
        self.module, self.copy = module, copy
        self._tested = copy is None
        self.eval()

    def forward(self, pictures: Tensor) -> Tensor:
        """What the module inside says."""
        if not self._tested:
            self._test(pictures.detach())
        if self.copy is None:
            return self.module(pictures)
        return self.copy(pictures.contiguous(memory_format=_layout(pictures)))

    def _test(self, pictures: Tensor) -> None:
        self._tested = True
        for batch in (pictures, 1 - pictures.roll(1, dims=0)):
            if self.copy is not None and not _agree(self.module, self.copy, batch):
                self.copy = None


_one_at_a_time = Lock()


class _OwnThread(fx.Tracer):
    """While it traces, every module of the process calls it; those of other threads it lets by."""

    def __init__(self) -> None:
        super().__init__()
        self.thread = get_ident()

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


def prepared(module: nn.Module) -> nn.Module:
    """``module`` ready to be asked: in evaluation mode, and quicker where that is possible.

    Copies are kept as long as their modules live unchanged.
    """
    kept = _copies.get(module)
    state = _state(module)
    if kept is None or kept[0] != state:
        copy = _copied(module)
        if copy is None:
            return Prepared(module, None)
        kept = _copies[module] = (state, copy)
    return Prepared(module, kept[1])


def _state(module: nn.Module) -> object:
    """What the copy was made from: a number that grows whenever a tensor is changed."""
    tensors = (*module.parameters(), *module.buffers())
    return tuple((id(each), each._version, each.device, each.dtype) for each in tensors)


def _copied(module: nn.Module) -> nn.Module | None:
    """The quicker copy; None where the module is not to be seen through."""
    try:
        copy = deepcopy(module).eval().requires_grad_(False)
        with _one_at_a_time:
            traced = fx.GraphModule(copy, _OwnThread().trace(copy))
        _fold(traced)
        lighter(traced)
        return traced.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    except Exception:  # whatever stands in the way, the module itself can be asked
        return None


def _fold(traced: fx.GraphModule) -> None:
    """Fold each normalisation that follows a convolution, and nothing else, into it."""
    parts = dict(traced.named_modules())
    for node in list(traced.graph.nodes):
        before = node.args[0] if node.args else None
        if node.op != "call_module" or not isinstance(before, fx.Node):
            continue
        norm, conv = parts.get(str(node.target)), parts.get(str(before.target))
        if not (isinstance(norm, nn.BatchNorm2d) and isinstance(conv, nn.Conv2d)):
            continue
        if before.op != "call_module" or len(before.users) > 1 or norm.running_mean is None:
            continue
        if _calls(traced, before) > 1:
            continue
        folded = fuse_conv_bn_eval(conv, norm)
        traced.set_submodule(str(before.target), folded)
        parts[str(before.target)] = folded
        node.replace_all_uses_with(before)
        traced.graph.erase_node(node)
    traced.delete_all_unused_submodules()
    traced.recompile()


def _calls(traced: fx.GraphModule, node: fx.Node) -> int:
    """How often the same module is called."""
    return sum(
        other.op == "call_module" and other.target == node.target for other in traced.graph.nodes
    )


def _layout(pictures: Tensor) -> torch.memory_format:
    return torch.channels_last if pictures.ndim == 4 else torch.contiguous_format


def _agree(module: nn.Module, copy: nn.Module, pictures: Tensor) -> bool:
    """Do both say the same of all pictures, with the same slope at most of them?

    Where a unit is at its kink by a hair, rounding decides between two slopes that are both right.
    """
    share = AGREEMENT.get(pictures.dtype, 0.0)
    try:
        said, slope = _said(module, pictures)
        again, other = _said(copy, pictures)
        near = _near(slope, other, share).double().mean()
        return bool(_near(said, again, share).all()) and bool(near > MOST)
    except Exception:  # what is wrong will be said when the module itself is asked
        return False


def _said(module: nn.Module, pictures: Tensor) -> tuple[Tensor, Tensor]:
    """Scores, and the slope of one mixture of them."""
    with torch.enable_grad():
        inputs = pictures.clone().requires_grad_()
        scores = module(inputs.contiguous(memory_format=_layout(inputs)))
        mixed = scores * torch.arange(1, scores.shape[1] + 1, device=scores.device)
        (slope,) = torch.autograd.grad(mixed.sum(), inputs)
    return scores.detach(), slope


def _near(one: Tensor, other: Tensor, share: float) -> Bool[Tensor, " n"]:
    """For each picture: do two arrays agree up to a share of the largest number?"""
    one, other = one.flatten(1), other.flatten(1)
    return (one - other).abs().amax(dim=1) <= share * one.abs().amax(dim=1)
