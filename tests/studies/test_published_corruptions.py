"""ImageNet-C as files: its parts are corruptions of the validation pictures, and give the mCE."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from fieldmark import testbed
from fieldmark.datasets.published import Shelf
from fieldmark.records import Altered, Condition, Framing, ModelCard, Subject
from fieldmark.records import part as part_of
from fieldmark.shifts import shift
from fieldmark.statistics import ALEXNET_MEAN_ERRORS
from fieldmark.store import open_store
from fieldmark.studies import corruption_error, headline, robustness_curves

WNIDS = ("n01440764", "n01443537", "n01484850")
CHANGES = ("fog", "gaussian-noise")
SIDE = 16


class Bright:
    """Takes dark pictures for the first class, grey ones for the second, bright for the third."""

    card = ModelCard("bright", "rule", "a test", "MIT", "none")

    def __call__(self, images: np.ndarray) -> np.ndarray:
        level = images.reshape(len(images), -1).mean(axis=1) / 255
        scores = np.full((len(images), 1000), -9.0, np.float32)
        for place, middle in enumerate((0.1, 0.5, 0.9)):
            scores[:, place] = -np.abs(level - middle)
        return scores


def save(file, level: float) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (SIDE, SIDE), (round(255 * level),) * 3).save(file, quality=100)


@pytest.fixture
def shelf(tmp_path) -> Shelf:
    """Six pictures; each level of fog makes one more of them grey, and noise leaves them alone."""
    names = [f"ILSVRC2012_val_{number:08d}.JPEG" for number in (6, 1, 4, 3, 5, 2)]
    kinds = [0, 2, 0, 2, 2, 0]
    for row, (name, kind) in enumerate(zip(names, kinds, strict=True)):
        level = (0.1, 0.5, 0.9)[kind]
        save(tmp_path / "imagenet-val" / "val" / WNIDS[kind] / name, level)
        for severity in range(1, 6):
            for change in CHANGES:
                grey = change == "fog" and row < severity
                home = tmp_path / "imagenet-c" / change.replace("-", "_") / str(severity)
                save(home / WNIDS[kind] / name, 0.5 if grey else level)
    return Shelf((tmp_path,))


@pytest.fixture
def store(shelf, tmp_path):
    framing = Framing(SIDE, SIDE)
    who = Subject("bright", "rule-1", Bright, framing=framing)
    parts = [f"imagenet-c/{change}/{level}" for change in CHANGES for level in range(1, 6)]
    conditions = [Condition(shelf.read(name)) for name in ("imagenet-val", *parts)]
    conditions.append(Condition(conditions[0].examples.framed(framing), shift("brightness", 5)))
    kept = open_store(tmp_path / "store", create=True)
    assert testbed.run([who], conditions, kept).done == 12
    return kept


def column(finding, key):
    place = [one.key for one in finding.table.columns].index(key)
    return finding.table.rows[0][place]


def test_files_of_imagenet_c_give_the_published_measure(store):
    found = corruption_error(store, on="imagenet-val", baseline="alexnet-published")
    fog = (1 + 2 + 3 + 4 + 5) / (5 * 6) / ALEXNET_MEAN_ERRORS["fog"]
    assert column(found, "imagenet-c/fog").value == pytest.approx(fog)
    assert column(found, "imagenet-c/gaussian-noise").value == 0
    assert column(found, "mce").value == pytest.approx(fog / 2)
    titles = [one.title for one in found.table.columns]
    assert {"fog", "gaussian-noise"} < set(titles)
    assert not any("224 × 224" in line for line in found.caveats)
    assert any(
        "brightness (made here, and the published files were asked)" in one for one in found.caveats
    )


def test_constants_of_imagenet_c_fit_no_other_files(shelf, tmp_path):
    who = Subject("bright", "rule-1", Bright, framing=Framing(SIDE, SIDE))
    found = [shelf.read("imagenet-val")]
    for level in range(1, 6):
        fog = shelf.read(f"imagenet-c/fog/{level}")
        found.append(replace(fog, altered=Altered("cifar-10-c/fog", level)))
    kept = open_store(tmp_path / "store", create=True)
    testbed.run([who], [Condition(one) for one in found], kept)
    error = corruption_error(kept, on="imagenet-val", baseline="alexnet-published")
    assert any("224 × 224" in line for line in error.caveats)


def test_they_are_shifts_of_the_validation_pictures(store):
    records = {one.condition.name: one.condition for one in store.headers()}
    fog = records["imagenet-c/fog/3"]
    assert (fog.kind, fog.change, fog.level, fog.strength) == ("shift", "imagenet-c/fog", "3", 3.0)
    assert fog.base == "imagenet-val"
    assert records["imagenet-val"].base == ""
    assert records["imagenet-val+brightness@5"].base == "imagenet-val"
    assert "imagenet-c/fog/5" in headline(store).statement
    curves = robustness_curves(store)
    assert any("imagenet-c/fog" in str(row) for row in curves.table.rows)


def test_some_of_them_are_held_against_nothing_that_was_changed(shelf):
    examples = shelf.read("imagenet-c/fog/1")
    some = part_of(examples, np.array([0, 2]), name="some", title="some", collected="two")
    assert Condition(some).kind == "natural shift"
    assert Condition(examples).kind == "shift"
    assert examples.ids == shelf.read("imagenet-val").ids
