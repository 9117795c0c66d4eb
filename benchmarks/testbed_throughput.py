"""What the testbed adds to the bare forward pass, and what one more model or condition costs.

    python benchmarks/testbed_throughput.py

Everything is measured in one run, interleaved, one thread each: wall time of the best of seven
rounds, the one that other work on the machine disturbed least. Only the ratios mean anything on
another machine. The bare pass is the best case: the same models, ready arrays, nothing kept.
"""

import tempfile
from collections.abc import Callable
from time import perf_counter

import torch

from fieldmark import testbed
from fieldmark.catalog import Conditions, subject
from fieldmark.records import Classifier, Condition, Subject
from fieldmark.store import open_store

SUBJECTS = ("linear", "mlp-large", "cnn-small", "cnn-medium", "cnn-large")
CONDITIONS = (
    "mnist-test",
    "uci-digits",
    "mnist-test+gaussian-noise@*",
    "mnist-test+gaussian-blur@*",
)
ROUNDS = 7
BATCH = 250


def bare(classifiers: list[Classifier], conditions: list[Condition]) -> float:
    """Seconds of the forward passes alone, on arrays that are ready."""
    ready = [condition.images() for condition in conditions]
    begun = perf_counter()
    for images in ready:
        for start in range(0, len(images), BATCH):
            batch = images[start : start + BATCH]
            for classifier in classifiers:
                classifier(batch)
    return perf_counter() - begun


def whole(subjects: list[Subject], conditions: list[Condition]) -> float:
    """Seconds of a run: decode, shift, ask, check, write down."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(folder, create=True)
        begun = perf_counter()
        tally = testbed.run(
            subjects, conditions, store, options=testbed.Options(jobs=1, batch=BATCH)
        )
        seconds = perf_counter() - begun
    assert not tally.failed
    return seconds


def measured(work: dict[str, Callable[[], float]]) -> dict[str, float]:
    """Seconds of each piece of work in its best round, the rounds interleaved."""
    times: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(ROUNDS):
        for name, piece in work.items():
            times[name].append(piece())
    return {name: min(some) for name, some in times.items()}


def main() -> None:
    """Measure and print."""
    torch.set_num_threads(1)
    loaded = {name: subject(name).load() for name in SUBJECTS}
    subjects = [
        Subject(name, "benchmark", lambda classifier=classifier: classifier)
        for name, classifier in loaded.items()
    ]
    names = Conditions()
    conditions = [condition for text in CONDITIONS for condition in names.make(text)]
    seconds = measured(
        {
            "bare forward passes": lambda: bare(list(loaded.values()), conditions),
            "the testbed": lambda: whole(subjects, conditions),
            "with one model fewer": lambda: whole(subjects[:-1], conditions),
            "with one condition fewer": lambda: whole(subjects, conditions[:-1]),
            "bare, last model only": lambda: bare([loaded[SUBJECTS[-1]]], conditions),
            "bare, last condition only": lambda: bare(list(loaded.values()), conditions[-1:]),
        }
    )
    cells = len(subjects) * len(conditions)
    looks = len(subjects) * sum(len(condition.examples) for condition in conditions)
    print(f"{len(subjects)} models × {len(conditions)} conditions = {cells} cells, {looks:,} looks")
    for name, value in seconds.items():
        print(f"  {name:<28} {value:8.3f} s")
    testbed, forward = seconds["the testbed"], seconds["bare forward passes"]
    model = testbed - seconds["with one model fewer"]
    condition = testbed - seconds["with one condition fewer"]
    rows = {
        "testbed / bare": f"{testbed / forward:.2f}",
        "overhead per cell": f"{(testbed - forward) / cells * 1e3:.1f} ms",
        "one more model": f"{model / seconds['bare, last model only']:.2f} × its bare pass",
        "one more condition": f"{condition / seconds['bare, last condition only']:.2f} × its own",
    }
    for name, value in rows.items():
        print(f"{name:<30} {value}")


if __name__ == "__main__":
    main()
