"""Halving: the way from an original to a picture that fools, cut in half again and again."""

from typing import TYPE_CHECKING

import numpy as np
import torch

from fieldmark.attacks.moving.balls import originals

if TYPE_CHECKING:
    from fieldmark.attacks.watching.referee import Referee


def halve(referee: "Referee", *, times: int) -> None:
    """Look for a nearer wrong picture on the straight way to the nearest one seen so far.

    Where nothing has fooled the model yet, nothing is asked.

    Args:
        referee: Who is asked, and has seen the pictures; its budget is unbounded.
        times: Halvings; the boundary is then known to a share of 2**-times.
    """
    rows = np.flatnonzero(np.isfinite(referee.score.smallest) & (referee.left >= times))
    start = originals(referee, rows)
    far = referee.score.picture[torch.from_numpy(rows).to(start.device)] - start
    right = torch.zeros(len(rows), 1, 1, 1, device=start.device)
    wrong = torch.ones_like(right)
    for _ in range(times if len(rows) else 0):
        middle = (right + wrong) / 2
        fooled = referee.judged((start + middle * far).clamp(0.0, 1.0), rows)[:, None, None, None]
        right, wrong = torch.where(fooled, right, middle), torch.where(fooled, middle, wrong)
