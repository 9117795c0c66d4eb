"""Auto-PGD: a climb that sets its own step size, towards any wrong class or many in turn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Int64

from fieldmark.attacks.demands import demand
from fieldmark.records import Budget, ConfigError, Rows, ThreatModel

if TYPE_CHECKING:
    import torch

    from fieldmark.attacks.watching.losses import Loss
    from fieldmark.attacks.watching.referee import Referee

STAGES = ((3.0, 0.3), (2.0, 0.3), (1.0, 0.4))
"""Of a search in stages: how many times the budget each ball is, and its share of the steps."""

SHORT = {"cross-entropy": "ce", "dlr": "dlr", "margin": "margin"}

LANES = 4096
"""How many searches are held in memory at a time."""


_DOING = "searches inside a budget"


@dataclass(frozen=True)
class APGD:
    """Auto-PGD away from the right class; satisfies ``records.Attack``.

    There is nothing to tune: the step begins as wide as the ball and is halved where the climb
    stalls. Every example is left as soon as it is fooled.

    Args:
        budget: The ball around each image.
        loss: What is climbed: "cross-entropy", "dlr" (does not care how large a model's scores
            are), "margin", or a function of logits and labels.
        steps: Of one search, at least 1.
        restarts: Searches from different starts, at least 1.
        stages: Come to the ball in three stages, from three times its size? Meant for l1.
        draws: Slopes averaged at each step, for a model that answers at random.

    Raises:
        ConfigError: A number is out of its range.

    Source:
        Croce & Hein 2020, arXiv:2003.01690, algorithm 1; l1 and stages Croce & Hein 2021,
        arXiv:2103.01208.

    Example:
        >>> APGD(Budget("linf", 8 / 255), loss="dlr").name
        'apgd-dlr-linf'
    """

    budget: Budget
    loss: "Loss" = "cross-entropy"
    steps: int = 100
    restarts: int = 1
    stages: bool = False
    draws: int = 1

    def __post_init__(self) -> None:
        counts = ("steps", "restarts", "draws")
        demand(self, least=dict.fromkeys(counts, 1), bounded=_DOING)

    @property
    def name(self) -> str:
        """What it is, such as "apgd-ce-linf"."""
        return f"apgd-{_short(self.loss)}-{self.budget.norm}"

    @property
    def threat(self) -> ThreatModel:
        """White-box and untargeted."""
        return ThreatModel(self.budget)

    @property
    def settings(self) -> Mapping[str, object]:
        """Every constant that decides the outcome."""
        return {
            **self.threat.settings,
            **_settings(self),
        }

    def search(self, referee: "Referee") -> None:
        """Climb from a random start, again for each restart."""
        for attempt in range(self.restarts):
            for rows in _blocks(np.flatnonzero(referee.open), LANES):
                which = np.full(len(rows), attempt)
                _climb(referee, self, rows, which)


@dataclass(frozen=True)
class APGDT:
    """Auto-PGD towards each of the likeliest wrong classes; satisfies ``records.Attack``.

    The classes are ranked by the scores of the picture as it was. Those of one group are climbed
    towards at the same time; an example is left as soon as it is fooled in any way.

    Args:
        budget: The ball around each image.
        targets: Wrong classes tried, likeliest first; as many as there are, if fewer.
        steps: Of one search, at least 1.
        restarts: Searches for each class from different starts, at least 1.
        group: How many classes are climbed towards at the same time. It decides the order of the
            questions, never which examples are fooled.
        skip: How many of the likeliest classes are left out, because they have been tried.
        stages: As for ``APGD``.
        draws: As for ``APGD``.

    Raises:
        ConfigError: A number is out of its range.

    Source:
        Croce & Hein 2020, arXiv:2003.01690, section 4 and equation 7: the targeted dlr loss.

    Example:
        >>> attack = APGDT(Budget("l2", 0.5))
        >>> attack.name, attack.settings["targets"]
        ('apgd-t-l2', 9)
    """

    budget: Budget
    targets: int = 9
    steps: int = 100
    restarts: int = 1
    group: int = 3
    skip: int = 0
    stages: bool = False
    draws: int = 1

    def __post_init__(self) -> None:
        counts = ("targets", "steps", "restarts", "group", "draws")
        demand(self, least=dict.fromkeys(counts, 1), bounded=_DOING)
        if not 0 <= self.skip < self.targets:
            raise ConfigError(f"{self.name}: skip must be below {self.targets}, got {self.skip}")

    @property
    def name(self) -> str:
        """What it is, such as "apgd-t-linf"."""
        return f"apgd-t-{self.budget.norm}"

    @property
    def loss(self) -> "Loss":
        """What is climbed."""
        return "dlr"

    @property
    def threat(self) -> ThreatModel:
        """White-box; any wrong class is a success, whichever was climbed towards."""
        return ThreatModel(self.budget)

    @property
    def settings(self) -> Mapping[str, object]:
        """Every constant that decides the outcome."""
        return {
            **self.threat.settings,
            **_settings(self),
            "targets": self.targets - self.skip,
            "skip": self.skip,
            "targets at a time": self.group,
        }

    def search(self, referee: "Referee") -> None:
        """Climb towards one group of classes after the other."""
        import torch

        if not referee.open.any():
            return
        ranked = likeliest_wrong(referee, self.targets)
        attempts = np.arange(self.skip * self.restarts, ranked.shape[1] * self.restarts)
        for group in _blocks(attempts, self.group):
            for rows in _blocks(np.flatnonzero(referee.open), max(LANES // len(group), 1)):
                lanes, which = np.repeat(rows, len(group)), np.tile(group, len(rows))
                places = torch.from_numpy(lanes), torch.from_numpy(which // self.restarts)
                wanted = ranked.cpu()[places].to(ranked.device)
                _climb(referee, self, lanes, which, wanted)


def likeliest_wrong(referee: "Referee", count: int) -> "torch.Tensor":
    """The likeliest wrong classes of the originals, best first, int64 (n, at most ``count``)."""
    scores = referee.clean.scatter(1, referee.labels[:, None], -float("inf"))
    return scores.argsort(dim=1, descending=True, stable=True)[:, : min(count, referee.classes - 1)]


def _climb(
    referee: "Referee",
    attack: "APGD | APGDT",
    rows: Rows,
    attempt: Rows,
    targets: "torch.Tensor | None" = None,
) -> None:
    """One climb of each lane, in stages if need be."""
    # Imported here so that planning a grid of attacks needs no torch.
    from fieldmark.attacks.climbing.ascent import Climb, climb, drawn_starts
    from fieldmark.attacks.moving.balls import back_into_ball, originals

    size = referee.budget.size
    stages = [(times * size, int(share * attack.steps)) for times, share in STAGES]
    stages = [each for each in stages if each[1]] if attack.stages else [(size, attack.steps)]
    picture = drawn_starts(referee, rows, attempt, stages[0][0])
    for radius, steps in stages:
        ball = Budget(referee.budget.norm, radius)
        picture = back_into_ball(ball, picture, originals(referee, rows))
        plan = Climb(attack.loss, steps, radius, attack.draws, goes_on=attack.stages)
        picture = climb(referee, rows, picture, plan, attempt=attempt, targets=targets)


def _blocks(rows: Rows, size: int) -> Sequence[Int64[np.ndarray, " _"]]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def _short(loss: "Loss") -> str:
    return SHORT.get(loss, "own") if isinstance(loss, str) else "own"


def _settings(attack: APGD | APGDT) -> Mapping[str, object]:
    return {
        "loss": attack.loss if isinstance(attack.loss, str) else attack.loss.__name__,
        "steps": attack.steps,
        "restarts": attack.restarts,
        "stages": [list(each) for each in STAGES] if attack.stages else [],
        "draws": attack.draws,
        "momentum": 0.75,
        "start": "a random point on the edge of the ball, drawn for each example and attempt",
        "pictures": "float32, not rounded to 8 bits",
    }
