"""MNIST, QMNIST and USPS in their published files, and the real ones where they are."""

import gzip
from collections import Counter

import numpy as np
import pytest

from fieldmark.records import DataError, generator

SERIES = {"4": 5_001, "0": 4_999}  # of the test set, counted in the published list of labels


def idx_bytes(array: np.ndarray) -> bytes:
    kind = 0x0C if array.dtype.itemsize == 4 else 0x08
    head = bytes([0, 0, kind, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
    return head + array.astype(array.dtype.newbyteorder(">")).tobytes()


def put(file, array) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    data = idx_bytes(array)
    file.write_bytes(gzip.compress(data) if file.suffix == ".gz" else data)


def digits(n: int) -> np.ndarray:
    return generator(0).integers(0, 256, (n, 28, 28), dtype=np.uint8)


def extended(labels: list[int]) -> np.ndarray:
    table = np.zeros((len(labels), 8), np.int32)
    table[:, 0] = labels
    table[:, 1] = [4, 0, 1][: len(labels)]
    table[:, 2] = [2578, 12, 12][: len(labels)]
    return table


@pytest.mark.parametrize("suffix", ["-idx{}-ubyte.gz", "-idx{}-ubyte", ".idx{}-ubyte"])
def test_mnist_under_each_of_its_names(shelf, place, suffix):
    pixels = digits(3)
    put(place / "mnist" / f"t10k-images{suffix.format(3)}", pixels)
    put(place / "mnist" / f"t10k-labels{suffix.format(1)}", np.array([7, 2, 1], np.uint8))
    examples = shelf.read("mnist/test")
    assert (examples.images()[..., 0] == pixels).all()
    assert examples.first_labels.tolist() == [7, 2, 1]
    assert len(examples.classes) == 10
    assert shelf.present("mnist") == ("test",)


def test_writers_come_from_the_list_of_qmnist(shelf, place):
    put(place / "mnist/t10k-images-idx3-ubyte.gz", digits(2))
    put(place / "mnist/t10k-labels-idx1-ubyte.gz", np.array([7, 2], np.uint8))
    before = shelf.read("mnist/test")
    file = place / "mnist/qmnist-test-labels-idx2-int.gz"
    put(file, extended([7, 2, 1]))
    examples = shelf.read("mnist/test")
    assert examples.content == before.content
    assert examples.metadata == {"series": ("4", "0"), "writer": ("2578", "12")}
    put(file, extended([7, 3, 1]))
    with pytest.raises(DataError, match="is of other digits than t10k-images"):
        shelf.read("mnist/test")
    file.write_bytes(gzip.compress(idx_bytes(extended([7, 2]))[:-3]))
    with pytest.raises(DataError, match="holds no labels in 8 columns, or is cut short"):
        shelf.read("mnist/test")


def test_the_digits_that_were_lost(shelf, place):
    pixels = digits(3)
    put(place / "qmnist/qmnist-test-images-idx3-ubyte.gz", pixels)
    put(place / "qmnist/qmnist-test-labels-idx2-int.gz", extended([7, 2, 1]))
    examples = shelf.read("qmnist/test")
    assert (examples.images()[..., 0] == pixels).all()
    assert examples.first_labels.tolist() == [7, 2, 1]
    assert shelf.read("qmnist/test-10k").ids == examples.ids
    assert shelf.present("qmnist") == ("test", "test-10k", "test-50k")
    put(place / "qmnist/qmnist-test-labels-idx2-int.gz", extended([7, 2]))
    with pytest.raises(DataError, match="holds 3 images, but there are 2 labels"):
        shelf.read("qmnist/test")
    (place / "qmnist/qmnist-test-images-idx3-ubyte.gz").write_bytes(b"\x1f\x8bhalf")
    with pytest.raises(DataError, match="is cut short or damaged; fetch it again"):
        shelf.read("qmnist/test")


def usps(place, text: str) -> None:
    (place / "usps").mkdir(parents=True, exist_ok=True)
    (place / "usps/zip.test.gz").write_bytes(gzip.compress(text.encode()))


def test_digits_of_the_post(shelf, place):
    levels = np.full((2, 256), -1.0)
    levels[0, 136] = 1
    levels[1, :16] = 0.5
    usps(
        place,
        "".join(
            f"{label} {' '.join(map(str, row))}\n"
            for label, row in zip((9, 0), levels, strict=True)
        ),
    )
    examples = shelf.read("usps/test")
    assert examples.frame == (16, 16, 1)
    assert examples.first_labels.tolist() == [9, 0]
    assert examples.images()[0, 8, 8, 0] == 255
    assert examples.images()[1, 0, :, 0].tolist() == [191] * 16
    framed = shelf.read("usps/mnist-frame")
    assert framed.frame == (28, 28, 1)
    assert framed.card.reference == "mnist/test"
    spot = framed.images()[0, ..., 0].astype(float)
    middle = [(spot.sum(axis=axis) @ np.arange(28)) / spot.sum() for axis in (0, 1)]
    assert all(abs(one - 14) < 1 for one in middle)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 2 3\n", "has not 257 numbers in a row"),
        ("1 2\n1 2 3\n", "is no table of numbers"),
        ("a b\n", "is no table of numbers"),
        ("", "has not 257 numbers in a row"),
        (f"7 {' '.join(['3'] * 256)}\n", "holds other numbers than digits and levels"),
        (f"11 {' '.join(['0'] * 256)}\n", "holds other numbers than digits and levels"),
    ],
)
def test_a_table_of_digits_that_is_none(shelf, place, text, message):
    usps(place, text)
    with pytest.raises(DataError, match=message):
        shelf.read("usps/test")


def test_the_published_digits(shelf, place, real):
    place.mkdir()
    (place / "mnist").symlink_to(real / "mnist")
    test = shelf.read("mnist/test")
    assert len(test) == 10_000
    assert "published)" not in test.card.title
    assert Counter(test.first_labels.tolist())[1] == 1_135
    assert Counter(test.metadata["series"]) == SERIES
    post = shelf.read("usps/mnist-frame")
    assert len(post) == 2_007
    assert Counter(post.first_labels.tolist())[0] == 359
    assert shelf.present("qmnist") == ()
