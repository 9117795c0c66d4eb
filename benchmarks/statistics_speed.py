"""How long all-pairs similarity and rank intervals take, and how that grows.

    python benchmarks/statistics_speed.py

Simulated answers of 204 models to 50,000 images, errors alike as those of real models are. Each
figure is the best of three rounds. The straightforward way (scikit-learn pair by pair; the
bootstrap in numpy and in pandas draw by draw) is measured in the same run on a few pairs or draws
and multiplied up, which the table says.
"""

from collections.abc import Callable
from time import perf_counter

import numpy as np
import pandas as pd
from sklearn.metrics import cohen_kappa_score

from fieldmark.records import generator
from fieldmark.statistics import (
    pair_agreement,
    rank_intervals,
    same_answers,
    simultaneous_accuracies,
    tie_groups,
)

MODELS, IMAGES, DRAWS = 204, 50_000, 1000
ROUNDS = 3
FEW_PAIRS, FEW_DRAWS = 10, 3


def answers(models: int, images: int) -> np.ndarray:
    """Who is right on what: accuracies from 55 to 90 %, errors mostly on the same images."""
    rng = generator(models * images)
    hard = rng.random(images, dtype=np.float32)
    luck = rng.random((models, images), dtype=np.float32)
    return 0.6 * hard + 0.4 * luck < np.linspace(0.55, 0.8, models, dtype=np.float32)[:, None]


def seconds(work: Callable[[], object]) -> float:
    """Of the best round."""
    times = []
    for _ in range(ROUNDS):
        begun = perf_counter()
        work()
        times.append(perf_counter() - begun)
    return min(times)


def kappas(correct: np.ndarray) -> None:
    """Ours: agreement, its value by chance, and kappa, of all pairs."""
    counts = pair_agreement(correct)
    assert counts.observed.shape == counts.expected.shape == counts.kappa.shape


def pair_by_pair(correct: np.ndarray) -> None:
    """Theirs: kappa of a few pairs."""
    for row in range(FEW_PAIRS):
        cohen_kappa_score(correct[row], correct[row + 1])


def draw_by_draw(correct: np.ndarray) -> None:
    """The bootstrap as it is usually written: resample columns, average, rank."""
    rng = generator(0)
    n = correct.shape[1]
    for _ in range(FEW_DRAWS):
        means = correct[:, rng.integers(n, size=n)].mean(axis=1)
        (-means).argsort().argsort()


def in_pandas(frame: pd.DataFrame) -> None:
    """The same with a data frame, one row per image."""
    for seed in range(FEW_DRAWS):
        frame.sample(frac=1.0, replace=True, random_state=seed).mean().rank(ascending=False)


def against_others() -> None:
    """The first table: ours against the straightforward way."""
    correct = answers(MODELS, IMAGES)
    frame = pd.DataFrame(correct.T)
    pairs = MODELS * (MODELS - 1) // 2
    ours = seconds(lambda: kappas(correct))
    theirs = seconds(lambda: pair_by_pair(correct)) * pairs / FEW_PAIRS
    ranks = seconds(lambda: rank_intervals(correct, rng=generator(0), draws=DRAWS))
    plain = seconds(lambda: draw_by_draw(correct)) * DRAWS / FEW_DRAWS
    pandas = seconds(lambda: in_pandas(frame)) * DRAWS / FEW_DRAWS
    print(f"{MODELS} models × {IMAGES:,} images\n")
    print(f"agreement and kappa of {pairs:,} pairs: {ours:8.3f} s")
    print(f"  scikit-learn, pair by pair *:       {theirs:8.1f} s   {theirs / ours:9,.0f} ×")
    print(f"ranks, {DRAWS:,} paired bootstraps:       {ranks:8.3f} s")
    print(f"  numpy, draw by draw *:              {plain:8.1f} s   {plain / ranks:9,.0f} ×")
    print(f"  pandas, draw by draw *:             {pandas:8.1f} s   {pandas / ranks:9,.0f} ×")
    print(f"* measured on {FEW_PAIRS} pairs and on {FEW_DRAWS} draws, and multiplied up\n")


def growth() -> None:
    """The second table: how ours grow with models and images."""
    print("seconds               kappa   same answer   ranks   bands   places")
    sizes = [(51, IMAGES), (102, IMAGES), (204, IMAGES), (408, IMAGES)]
    for models, images in [*sizes, (204, 12_500), (204, 25_000), (204, 100_000)]:
        correct = answers(models, images)
        classes = np.where(correct, 0, generator(1).integers(1, 9, correct.shape)).astype(np.uint16)
        counts = pair_agreement(correct)
        measured = [
            seconds(lambda correct=correct: kappas(correct)),
            seconds(lambda classes=classes: same_answers(classes)),
            seconds(lambda correct=correct: rank_intervals(correct, rng=generator(0))),
            seconds(lambda counts=counts: simultaneous_accuracies(counts, rng=generator(0))),
            seconds(lambda counts=counts: tie_groups(counts, rng=generator(0))),
        ]
        print(f"{models:4} × {images:7,}   " + "   ".join(f"{one:7.3f}" for one in measured))


if __name__ == "__main__":
    against_others()
    growth()
