"""How much the policy matters: photographs, a MobileNet, and the accuracy by every policy and map.

    python scripts/measure_policies.py DATA [MODEL]

DATA has ``nips17`` (photographs with ImageNet labels) and ``weights-imagenet`` (ONNX files). Of
each map the photographs of its classes are asked; the intervals are Clopper-Pearson, 95 %.
"""

import csv
import sys
from pathlib import Path
from typing import get_args

import numpy as np
from PIL import Image

from fieldmark.records import (
    CLASS_MAPS,
    ClassSpace,
    Policy,
    class_map,
    imagenet_classes,
)
from fieldmark.statistics import clopper_pearson


def scores(data: Path, model: str) -> tuple[np.ndarray, np.ndarray]:
    """(scores before softmax (n, 1000), labels from 0) of every photograph."""
    import onnxruntime

    side = int(model.rpartition("_")[2])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        data / "weights-imagenet" / f"{model}.onnx", options, providers=["CPUExecutionProvider"]
    )
    found, labels = [], []
    with (data / "nips17" / "labels.csv").open() as rows:
        for row in csv.DictReader(rows):
            file = data / "nips17" / "images" / f"{row['id']}.jpg"
            if not file.exists():
                continue
            whole = Image.open(file).convert("RGB")
            picture = whole.resize((side, side), Image.Resampling.BILINEAR)
            pixels = np.asarray(picture, np.float32).transpose(2, 0, 1)[None] / 255
            found.append(session.run(["logits"], {"images": pixels})[0][0])
            labels.append(int(row["label"]))
    return np.stack(found), np.array(labels)


def main() -> None:
    """Print a table."""
    data, model = Path(sys.argv[1]), (sys.argv[2:] or ["mobilenet_v2_1.0_224"])[0]
    logits, labels = scores(data, model)
    known = imagenet_classes()
    print(f"| map | n | {' | '.join(get_args(Policy))} |")
    print("|---|---|" + "---|" * len(get_args(Policy)))
    for name in CLASS_MAPS:
        space = class_map(name)
        groups = space.members or tuple((one,) for one in space.names)
        home = {member: place for place, group in enumerate(groups) for member in group}
        true = np.array([home.get(known.names[label], -1) for label in labels])
        cells = []
        for policy in get_args(Policy):
            onto = ClassSpace(space.names, members=groups, policy=policy)
            best = known.project(logits[true >= 0], onto).argmax(axis=1)
            hits = int((best == true[true >= 0]).sum())
            share = clopper_pearson(hits, int((true >= 0).sum()))
            cells.append(f"{100 * share.value:.1f} [{100 * share.low:.1f}, {100 * share.high:.1f}]")
        print(f"| `{name}` | {int((true >= 0).sum())} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
