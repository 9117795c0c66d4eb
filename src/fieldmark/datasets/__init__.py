"""Where images and labels come from: folders, archives, tables, and what has been published."""

from fieldmark.datasets.archives import npz
from fieldmark.datasets.checking import broken
from fieldmark.datasets.containers.hub import hub
from fieldmark.datasets.containers.parquet import parquet
from fieldmark.datasets.containers.tars import webdataset
from fieldmark.datasets.containers.zips import zip_folders
from fieldmark.datasets.converting import convert
from fieldmark.datasets.duplicates import Duplicates, Pair, duplicates
from fieldmark.datasets.fetching import Fetched, fetch
from fieldmark.datasets.folders import folder
from fieldmark.datasets.idx_files import idx
from fieldmark.datasets.mnist import mnist_test, mnist_train
from fieldmark.datasets.pictures import Reading
from fieldmark.datasets.published import PUBLISHED, Download, PublishedSet, Shelf, named
from fieldmark.datasets.published import facts as published_facts
from fieldmark.datasets.published import lines as published_lines
from fieldmark.datasets.uci import uci_digits
from fieldmark.datasets.writing import Written, write_condition

__all__ = [
    "PUBLISHED",
    "Download",
    "Duplicates",
    "Fetched",
    "Pair",
    "PublishedSet",
    "Reading",
    "Shelf",
    "Written",
    "broken",
    "convert",
    "duplicates",
    "fetch",
    "folder",
    "hub",
    "idx",
    "mnist_test",
    "mnist_train",
    "named",
    "npz",
    "parquet",
    "published_facts",
    "published_lines",
    "uci_digits",
    "webdataset",
    "write_condition",
    "zip_folders",
]
