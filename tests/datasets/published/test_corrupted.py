"""ImageNet-C and ImageNet-P as they lie on disk."""

import cv2
import numpy as np
import pytest

from fieldmark.datasets.published import Shelf
from fieldmark.records import DataError, UnknownNameError
from tests.datasets.published.conftest import save


def test_a_corruption_at_a_level(shelf, place):
    for level in (1, 3):
        for wnid in ("n01440764", "n01443537"):
            save(place / "imagenet-c/gaussian_noise" / str(level) / wnid / f"{wnid}_1.JPEG")
    examples = shelf.read("imagenet-c/gaussian-noise/3")
    assert examples.card.name == "imagenet-c/gaussian-noise/3"
    assert examples.ids == ("n01440764_1.JPEG", "n01443537_1.JPEG")
    assert examples.first_labels.tolist() == [0, 1]
    assert examples.card.reference == "imagenet-val"
    assert shelf.present("imagenet-c") == ("gaussian-noise/1", "gaussian-noise/3")


def test_a_star_means_every_part_that_is_here(shelf, place):
    parts = ("fog/1", "fog/2", "snow/3")
    for part in parts:
        save(place / "imagenet-c" / part / "n01440764" / "a.JPEG")
    assert shelf.spread("imagenet-c/fog/*") == ("imagenet-c/fog/1", "imagenet-c/fog/2")
    assert set(shelf.spread("imagenet-c/*")) == {f"imagenet-c/{one}" for one in parts}
    assert shelf.spread("imagenet-c/fog/1") == ("imagenet-c/fog/1",)
    with pytest.raises(DataError, match=r"no part of imagenet-c that imagenet-c/frost/\* could"):
        shelf.spread("imagenet-c/frost/*")
    with pytest.raises(UnknownNameError, match="no published test set called 'imagenet-z'"):
        shelf.spread("imagenet-z/*")


def film(file, grey: list[int]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    video = cv2.VideoWriter(str(file), cv2.VideoWriter_fourcc(*"mp4v"), 5, (224, 224))
    assert video.isOpened()
    for level in grey:
        video.write(np.full((224, 224, 3), (level, level, 255 - level), np.uint8))
    video.release()


def test_a_sequence_is_a_group_of_frames(shelf, place):
    root = place / "imagenet-p" / "snow"
    film(root / "n01440764" / "a.mp4", [10, 60, 110])
    film(root / "n01443537" / "b.mp4", [200, 150, 100, 50])
    examples = shelf.read("imagenet-p/snow")
    assert len(examples) == 7
    assert examples.ids[:2] == ("n01440764/a/frame-00", "n01440764/a/frame-01")
    assert examples.groups == ("n01440764/a",) * 3 + ("n01443537/b",) * 4
    assert examples.first_labels.tolist() == [0] * 3 + [1] * 4
    assert "2 videos here, 50,000 published" in examples.card.title
    rows = np.array([5, 0, 3])
    images = examples.images(rows)
    blue, red = images[..., 2].mean(axis=(1, 2)), images[..., 0].mean(axis=(1, 2))
    np.testing.assert_allclose(blue, [100, 10, 200], atol=6)
    np.testing.assert_allclose(red, [155, 245, 55], atol=6)
    assert (examples.images()[rows] == images).all()


def test_videos_that_are_none(shelf: Shelf, place):
    root = place / "imagenet-p" / "snow"
    film(root / "n01440764" / "a.mp4", [10, 60])
    whole = shelf.read("imagenet-p/snow")
    film(root / "n01440764" / "a.mp4", [20, 60])
    with pytest.raises(DataError, match="has changed since the set was opened"):
        whole.images()
    (root / "n01440764" / "a.mp4").write_bytes(b"text")
    with pytest.raises(DataError, match=r"a\.mp4 is no video, or is cut short"):
        shelf.read("imagenet-p/snow")
    (root / "n01440764" / "a.mp4").rename(root / "a.mp4")
    with pytest.raises(DataError, match=r"holds no videos CLASS/FILE\.mp4"):
        shelf.read("imagenet-p/snow")
