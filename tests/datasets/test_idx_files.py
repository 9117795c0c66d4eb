"""IDX files: hand-made ones, broken ones, and MNIST's own."""

import gzip
from struct import pack

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fieldmark.datasets import idx, mnist_train
from fieldmark.records import ClassSpace, DataError

IMAGES = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
LABELS = np.array([3, 0], np.uint8)


def packed(array):
    return pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


@pytest.fixture
def files(tmp_path):
    def write(images=None, labels=None):
        (tmp_path / "pictures.gz").write_bytes(packed(IMAGES) if images is None else images)
        (tmp_path / "digits").write_bytes(packed(LABELS) if labels is None else labels)
        return tmp_path / "pictures.gz", tmp_path / "digits"

    return write


@pytest.mark.parametrize("wrap", [bytes, gzip.compress])
def test_packed_or_not(files, wrap):
    digits = idx(*files(wrap(packed(IMAGES)), wrap(packed(LABELS))))
    assert digits.card.name == "pictures"
    assert digits.frame == (3, 4, 1)
    assert (digits.images()[..., 0] == IMAGES).all()
    assert digits.first_labels.tolist() == [3, 0]
    assert digits.classes.names == ("0", "1", "2", "3")
    assert digits.ids == ("000000", "000001")


@given(arrays(np.uint8, st.tuples(*[st.integers(1, 5)] * 3)), st.data())
def test_what_is_written_is_read(tmp_path_factory, images, data):
    labels = data.draw(arrays(np.uint8, len(images)))
    folder = tmp_path_factory.mktemp("idx")
    (folder / "a").write_bytes(packed(images))
    (folder / "b").write_bytes(packed(labels))
    examples = idx(folder / "a", folder / "b", name="round-trip")
    assert (examples.images()[..., 0] == images).all()
    assert (examples.first_labels == labels).all()


def test_given_classes(files):
    names = ClassSpace(("shirt", "shoe", "coat", "bag"))
    assert idx(*files(), classes=names).classes is names
    with pytest.raises(DataError, match=r"digits has the label 3 but only 2 classes"):
        idx(*files(), classes=ClassSpace(("a", "b")))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"images": packed(LABELS)},
            "no IDX file of images; it holds labels: are the two files sw",
        ),
        (
            {"labels": packed(IMAGES)},
            "no IDX file of labels; it holds images: are the two files sw",
        ),
        ({"images": b"\0\0\x0d\x03"}, "pictures.gz is no IDX file of images; name one"),
        ({"labels": b""}, "digits is no IDX file of labels; name one"),
        ({"images": packed(IMAGES)[:9]}, "should hold its size but has 0 bytes; fetch it again"),
        ({"images": packed(IMAGES)[:-1]}, "should hold 2×3×4 bytes but has 23 bytes; fetch it aga"),
        ({"images": packed(IMAGES) + b"!"}, "should hold 2×3×4 bytes but has 25 bytes"),
        ({"images": gzip.compress(packed(IMAGES))[:-9]}, "pictures.gz is cut short or damaged"),
        ({"images": b"\x1f\x8bnonsense"}, "pictures.gz is cut short or damaged"),
        ({"labels": packed(LABELS[:1])}, "holds 2 images but .*digits holds 1 labels; name two"),
    ],
)
def test_files_that_do_not_fit(files, changed, message):
    with pytest.raises(DataError, match=message):
        idx(*files(**changed))


def test_no_file(tmp_path):
    with pytest.raises(DataError, match=r"none cannot be read \(No such file"):
        idx(tmp_path / "none", tmp_path / "none")


@given(st.data())
def test_damaged_files_give_examples_or_one_clear_error(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("damaged")
    for name, array in (("a", IMAGES), ("b", LABELS)):
        whole = bytearray(gzip.compress(packed(array)))
        for place in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=3)):
            whole[place] = data.draw(st.integers(0, 255))
        (folder / name).write_bytes(whole[: data.draw(st.integers(0, len(whole)))])
    try:
        examples = idx(folder / "a", folder / "b")
    except DataError as error:
        assert "\n" not in str(error)
    else:
        assert len(examples) == len(examples.images())


def test_mnist_itself(published):
    folder = published / "mnist"
    digits = idx(folder / "t10k-images-idx3-ubyte.gz", folder / "t10k-labels-idx1-ubyte.gz")
    assert (len(digits), digits.frame) == (10_000, (28, 28, 1))
    assert digits.classes == mnist_train().classes
    counts = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert np.bincount(digits.first_labels).tolist() == counts


@pytest.mark.slow
def test_the_card_of_mnist_says_where_its_digits_come_from(published):
    folder = published / "mnist"
    whole = idx(folder / "train-images-idx3-ubyte.gz", folder / "train-labels-idx1-ubyte.gz")
    first = {image.tobytes() for image in whole.images(np.arange(5848))}
    assert all(image.tobytes() in first for image in mnist_train().images())
