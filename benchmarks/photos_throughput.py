"""What the testbed adds to the bare forward pass of a net as large as ResNet-50, JPEGs included.

    python benchmarks/photos_throughput.py                    4 minutes on 2 cores
    python benchmarks/photos_throughput.py --images 64 --rounds 1    1 minute
    python benchmarks/photos_throughput.py --device cuda --batch 256 --images 20000 --decoders 12

The bare pass is the best case: ready arrays, the same batches, as many at once as there are cores,
nothing decoded, checked or kept. The testbed decodes and frames JPEGs of 500 × 375 pixels, asks,
checks, and keeps. Everything in one run, interleaved; seconds are of the best round. On a machine
where other programs run, compare processor seconds (those of decoding processes are counted).
"""

import argparse
import os
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from PIL import Image
from threadpoolctl import threadpool_limits
from torch import nn

from fieldmark import testbed
from fieldmark.datasets import folder
from fieldmark.models import TorchClassifier
from fieldmark.records import STANDARD, Condition, ModelCard, Placement, Subject, generator
from fieldmark.store import open_store

CLASSES = ("one", "two")


class Bottleneck(nn.Module):
    """A residual block of ResNet-50 (He et al. 2015, arXiv:1512.03385)."""

    def __init__(self, width: int, planes: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *convolved(width, planes, 1),
            nn.ReLU(True),
            *convolved(planes, planes, 3, stride),
            nn.ReLU(True),
            *convolved(planes, 4 * planes, 1),
        )
        same = stride == 1 and width == 4 * planes
        self.way = (
            nn.Identity() if same else nn.Sequential(*convolved(width, 4 * planes, 1, stride))
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """What comes out."""
        return torch.relu(self.body(x) + self.way(x))


def convolved(width: int, planes: int, size: int, stride: int = 1) -> tuple[nn.Module, nn.Module]:
    """A convolution and its normalisation."""
    layer = nn.Conv2d(width, planes, size, stride, size // 2, bias=False)
    return layer, nn.BatchNorm2d(planes)


def resnet50(seed: int) -> nn.Module:
    """25.6 million parameters, drawn."""
    torch.manual_seed(seed)
    layers: list[nn.Module] = [*convolved(3, 64, 7, 2), nn.ReLU(True), nn.MaxPool2d(3, 2, 1)]
    width = 64
    for stage, (planes, blocks) in enumerate(((64, 3), (128, 4), (256, 6), (512, 3))):
        for block in range(blocks):
            layers.append(Bottleneck(width, planes, 2 if stage and not block else 1))
            width = 4 * planes
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, 1000))


def photos(place: Path, count: int) -> None:
    """JPEGs of 500 × 375 pixels, about 65 KB each, as ImageNet's are."""
    rng = generator(0)
    different = min(count, 200)
    for row in range(count):
        file = place / CLASSES[row % 2] / f"{row:06d}.jpg"
        file.parent.mkdir(parents=True, exist_ok=True)
        if row >= different:  # the same bytes again, as another file
            file.write_bytes((place / CLASSES[row % 2] / f"{row % different:06d}.jpg").read_bytes())
            continue
        coarse = Image.fromarray(rng.integers(0, 256, (24, 32, 3)).astype(np.uint8))
        pixels = np.asarray(coarse.resize((500, 375))).astype(np.int16)
        grain = rng.integers(-12, 13, pixels.shape)
        Image.fromarray((pixels + grain).clip(0, 255).astype(np.uint8)).save(file, quality=88)


@dataclass(frozen=True)
class Cost:
    """Seconds that passed, and seconds of processors."""

    wall: float
    cpu: float


def timed(work: Callable[[], None]) -> Cost:
    """What some work costs, with that of processes that have ended meanwhile."""
    begun, before = perf_counter(), os.times()
    work()
    seconds, after = perf_counter() - begun, os.times()
    return Cost(seconds, sum(after[:4]) - sum(before[:4]))


def bare(classifiers: list[TorchClassifier], ready: np.ndarray, batch: int, jobs: int) -> None:
    """The forward passes alone, as many at once as the testbed asks."""
    batches = [ready[start : start + batch] for start in range(0, len(ready), batch)]
    with (
        threadpool_limits(limits=1),
        ThreadPoolExecutor(jobs, initializer=lambda: torch.set_num_threads(1)) as pool,
    ):
        work = [(one, some) for some in batches for one in classifiers]
        list(pool.map(lambda pair: pair[0](pair[1]), work))


def decoded(condition: Condition) -> None:
    """Every picture made, by as many threads as the reader takes."""
    condition.images()


def whole(subjects: list[Subject], condition: Condition, options: testbed.Options) -> None:
    """A run: decode, frame, ask, check, write down."""
    with tempfile.TemporaryDirectory() as place:
        tally = testbed.run(subjects, [condition], open_store(place, create=True), options=options)
        assert tally.done == len(subjects), tally.failed


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--images", type=int, default=128)
    asked.add_argument("--rounds", type=int, default=2)
    asked.add_argument("--batch", type=int, default=0)
    asked.add_argument("--decoders", type=int, default=2, help="processes, in one of the rows")
    asked.add_argument("--device", default="cpu")
    wanted = asked.parse_args()
    with tempfile.TemporaryDirectory() as place:
        photos(Path(place), wanted.images)
        measure(Path(place), wanted)


def measure(place: Path, wanted: argparse.Namespace) -> None:
    """Interleaved rounds, and the table."""
    placement = Placement(wanted.device, channels_last=True)
    condition = Condition(folder(place, name="photos"))
    framed = condition.framed(STANDARD)
    ready = framed.images()
    nets = [
        TorchClassifier(
            nn.Sequential(resnet50(seed), nn.Linear(1000, 2)),
            ModelCard(f"net-{seed}", "net", "drawn", "none", "none", CLASSES),
        ).placed(placement)
        for seed in (0, 1)
    ]
    subjects = [
        Subject(net.card.name, "drawn", lambda net=net: net, framing=STANDARD)  # type: ignore[misc]
        for net in nets
    ]
    here = testbed.Options(batch=wanted.batch, placement=placement, decoders=0)
    beside = testbed.Options(batch=wanted.batch, placement=placement, decoders=wanted.decoders)
    batch, jobs = here.batch_for(framed.examples.frame), here.workers
    work: dict[str, Callable[[], None]] = {
        "decoded and framed alone": lambda: decoded(framed),
        "bare, one net": lambda: bare(nets[:1], ready, batch, jobs),
        "testbed, one net": lambda: whole(subjects[:1], condition, here),
        f"testbed, one net, {wanted.decoders} decoders": lambda: whole(
            subjects[:1], condition, beside
        ),
        "bare, two nets": lambda: bare(nets, ready, batch, jobs),
        "testbed, two nets": lambda: whole(subjects, condition, here),
    }
    bare(nets[:1], ready[: 2 * batch], batch, jobs)
    rounds = [{name: timed(piece) for name, piece in work.items()} for _ in range(wanted.rounds)]
    best = {
        name: Cost(min(one[name].wall for one in rounds), min(one[name].cpu for one in rounds))
        for name in work
    }
    print(
        f"{wanted.images} JPEGs of 500 × 375, 224 × 224 shown, batches of {batch}, {jobs} at once, "
        f"{wanted.device}; load {os.getloadavg()[0]:.1f}\n"
    )
    print("| what | seconds | images/s | CPU seconds | throughput against bare, by wall | by CPU |")
    print("|---|---|---|---|---|---|")
    for name, cost in best.items():
        against = best["bare, two nets" if "two nets" in name else "bare, one net"]
        shares = (
            f"{against.wall / cost.wall:.1%} | {against.cpu / cost.cpu:.1%}"
            if "testbed" in name
            else " | "
        )
        looks = wanted.images * (2 if "two nets" in name else 1)
        print(f"| {name} | {cost.wall:.2f} | {looks / cost.wall:.1f} | {cost.cpu:.2f} | {shares} |")


if __name__ == "__main__":
    main()
