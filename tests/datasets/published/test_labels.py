"""Better labels on top of the validation pictures."""

import json

import numpy as np
import pytest

from fieldmark.records import DataError, imagenet_classes


def test_real_labels_belong_to_the_picture_of_the_next_number(shelf, val, place):
    sets = [[] for _ in range(50_000)]
    sets[0], sets[6], sets[292] = [5], [1, 2, 3], [9, 8]
    (place / "imagenet-real").mkdir()
    (place / "imagenet-real/real.json").write_text(json.dumps(sets))
    examples = shelf.read("imagenet-real")
    assert examples.labels.tolist() == [[5, -1, -1], [1, 2, 3], [-1, -1, -1], [9, 8, -1]]
    assert shelf.present("imagenet-real") == ("",)
    (place / "imagenet-real/real.json").write_text("[[1]]")
    with pytest.raises(DataError, match="holds 1 label sets, not 50,000"):
        shelf.read("imagenet-real")


def test_real_labels_need_the_pictures(shelf, place):
    (place / "imagenet-real").mkdir(parents=True)
    (place / "imagenet-real/real.json").write_text(json.dumps([[] for _ in range(50_000)]))
    assert shelf.present("imagenet-real") == ()
    with pytest.raises(DataError, match="imagenet-val is not on this machine"):
        shelf.read("imagenet-real")


def test_the_published_real_labels(shelf, val, place, real):
    (place / "imagenet-real").symlink_to(real / "imagenet-real")
    examples = shelf.read("imagenet-real")
    originals = shelf.read("imagenet-val").first_labels
    space = imagenet_classes()
    # The picture 293 is the first tench of the validation set; ReaL agrees.
    assert space.titles[originals[3]] == "tench"
    assert originals[3] in examples.labels[3]


def people(place, annotated, problematic):
    folder = place / "imagenet-multilabel"
    folder.mkdir(parents=True, exist_ok=True)
    told = {"initial_annots": annotated, "problematic_images": problematic}
    (folder / "human_accuracy_v3.0.0.json").write_text(json.dumps(told))


def test_labels_of_experts(shelf, val, place):
    names = [f"ILSVRC2012_val_{number:08d}.JPEG" for number in (1, 7, 48, 293)]
    annotated = {
        names[0]: {"correct": ["n01440764"], "unclear": ["n01443537"], "wrong": ["n01484850"]},
        names[1]: {"correct": ["n01440764"]},
        names[2]: {"unclear": ["n01484850"]},
        "n01440764/other.jpg": {"correct": ["n01440764"]},
    }
    people(place, annotated, {names[1]: "why"})
    strict = shelf.read("imagenet-multilabel/correct")
    assert strict.ids == (names[0], names[2])
    assert strict.labels.tolist() == [[0], [-1]]
    assert shelf.read("imagenet-multilabel/correct-or-unclear").labels.tolist() == [[0, 1], [2, -1]]
    people(place, {names[0]: {"correct": ["n00000000"]}}, {})
    with pytest.raises(DataError, match="the class n00000000, none of ImageNet's"):
        shelf.read("imagenet-multilabel/correct")
    people(place, {}, {})
    with pytest.raises(DataError, match="says nothing of the pictures"):
        shelf.read("imagenet-multilabel/correct")
    (place / "imagenet-multilabel/human_accuracy_v3.0.0.json").write_text("[]")
    with pytest.raises(DataError, match="has no 'initial_annots'"):
        shelf.read("imagenet-multilabel/correct")


def test_the_published_form_of_experts_labels(shelf, val, place, real):
    annotated = json.loads((real / "human-accuracy/image_labels_first1000.json").read_text())
    known = {one.rpartition("/")[2] for one in annotated if one.startswith("ILSVRC2012_val_")}
    assert len(known) == 860
    for file in list(val.glob("n*/*"))[:2]:
        file.rename(file.with_name(sorted(known)[int(file.parent.name[1:]) % 7]))
    people(place, annotated, {})
    examples = shelf.read("imagenet-multilabel/correct")
    assert len(examples) == 2
    assert (examples.labels[:, 0] >= 0).all()
    assert isinstance(examples.labels, np.ndarray)
