"""Options of a run: what may change its speed, but none of its answers."""

import os
from dataclasses import asdict, dataclass
from typing import Literal, get_args

from fieldmark.records import ConfigError


def usable_cores() -> int:
    """How many cores this process may use, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1  # pragma: no cover  (systems without affinity)


_EXECUTION = ("jobs", "batch", "part", "attack_part")  # who works off a cell leaves no trace in it

EngineName = Literal["local", "ray"]
ENGINES: tuple[str, ...] = get_args(EngineName)


@dataclass(frozen=True)
class Options:
    """How a run goes about its work.

    Args:
        jobs: Models that are asked at the same time, each on one thread; 0 takes every core.
        batch: Images that a model is shown at once.
        part: Images after which the answers are written down.
        attack_part: The same under an attack, where each image costs a hundred times as much.
        retry_failed: Ask again where a kept record says "failed".
        engine: Who works the cells off: "local", this process, or "ray", a cluster.
        address: Where the cluster is; "" starts one on this machine. Means nothing to "local".

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
    engine: EngineName = "local"
    address: str = ""

    def __post_init__(self) -> None:
        for name in ("batch", "part", "attack_part"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} is a whole number >= 1, got {getattr(self, name)}")
        if self.jobs < 0:
            raise ConfigError(f"jobs is a whole number >= 0 (0: every core), got {self.jobs}")
        if self.engine not in ENGINES:
            raise ConfigError(f"an engine is {' or '.join(ENGINES)}, not {self.engine!r}")

    @property
    def workers(self) -> int:
        """How many models are asked at the same time."""
        return self.jobs or usable_cores()

    def as_execution(self) -> dict[str, str | int]:
        """What a cell's header keeps of them."""
        kept = {name: value for name, value in asdict(self).items() if name in _EXECUTION}
        return {**kept, "jobs": self.workers, "threads per job": 1}
