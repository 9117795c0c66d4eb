"""Damage: every kept file is read whole, and each that cannot be is named."""

from collections.abc import Iterator

from fieldmark.records import StoreError
from fieldmark.store.cellfiles import from_cell
from fieldmark.store.examples import from_examples
from fieldmark.store.files import Folder
from fieldmark.store.headers import refuse_misplaced
from fieldmark.store.naming import CELLS, EXAMPLES, SPECIMENS, examples_file
from fieldmark.store.specimens import from_specimens


def damage(folder: Folder) -> Iterator[str]:
    """A line for every cell, set of examples or picture file that is damaged, or missing.

    Raises:
        StoreError: The folder itself cannot be listed.
    """
    wanted: dict[str, None] = {}
    for name in _files(folder, CELLS):
        try:
            header = from_cell(_bytes(folder, name), folder.where(name)).header
            refuse_misplaced(folder, name, header)
        except StoreError as error:
            yield str(error)
        else:
            wanted[examples_file(header.condition.examples.fingerprint)] = None
    for name in wanted:
        if not folder.exists(name):
            yield missing_examples(folder, name)
    for under, read in ((EXAMPLES, from_examples), (SPECIMENS, from_specimens)):
        for name in _files(folder, under):
            try:
                read(_bytes(folder, name), folder.where(name))
            except StoreError as error:
                yield str(error)


def missing_examples(folder: Folder, name: str) -> str:
    """What to do where a file of examples is gone."""
    return (
        f"{folder.where(name)} is missing: without it nobody knows the labels. "
        "Run again with the same grid: the file is made anew"
    )


def _files(folder: Folder, under: str) -> list[str]:
    return [name for name in folder.entries(under) if name.endswith(".parquet")]


def _bytes(folder: Folder, name: str) -> bytes:
    return folder.read(name) or b""
