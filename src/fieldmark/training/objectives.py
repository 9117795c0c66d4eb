"""Objectives: what a net is fitted to do, as settings; ``losses`` says what each comes to."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import isfinite
from types import MappingProxyType

from fieldmark.records import ConfigError


@dataclass(frozen=True)
class Standard:
    """Cross entropy on the pictures as they are."""

    def __str__(self) -> str:
        return "cross entropy"


@dataclass(frozen=True)
class Pgd:
    """Cross entropy on the worst picture that a few steps find (PGD adversarial training).

    Args:
        epsilon: Radius of the Linf ball, in pixel units.
        steps: Steps of the search, from one start drawn from the ball.
        step: Length of a step at the full radius; 0 takes 2.5 epsilon / steps.

    Raises:
        ConfigError: A number is out of its range.

    Source:
        Madry et al. 2018, arXiv:1706.06083, section 2.1; for MNIST they take epsilon 0.3 with 40
        steps of 0.01.

    Example:
        >>> print(Pgd(0.3))
        cross entropy on the worst image of 10 steps of 0.075 (PGD) within 0.3 of each pixel (Linf)
    """

    epsilon: float
    steps: int = 10
    step: float = 0.0

    def __post_init__(self) -> None:
        _check(self)

    def __str__(self) -> str:
        length = self.step or 2.5 * self.epsilon / self.steps
        return (
            f"cross entropy on the worst image of {self.steps} steps of {length:.4g} (PGD) "
            f"{_within(self.epsilon)}"
        )


@dataclass(frozen=True)
class Fast:
    """Cross entropy on the picture that a single step finds (fast adversarial training, FGSM-RS).

    Args:
        epsilon: Radius of the Linf ball, in pixel units.
        step: Length of the step at the full radius; 0 takes 1.25 epsilon.
        start: Start from a point drawn from the ball, uniform in ±epsilon per pixel; without one
            this is plain FGSM training, which is known to collapse: it is there to show that.

    Raises:
        ConfigError: A number is out of its range.

    Source:
        Wong, Rice and Kolter 2020, arXiv:2001.03994, algorithm 3 (step 1.25 epsilon: 0.375 at 0.3
        for MNIST); the picture is cut off to [0, 1] after the step.
    """

    epsilon: float
    step: float = 0.0
    start: bool = True

    def __post_init__(self) -> None:
        _check(self)

    def __str__(self) -> str:
        start = "a random start" if self.start else "the image itself"
        return (
            f"cross entropy on the image of one step of {self.step or 1.25 * self.epsilon:.4g} "
            f"from {start} (FGSM) {_within(self.epsilon)}"
        )


@dataclass(frozen=True)
class Free:
    """Each batch is taken ``replays`` times, and every pass moves weights and perturbation alike.

    The perturbation is kept from batch to batch: ``replays=1`` learns each batch under the
    perturbation that the batch before it led to, the first one under none. A pass costs as much as
    one of standard training, so that an epoch costs ``replays`` of them.

    Args:
        epsilon: Radius of the Linf ball, in pixel units; also the length of a step.
        replays: How often each batch is taken.

    Raises:
        ConfigError: A number is out of its range.

    Source:
        Shafahi et al. 2019, arXiv:1904.12843, algorithm 1; pictures are cut off to [0, 1].
    """

    epsilon: float
    replays: int = 8

    def __post_init__(self) -> None:
        _check(self)

    def __str__(self) -> str:
        return (
            f"cross entropy, each batch {self.replays} times, under a perturbation that moves with "
            f"the weights (free) {_within(self.epsilon)}"
        )


@dataclass(frozen=True)
class Trades:
    """Cross entropy on the picture, and ``beta`` times how far its neighbour is told apart from it.

    The neighbour is searched for uphill on the divergence KL(f(x) ‖ f(x')), from the picture with
    Gaussian noise of deviation 0.001 on it; the same divergence is then learnt from.

    Args:
        epsilon: Radius of the Linf ball, in pixel units.
        beta: Weight of the divergence; 0 is standard training.
        steps: Steps of the search.
        step: Length of a step at the full radius; 0 takes 2.5 epsilon / steps.

    Raises:
        ConfigError: A number is out of its range.

    Source:
        Zhang et al. 2019, arXiv:1901.08573, equation 5 and algorithm 1; for MNIST they take beta 1
        and epsilon 0.3 with 40 steps of 0.01.
    """

    epsilon: float
    beta: float = 1.0
    steps: int = 10
    step: float = 0.0

    def __post_init__(self) -> None:
        _check(self)

    def __str__(self) -> str:
        length = self.step or 2.5 * self.epsilon / self.steps
        return (
            f"cross entropy and {self.beta:.4g} times the divergence from the neighbour of "
            f"{self.steps} steps of {length:.4g} (TRADES) {_within(self.epsilon)}"
        )


Objective = Standard | Pgd | Fast | Free | Trades


def radius_of(objective: Objective) -> float:
    """The radius that an objective trains for, in pixel units; 0 where it perturbs nothing."""
    return 0.0 if isinstance(objective, Standard) else objective.epsilon


def replays_of(objective: Objective) -> int:
    """How often each batch is taken."""
    return objective.replays if isinstance(objective, Free) else 1


def passes_of(objective: Objective) -> int:
    """What a batch costs, in passes there and back."""
    match objective:
        case Standard():
            return 1
        case Fast():
            return 2
        case Free():
            return objective.replays
        case Pgd():
            return 1 + objective.steps
        case Trades():
            return 2 + objective.steps


def check_radius(epsilon: float) -> None:
    """Return nothing where ``epsilon`` is a radius in pixel units.

    Raises:
        ConfigError: It is negative, no number, or looks like one in units of 0 to 255.

    Example:
        >>> check_radius(8.0)
        Traceback (most recent call last):
        ...
        fieldmark.records.errors.ConfigError: eps is in pixel units, from 0 to 1, and 8 is not; \
did you mean 8/255?
    """
    if isfinite(epsilon) and 0 <= epsilon <= 1:
        return
    hint = f"; did you mean {epsilon:.10g}/255?" if 2 <= epsilon <= 255 else ""
    raise ConfigError(f"eps is in pixel units, from 0 to 1, and {epsilon:.10g} is not{hint}")


_RANGES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"steps": (1, 1000), "replays": (1, 1000), "step": (0, 1), "beta": (0, 1e6)}
)


def _check(objective: Pgd | Fast | Free | Trades) -> None:
    check_radius(objective.epsilon)
    for name in {one.name for one in fields(objective)} & set(_RANGES):
        value, (low, high) = getattr(objective, name), _RANGES[name]
        if not low <= value <= high:  # NaN is not
            raise ConfigError(f"{name} must be between {low:,g} and {high:,g}, got {value}")


def _within(epsilon: float) -> str:
    return f"within {epsilon:.4g} of each pixel (Linf)"
