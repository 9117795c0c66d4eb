"""Where things lie in a store: from printed names to file names that cannot leave their folder."""

from hashlib import blake2b
from urllib.parse import quote

from fieldmark.records import Cell, ConfigError

CELLS = "cells"
PARTS = "parts"
EXAMPLES = "examples"
SPECIMENS = "specimens"
INDEX = "index"
RUNS = "runs"
FORMAT = "fieldmark.json"
LOCK = ".lock"
HOLDER = ".holder.json"

_LONGEST = 180
_KEPT_OF_LONG = 140


def file_name(name: str) -> str:
    """``name`` as one component of a path: percent-quoted, and short enough for any file system.

    A quoted name of more than 180 bytes keeps its first 140 and ends in ``%~`` and 16 hexadecimal
    digits of the whole; no quoted name contains ``%~``, so the two kinds cannot meet.

    Raises:
        ConfigError: The name is empty, "." or "..", or is not text that a file can hold.

    Example:
        >>> file_name("mnist-test+pgd-linf@16/255")
        'mnist-test%2Bpgd-linf%4016%2F255'
    """
    if name in ("", ".", ".."):
        raise ConfigError(f"{name!r} cannot be the name of a subject or condition; choose another")
    try:
        quoted = quote(name, safe="")
    except UnicodeEncodeError:
        raise ConfigError(f"the name {name!r} holds broken characters; choose another") from None
    if len(quoted) <= _LONGEST:
        return quoted
    return f"{quoted[:_KEPT_OF_LONG]}%~{blake2b(name.encode(), digest_size=8).hexdigest()}"


def condition_folder(condition: str) -> str:
    """The folder with the finished cells of one condition."""
    return f"{CELLS}/{file_name(condition)}"


def cell_file(cell: Cell) -> str:
    """The file of a finished cell.

    Example:
        >>> cell_file(Cell("cnn", "mnist-test+fog@3"))
        'cells/mnist-test%2Bfog%403/cnn.parquet'
    """
    return f"{condition_folder(cell.condition)}/{file_name(cell.subject)}.parquet"


def parts_folder(cell: Cell) -> str:
    """The folder with everything that is begun of a cell, whatever it was made from."""
    return f"{PARTS}/{file_name(cell.condition)}/{file_name(cell.subject)}"


def lot_folder(cell: Cell, condition_fingerprint: str, subject_fingerprint: str) -> str:
    """The folder with the parts of a cell that were made from exactly these two things."""
    return f"{parts_folder(cell)}/{file_name(f'{condition_fingerprint}-{subject_fingerprint}')}"


def part_file(lot: str, start: int, stop: int) -> str:
    """The file of the rows ``start`` to ``stop`` (not included)."""
    return f"{lot}/{start}-{stop}.parquet"


def examples_file(fingerprint: str) -> str:
    """The file of a set of examples."""
    return f"{EXAMPLES}/{file_name(fingerprint)}.parquet"


def specimens_file(condition: str) -> str:
    """The file of a condition's specimens."""
    return f"{SPECIMENS}/{file_name(condition)}.parquet"


def correct_file(condition: str) -> str:
    """The derived file that says who was right where."""
    return f"{INDEX}/correct/{file_name(condition)}.parquet"


def best_file(condition: str) -> str:
    """The derived file that says what everybody took each example for."""
    return f"{INDEX}/top1/{file_name(condition)}.parquet"
