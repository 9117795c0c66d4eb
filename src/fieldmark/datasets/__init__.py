"""Where images and labels come from: folders, archives and tables, and digits that need no download."""

from fieldmark.datasets.archives import npz
from fieldmark.datasets.checking import broken
from fieldmark.datasets.containers.hub import hub
from fieldmark.datasets.containers.parquet import parquet
from fieldmark.datasets.containers.tars import webdataset
from fieldmark.datasets.containers.zips import zip_folders
from fieldmark.datasets.converting import convert
from fieldmark.datasets.duplicates import Duplicates, Pair, duplicates
from fieldmark.datasets.folders import folder
from fieldmark.datasets.idx_files import idx
from fieldmark.datasets.mnist import mnist_test, mnist_train
from fieldmark.datasets.pictures import Reading
from fieldmark.datasets.uci import uci_digits
from fieldmark.datasets.writing import Written, write_condition

__all__ = [
    "Duplicates",
    "Pair",
    "Reading",
    "Written",
    "broken",
    "convert",
    "duplicates",
    "folder",
    "hub",
    "idx",
    "mnist_test",
    "mnist_train",
    "npz",
    "parquet",
    "uci_digits",
    "webdataset",
    "write_condition",
    "zip_folders",
]
