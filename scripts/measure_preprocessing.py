"""What no option of a loader does to 700 photographs: resizing without smoothing, another JPEG.

    python scripts/measure_preprocessing.py DATA

DATA has ``nips17`` (photographs with ImageNet labels) and ``weights-imagenet`` (ONNX files). What
options do can be asked with ``fieldmark run``: see docs/why-your-number-differs.md.
"""

import csv
import sys
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from fieldmark.statistics import mcnemar

_MODELS = ("mobilenet_v1_0.25_128", "mobilenet_v1_0.5_160", "mobilenet_v2_1.0_224")


def variants(photo: Image.Image, side: int) -> Mapping[str, np.ndarray]:
    """From what was done to pixels in [0, 1], float32 (1, 3, side, side)."""
    import torch

    again = BytesIO()
    photo.save(again, "JPEG", quality=75)
    levels = torch.from_numpy(_channels_first(photo))
    return {
        "whole": _channels_first(photo.resize((side, side), Image.Resampling.BILINEAR)),
        "four neighbours only": torch.nn.functional.interpolate(
            levels, (side, side), mode="bilinear"
        ).numpy(),
        "JPEG 75 once more": _channels_first(
            Image.open(again).resize((side, side), Image.Resampling.BILINEAR)
        ),
    }


def _channels_first(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture, np.float32).transpose(2, 0, 1)[None] / 255


def main() -> None:
    """Print a table."""
    import onnxruntime

    data = Path(sys.argv[1])
    with (data / "nips17" / "labels.csv").open(encoding="utf-8") as rows:
        labels = {row["id"]: int(row["label"]) for row in csv.DictReader(rows)}
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    print(
        "| net | pictures | right | lost | gained | difference, points |\n|---|---|---|---|---|---|"
    )
    for model in _MODELS:
        file = data / "weights-imagenet" / f"{model}.onnx"
        net = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        hits: dict[str, list[bool]] = {}
        for photo in sorted((data / "nips17" / "images").iterdir()):
            shown = variants(Image.open(photo).convert("RGB"), int(model.rpartition("_")[2]))
            for name, images in shown.items():
                best = net.run(["logits"], {"images": images})[0][0].argmax()
                hits.setdefault(name, []).append(bool(best == labels[photo.stem]))
        usual = np.array(hits["whole"])
        for name, some in hits.items():
            found = mcnemar(np.array(some), usual)
            gap, right = found.difference, 100 * np.mean(some)
            print(
                f"| {model} | {name} | {right:.1f} % | {found.only_b} | {found.only_a}"
                f" | {100 * gap.value:+.1f} [{100 * gap.low:.1f}, {100 * gap.high:.1f}] |"
            )


if __name__ == "__main__":
    main()
