"""How many copies of each kind a search finds, and how fast: a table of docs/your-own-test-set.md.

python scripts/measure_duplicates.py --data ../shared/data            recall, false alarms, CIFAR-10
python scripts/measure_duplicates.py --speed 50000 10000              CPU time of a large search

The first half of a set is searched; what is looked for are changed copies of it and, as strangers,
the second half. NIPS 2017 photographs (299×299) and lossless CIFAR-10 training images.
"""

import argparse
import io
import time
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

import numpy as np
from PIL import Image, ImageEnhance

import fieldmark as fm
from fieldmark.datasets import duplicates, npz
from fieldmark.records import Examples, generator

_BICUBIC = Image.Resampling.BICUBIC

Change = Callable[[Image.Image], Image.Image]


def _jpeg(quality: int) -> Change:
    def change(image: Image.Image) -> Image.Image:
        data = io.BytesIO()
        image.save(data, "JPEG", quality=quality)
        return Image.open(data).convert("RGB")

    return change


def _crop(left: float, top: float, kept: float) -> Change:
    def change(image: Image.Image) -> Image.Image:
        x, y = image.width * left, image.height * top
        return image.crop((x, y, x + image.width * kept, y + image.height * kept))

    return change


KINDS: Mapping[str, Change] = MappingProxyType(
    {
        "the same bytes": lambda image: image,
        "JPEG, quality 30": _jpeg(30),
        "half the size": lambda i: i.resize(
            (i.width // 2, i.height // 2), Image.Resampling.BICUBIC
        ),
        "middle 90 %": _crop(0.05, 0.05, 0.9),
        "middle 80 %": _crop(0.1, 0.1, 0.8),
        "corner of 90 %": _crop(0.0, 0.0, 0.9),
        "30 % brighter": lambda i: ImageEnhance.Brightness(i).enhance(1.3),
        "40 % less contrast": lambda i: ImageEnhance.Contrast(i).enhance(0.6),
        "in grey": lambda i: i.convert("L").convert("RGB"),
        "mirrored": lambda i: i.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        "mirrored, middle 90 %, JPEG 50": lambda i: _jpeg(50)(
            _crop(0.05, 0.05, 0.9)(i.transpose(Image.Transpose.FLIP_LEFT_RIGHT))
        ),
        "turned by 3°": lambda i: i.rotate(3, _BICUBIC),
    }
)


def _kept(images: list[Image.Image], file: Path, side: int) -> Examples:
    """Pictures in one archive, brought to one size as a whole."""
    whole = [one.convert("RGB").resize((side, side), Image.Resampling.BOX) for one in images]
    pixels = np.stack([np.asarray(one) for one in whole])
    np.savez(file, images=pixels, labels=np.arange(len(pixels)) % 2)
    return npz(file)


def recall(name: str, images: list[Image.Image], side: int) -> None:
    """A table: for each kind of copy, the share that is near, and that is at least similar."""
    half = len(images) // 2
    with TemporaryDirectory() as folder:
        first = _kept(images[:half], Path(folder) / "first.npz", side)
        print(f"\n{name}: {half} pictures, and {len(images) - half} strangers\n")
        print("| copies | exact or near | similar at least |\n|---|---|---|")
        for kind, change in KINDS.items():
            copies = _kept([change(one) for one in images[:half]], Path(folder) / "x.npz", side)
            found = duplicates(first, copies)
            near, any_ = set(), set()
            for one in found.pairs:
                if one.first == one.second:
                    any_.add(one.second)
                    if one.verdict != "similar":
                        near.add(one.second)
            print(f"| {kind} | {100 * len(near) / half:.1f} % | {100 * len(any_) / half:.1f} % |")
        strangers = _kept(images[half:], Path(folder) / "y.npz", side)
        found = duplicates(first, strangers)
        n = len(strangers)
        near, some = len(found.found("exact", "near")), len(found.found("similar"))
        print(f"| strangers | {100 * near / n:.1f} % | {100 * some / n:.1f} % |")


def cifar(data: Path) -> tuple[np.ndarray, Examples, Examples]:
    """The lossless training images, and (train, test) as sets; test images are JPEGs."""
    folder = data / "cifar10"
    rows = [
        np.asarray(Image.open(folder / f"cifar10_batch_{part}.png").convert("RGB"))
        for part in (0, 1)
    ]
    train = np.concatenate(rows).reshape(-1, 32, 32, 3)
    packed = np.load(folder / "cifar10_test_jpegq75.npz")
    blob, ends = packed["blob"], packed["offs"]  # read once: an archive reads anew at each look
    test = np.stack(
        [
            np.asarray(Image.open(io.BytesIO(blob[a:b].tobytes())).convert("RGB"))
            for a, b in pairwise(ends)
        ]
    )
    labels = np.load(folder / "cifar10_batch_0to3_labels.npz")["label"][: len(train)]
    with TemporaryDirectory() as place:
        file = Path(place) / "cifar-train.npz"
        np.savez(file, images=train, labels=labels.astype(np.int64))
        first = npz(file)
        file = Path(place) / "cifar-test.npz"
        np.savez(file, images=test, labels=packed["label"].astype(np.int64))
        return train, first, npz(file)


def speed(first: int, second: int) -> None:
    """CPU seconds of a search among random smooth pictures of 32×32."""
    rng = generator(0)
    with TemporaryDirectory() as folder:
        sets = []
        for n, name in ((first, "a"), (second, "b")):
            coarse = rng.integers(0, 256, (n, 8, 8, 3), dtype=np.uint8)
            fine = np.stack([np.asarray(Image.fromarray(i).resize((32, 32), 3)) for i in coarse])
            np.savez(Path(folder) / f"{name}.npz", images=fine, labels=np.arange(n) % 2)
            sets.append(npz(Path(folder) / f"{name}.npz"))
        start, wall = time.process_time(), time.perf_counter()
        found = duplicates(*sets)
        print(
            f"{first:,} × {second:,}: {time.process_time() - start:.1f} CPU-s, "
            f"{time.perf_counter() - wall:.1f} s, {len(found.pairs)} pairs"
        )


def main() -> None:
    """Print what was asked for."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--data", type=Path)
    asked.add_argument("--speed", type=int, nargs=2, metavar=("FIRST", "SECOND"))
    told = asked.parse_args()
    if told.speed:
        speed(*told.speed)
    if told.data:
        photos = sorted((told.data / "nips17" / "images").iterdir())
        recall("NIPS 2017", [Image.open(one).convert("RGB") for one in photos], 128)
        train, first, test = cifar(told.data)
        recall("CIFAR-10", [Image.fromarray(one) for one in train], 32)
        print("\n" + fm.leaks(duplicates(first, test)).statement)


if __name__ == "__main__":
    main()
