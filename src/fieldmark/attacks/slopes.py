"""Slopes: how near a model is to being wrong, and which way is uphill."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from fieldmark.attacks.losses import Loss, climbed
from fieldmark.records import ModelError, NotApplicableError


@dataclass(frozen=True)
class Slope:
    """What a model makes of some pictures.

    Args:
        logits: Its scores, in the module's dtype.
        loss: What is climbed, one number per picture.
        uphill: The gradient of the loss towards the picture, in the module's dtype.
    """

    logits: Float[Tensor, "n k"]
    loss: Float[Tensor, " n"]
    uphill: Float[Tensor, "n c h w"]


def slope(
    module: Callable[[Tensor], Tensor],
    pictures: Float[Tensor, "n c h w"],
    labels: Int64[Tensor, " n"],
    *,
    loss: Loss,
    dtype: torch.dtype,
    targets: Int64[Tensor, " n"] | None = None,
    name: str = "the model",
) -> Slope:
    """What ``module`` makes of ``pictures``, and which way the loss rises.

    Only the pictures' gradient is computed, never that of the parameters.

    Raises:
        NotApplicableError: The logits do not depend on the pictures by a gradient.
        ModelError: The gradient is not made of numbers.
    """
    with torch.enable_grad():
        inputs = pictures.detach().to(dtype, copy=True).requires_grad_()
        logits = module(inputs)
        losses = climbed(loss, logits, labels, targets)
        if not losses.requires_grad:
            raise NotApplicableError(f"{name} gives no gradients towards its input")
        (uphill,) = torch.autograd.grad(losses.sum(), inputs, allow_unused=True)
    if uphill is None:
        raise NotApplicableError(f"{name} gives no gradients towards its input")
    if not torch.linalg.vector_norm(uphill, torch.inf).isfinite():
        raise ModelError(f"{name} gives gradients that are not numbers")
    return Slope(logits.detach(), losses.detach(), uphill)


@dataclass(frozen=True)
class Slopes:
    """What a model makes of some pictures, class by class.

    Args:
        logits: Its scores, in the module's dtype.
        lead: Each class's score less the right one's; 0 for the right class.
        uphill: The gradient of each lead towards the picture, in the module's dtype.
    """

    logits: Float[Tensor, "n k"]
    lead: Float[Tensor, "n k"]
    uphill: Float[Tensor, "n k c h w"]


def slopes(
    module: Callable[[Tensor], Tensor],
    pictures: Float[Tensor, "n c h w"],
    labels: Int64[Tensor, " n"],
    *,
    dtype: torch.dtype,
    name: str = "the model",
) -> Slopes:
    """The slopes of all classes at once: the way forward once, the ways back side by side.

    Raises:
        NotApplicableError: The logits do not depend on the pictures by a gradient.
        ModelError: A gradient is not made of numbers.
    """
    with torch.enable_grad():
        inputs = pictures.detach().to(dtype, copy=True).requires_grad_()
        logits = module(inputs)
        if not logits.requires_grad:
            raise NotApplicableError(f"{name} gives no gradients towards its input")
        uphill = _each_way_back(logits, inputs, labels)
    if uphill is None:
        raise NotApplicableError(f"{name} gives no gradients towards its input")
    if not uphill.isfinite().all():
        raise ModelError(f"{name} gives gradients that are not numbers")
    scores = logits.detach()
    return Slopes(scores, scores - scores.gather(1, labels[:, None]), uphill)


def _each_way_back(
    logits: Float[Tensor, "n k"], inputs: Float[Tensor, "n c h w"], labels: Int64[Tensor, " n"]
) -> Float[Tensor, "n k c h w"] | None:
    classes = logits.shape[1]
    one = torch.eye(classes, dtype=logits.dtype, device=logits.device)
    leads = one[:, None, :] - one[labels]
    options = {"retain_graph": True, "allow_unused": True}
    try:
        (found,) = torch.autograd.grad(logits, inputs, leads, is_grads_batched=True, **options)
    except RuntimeError:
        # Functions with a way back of their own may not take several at once.
        ways = [torch.autograd.grad(logits, inputs, lead, **options)[0] for lead in leads]
        found = None if ways[0] is None else torch.stack(ways)
    return None if found is None else found.transpose(0, 1)
