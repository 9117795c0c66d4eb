"""Folding: a copy of a module with its normalisations inside its convolutions; it says the same.

In evaluation mode a batch normalisation multiplies and adds constants, and so does the convolution
before it: one layer can do both. Whoever uses a copy asks first whether it agrees (``agree``).
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from jaxtyping import Bool

if TYPE_CHECKING:
    from torch import Tensor, fx, nn

AGREEMENT = {"torch.float64": 1e-9, "torch.float32": 1e-4}
"""How far a copy's answers and slopes may be from the module's, as a share of the largest."""

MOST = 0.7
"""The share of pictures at which both must have the same slope."""


def folded(module: "nn.Module") -> "fx.GraphModule | None":
    """A copy of ``module`` in evaluation mode with normalisations folded, channels last.

    Its parameters want no gradient, and it shares nothing with the module. None where the module
    cannot be written out as a graph (its way hangs on the data, say).

    Args:
        module: From pictures (n, c, h, w) to scores (n, k).

    Example:
        >>> import torch
        >>> from torch import nn
        >>> net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten()).eval()
        >>> copy = folded(net)
        >>> [type(part).__name__ for part in copy.children()]
        ['Conv2d', 'Flatten']
        >>> agree(net, copy, torch.rand(4, 1, 5, 5))
        True
    """
    import torch

    from fieldmark.models.tracing import traced

    try:
        from copy import deepcopy

        graph = traced(deepcopy(module).eval().requires_grad_(False))
        for norm, conv in list(_pairs(graph)):
            _fold(graph, norm, conv)
        graph.delete_all_unused_submodules()
        graph.recompile()
        return graph.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    except Exception:  # whatever stands in the way, the module itself can be asked
        return None


def agree(
    module: "nn.Module", copy: "nn.Module", pictures: "Tensor", *, slopes: bool = True
) -> bool:
    """Do both say the same of all pictures, with the same slope at most of them?

    Where a unit is at its kink by a hair, rounding decides between two slopes that are both right.

    Args:
        module: The original.
        copy: What is to take its place.
        pictures: A batch, (n, c, h, w).
        slopes: Are slopes compared too? Only who climbs needs them.
    """
    share = AGREEMENT.get(str(pictures.dtype), 0.0)
    try:
        said, slope = answers(module, pictures, slopes=slopes)
        again, other = answers(copy, pictures, slopes=slopes)
        near = _near(slope, other, share).double().mean()
        return bool(_near(said, again, share).all()) and bool(near > MOST)
    except Exception:  # what is wrong will be said when the module itself is asked
        return False


def laid_out(pictures: "Tensor") -> "Tensor":
    """The same pictures with their numbers as kernels like them: channels last where there are."""
    import torch

    last = torch.channels_last if pictures.ndim == 4 else torch.contiguous_format
    return pictures.contiguous(memory_format=last)


def _pairs(graph: "fx.GraphModule") -> "Iterator[tuple[fx.Node, fx.Node]]":
    """Each normalisation that follows a convolution, and nothing else."""
    from torch import fx, nn

    parts = dict(graph.named_modules())
    for node in graph.graph.nodes:
        before = node.args[0] if node.args else None
        if node.op != "call_module" or not isinstance(before, fx.Node):
            continue
        norm, conv = parts.get(str(node.target)), parts.get(str(before.target))
        if not (isinstance(norm, nn.BatchNorm2d) and isinstance(conv, nn.Conv2d)):
            continue
        if before.op != "call_module" or len(before.users) > 1 or norm.running_mean is None:
            continue
        if _calls(graph, before) == 1 and _calls(graph, node) == 1:
            yield node, before


def _fold(graph: "fx.GraphModule", norm: "fx.Node", conv: "fx.Node") -> None:
    """Fold a normalisation into its convolution; what it does besides stays in its place."""
    from torch import nn
    from torch.nn.utils.fusion import fuse_conv_bn_eval

    kind = graph.get_submodule(str(norm.target))
    before = graph.get_submodule(str(conv.target))
    graph.set_submodule(str(conv.target), fuse_conv_bn_eval(before, kind))  # type: ignore[type-var,arg-type]
    if type(kind) is nn.BatchNorm2d:
        norm.replace_all_uses_with(conv)
        graph.graph.erase_node(norm)
        return
    # timm's normalisation drops out and activates as well.
    rest = nn.Sequential(kind.drop, kind.act)  # type: ignore[arg-type]
    graph.set_submodule(str(norm.target), rest)


def _calls(graph: "fx.GraphModule", node: "fx.Node") -> int:
    """How often the same layer is called."""
    return sum(
        other.op == "call_module" and other.target == node.target for other in graph.graph.nodes
    )


def answers(
    module: "nn.Module", pictures: "Tensor", *, slopes: bool = True
) -> "tuple[Tensor, Tensor]":
    """Scores (n, k) of some pictures, and the slope of one mixture of them towards the pictures.

    Args:
        module: Who is asked.
        pictures: A batch, (n, c, h, w).
        slopes: Is the slope wanted? Without it ones take its place.
    """
    import torch

    if not slopes:
        with torch.no_grad():
            scores = module(laid_out(pictures))
        return scores, torch.ones_like(scores)
    with torch.enable_grad():
        inputs = pictures.clone().requires_grad_()
        scores = module(laid_out(inputs))
        mixed = scores * torch.arange(1, scores.shape[1] + 1, device=scores.device)
        (slope,) = torch.autograd.grad(mixed.sum(), inputs)
    return scores.detach(), slope


def _near(one: "Tensor", other: "Tensor", share: float) -> "Bool[Tensor, ' n']":
    """For each picture: do two arrays agree up to a share of the largest number?"""
    one, other = one.flatten(1), other.flatten(1)
    return (one - other).abs().amax(dim=1) <= share * one.abs().amax(dim=1)
