"""Where images and labels come from: folders, archives, and digits that need no download."""

from fieldmark.datasets.archives import npz
from fieldmark.datasets.checking import broken
from fieldmark.datasets.duplicates import Duplicates, Pair, duplicates
from fieldmark.datasets.folders import folder
from fieldmark.datasets.idx_files import idx
from fieldmark.datasets.mnist import mnist_test, mnist_train
from fieldmark.datasets.uci import uci_digits
from fieldmark.datasets.writing import Written, write_condition

__all__ = [
    "Duplicates",
    "Pair",
    "Written",
    "broken",
    "duplicates",
    "folder",
    "idx",
    "mnist_test",
    "mnist_train",
    "npz",
    "uci_digits",
    "write_condition",
]
