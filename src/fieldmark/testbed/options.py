"""Options of a run: what may change its speed, but none of its answers."""

import os
from dataclasses import dataclass

import torch

from fieldmark.records import ConfigError, Placement

ENGINES = ("local", "ray")
"""Who may work a plan off: this process, or a cluster."""

_MOST_AT_ONCE = 250  # pictures; more are no faster, whatever their size
_AT_ONCE_ON_A_GPU = 2
_VALUES_AT_ONCE = 32 * 224 * 224 * 3  # numbers in a batch; where a core is best fed


def usable_cores() -> int:
    """How many cores this process may use, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1  # pragma: no cover  (systems without affinity)


@dataclass(frozen=True)
class Options:
    """How a run goes about its work.

    Args:
        jobs: Batches that are asked at the same time, each on one thread; 0 takes every core, or
            two on a GPU, so that it has the next one when it is done.
        batch: Images that a model is shown at once; 0 takes what suits their size.
        part: Images after which the answers are written down.
        attack_part: The same under an attack, where each image costs a hundred times as much.
        retry_failed: Ask again where a kept record says "failed".
        trust_labels: Believe labels that plainly seem to count classes in another order.
        decoders: Processes that make pictures (decode, frame, shift); 0 makes them in a thread of
            this one, None chooses: processes where pictures are many files and cores are many.
        memory: GiB that the weights of models loaded at the same time may take; 0 takes half of
            what is free. What does not fit is asked after the others, and nothing stays loaded.
        engine: Who works the cells off: "local", this process, or "ray", a cluster.
        address: Where the cluster is; "" starts one on this machine. Means nothing to "local".
        placement: Where models run and how; None leaves each as it was loaded.

    Raises:
        ConfigError: A number is too small, or there is no such engine.

    Example:
        >>> Options(jobs=2).batch_for((28, 28, 1)), Options().batch_for((224, 224, 3))
        (250, 32)
    """

    jobs: int = 0
    batch: int = 0
    part: int = 2_000
    attack_part: int = 1_000
    retry_failed: bool = False
    trust_labels: bool = False
    decoders: int | None = None
    memory: float = 0.0
    engine: str = "local"
    address: str = ""
    placement: Placement | None = None

    def __post_init__(self) -> None:
        for name in ("part", "attack_part"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} is a whole number >= 1, got {getattr(self, name)}")
        for name, nothing in (("jobs", "every core"), ("batch", "as suits their size")):
            if getattr(self, name) < 0:
                raise ConfigError(
                    f"{name} is a whole number >= 0 (0: {nothing}), got {getattr(self, name)}"
                )
        if self.decoders is not None and self.decoders < 0:
            raise ConfigError(f"decoders is a whole number >= 0, got {self.decoders}")
        if not self.memory >= 0:
            raise ConfigError(f"memory is a number of GiB >= 0, got {self.memory}")
        if self.engine not in ENGINES:
            raise ConfigError(f"an engine is {' or '.join(ENGINES)}, not {self.engine!r}")

    @property
    def workers(self) -> int:
        """How many batches are asked at the same time."""
        return self.jobs or (_AT_ONCE_ON_A_GPU if self.on_gpu else usable_cores())

    @property
    def on_gpu(self) -> bool:
        """Do models run on a GPU?"""
        kind = "cpu" if self.placement is None else self.placement.device.partition(":")[0]
        return kind != "cpu" and (kind != "auto" or torch.accelerator.is_available())

    def batch_for(self, frame: tuple[int, int, int]) -> int:
        """How many images of a (height, width, channels) are shown at once.

        It follows from the frame alone, so that every machine cuts the work alike.
        """
        height, width, channels = frame
        suits = _VALUES_AT_ONCE // (height * width * channels)
        return self.batch or max(1, min(_MOST_AT_ONCE, suits))

    def as_execution(self, frame: tuple[int, int, int]) -> dict[str, str | int]:
        """What the header of a cell keeps of them, whose images have this frame.

        Who made the pictures, and who worked the cell off, leaves no trace in it.
        """
        return {
            "jobs": self.workers,
            "batch": self.batch_for(frame),
            "part": self.part,
            "attack_part": self.attack_part,
            "threads per job": 1,
        }
