"""Options of a run: what may change its speed, but none of its answers."""

import os
from dataclasses import asdict, dataclass

from fieldmark.records import ConfigError


def usable_cores() -> int:
    """How many cores this process may use, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1  # pragma: no cover  (systems without affinity)


_OF_THE_RUN = ("retry_failed", "trust_labels")  # they leave no trace in a cell that is done


@dataclass(frozen=True)
class Options:
    """How a run goes about its work.

    Args:
        jobs: Models that are asked at the same time, each on one thread; 0 takes every core.
        batch: Images that a model is shown at once.
        part: Images after which the answers are written down.
        attack_part: The same under an attack, where each image costs a hundred times as much.
        retry_failed: Ask again where a kept record says "failed".
        trust_labels: Believe labels that plainly seem to count classes in another order.

    Raises:
        ConfigError: A number is too small.

    Example:
        >>> Options(jobs=2).batch
        250
    """

    jobs: int = 0
    batch: int = 250
    part: int = 2_000
    attack_part: int = 1_000
    retry_failed: bool = False
    trust_labels: bool = False

    def __post_init__(self) -> None:
        for name in ("batch", "part", "attack_part"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} is a whole number >= 1, got {getattr(self, name)}")
        if self.jobs < 0:
            raise ConfigError(f"jobs is a whole number >= 0 (0: every core), got {self.jobs}")

    @property
    def workers(self) -> int:
        """How many models are asked at the same time."""
        return self.jobs or usable_cores()

    def as_execution(self) -> dict[str, str | int]:
        """What a cell's header keeps of them."""
        kept = {name: value for name, value in asdict(self).items() if name not in _OF_THE_RUN}
        return {**kept, "jobs": self.workers, "threads per job": 1}
