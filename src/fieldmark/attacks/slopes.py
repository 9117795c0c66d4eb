"""Slopes: how near a model is to being wrong, and which way is uphill."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Float32, Int64
from torch import Tensor

from fieldmark.attacks.plans import Loss
from fieldmark.records import GradientClassifier, ModelError, NotApplicableError

HAIR = 1e-6
"""A picture is left only when it is wrong by more than this share of its largest score: rounding
could turn a nearer one back when it is judged."""


@dataclass(frozen=True)
class Slope:
    """What a model makes of some pictures.

    Args:
        margin: The best wrong score less the right one; > 0 where the model is wrong.
        wrong: Where it is wrong by more than a hair.
        uphill: The gradient of the loss towards the picture, in the module's dtype.
    """

    margin: Float[Tensor, " n"]
    wrong: Bool[Tensor, " n"]
    uphill: Float[Tensor, "n c h w"]


def slope(
    model: GradientClassifier,
    pictures: Float32[Tensor, "n c h w"],
    labels: Int64[Tensor, " n"],
    *,
    loss: Loss,
    dtype: torch.dtype,
) -> Slope:
    """How near ``model`` is to being wrong on ``pictures``, and which way is uphill.

    Only the pictures' gradient is computed, never that of the parameters.

    Raises:
        NotApplicableError: The logits do not depend on the pictures by a gradient.
        ModelError: The gradient is not made of numbers.
    """
    with torch.enable_grad():
        inputs = pictures.detach().to(dtype, copy=True).requires_grad_()
        logits = model.module(inputs)
        margin = margins(logits, labels)
        if loss == "margin":
            climbed = margin.sum()
        else:
            climbed = torch.nn.functional.cross_entropy(logits, labels, reduction="sum")
        if not climbed.requires_grad:
            raise NotApplicableError(f"{model.card.name} gives no gradients towards its input")
        (uphill,) = torch.autograd.grad(climbed, inputs, allow_unused=True)
    if uphill is None:
        raise NotApplicableError(f"{model.card.name} gives no gradients towards its input")
    if not torch.linalg.vector_norm(uphill, torch.inf).isfinite():
        raise ModelError(f"{model.card.name} gives gradients that are not numbers")
    margin = margin.detach()
    return Slope(margin, margin > HAIR * logits.detach().abs().amax(dim=1), uphill)


def margins(logits: Float[Tensor, "n k"], labels: Int64[Tensor, " n"]) -> Float[Tensor, " n"]:
    """The best wrong score less the right one, (n,); works from two classes on.

    Example:
        >>> margins(torch.tensor([[1.0, 4.0, 2.0]]), torch.tensor([1])).tolist()
        [-2.0]
    """
    right = labels[:, None]
    wrong_scores = logits.scatter(1, right, -torch.inf)
    return wrong_scores.amax(dim=1) - logits.gather(1, right)[:, 0]
