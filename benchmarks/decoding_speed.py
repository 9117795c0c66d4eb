"""Speed of decoding and framing, ours beside what other wheels offer, on the same files in one run.

Usage: python benchmarks/decoding_speed.py [--count N] [--write]
       prints; writes docs/decoding-speed.md as well

Photographs from the folder in FIELDMARK_DATA (without it: drawn pictures) become JPEG files of the
sizes that ImageNet's have, and N of them, 10,000 by default, are brought to 224 × 224 as published
pipelines do it: shorter side 256, bilinear, the middle cropped. One thread, milliseconds of
processor time for each; all take turns, file by file, so what else the machine does meets all
alike. Each is held against Pillow's picture, made in two steps.
"""

import argparse
import os
import platform
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from io import BytesIO
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import NamedTuple

import cv2
import numpy as np
import torch
from PIL import Image, ImageFilter, features
from simplejpeg import decode_jpeg
from threadpoolctl import threadpool_limits
from torch.nn.functional import interpolate

from fieldmark.datasets import folder
from fieldmark.datasets.pictures import decoded
from fieldmark.datasets.pictures.framing import scaled_size
from fieldmark.records import STANDARD

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "decoding-speed.md"
DATA = Path(os.environ.get("FIELDMARK_DATA") or ROOT.parent / "shared" / "data")
SIZES = ((500, 375), (500, 333), (375, 500), (500, 375), (500, 400), (333, 500), (500, 500))
QUALITY, SIDE, SHORT = 92, 224, 256

Peer = Callable[[bytes], np.ndarray]


class Row(NamedTuple):
    """What one of them needs, and how far its pictures are from the reference."""

    name: str
    milliseconds: float
    mean: float
    largest: int


def photographs(where: Path) -> list[Path]:
    """JPEG files of everyday sizes; colour is shared by four pixels, as cameras do it."""
    shelf = DATA / "nips17" / "images"
    found = sorted(shelf.glob("*.*g")) or [None] * 70
    files = []
    for place, photo in enumerate(found):
        size = SIZES[place % len(SIZES)]
        large = max(size)
        image = drawn(place) if photo is None else Image.open(photo).convert("RGB")
        image = image.resize((large, large), Image.Resampling.BICUBIC)
        left, top = (large - size[0]) // 2, (large - size[1]) // 2
        file = where / str(place % 2) / f"{place:04d}.jpg"
        file.parent.mkdir(exist_ok=True)
        cut = image.crop((left, top, left + size[0], top + size[1]))
        cut.save(file, quality=QUALITY, subsampling="4:2:0")
        files.append(file)
    return files


def drawn(place: int) -> Image.Image:
    """Noise of many widths, in place of a photograph."""
    levels = np.random.default_rng(place).integers(0, 256, (299, 299, 3), dtype=np.uint8)
    fine = Image.fromarray(levels)
    return Image.blend(fine.filter(ImageFilter.GaussianBlur(4)), fine, 0.2)


def corner(width: int, height: int) -> tuple[int, int, int, int]:
    """The scaled size, and where the crop begins: (wide, high, left, top)."""
    wide, high = scaled_size(width, height, STANDARD)
    return wide, high, round((wide - SIDE) / 2), round((high - SIDE) / 2)


def ours(data: bytes) -> np.ndarray:
    """What every reader of Fieldmark does."""
    return decoded(data, file="a photograph", framing=STANDARD)


def pillow(data: bytes) -> np.ndarray:
    """The reference: all of the picture is scaled, then the middle is cropped."""
    return _two_steps(Image.open(BytesIO(data)).convert("RGB"))


def pillow_box(data: bytes) -> np.ndarray:
    """One resize of the part that stays."""
    return _box(Image.open(BytesIO(data)).convert("RGB"))


def pillow_gap(data: bytes) -> np.ndarray:
    """Pillow with ``reducing_gap``, which shrinks by whole numbers first."""
    return _two_steps(Image.open(BytesIO(data)).convert("RGB"), reducing_gap=2.0)


def pillow_draft(data: bytes) -> np.ndarray:
    """Pillow, where the decoder may leave out what a small picture does not show."""
    image = Image.open(BytesIO(data))
    image.draft("RGB", (SHORT, SHORT))
    return _two_steps(image.convert("RGB"))


def simplejpeg_box(data: bytes) -> np.ndarray:
    """The decoder that we use, then Pillow."""
    return _box(Image.fromarray(decode_jpeg(data)))


def simplejpeg_torch(data: bytes) -> np.ndarray:
    """The decoder that we use, then what torchvision's v2 transforms call."""
    return _torch(decode_jpeg(data))


def cv2_torch(data: bytes) -> np.ndarray:
    """OpenCV's decoder, then what torchvision's v2 transforms call."""
    return _torch(_cv2(data))


def cv2_box(data: bytes) -> np.ndarray:
    """OpenCV's decoder, then Pillow."""
    return _box(Image.fromarray(_cv2(data)))


def cv2_linear(data: bytes) -> np.ndarray:
    """OpenCV throughout, linear: not antialiased."""
    return _resized(_cv2(data), cv2.INTER_LINEAR)


def cv2_area(data: bytes) -> np.ndarray:
    """OpenCV throughout, by area."""
    return _resized(_cv2(data), cv2.INTER_AREA)


def _two_steps(image: Image.Image, reducing_gap: float | None = None) -> np.ndarray:
    wide, high, left, top = corner(*image.size)
    scaled = image.resize((wide, high), Image.Resampling.BILINEAR, reducing_gap=reducing_gap)
    return np.asarray(scaled.crop((left, top, left + SIDE, top + SIDE)))


def _box(image: Image.Image) -> np.ndarray:
    wide, high, left, top = corner(*image.size)
    x, y = image.width / wide, image.height / high
    box = (left * x, top * y, (left + SIDE) * x, (top + SIDE) * y)
    return np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BILINEAR, box=box))


def _torch(levels: np.ndarray) -> np.ndarray:
    wide, high, left, top = corner(levels.shape[1], levels.shape[0])
    picture = torch.from_numpy(levels).permute(2, 0, 1)[None]
    scaled = interpolate(picture, (high, wide), mode="bilinear", antialias=True)[0]
    crop = scaled[:, top : top + SIDE, left : left + SIDE]
    return crop.permute(1, 2, 0).contiguous().numpy()


def _cv2(data: bytes) -> np.ndarray:
    how = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
    return cv2.imdecode(np.frombuffer(data, np.uint8), how)


def _resized(levels: np.ndarray, how: int) -> np.ndarray:
    wide, high, left, top = corner(levels.shape[1], levels.shape[0])
    scaled = cv2.resize(levels, (wide, high), interpolation=how)
    return scaled[top : top + SIDE, left : left + SIDE].copy()


PEERS: dict[str, Peer] = {
    "**ours**": ours,
    "Pillow in two steps (the reference)": pillow,
    "Pillow, one resize of the crop's box": pillow_box,
    "Pillow, `reducing_gap=2`": pillow_gap,
    "Pillow, `draft`": pillow_draft,
    "simplejpeg + Pillow's box": simplejpeg_box,
    "simplejpeg + torch, antialiased": simplejpeg_torch,
    "OpenCV + Pillow's box": cv2_box,
    "OpenCV + torch, antialiased": cv2_torch,
    "OpenCV, `INTER_AREA`": cv2_area,
    "OpenCV, `INTER_LINEAR`": cv2_linear,
}


def optional() -> dict[str, Peer]:
    """Peers that are raced where they are installed."""
    found: dict[str, Peer] = {}
    try:
        from imagecodecs import jpeg8_decode
    except ImportError:
        print("imagecodecs is not installed and not raced", file=sys.stderr)
    else:
        found["imagecodecs + torch, antialiased"] = lambda data: _torch(jpeg8_decode(data))
        found["imagecodecs + Pillow's box"] = lambda data: _box(Image.fromarray(jpeg8_decode(data)))
    return found


def raced(files: list[Path], count: int) -> list[Row]:
    """Every peer on ``count`` files, in turns."""
    peers = PEERS | optional()
    spent = dict.fromkeys(peers, 0.0)
    off = dict.fromkeys(peers, 0.0)
    most = dict.fromkeys(peers, 0)
    for peer in peers.values():  # compiled, imported, warm
        peer(files[0].read_bytes())
    for file in islice(cycle(files), count):
        data = file.read_bytes()
        reference = pillow(data).astype(np.int16)
        for name, peer in peers.items():
            begun = process_time()
            found = peer(data)
            spent[name] += process_time() - begun
            away = np.abs(found - reference)
            off[name] += float(away.mean())
            most[name] = max(most[name], int(away.max()))
    return [Row(name, 1000 * spent[name] / count, off[name] / count, most[name]) for name in peers]


def opened(where: Path) -> float:
    """Milliseconds of processor time that opening a folder takes for each of its files."""
    begun = process_time()
    examples = folder(where)
    return 1000 * (process_time() - begun) / len(examples)


def table(rows: list[Row], opening: float, count: int) -> str:
    """The measurements as Markdown."""
    first = rows[0].milliseconds
    lines = [
        f"{count:,} files, {_versions()}.",
        "",
        "| who | ms of CPU | ours is faster by | mean difference | largest |",
        "|---|---|---|---|---|",
    ]
    for row in sorted(rows, key=lambda one: one.milliseconds):
        lines.append(
            f"| {row.name} | {row.milliseconds:.2f} | {row.milliseconds / first:.2f} × "
            f"| {row.mean:.3f} | {row.largest} |"
        )
    alone = f"Opening a folder reads each file once, for its fingerprint: {opening:.2f} ms of CPU."
    return "\n".join([*lines, "", alone])


def _versions() -> str:
    packages = ("pillow", "simplejpeg", "opencv-python-headless", "torch", "imagecodecs", "numba")
    listed = [f"Python {platform.python_version()}", platform.machine()]
    for package in packages:
        try:
            listed.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return ", ".join(listed) + f", libjpeg-turbo {features.version('libjpeg_turbo')} in Pillow"


def shortfalls(rows: list[Row]) -> list[str]:
    """What is not as it should be."""
    near = [row for row in rows if row.largest <= 1]
    best = min(row.milliseconds for row in near)
    found = []
    if rows[0].largest:
        found.append(f"ours is {rows[0].largest} grey levels from the reference")
    if rows[0].milliseconds > 1.1 * best:
        found.append(f"ours takes {rows[0].milliseconds / best:.2f} × the fastest within a level")
    return found


def main(count: int, write: bool) -> int:
    """Race, print, and perhaps write the page."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    with threadpool_limits(1), TemporaryDirectory() as where:
        files = photographs(Path(where))
        opening = opened(Path(where))
        rows = raced(files, count)
    text = table(rows, opening, count)
    print(text)
    if write:
        PAGE.write_text(f"{WORDS}\n{text}\n{AFTER}")
    for line in shortfalls(rows):
        print(f"SHORT: {line}", file=sys.stderr)
    return 1 if shortfalls(rows) else 0


WORDS = """# Decoding and framing: speed

*Written by `python benchmarks/decoding_speed.py --write`; what is done is told in
[decoding](decoding.md).*

700 photographs as JPEG files of ImageNet's usual sizes (500 × 375 and the like, quality 92, 4:2:0),
brought to 224 × 224 as published pipelines do it: shorter side 256, bilinear, the middle cropped.
One thread, processor time per file, all of them in turns, file by file. Differences are in grey
levels from what Pillow gives in two steps, over all files.
"""

AFTER = """
What is not within a level of the reference is another picture, and so another condition: OpenCV's
resizes, without antialiasing too, are [shifts of a pipeline](shifts.md) that are asked for by name.
None of these is ever a quicker way to the same name.
"""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    sys.exit(main(asked.count, asked.write))
