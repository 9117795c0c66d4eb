"""Plans: all that decides what a training comes to, but for the net, the pictures and the seed."""

from dataclasses import asdict, dataclass, field
from math import isfinite
from typing import Any

from fieldmark.records import ConfigError
from fieldmark.training.objectives import Objective, Standard, passes_of, radius_of, replays_of
from fieldmark.training.schedules import pace

OPTIMISERS = ("adam", "adamw", "sgd")
"""Their names; SGD goes with a momentum of 0.9."""


@dataclass(frozen=True)
class Plan:
    """How a net is fitted.

    Args:
        objective: What it is fitted to do.
        epochs: Times that every image is seen; free training takes each ``replays`` times as often.
        batch: Images a step.
        rate: Largest learning rate.
        optimiser: "adam", "adamw" or "sgd".
        schedule: How the rate moves: "triangle", "one-cycle" or "constant".
        decay: Weight decay.
        augment: Turn, scale and move each image a little, anew each time it is seen.
        noise: Standard deviation of Gaussian noise on the pixels, in [0, 1].
        warmup: Over which share of the steps the radius grows from 0, in [0, 1].
        looks: Batches between two looks for collapse, a last one at the end; 0 for none at all.

    Raises:
        ConfigError: A number is out of its range, or a name is unknown.

    Source:
        The defaults are those of Wong, Rice and Kolter 2020, arXiv:2001.03994, for MNIST: Adam,
        10 epochs of batches of 100, a rate that rises to 0.005 over two fifths of them.

    Example:
        >>> from fieldmark.training import Fast
        >>> Plan(Fast(0.3)).passes
        20
    """

    objective: Objective = field(default_factory=Standard)
    epochs: int = 10
    batch: int = 100
    rate: float = 0.005
    optimiser: str = "adam"
    schedule: str = "triangle"
    decay: float = 0.0
    augment: bool = False
    noise: float = 0.0
    warmup: float = 0.0
    looks: int = 150

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch < 1:
            raise ConfigError(
                f"epochs and batch must be 1 or above, got {self.epochs} and {self.batch}"
            )
        if not (isfinite(self.rate) and self.rate > 0):
            raise ConfigError(f"the rate must be above 0, got {self.rate}")
        if not (0 <= self.decay < 1 and 0 <= self.noise <= 1 and 0 <= self.warmup <= 1):
            raise ConfigError(
                "decay, noise and warmup must be between 0 and 1, "
                f"got {self.decay}, {self.noise} and {self.warmup}"
            )
        if self.looks < 0:
            raise ConfigError(f"looks must be 0 or above, got {self.looks}")
        if self.optimiser not in OPTIMISERS:
            raise ConfigError(
                f"an optimiser is one of {', '.join(OPTIMISERS)}, not {self.optimiser[:80]!r}"
            )
        pace(self.schedule, self.rate, 0, 2)

    @property
    def passes(self) -> int:
        """What it costs, in passes there and back through all images."""
        return self.epochs * passes_of(self.objective)

    def strength(self, step: int, steps: int) -> float:
        """The share of the radius that is used at one of the steps, in [0, 1].

        Example:
            >>> plan = Plan(warmup=0.5)
            >>> [plan.strength(step, 8) for step in (0, 2, 4, 7)]
            [0.0, 0.5, 1.0, 1.0]
        """
        return min(1.0, step / (self.warmup * steps)) if self.warmup else 1.0

    def pace(self, step: int, replay: int, steps: int) -> tuple[float, float | None]:
        """The learning rate, and the momentum where it moves, of one move of the weights."""
        replays = replays_of(self.objective)
        return pace(self.schedule, self.rate, step * replays + replay, steps * replays)

    @property
    def settings(self) -> dict[str, Any]:
        """Everything as words and numbers, the objective by its name."""
        return {**asdict(self), "objective": self.method, **asdict(self.objective)}

    @property
    def method(self) -> str:
        """The objective's name: "standard", "pgd", "fast", "free" or "trades"."""
        return type(self.objective).__name__.lower()

    @property
    def intervention(self) -> str:
        """What is done to make it robust, for its card; "" for a standard model."""
        done = ["augmentation"] if self.augment else []
        done += ["Gaussian noise"] if self.noise else []
        done += ["adversarial training"] if radius_of(self.objective) else []
        return " and ".join(done)

    def __str__(self) -> str:
        """All of it in words."""
        rise = f", the radius growing over the first {self.warmup:.0%}" if self.warmup else ""
        noise = f"; Gaussian noise of deviation {self.noise:.4g}" if self.noise else ""
        moved = "; each image turned, scaled and moved a little" if self.augment else ""
        decay = f", weight decay {self.decay:.4g}" if self.decay else ""
        return (
            f"{self.objective}{rise}{noise}{moved}; {self.epochs} epochs of batches of "
            f"{self.batch}, {self.optimiser}, rate {self.rate:.4g} ({self.schedule}){decay}"
        )
