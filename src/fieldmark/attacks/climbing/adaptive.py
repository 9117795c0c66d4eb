"""Adapting an attack to a defence: averaging over its chance, and a way round what has no slope.

What is made here is climbed in place of the defended module (``attacked(..., climbed=...)``); the
defended model itself still judges every picture.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from fieldmark.records import ConfigError

if TYPE_CHECKING:
    from torch import Tensor, nn

    Part = Callable[[Tensor], Tensor]


def expected(
    module: "Part",
    draws: int,
    *,
    of: str = "logits",
    seed: int | None = None,
) -> "nn.Module":
    """What a module that answers at random says on average: expectation over transformation.

    Its slope is the average slope, which tells a way uphill where one draw's slope is mostly
    noise. With a seed the same draws come at every question, so that a search is repeatable; an
    example's draws then hang on its place among those asked at the same time. Without one they
    come from torch's global state, as the module itself has it.

    Args:
        module: From pictures (n, c, h, w) to scores (n, k).
        draws: How many answers are averaged, at least 1.
        of: What is averaged: "logits", the scores, or "probabilities" (their logarithm comes back,
            so that the answer is scores again). Take what the defence itself votes by.
        seed: Of torch's chance while the draws are made; the state before comes back afterwards.

    Raises:
        ConfigError: No draw is wanted, or something else is to be averaged.

    Source:
        Athalye, Engstrom, Ilyas & Kwok 2018, arXiv:1707.07397, section 2.1.

    Example:
        >>> import torch
        >>> shaken = lambda pictures: pictures.flatten(1) + torch.randn(len(pictures), 4)
        >>> still = expected(shaken, 1000, seed=0)(torch.zeros(1, 1, 2, 2))
        >>> bool(still.abs().max() < 0.2)
        True
    """
    if draws < 1:
        raise ConfigError(f"an average is over at least 1 draw, got {draws}")
    if of not in ("logits", "probabilities"):
        raise ConfigError(f"what is averaged is logits or probabilities, got {of!r:.40}")
    # Imported here so that planning a grid of attacks needs no torch.
    from fieldmark.attacks.climbing.stand_ins import Expected

    return Expected(module, draws, of=of, seed=seed)


def straight_through(forward: "Part", backward: "Part | None" = None) -> "nn.Module":
    """What says as ``forward`` does and slopes as ``backward`` does: BPDA.

    Put it where a defence has a step without a useful slope (rounding, JPEG, a median filter).

    Args:
        forward: The step as it is.
        backward: One that does nearly the same and has a slope, from the same input to the same
            shape; the identity when None.

    Source:
        Athalye, Carlini & Wagner 2018, arXiv:1802.00420, section 4.1.

    Example:
        >>> import torch
        >>> rounded = straight_through(torch.round)
        >>> value = torch.tensor([0.7], requires_grad=True)
        >>> rounded(value).backward()
        >>> rounded(value).item(), value.grad.item()
        (1.0, 1.0)
    """
    from fieldmark.attacks.climbing.stand_ins import StraightThrough

    return StraightThrough(forward, backward)
