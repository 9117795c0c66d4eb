"""Anchors and the frames around them."""

import json
import shutil
from collections import Counter

import numpy as np
import pytest

from fieldmark.records import DataError, Framing
from tests.datasets.published.conftest import save

VID = "imagenet_vid_ytbb_robust/imagenet-vid-robust"


def vid(place, sets, labels, *, missing=()):
    root = place / VID
    (root / "metadata").mkdir(parents=True)
    (root / "metadata/pmsets.json").write_text(json.dumps(sets))
    (root / "metadata/labels.json").write_text(json.dumps(labels))
    (root / "val").mkdir()
    for one in labels:
        if one not in missing:
            save(root / one)


def test_every_frame_has_its_own_labels(shelf, place):
    frames = [f"val/a/00010{number}.JPEG" for number in range(4)]
    labels = {one: [place_] for place_, one in enumerate(frames)}
    labels[frames[2]] = [2, 7]
    vid(place, {frames[1]: [frames[3], frames[0], frames[2]]}, labels)
    examples = shelf.read("imagenet-vid-robust")
    assert examples.ids == tuple(frames)
    assert examples.groups == (frames[1],) * 4
    assert examples.labels.tolist() == [[0, -1], [1, -1], [2, 7], [3, -1]]
    assert examples.metadata["offset"] == ("-1", "0", "1", "2")
    assert examples.card.reference == "imagenet-val/on-vid-robust"


def test_frames_that_nothing_is_known_of(shelf, place):
    vid(place, {"val/a/1.JPEG": ["val/a/2.JPEG"]}, {"val/a/1.JPEG": [0]})
    with pytest.raises(DataError, match=r"says nothing of val/a/2\.JPEG"):
        shelf.read("imagenet-vid-robust")
    (place / VID / "metadata/pmsets.json").write_text("[1]")
    with pytest.raises(DataError, match="does not hold a list for each frame"):
        shelf.read("imagenet-vid-robust")
    (place / VID / "metadata/pmsets.json").write_text('{"a": [')
    with pytest.raises(DataError, match=r"pmsets\.json is no JSON, or is cut short"):
        shelf.read("imagenet-vid-robust")


def test_the_published_example_set(shelf, place, real):
    """One anchor of the published set with its twenty neighbours, among 22,179 labels."""
    source = real / "imagenet-testbed"
    about = source / "src/eval_settings/imagenet-vid-robust_metadata"
    root = place / VID
    (root / "metadata").mkdir(parents=True)
    for name in ("pmsets.json", "labels.json"):
        shutil.copy(about / name, root / "metadata" / name)
    video = root / "val/ILSVRC2015_val_00000000"
    video.mkdir(parents=True)
    for file in (source / "images/vid_robust_examples").glob("*.JPEG"):
        shutil.copy(file, video / file.name)
    examples = shelf.read("imagenet-vid-robust")
    assert len(examples) == 21
    assert set(examples.groups) == {"val/ILSVRC2015_val_00000000/000442.JPEG"}
    assert examples.ids[10] == examples.groups[0]
    assert {examples.classes.names[one] for one in examples.first_labels} == {"turtle"}
    assert examples.metadata["offset"] == tuple(map(str, range(-10, 11)))
    assert examples.framed(Framing(32, 32)).images(np.array([0, 20])).shape == (2, 32, 32, 3)
    assert "21 examples here, 22,179 published" in examples.card.title


WORDS = ["good", "unsure", "bad", "person", "bird", "car", "none"]
PM_WORDS = ["similar", "dissimilar", "bad-anchor", "correct", "dont know"]


def ytbb(place, anchors, neighbours, table):
    root = place / "imagenet_vid_ytbb_robust"
    reviews = root / "ytbb-robust_metadata"
    reviews.mkdir(parents=True)
    for name, words, rows in (
        ("anchor_labels.json", WORDS, anchors),
        ("pmk_labels.json", PM_WORDS, neighbours),
    ):
        told = [
            {"key": key, "notes": "", "labels": [words.index(one) for one in some]}
            for key, some in rows
        ]
        (reviews / name).write_text(json.dumps({"annotations": told, "labels": words}))
    lines = ["ytid,time_ms,label", *table]
    (reviews / "ytbb_robustness_test_anchors_full.csv").write_text("\n".join(lines))
    return root / "ytbb-robust/ytbb_videos"


def test_frames_have_the_labels_of_their_anchor_if_somebody_found_them_similar(shelf, place):
    anchors = [
        ("x/y/vid_a_100/frame-20.jpg", ["bad"]),
        ("vid_a_100/frame-20.jpg", ["good", "bird"]),  # the last review counts
        ("b_200/frame-5.jpg", ["good"]),
        ("c_300/frame-5.jpg", ["good", "unsure"]),
        ("d_400/frame-5.jpg", ["good"]),
    ]
    neighbours = [
        ("vid_a_100/frame-20.jpg,vid_a_100/frame-19.jpg", ["similar", "correct"]),
        ("vid_a_100/frame-20.jpg,vid_a_100/frame-21.jpg", ["dissimilar"]),
        ("vid_a_100/frame-20.jpg,vid_a_100/frame-22.jpg", ["similar", "dont know"]),
        ("vid_a_100/frame-20.jpg,vid_a_100/frame-30.jpg", ["similar"]),
        ("vid_a_100/frame-20.jpg,vid_a_100/frame-31.jpg", ["similar"]),
        ("d_400/frame-5.jpg,d_400/frame-6.jpg", ["bad-anchor"]),
    ]
    table = ["vid_a,100,22", "b,200,23", "c,300,0", "d,400,0"]
    videos = ytbb(place, anchors, neighbours, table)
    for one, numbers in (("vid_a_100", (19, 20, 21, 22, 30, 31)), ("b_200", (5,)), ("d_400", (5,))):
        for number in numbers:
            save(videos / one / f"frame-{number}.jpg", seed=number)
    examples = shelf.read("ytbb-robust")
    assert examples.ids == (
        "vid_a_100/frame-19.jpg",
        "vid_a_100/frame-20.jpg",
        "vid_a_100/frame-30.jpg",
        "b_200/frame-5.jpg",
    )
    assert examples.groups == ("vid_a_100/frame-20.jpg",) * 3 + ("b_200/frame-5.jpg",)
    assert examples.metadata["offset"] == ("-1", "0", "10", "0")
    names = [[examples.classes.names[one] for one in row if one >= 0] for row in examples.labels]
    # The table of anchors says 22 for cars and 23 for none, against the index of classes.
    assert names == [["bird", "car"]] * 3 + [["none"]]


def test_reviews_that_are_none(shelf, place):
    videos = ytbb(place, [("a_1/frame-1.jpg", ["good"])], [], ["b,1,0"])
    videos.mkdir(parents=True)
    with pytest.raises(DataError, match=r"says no class of the anchor a_1/frame-1\.jpg"):
        shelf.read("ytbb-robust")
    reviews = place / "imagenet_vid_ytbb_robust/ytbb-robust_metadata"
    (reviews / "ytbb_robustness_test_anchors_full.csv").write_text("ytid,time_ms,label\na,1,0")
    for text in ("{}", "[]", '{"annotations": [{"key": "a", "labels": [3]}], "labels": []}'):
        (reviews / "pmk_labels.json").write_text(text)
        with pytest.raises(DataError, match="holds no reviews"):
            shelf.read("ytbb-robust")


def test_the_published_reviews_of_anchors(real):
    from fieldmark.datasets.published.videos import _anchors
    from fieldmark.records import class_map

    about = real / "imagenet-testbed/src/eval_settings/ytbb-robust_metadata"
    space = class_map("ytbb-robust")
    anchors = _anchors(about, space)
    assert len(anchors) == 2_169
    counts = Counter(space.names[labels[0]] for labels in anchors.values() if len(labels) == 1)
    assert counts["none"] == 0
    assert counts["car"] > 40
