"""Transfer: pictures that fool another model, the surrogate, shown to the target once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from fieldmark.attacks.demands import demand
from fieldmark.attacks.transferring.surrogates import Surrogate
from fieldmark.records import Budget, ConfigError, Subject, ThreatModel

if TYPE_CHECKING:
    from fieldmark.attacks.watching.referee import Referee

Method = Literal["mi", "ni", "di", "ti", "vmi"]
"""How the surrogate is climbed so that others are fooled too; each has the momentum of the first.

mi: directions are kept from step to step. ni: the slope is taken one step ahead. di: of pictures
that are shrunk and shifted at random. ti: and blurred, as if summed over shifted pictures. vmi: and
corrected by how it differs from those nearby."""

_CONSTANTS: Mapping[Method, Mapping[str, object]] = {
    "mi": {},
    "ni": {"look ahead": "one step along the momentum"},
    "di": {"shown otherwise": 0.5, "shrunk to": "0.9 to 1 of the side, placed at random on black"},
    "ti": {"kernel": "Gaussian, 7 x 7 below 64 pixels, else 15 x 15; 3 deviations to its edge"},
    "vmi": {"neighbours": 20, "neighbourhood": "uniform, 1.5 x budget"},
}


@dataclass(frozen=True)
class Transfer:
    """The pictures that a surrogate is fooled by, shown to the target; satisfies ``Attack``.

    The target needs no gradients and is asked one question. Pictures are made once for a surrogate,
    example and budget, and shown to every target.

    Args:
        budget: The ball around each image, in linf; in l2 for "mi" only.
        surrogate: The model that is climbed; it must give gradients.
        method: How; see ``Method``.
        steps: Steps along the surrogate's slope, at least 1; each is the budget / steps long.
        momentum: The share of the last direction that is kept, at least 0.

    Raises:
        ConfigError: A number is out of its range, the budget is unbounded or in another norm, or
            the surrogate's name cannot stand in a condition's.

    Source:
        mi: Dong et al. 2018, arXiv:1710.06081, algorithm 1. ni: Lin et al. 2020, arXiv:1908.06281,
        equations 6 and 7. di: Xie et al. 2019, arXiv:1803.06978, section 3.3. ti: Dong et al. 2019,
        arXiv:1904.02884, equation 7. vmi: Wang and He 2021, arXiv:2103.15571, algorithm 1. Ten
        steps and a momentum of 1, as published; slopes are scaled to a mean size of 1 before they
        are added. di shrinks pictures instead of enlarging them, so that every net can take them.

    Example:
        >>> from fieldmark.models import Chance
        >>> from fieldmark.records import ModelCard
        >>> card = ModelCard("coin", "chance", "you", "MIT", "none", ("heads", "tails"))
        >>> coin = Subject("coin", "0", lambda: Chance(card))
        >>> attack = Transfer(Budget("linf", 8 / 255), coin)
        >>> attack.name, str(attack.threat)
        ('mi-linf-from-coin', 'linf 8/255, transfer, untargeted, one query')
    """

    budget: Budget
    surrogate: Subject
    method: Method = "mi"
    steps: int = 10
    momentum: float = 1.0
    _source: Surrogate = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.method not in get_args(Method):
            known = ", ".join(get_args(Method))
            raise ConfigError(f"a transfer attack is one of {known}, got {self.method!r}")
        if not re.fullmatch(r"[A-Za-z0-9_.-]+", self.surrogate.name):
            raise ConfigError(
                f"{self.surrogate.name[:60]!r} cannot stand in a condition's name; give the "
                "surrogate a name of letters, digits, _, . and -"
            )
        demand(self, least={"steps": 1, "momentum": 0}, bounded="goes to the edge of a budget")
        if self.budget.norm != "linf" and (self.method != "mi" or self.budget.norm != "l2"):
            raise ConfigError(f"{self.name}: made for linf, and mi for l2 as well")
        object.__setattr__(self, "_source", Surrogate(self.surrogate))

    @property
    def name(self) -> str:
        """What it is, and from whom: "mi-linf-from-cnn-medium"."""
        return f"{self.method}-{self.budget.norm}{FROM}{self.surrogate.name}"

    @property
    def threat(self) -> ThreatModel:
        """Nothing of the target is known, and it is asked once."""
        return ThreatModel(self.budget, "transfer", queries=1)

    @property
    def settings(self) -> Mapping[str, object]:
        """Every constant that decides the outcome, the surrogate's weights among them."""
        return {
            **self.threat.settings,
            "surrogate": self.surrogate.name,
            "surrogate fingerprint": self.surrogate.fingerprint,
            "method": self.method,
            "steps": self.steps,
            "step size": self.budget.size / self.steps,
            "momentum": self.momentum,
            "loss": "cross-entropy",
            "start": "the image",
            **_CONSTANTS[self.method],
        }

    def search(self, referee: "Referee") -> None:
        """Make the pictures, unless another target was shown them already, and ask once."""
        from fieldmark.attacks.transferring.momentum import climb

        rows = np.flatnonzero(referee.open)
        if not len(rows):
            return

        make = partial(
            climb, self.budget, method=self.method, steps=self.steps, momentum=self.momentum
        )
        referee.ask(self._source.pictures(referee, rows, make), rows)


FROM = "-from-"
"""Between the attack and its surrogate, in a name."""
