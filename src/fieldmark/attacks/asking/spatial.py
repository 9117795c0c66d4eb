"""Rotations and translations: the worst of some, each within so many degrees."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float64

from fieldmark.attacks.demands import demand
from fieldmark.records import DEGREES_PER_SIDE, Budget, ConfigError, ThreatModel

if TYPE_CHECKING:
    from fieldmark.attacks.watching.referee import Referee


@dataclass(frozen=True)
class Spatial:
    """Random turns and moves, one after another; satisfies ``records.Attack``.

    Its budget is in degrees: at 30 a picture may be turned by 30 degrees either way and moved by a
    tenth of its side in each direction; at 15 by half of both. The attack says how, and the
    referee makes the picture.

    Args:
        budget: How far it may be turned, in degrees.
        draws: Pictures tried, at least 1.

    Raises:
        ConfigError: No draw is wanted, or the budget is unbounded, or not in degrees.

    Source:
        Engstrom, Tran, Tsipras, Schmidt and Madry 2019, arXiv:1712.02779, section 3: "worst-of-k"
        with k = 10; ±30 degrees and ±3 pixels for MNIST and CIFAR-10 (a tenth of the side here, so
        that images of any size can be turned). Bilinear, black outside.

    Example:
        >>> print(Spatial(Budget("degrees", 30.0)).threat)
        degrees 30, decision, untargeted, at most 10 queries
    """

    budget: Budget
    draws: int = 10

    def __post_init__(self) -> None:
        demand(self, least={"draws": 1})
        _in_degrees(self.name, self.budget)

    @property
    def name(self) -> str:
        """What it is: "spatial"."""
        return "spatial"

    @property
    def threat(self) -> ThreatModel:
        """The answer alone is enough."""
        return ThreatModel(self.budget, "decision", queries=self.draws)

    @property
    def settings(self) -> Mapping[str, object]:
        """Every constant that decides the outcome."""
        return {**self.threat.settings, "draws": self.draws, **_made_how(self.budget)}

    def search(self, referee: "Referee") -> None:
        """One turn after another until one fools the model."""
        from fieldmark.attacks.moving.footholds import streams

        chance = streams(referee, self.name)
        for draw in range(self.draws):
            rows = np.flatnonzero(referee.open)
            if not len(rows):
                return
            shares = np.stack([chance[row].uniform(-1.0, 1.0, size=3) for row in rows])
            referee.turned(_within(self.budget, shares), rows, attempt=draw)


@dataclass(frozen=True)
class SpatialGrid:
    """All turns and moves of a grid, the smallest first; satisfies ``records.Attack``.

    Args:
        budget: How far it may be turned, in degrees; see ``Spatial``.
        angles: Angles, evenly from one side to the other, at least 1.
        moves: Moves in each of the two directions, at least 1.

    Raises:
        ConfigError: A number is below 1, or the budget is unbounded, or not in degrees.

    Source:
        Engstrom et al. 2019, arXiv:1712.02779, section 3: 31 angles and 5 moves each way.

    Example:
        >>> SpatialGrid(Budget("degrees", 30.0)).threat.queries
        775
    """

    budget: Budget
    angles: int = 31
    moves: int = 5

    def __post_init__(self) -> None:
        demand(self, least={"angles": 1, "moves": 1})
        _in_degrees(self.name, self.budget)

    @property
    def name(self) -> str:
        """What it is: "spatial-grid"."""
        return "spatial-grid"

    @property
    def threat(self) -> ThreatModel:
        """The answer alone is enough."""
        return ThreatModel(self.budget, "decision", queries=self.angles * self.moves**2)

    @property
    def settings(self) -> Mapping[str, object]:
        """Every constant that decides the outcome."""
        grid = {"angles": self.angles, "moves": self.moves}
        return {**self.threat.settings, **grid, **_made_how(self.budget)}

    def search(self, referee: "Referee") -> None:
        """One point of the grid after another until one fools the model."""
        for place, shares in enumerate(self._points()):
            rows = np.flatnonzero(referee.open)
            if not len(rows):
                return
            turns = _within(self.budget, np.tile(shares, (len(rows), 1)))
            referee.turned(turns, rows, attempt=place)

    def _points(self) -> Float64[np.ndarray, "k 3"]:
        """The grid, in shares of what is allowed; those that are smallest as a whole come first."""
        axes = [_evenly(self.angles), _evenly(self.moves), _evenly(self.moves)]
        points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
        return points[np.argsort(np.abs(points).max(axis=1), kind="stable")]


def _evenly(count: int) -> Float64[np.ndarray, " k"]:
    """``count`` numbers from -1 to 1; 0 where it is one."""
    return np.linspace(-1.0, 1.0, count) if count > 1 else np.zeros(1)


def _within(budget: Budget, shares: Float64[np.ndarray, "m 3"]) -> Float64[np.ndarray, "m 3"]:
    """Angles in degrees, and moves as shares of the side, from shares of what is allowed."""
    return budget.size * shares / np.array([1.0, DEGREES_PER_SIDE, DEGREES_PER_SIDE])


def _made_how(budget: Budget) -> Mapping[str, object]:
    return {
        "moves of at most": f"{budget.size / DEGREES_PER_SIDE:.6g} of each side",
        "interpolation": "bilinear, in float64",
        "outside": "black",
    }


def _in_degrees(name: str, budget: Budget) -> None:
    if budget.norm != "degrees":
        raise ConfigError(f"{name} turns pictures; its budget is in degrees, got {budget.norm}")
    if not budget.bounded or budget.size > 180:
        raise ConfigError(f"{name} needs a budget of 0 to 180 degrees, such as 30, got {budget}")
