"""The published anchors and neighbours of ImageNet-Vid-Robust, through store and study."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from fieldmark.records import Answers, ClassSpace, DatasetCard, Examples, fingerprint, generator
from fieldmark.studies import pm_k

BESIDE = Path(__file__).parents[2].parent / "shared" / "data"
K = 10


@pytest.fixture(scope="module")
def published():
    """From each anchor to its neighbours, and the labels of every frame."""
    folder = Path(os.environ.get("FIELDMARK_DATA", BESIDE))
    files = folder / "imagenet-testbed" / "src" / "eval_settings" / "imagenet-vid-robust_metadata"
    if not files.is_dir():
        pytest.skip("no published data here: set FIELDMARK_DATA to a folder with imagenet-testbed/")
    read = [json.loads((files / name).read_text()) for name in ("pmsets.json", "labels.json")]
    return read[0], read[1]


def number(frame):
    return int(frame.rsplit("/", 1)[-1].split(".")[0])


def examples(sets, labels):
    """All frames, each in the group of its anchor, in the order of time."""
    rows = [(a, f) for a, some in sets.items() for f in sorted({a, *some}, key=number)]
    widest = max(map(len, labels.values()))
    found = np.full((len(rows), widest), -1, np.int64)
    for row, (_, frame) in enumerate(rows):
        found[row, : len(labels[frame])] = labels[frame]
    return Examples(
        card=DatasetCard("vid-robust", "Frames", "Shankar et al.", "as given", "reviewed", "-"),
        classes=ClassSpace(tuple(map(str, range(30)))),
        ids=tuple(frame for _, frame in rows),
        labels=found,
        frame=(2, 2, 3),
        decode=lambda rows: np.zeros((len(rows), 2, 2, 3), np.uint8),
        content=fingerprint([frame for _, frame in rows], found),
        groups=tuple(anchor for anchor, _ in rows),
        metadata={"offset": tuple(str(number(f) - number(a)) for a, f in rows)},
    )


def test_pm_10_is_that_of_the_published_formula(filler, published):
    sets, labels = published
    shown = examples(sets, labels)
    assert (len(set(shown.groups)), len(shown)) == (1109, 22_179)
    filler.examples["vid-robust"] = shown
    filler.store.keep_examples(shown)
    rng = generator(0)
    right = rng.random(len(shown)) < 0.97
    best = np.where(right, shown.labels[:, 0], (shown.labels[:, 0] + 7) % 30)
    header = filler.header("net", "vid-robust")
    classes = best[:, None].astype(np.uint16)
    filler.store.commit(header, 0, Answers(classes, np.full(classes.shape, 0.2, np.float32)))
    filler.store.finish(header)

    said = dict(zip(shown.ids, best.tolist(), strict=True))
    holds = {frame: said[frame] in labels[frame] for frame in said}
    pm_0 = np.mean([holds[anchor] for anchor in sets])
    whole = np.mean([all(holds[frame] for frame in (anchor, *sets[anchor])) for anchor in sets])
    own = np.mean(
        [all(said[f] in labels[anchor] for f in (anchor, *sets[anchor])) for anchor in sets]
    )
    ((_, _, anchors, neighbours, _, by_anchor),) = pm_k(
        filler.store, on="vid-robust", k=K
    ).table.rows
    assert anchors.value == pytest.approx(pm_0)
    assert neighbours.value == pytest.approx(whole)
    assert by_anchor.value == pytest.approx(own)
    assert neighbours.n == 1109
    assert neighbours.value < anchors.value - 0.3
