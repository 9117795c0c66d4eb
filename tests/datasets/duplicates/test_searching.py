"""Searching: copies of many kinds are found in the right view, strangers are not."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from fieldmark.datasets import duplicates, folder, npz
from fieldmark.datasets.uci import uci_digits
from fieldmark.records import ConfigError, generator

N = 40


def pictures(seed, n=N, side=48):
    """Random scenes of rectangles and discs, uint8 (n, side, side, 3)."""
    rng = generator(seed)
    rows, columns = np.mgrid[:side, :side]
    found = np.empty((n, side, side, 3), np.uint8)
    for image in found:
        image[:] = rng.integers(60, 200, 3)
        for _ in range(9):
            y, x, size = rng.integers(0, side, 3) // (1, 1, 3) + (0, 0, 4)
            disc = (rows - y) ** 2 + (columns - x) ** 2 < size**2
            box = (abs(rows - y) < size) & (abs(columns - x) < size / 2)
            image[disc if rng.random() < 0.5 else box] = rng.integers(0, 256, 3)
    return found


@pytest.fixture(scope="module")
def train(tmp_path_factory):
    return written(tmp_path_factory.mktemp("train") / "train.npz", pictures(0))


def written(file, images, labels=None):
    np.savez(file, images=images, labels=np.arange(len(images)) % 2 if labels is None else labels)
    return npz(file)


def again(image, change):
    return np.asarray(change(Image.fromarray(image)).convert("RGB").resize((48, 48)))


def jpeg(image):
    data = io.BytesIO()
    image.save(data, "JPEG", quality=40)
    return Image.open(data)


KINDS = {
    "as it is": jpeg,
    "mirrored": lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "first cropped": lambda image: image.resize((96, 96)).crop((5, 5, 91, 91)),
    "mirrored, first cropped": lambda image: (
        image.resize((96, 96)).crop((5, 5, 91, 91)).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    ),
}


@pytest.mark.parametrize("view", KINDS)
def test_copies_are_found_in_their_view(tmp_path, train, view):
    images = pictures(0)[:10]
    test = np.concatenate([[again(one, KINDS[view]) for one in images], pictures(1, 10)])
    found = duplicates(train, written(tmp_path / "test.npz", test))
    near = [one for one in found.pairs if one.verdict in ("exact", "near")]
    assert {(one.first, one.second) for one in near} == {(row, row) for row in range(10)}
    assert {one.view for one in near} == {view}
    assert found.found("near") == tuple(range(10))


def test_the_other_way_round_the_second_is_cropped(tmp_path, train):
    cut = written(
        tmp_path / "cut.npz", np.stack([again(i, KINDS["first cropped"]) for i in pictures(0)])
    )
    assert {one.view for one in duplicates(cut, train).pairs if one.verdict == "near"} == {
        "second cropped"
    }


def test_brightness_and_a_grey_copy_are_found(tmp_path, train):
    bright = [again(one, lambda i: ImageEnhance.Brightness(i).enhance(0.6)) for one in pictures(0)]
    grey = [again(one, lambda i: i.convert("L")) for one in pictures(0)]
    for images in (bright, grey):
        found = duplicates(train, written(tmp_path / "x.npz", np.stack(images)))
        assert found.found("near") == tuple(range(N))


def test_the_same_grey_levels_are_exact_and_come_first(tmp_path, train):
    images = pictures(0)[[3, 3, 7]]
    found = duplicates(train, written(tmp_path / "test.npz", images))
    assert [(one.first, one.second, one.verdict) for one in found.pairs[:3]] == [
        (3, 0, "exact"),
        (3, 1, "exact"),
        (7, 2, "exact"),
    ]


def test_strangers_are_not_near(tmp_path, train):
    found = duplicates(train, written(tmp_path / "other.npz", pictures(2)))
    assert found.found("exact", "near") == ()


def test_within_a_set_each_pair_is_named_once(tmp_path):
    images = pictures(0)
    images[30] = images[4]
    images[31] = images[5][:, ::-1]
    found = duplicates(written(tmp_path / "one.npz", images))
    assert found.within
    assert [(one.first, one.second, one.verdict, one.view) for one in found.pairs] == [
        (4, 30, "exact", "as it is"),
        (5, 31, "near", "mirrored"),
    ]


def test_flat_pictures_are_only_exact_copies(tmp_path):
    flat = np.full((4, 16, 16), 9, np.uint8)
    flat[2:] = 200
    found = duplicates(written(tmp_path / "flat.npz", flat))
    assert [(one.first, one.second) for one in found.pairs] == [(0, 1), (2, 3)]


def test_folders_of_any_size_are_compared_whole(tmp_path, train):
    rng = generator(5)
    for row, image in enumerate(pictures(0)[:6]):
        kind = tmp_path / "photos" / f"c{row % 2}"
        kind.mkdir(parents=True, exist_ok=True)
        size = tuple(int(one) for one in rng.integers(90, 180, 2))
        Image.fromarray(image).resize(size).save(kind / f"{row}.jpg", quality=80)
    found = duplicates(train, folder(tmp_path / "photos"))
    assert len(found.found("near")) == 6


def test_grey_sets_of_another_frame_are_compared(train):
    found = duplicates(train, replace(uci_digits(), card=uci_digits().card))
    assert found.side == 28
    assert found.found("exact") == ()


def test_the_watcher_is_told(tmp_path, train):
    told = []
    duplicates(train, watch=lambda *one: told.append(one))
    assert told == [("train", N, N)]


@pytest.mark.parametrize("options", [{"neighbours": 0}, {"near": 0.5}, {"similar": 2.0}])
def test_limits_out_of_order_are_refused(train, options):
    with pytest.raises(ConfigError, match="at least 1 neighbour, and 0 ≤ near ≤ similar ≤ 1"):
        duplicates(train, **options)
