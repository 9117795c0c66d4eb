"""Plans: what a descent needs to know, with every number settled."""

from dataclasses import dataclass
from typing import Literal

from fieldmark.records import Budget

Loss = Literal["margin", "cross-entropy"]
"""What is climbed: the best wrong score less the right one, or the usual training loss."""


@dataclass(frozen=True)
class Plan:
    """How to descend.

    Args:
        budget: The ball around each image.
        steps: Steps of one search.
        step: Length of a step in the budget's norm.
        restarts: Searches from different starts.
        loss: What is climbed.
        width: How many images are searched side by side.
    """

    budget: Budget
    steps: int
    step: float
    restarts: int
    loss: Loss
    width: int
