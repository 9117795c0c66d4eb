"""Slopes: how near a model is to being wrong, and which way is uphill."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from fieldmark.attacks.watching.losses import Loss, climbed
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
    lowest, highest = torch.aminmax(uphill)  # both are no numbers where one value is none
    if not (lowest.isfinite() & highest.isfinite()):
        raise ModelError(f"{name} gives gradients that are not numbers")
    return Slope(logits.detach(), losses.detach(), uphill)


@dataclass(frozen=True)
class Slopes:
    """What a model makes of some pictures, for each wrong class.

    Args:
        logits: Its scores, in the module's dtype.
        lead: Each wrong class's score less the right one's; the first is that of the class after
            the right one, and so on round to the one before it.
        uphill: The gradient of each lead towards the picture, in the module's dtype.
    """

    logits: Float[Tensor, "n k"]
    lead: Float[Tensor, "n others"]
    uphill: Float[Tensor, "n others c h w"]


def slopes(
    module: Callable[[Tensor], Tensor],
    pictures: Float[Tensor, "n c h w"],
    labels: Int64[Tensor, " n"],
    *,
    dtype: torch.dtype,
    name: str = "the model",
) -> Slopes:
    """The slopes towards every wrong class: once forward, and back for each of them.

    Raises:
        NotApplicableError: The logits do not depend on the pictures by a gradient.
        ModelError: A gradient is not made of numbers.
    """
    with torch.enable_grad():
        inputs = pictures.detach().to(dtype, copy=True).requires_grad_()
        logits = module(inputs)
        if not logits.requires_grad:
            raise NotApplicableError(f"{name} gives no gradients towards its input")
        right, classes = labels[:, None], logits.shape[1]
        wrong = (right + torch.arange(1, classes, device=labels.device)) % classes
        lead = logits.gather(1, wrong) - logits.gather(1, right)
        ways = [
            torch.autograd.grad(one.sum(), inputs, retain_graph=True, allow_unused=True)[0]
            for one in lead.unbind(1)
        ]
    if any(way is None for way in ways):
        raise NotApplicableError(f"{name} gives no gradients towards its input")
    uphill = torch.stack(ways, dim=1)
    if not uphill.isfinite().all():
        raise ModelError(f"{name} gives gradients that are not numbers")
    return Slopes(logits.detach(), lead.detach(), uphill)
