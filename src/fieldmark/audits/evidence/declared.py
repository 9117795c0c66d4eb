"""What no program can see: what the authors of an evaluation say of it."""

from dataclasses import dataclass
from math import isnan, nan

from fieldmark.records import ConfigError


@dataclass(frozen=True)
class Declared:
    """What somebody says of an evaluation; "" where nobody says anything.

    Args:
        claimed: The robust accuracy that is claimed, in [0, 1]; NaN where none is.
        because: Why this budget is the right one.
        adaptive: How the attack was adapted to the defence, part by part.
        code: Where code and weights are.
        tradeoff: Where the trade-off between errors and abstentions is reported.
        bound: What provable lower bound there is.

    Raises:
        ConfigError: The claim is no share.
    """

    claimed: float = nan
    because: str = ""
    adaptive: str = ""
    code: str = ""
    tradeoff: str = ""
    bound: str = ""

    def __post_init__(self) -> None:
        if not isnan(self.claimed) and not 0 <= self.claimed <= 1:
            raise ConfigError(
                f"a claimed robust accuracy is a share from 0 to 1, got {self.claimed:g}"
                + (f"; did you mean {self.claimed / 100:g}?" if 1 < self.claimed <= 100 else "")
            )

    @property
    def claims(self) -> bool:
        """Is a robust accuracy claimed?"""
        return not isnan(self.claimed)
