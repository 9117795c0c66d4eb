"""Speed of the corruptions, ours beside PyPI imagecorruptions in one run, and beside a network.

Usage: python benchmarks/shifts_speed.py [--write]     prints; writes docs/shifts-speed.md as well

One thread, 224 × 224 pixels, one image per call, severities 3 and 5, milliseconds of processor
time. Both sides take turns, image by image, and medians are compared, so what else the machine does
meets both alike. Photographs and frost's overlays come from the folder in FIELDMARK_DATA; without
photographs drawn pictures take their place.
"""

import os
import platform
import sys
from collections.abc import Callable
from importlib.metadata import version
from math import exp, log
from pathlib import Path
from statistics import median
from time import process_time
from typing import NamedTuple

import cv2
import numpy as np
import torch
from PIL import Image
from threadpoolctl import threadpool_limits
from torch import nn

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # the oracle belongs to the tests

from fieldmark.records import Pixels, example_seeds  # noqa: E402
from tests.shifts.made import made  # noqa: E402
from tests.shifts.oracle import reference  # noqa: E402

PAGE = ROOT / "docs" / "shifts-speed.md"
DATA = Path(os.environ.get("FIELDMARK_DATA") or ROOT.parent / "shared" / "data")
SIDE, IMAGES, SEVERITIES = 224, 8, (3, 5)
COMMON = (
    "gaussian-noise",
    "shot-noise",
    "impulse-noise",
    "defocus-blur",
    "glass-blur",
    "motion-blur",
    "zoom-blur",
    "snow",
    "frost",
    "fog",
    "brightness",
    "contrast",
    "elastic-transform",
    "pixelate",
    "jpeg-compression",
)
EXTRA = ("speckle-noise", "gaussian-blur", "spatter", "saturate", "elastic-in-place")
THEIR_NAMES = {"elastic-in-place": "elastic-transform"}
GOALS = {"glass-blur": 200.0, "zoom-blur": 20.0, "brightness": 60.0, "saturate": 60.0}


class Row(NamedTuple):
    """Milliseconds per image, ours and theirs, at each severity."""

    name: str
    ours: tuple[float, ...]
    theirs: tuple[float, ...]

    @property
    def gains(self) -> tuple[float, ...]:
        """How many times as fast ours is."""
        return tuple(slow / fast for fast, slow in zip(self.ours, self.theirs, strict=True))


def photographs() -> Pixels:
    """Eight pictures of 224 × 224 pixels."""
    files = sorted((DATA / "nips17" / "images").glob("*.jpg"))[:IMAGES]
    if not files:
        stream = np.random.default_rng(0)
        coarse = stream.integers(0, 256, (IMAGES, 28, 28, 3), dtype=np.uint8)
        drawn = [cv2.resize(one, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) for one in coarse]
        return np.stack(drawn).astype(np.uint8)
    opened = [Image.open(file).convert("RGB").resize((SIDE, SIDE)) for file in files]
    return np.stack([np.asarray(one) for one in opened])


def timed(work: Callable[..., object], *inputs: object) -> float:
    """Milliseconds of processor time."""
    started = process_time()
    work(*inputs)
    return 1000 * (process_time() - started)


def raced(name: str, images: Pixels) -> Row:
    """Ours and theirs in turns."""
    ours, theirs = [], []
    other = THEIR_NAMES.get(name, name)
    seeds = example_seeds(map(str, range(len(images))), name, 0)
    for severity in SEVERITIES:
        shift = made(name, severity)
        shift.apply(images[:1], seeds[:1])  # compiled, cached, read from disk
        reference(other, images[0], severity)
        fast, slow = [], []
        for row, image in enumerate(images):
            one = images[row : row + 1], seeds[row : row + 1]
            fast += [timed(shift.apply, *one) for _ in range(3)]
            slow.append(timed(reference, other, image, severity))
        ours.append(median(fast))
        theirs.append(median(slow))
    return Row(name, tuple(ours), tuple(theirs))


def limits(images: Pixels) -> tuple[float, float]:
    """Milliseconds of a plain copy of an image, and of going to floats in [0, 1] and back."""

    def round_trip() -> object:
        return (np.clip(images[0] / np.float32(255), 0, 1) * np.float32(255)).astype(np.uint8)

    copies = median(timed(lambda: [images[0].copy() for _ in range(200)]) / 200 for _ in range(5))
    trips = median(timed(lambda: [round_trip() for _ in range(20)]) / 20 for _ in range(5))
    return copies, trips


class Bottleneck(nn.Module):
    """1 × 1, 3 × 3 and 1 × 1 convolutions beside a shortcut."""

    def __init__(self, before: int, width: int, stride: int) -> None:
        super().__init__()
        after = 4 * width
        self.body = nn.Sequential(
            *_convolution(before, width, 1, 1),
            nn.ReLU(),
            *_convolution(width, width, 3, stride),
            nn.ReLU(),
            *_convolution(width, after, 1, 1),
        )
        plain = before == after and stride == 1
        self.shortcut = nn.Sequential(*([] if plain else _convolution(before, after, 1, stride)))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Sum of both ways."""
        return torch.relu(self.body(images) + self.shortcut(images))


def _convolution(before: int, after: int, side: int, stride: int) -> tuple[nn.Module, nn.Module]:
    plain = nn.Conv2d(before, after, side, stride, side // 2, bias=False)
    return plain, nn.BatchNorm2d(after)


def resnet50() -> nn.Module:
    """ResNet-50 with random weights: 25.6 million of them, 4.1 billion products per image."""
    layers: list[nn.Module] = [*_convolution(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    before = 64
    for width, blocks in ((64, 3), (128, 4), (256, 6), (512, 3)):
        for block in range(blocks):
            layers.append(Bottleneck(before, width, 2 if block == 0 and width > 64 else 1))
            before = 4 * width
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, 1000)]
    return nn.Sequential(*layers, *head).eval().to(memory_format=torch.channels_last)


def forward_pass(images: Pixels) -> float:
    """Milliseconds per image of ResNet-50 on one core, in a batch of eight, channels last."""
    model = resnet50()
    floats = torch.from_numpy(images.transpose(0, 3, 1, 2) / np.float32(255))
    batch = floats.contiguous(memory_format=torch.channels_last)
    with torch.inference_mode():
        model(batch)
        return median(timed(lambda: model(batch)) for _ in range(3)) / len(images)


def table(rows: list[Row], copy: float, trip: float, network: float) -> str:
    """The rows as Markdown."""
    head = (
        "| corruption | ours, 3 | theirs, 3 | gain | ours, 5 | theirs, 5 | gain | copies | "
        "round trips | of ResNet-50 |\n|" + "---|" * 10
    )
    lines = [head]
    for row in rows:
        slower = max(row.ours)
        both = " | ".join(
            f"{fast:.2f} | {slow:.1f} | {gain:.1f} ×"
            for fast, slow, gain in zip(row.ours, row.theirs, row.gains, strict=True)
        )
        lines.append(
            f"| {row.name} | {both} | {slower / copy:.0f} | {slower / trip:.1f} "
            f"| {slower / network:.1%} |"
        )
    return "\n".join(lines)


def shortfalls(rows: list[Row], mean: float, network: float) -> list[str]:
    """What was promised and is not so."""
    gains = {row.name: min(row.gains) for row in rows}
    found = [
        f"{name}: {gains[name]:.0f} ×, promised {goal:.0f} ×"
        for name, goal in GOALS.items()
        if gains[name] < goal
    ]
    found += [f"{name} is slower: {gain:.2f} ×" for name, gain in gains.items() if gain < 1]
    if mean < 10:
        found.append(f"the mean is {mean:.1f} ×, promised 10 ×")
    cheap = sum(max(row.ours) < network for row in rows if row.name in COMMON)
    if cheap < 12:
        found.append(f"{cheap} of 15 cost less than ResNet-50, promised 12")
    return found


def main(write: bool) -> int:
    """Print the table; 1 when a promise is not kept."""
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    images = photographs()
    with threadpool_limits(1):
        rows = [raced(name, images) for name in (*COMMON, *EXTRA)]
        copy, trip = limits(images)
        network = forward_pass(images)
    gains = [gain for row in rows if row.name in COMMON for gain in row.gains]
    mean = exp(sum(map(log, gains)) / len(gains))
    mine = [sum(row.ours[at] for row in rows if row.name in COMMON) for at in (0, 1)]
    other = [sum(row.theirs[at] for row in rows if row.name in COMMON) for at in (0, 1)]
    libraries = "imagecorruptions numpy scipy scikit-image opencv-python-headless numba torch"
    versions = ", ".join(f"{one} {version(one)}" for one in libraries.split())
    failed = shortfalls(rows, mean, network)
    text = "\n\n".join(
        [
            table(rows, copy, trip, network),
            f"Geometric mean over the 15 common corruptions (all but the last {len(EXTRA)} rows) "
            f"at severities 3 and 5: **{mean:.1f} times as fast**. All 15 of one image: "
            f"{mine[0]:.1f} ms instead of {other[0]:.0f} ms at severity 3, {mine[1]:.1f} ms "
            f"instead of {other[1]:.0f} ms at severity 5. A plain copy of the image takes "
            f"{copy:.3f} ms, the way to floats in [0, 1] and back {trip:.2f} ms, the forward pass "
            f"of ResNet-50 {network:.0f} ms per image.",
            f"Measured on one core of {_processor()}, Python {platform.python_version()}, "
            f"{versions}.",
        ]
    )
    print(text)
    print("\n".join(f"NOT KEPT: {one}" for one in failed))
    if write:
        PAGE.write_text(f"{WORDS}\n{text}\n")
    return 1 if failed else 0


WORDS = """# How fast the corruptions are

*Written by `python benchmarks/shifts_speed.py --write`.*

Milliseconds of processor time per image, ours beside PyPI `imagecorruptions` in one run: one
thread, photographs of 224 × 224 pixels, one image per call, severities 3 and 5, in turns, medians.
*Copies* and *round trips* say how far ours (the slower of the two) is from what no corruption can
beat: copying the image, and going to floats and back. The last column holds it against the forward
pass of a ResNet-50 on the same core.

`elastic-transform` is the published definition, which moves three corners besides; the reference's
own is `elastic-in-place`, and both stand beside the same function. How equal the pictures are is in
[how exact the corruptions are](shifts-exactness.md).
"""


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    names = [
        line.split(":", 1)[1].strip()
        for line in (info.read_text().splitlines() if info.exists() else [])
        if line.startswith("model name")
    ]
    return f"{names[0] if names else platform.processor()} ({os.cpu_count()} cores)"


if __name__ == "__main__":
    sys.exit(main("--write" in sys.argv[1:]))
