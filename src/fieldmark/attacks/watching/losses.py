"""Losses: what an attack climbs. Each is larger the nearer the model is to being wrong."""

from collections.abc import Callable
from typing import Literal, get_args

import torch
from jaxtyping import Float, Int64
from torch import Tensor

LossName = Literal["margin", "cross-entropy", "dlr"]
"""What is climbed: the best wrong score less the right one, the usual training loss, or the margin
as a share of the scores' spread. With targets, the score of the target takes the place of the
best wrong one."""

Loss = LossName | Callable[[Tensor, Tensor], Tensor]
"""A loss by name, or a function from logits (n, k) and labels (n,) to one number per picture, for
attacks that are made for one defence."""

LOSSES: tuple[str, ...] = get_args(LossName)


def climbed(
    loss: Loss,
    logits: Float[Tensor, "n k"],
    labels: Int64[Tensor, " n"],
    targets: Int64[Tensor, " n"] | None = None,
) -> Float[Tensor, " n"]:
    """The loss of each picture, (n,), larger the nearer the model is to being wrong.

    Args:
        loss: Which; see ``Loss``.
        logits: The model's scores.
        labels: The right classes.
        targets: The class that the attack wants for each picture; None where any wrong one will do.

    Source:
        The margin is f6 of Carlini & Wagner 2017, arXiv:1608.04644; dlr is equation 6 of Croce &
        Hein 2020, arXiv:2003.01690, its targeted form equation 7. With fewer classes than dlr
        divides by (3, or 4 with targets), it divides by the largest difference of scores there is;
        with two classes, where that is the margin itself, it is the margin.

    Example:
        >>> climbed("margin", torch.tensor([[1.0, 4.0, 2.0]]), torch.tensor([1])).tolist()
        [-2.0]
    """
    if callable(loss):
        return loss(logits, labels)
    if loss == "cross-entropy":
        wanted = labels if targets is None else targets
        entropy = torch.nn.functional.cross_entropy(logits, wanted, reduction="none")
        return entropy if targets is None else -entropy
    margin = margins(logits, labels) if targets is None else _towards(logits, labels, targets)
    if loss == "margin" or logits.shape[1] < 3:
        return margin
    return margin / (_spread(logits, targeted=targets is not None) + 1e-12)


def margins(logits: Float[Tensor, "n k"], labels: Int64[Tensor, " n"]) -> Float[Tensor, " n"]:
    """The best wrong score less the right one, (n,); works from two classes on.

    Example:
        >>> margins(torch.tensor([[1.0, 4.0, 2.0]]), torch.tensor([1])).tolist()
        [-2.0]
    """
    right = labels[:, None]
    wrong_scores = logits.scatter(1, right, -torch.inf)
    return wrong_scores.amax(dim=1) - logits.gather(1, right)[:, 0]


def _towards(
    logits: Float[Tensor, "n k"], labels: Int64[Tensor, " n"], targets: Int64[Tensor, " n"]
) -> Float[Tensor, " n"]:
    """The target's score less the right one."""
    return (logits.gather(1, targets[:, None]) - logits.gather(1, labels[:, None]))[:, 0]


def _spread(logits: Float[Tensor, "n k"], *, targeted: bool) -> Float[Tensor, " n"]:
    """What the dlr loss divides by."""
    best = logits.topk(min(4 if targeted else 3, logits.shape[1]), dim=1).values
    if targeted and logits.shape[1] > 3:
        return best[:, 0] - (best[:, 2] + best[:, 3]) / 2
    return best[:, 0] - best[:, 2]
