"""What a Ray cluster costs per cell, and how much faster two workers are than one job.

    python benchmarks/ray_overhead.py [--cells 200] [--rounds 3]

Everything is measured in one run, interleaved, the best of the rounds: the one that other work on
the machine disturbed least. Both engines write into a store on the same disk. The cluster is
started once, and has asked every subject something before anything is measured.
"""

import argparse
import os
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from time import perf_counter

import numpy as np
import torch

from fieldmark import testbed
from fieldmark.models import TorchClassifier
from fieldmark.records import (
    Classifier,
    ClassSpace,
    Condition,
    DatasetCard,
    Examples,
    ModelCard,
    Subject,
    fingerprint,
    generator,
)
from fieldmark.store import open_store

CLASSES = tuple(f"class {number}" for number in range(10))


def examples(n: int, side: int, name: str) -> Examples:
    """Drawn pictures."""
    pictures = generator(n).integers(0, 256, (n, side, side, 3)).astype(np.uint8)
    return Examples(
        card=DatasetCard(name, "Noise", "drawn", "none", "by a generator", "anything"),
        classes=ClassSpace(CLASSES),
        ids=tuple(f"{name}/{row}" for row in range(n)),
        labels=np.zeros((n, 1), np.int64),
        frame=(side, side, 3),
        decode=lambda rows: pictures[rows],
        content=fingerprint(name, n, side),
    )


def net(name: str, width: int, depth: int) -> Subject:
    """A convolutional net of a certain size, with random weights."""

    def load() -> Classifier:
        torch.manual_seed(0)
        layers: list[torch.nn.Module] = [torch.nn.Conv2d(3, width, 3, padding=1), torch.nn.ReLU()]
        for _ in range(depth):
            layers += [torch.nn.Conv2d(width, width, 3, padding=1), torch.nn.ReLU()]
        layers += [torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(width, 10)]
        card = ModelCard(name, "net", "made here", "none", "not at all", classes=CLASSES)
        return TorchClassifier(torch.nn.Sequential(*layers).eval(), card)

    return Subject(name, fingerprint(name, width, depth), load)


def seconds(subjects: Sequence[Subject], conditions: Sequence[Condition], engine: str) -> float:
    """Seconds of a run; in one process of one job, or on the cluster that is there."""
    options = testbed.Options(jobs=1, batch=50, part=100, engine=engine, decoders=0)
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(folder, create=True)
        begun = perf_counter()
        tally = testbed.run(subjects, conditions, store, options=options)
        taken = perf_counter() - begun
    assert not tally.failed
    assert tally.done == len(subjects) * len(conditions)
    return taken


def best(work: dict[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """Seconds of each piece of work in its best round, the rounds interleaved."""
    times: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, one in work.items():
            times[name].append(one())
    return {name: min(some) for name, some in times.items()}


def main() -> None:
    """Print the two figures."""
    import ray

    parser = argparse.ArgumentParser()
    parser.add_argument("--cells", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    told = parser.parse_args()
    os.environ.update(RAY_worker_niceness="0")  # as nice as the one job that it is held against
    ray.init(num_cpus=2, include_dashboard=False, logging_level="ERROR", log_to_driver=False)
    small = [net(f"small-{i}", 4, 0) for i in range(10)]
    few = [Condition(examples(20, 16, f"few-{i}")) for i in range(told.cells)]
    large, many = [net("large", 48, 6)], [Condition(examples(2_000, 32, "many"))]
    seconds([*small, *large], [Condition(examples(200, 16, "first"))], "ray")  # all is imported
    work: dict[str, tuple[list[Subject], list[Condition]]] = {
        "ten together": (small, few[: told.cells // 10]),
        "one by one": (small[:1], few),
        "large": (large, many),
    }
    found = best(
        {
            f"{name}, {engine}": partial(seconds, *asked, engine)
            for name, asked in work.items()
            for engine in ("local", "ray")
        },
        told.rounds,
    )
    for name in ("ten together", "one by one"):
        here, there = found[f"{name}, local"], found[f"{name}, ray"]
        each = 1000 * (there - here) / (len(work[name][0]) * len(work[name][1]))
        print(
            f"{told.cells} cells of 20 pictures, asked {name}: one job {here:.2f} s, "
            f"two workers of Ray {there:.2f} s, {each:+.1f} ms per cell"
        )
    here, there = found["large, local"], found["large, ray"]
    print(
        f"2,000 pictures and a larger net: one job {here:.2f} s, two workers of Ray {there:.2f} s: "
        f"{here / there:.2f} × as fast"
    )
    ray.shutdown()


if __name__ == "__main__":
    main()
