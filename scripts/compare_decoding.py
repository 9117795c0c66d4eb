"""How exact decoding and framing are: every picture beside torchvision's, and damaged files.

Usage: python scripts/compare_decoding.py [--write]    prints; writes docs/decoding-exactness.md

Photographs come from the folder in FIELDMARK_DATA (imagenet-sample-images, imagenet-testbed,
nips17), whatever is there of them.
"""

import os
import sys
import warnings
from collections import Counter
from collections.abc import Callable
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageFilter, features

from fieldmark.datasets.pictures import decoded
from fieldmark.models.torchvision_shim import needs_torchvision
from fieldmark.records import DataError, Framing

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "decoding-exactness.md"
DATA = Path(os.environ.get("FIELDMARK_DATA") or ROOT.parent / "shared" / "data")
SHELVES = ("imagenet-sample-images", "imagenet-testbed", "nips17")
DAMAGED = 20_000
FRAMINGS = (
    Framing(224, 224, shorter=256),
    Framing(224, 224, shorter=256, interpolation="bicubic"),
    Framing(224, 224, shorter=248, interpolation="bicubic"),
    Framing(299, 299, shorter=341, interpolation="bicubic"),
    Framing(224, 224, shorter=235, interpolation="lanczos"),
    Framing(224, 224, shorter=256, interpolation="nearest"),
    Framing(224, 224, shorter=256, interpolation="box"),
    Framing(64, 64, shorter=64),
    Framing(224, 224, fit="squash"),
    Framing(384, 384, fit="squash", interpolation="bicubic"),
)

Transform = Callable[[Image.Image], Image.Image]


def photographs() -> list[bytes]:
    """Encoded photographs, in the order of their paths."""
    found = [file for shelf in SHELVES for file in sorted((DATA / shelf).rglob("*"))]
    kinds = (".jpg", ".jpeg", ".png")
    return [file.read_bytes() for file in found if file.suffix.lower() in kinds]


def theirs(framing: Framing, transforms: Any) -> Transform:  # noqa: ANN401  a module
    """What torchvision calls the same."""
    how = transforms.InterpolationMode(framing.interpolation)
    if framing.fit == "squash":
        return transforms.Resize((framing.height, framing.width), interpolation=how)
    resize = transforms.Resize(framing.shorter, interpolation=how)
    return transforms.Compose([resize, transforms.CenterCrop((framing.height, framing.width))])


def compared(photos: list[bytes], framing: Framing, transform: Transform) -> tuple[int, int]:
    """How many pictures differ, and by how many grey levels at most."""
    away = []
    for data in photos:
        other = np.asarray(transform(Image.open(BytesIO(data)).convert("RGB")))
        ours = decoded(data, file="a photograph", framing=framing)
        away.append(int(np.abs(ours.astype(np.int16) - other).max()))
    return int(np.count_nonzero(away)), max(away)


def damaged(count: int) -> Counter[str]:
    """What becomes of JPEG files of which some bytes were changed, or the last were lost."""
    rng = np.random.default_rng(1)
    whole = []
    for kind in range(6):
        shape = (24, 24, 3) if kind % 3 else (24, 24)
        image = Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8))
        stream = BytesIO()
        image.filter(ImageFilter.GaussianBlur(2)).save(
            stream, "JPEG", quality=30 + 10 * kind, progressive=bool(kind % 2)
        )
        whole.append(stream.getvalue())
    tally: Counter[str] = Counter()
    for place in range(count):
        data = bytearray(whole[place % 6])
        for _ in range(rng.integers(0, 4)):
            data[rng.integers(2, len(data))] = rng.integers(0, 256)
        end = len(data) if place % 10 else len(data) - rng.integers(0, 9)
        tally[_verdict(bytes(data[:end]))] += 1
    return tally


def _verdict(data: bytes) -> str:
    try:
        expected = np.asarray(Image.open(BytesIO(data), formats=("JPEG",)).convert("RGB"))
    except Exception:  # decoders raise whatever they like on damaged bytes
        expected = None
    try:
        framing = Framing(24, 24) if expected is None else Framing(*expected.shape)
        shown = decoded(data, file="a damaged file", framing=framing)
    except DataError:
        return "refused by both" if expected is None else "refused by us alone"
    if expected is None:
        return "shown by us alone"
    return "shown by both, alike" if (shown == expected).all() else "shown by both, otherwise"


def main(write: bool) -> int:
    """Compare, print, and perhaps write the page."""
    warnings.simplefilter("ignore")  # Pillow's, on damaged files
    transforms = needs_torchvision(
        "torchvision.transforms", extra="vision", purpose="this comparison"
    )
    photos = photographs()
    lines = [
        f"{len(photos)} photographs; torchvision {version('torchvision')}, "
        f"Pillow {version('pillow')} with libjpeg-turbo {features.version('libjpeg_turbo')}, "
        f"simplejpeg {version('simplejpeg')}.",
        "",
        "| framing | pictures that differ | grey levels, at most |",
        "|---|---|---|",
    ]
    worst = 0
    for framing in FRAMINGS:
        differ, most = compared(photos, framing, theirs(framing, transforms))
        worst = max(worst, most if framing.fit == "shorter" else 0)
        lines.append(f"| {framing} | {differ} | {most} |")
    lines += ["", f"{DAMAGED:,} damaged JPEG files, by us and by Pillow:", ""]
    lines += ["| what became of it | files |", "|---|---|"]
    tally = damaged(DAMAGED)
    lines += [f"| {what} | {files:,} |" for what, files in tally.most_common()]
    text = "\n".join(lines)
    print(text)
    if write:
        PAGE.write_text(f"{WORDS}\n{text}\n")
    alone = tally.keys() - {"refused by both", "shown by both, alike"}
    return 1 if worst or alone else 0


WORDS = """# How exact decoding and framing are

*Written by `python scripts/compare_decoding.py --write`; what is done is told in
[decoding](decoding.md).*

Photographs beside what torchvision's `Resize` and `CenterCrop` make of them with Pillow. Squashed
pictures differ where Pillow 13 scales columns before rows.
"""


if __name__ == "__main__":
    sys.exit(main("--write" in sys.argv[1:]))
