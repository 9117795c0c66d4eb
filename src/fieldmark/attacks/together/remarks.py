"""Remarks: signs that an attack's outcome says too little, in words; no verdict."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from fieldmark.attacks.watching.referee import Referee
    from fieldmark.attacks.watching.stages import Stage

UNSTEADY = 1e-4
"""Two answers to one picture that differ by more than this share are different answers."""

ASKED_AGAIN = 5
"""How often a picture is asked about to see whether the answer stays."""

SUSPICIOUS_GAIN = 0.002
"""The share of examples that a search without gradients may fool beyond all those with."""


def at_first_sight(referee: "Referee") -> list[str]:
    """What the model's answers and slopes on the pictures as they are give away.

    Asks about each picture five times and for one slope.

    Source:
        The checks that the authors of AutoAttack added to their code, arXiv:2003.01690.
    """
    rows = np.arange(len(referee.seeds))
    said = referee.clean
    found = []
    again = [referee.ask(referee.pictures, rows) for _ in range(ASKED_AGAIN - 1)]
    spread = max(float((one - said).abs().max()) for one in again)
    if spread > UNSTEADY * max(float(said.abs().max()), 1e-12):
        found.append(
            "the model answers at random: judge its average answer (`expected`), and attack that"
        )
    sums = said.sum(dim=1)
    if bool((said >= 0).all()) and bool(((sums - 1).abs() < 1e-3).all()):
        found.append(
            "the scores are probabilities, whose slopes vanish where the model is sure; attack "
            "the scores before the softmax"
        )
    if referee.classes < 4:
        found.append(
            f"with {referee.classes} classes the targeted dlr loss is scaled by what scores there "
            "are"
        )
    slope = referee.slope(referee.pictures, rows, "cross-entropy").uphill
    flat = int((slope.flatten(1).abs().amax(dim=1) == 0).sum())
    if flat:
        found.append(
            f"the slope of the cross-entropy is exactly 0 at {flat} of {len(rows)} pictures: "
            "gradients are masked, or too small for the number format"
        )
    return found


def in_hindsight(stages: "list[Stage]", n: int) -> list[str]:
    """What the log of an ensemble gives away: a search that knows less found more.

    Args:
        stages: The log. A stage without gradients is held against those with gradients before it.
        n: How many examples were searched.

    Source:
        Carlini et al. 2019, arXiv:1902.06705, section 4: a search that knows less must not find
        more; the limit of 0.2 points is that of AutoAttack's code.
    """
    climbed: list[str] = []
    found = []
    for stage in stages:
        gain = len(stage.fooled)
        if stage.gradients:
            climbed.append(stage.name)
        elif len(climbed) > 1 and gain > SUSPICIOUS_GAIN * n:
            found.append(
                f"{stage.name} knows no gradients and fooled {gain} of {n} examples that "
                f"{' and '.join(climbed)} had not: gradients mislead here, and the true robust "
                "accuracy may be lower still"
            )
    return found
