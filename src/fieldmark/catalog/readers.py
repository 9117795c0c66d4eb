"""Readers: what ``reader:PATH`` means, and the published sets that are called by their names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fieldmark import datasets
from fieldmark.catalog.places import data_set_folders
from fieldmark.records import ClassSpace, ConfigError, Examples

READERS: Mapping[str, str] = MappingProxyType(
    {
        "folder": "folder:PATH: one sub-folder per class",
        "zip": "zip:FILE: a zip archive of one folder per class",
        "webdataset": "webdataset:SHARDS: a .tar, a folder of them, or x-{000..009}.tar",
        "parquet": "parquet:PATH: tables with the columns image and label",
        "hf": "hf:NAME: a Hugging Face data set, saved in a folder or of the hub",
        "npz": "npz:FILE: arrays images and labels",
        "idx": "idx:IMAGES,LABELS: MNIST's own format, .gz too",
    }
)
"""What each reader reads, in words."""

COLUMNS = ("images", "labels", "ids", "offsets", "class_names")
"""What a container may call otherwise; see the readers for what each of them knows."""


@dataclass(frozen=True)
class Wanted:
    """How somebody's own data set is to be read.

    Args:
        name: What to call it; None takes that of the file.
        classes: What its labels refer to; None takes what the files say.
        reading: How pictures in files are read.
        columns: What its columns are called, where they are called otherwise.
        split: Which part of it.
        first: What numbered class folders count from; None tells it from the numbers.
    """

    name: str | None
    classes: ClassSpace | None
    reading: datasets.Reading
    columns: Mapping[str, str]
    split: str = ""
    first: int | None = None


def read(reader: str, place: Path, text: str, wanted: Wanted) -> Examples:
    """The examples in a file or folder.

    Args:
        reader: A name of ``READERS``.
        place: The folder that relative paths start from.
        text: The path, or several, as it was typed.
        wanted: How it is to be read.

    Raises:
        ConfigError: Something is wanted that files of this kind do not have.
        DataError: The images or labels cannot be used.
    """
    _refuse(reader, wanted)
    return _READ[reader](place, text, wanted)


def _folder(place: Path, text: str, wanted: Wanted) -> Examples:
    how = wanted.reading
    return datasets.folder(
        place / text,
        name=wanted.name,
        size=how.size,
        channels=how.channels,
        classes=wanted.classes,
        broken=how.broken,
        watch=how.watch,
        first=wanted.first,
    )


def _zip(place: Path, text: str, wanted: Wanted) -> Examples:
    return datasets.zip_folders(
        place / text, name=wanted.name, classes=wanted.classes, reading=wanted.reading
    )


def _table(read: Callable[..., Examples]) -> Callable[[Path, str, Wanted], Examples]:
    """What reads a container whose columns may be called anything."""

    def examples(place: Path, text: str, wanted: Wanted) -> Examples:
        return read(place / text, **_named(wanted))

    return examples


def _named(wanted: Wanted) -> dict[str, Any]:
    return {
        "name": wanted.name,
        "classes": wanted.classes,
        "columns": wanted.columns,
        "reading": wanted.reading,
    }


def _hub(place: Path, text: str, wanted: Wanted) -> Examples:
    local = place / Path(text).expanduser()
    where = str(local) if local.exists() else text
    return datasets.hub(where, split=wanted.split, **_named(wanted))


def _idx(place: Path, text: str, wanted: Wanted) -> Examples:
    images, comma, labels = text.partition(",")
    if not comma:
        raise ConfigError(f"'idx:{text}' names one file; write {READERS['idx']}")
    return datasets.idx(place / images, place / labels, name=wanted.name, classes=wanted.classes)


_READ: Mapping[str, Callable[[Path, str, Wanted], Examples]] = MappingProxyType(
    {
        "folder": _folder,
        "zip": _zip,
        "webdataset": _table(datasets.webdataset),
        "parquet": _table(datasets.parquet),
        "hf": _hub,
        "npz": _table(datasets.npz),
        "idx": _idx,
    }
)


def _refuse(reader: str, wanted: Wanted) -> None:
    """Refuses what files of this kind do not have."""
    how = wanted.reading
    if reader == "idx" and (how.size is not None or how.channels is not None):
        raise ConfigError("size and channels are for pictures in files; idx files have theirs")
    if reader == "idx" and how.broken != "stop":
        raise ConfigError("broken is for pictures in files; idx files hold no encoded pictures")
    if wanted.columns and reader in ("folder", "zip", "idx"):
        raise ConfigError(f"{'&'.join(wanted.columns)} name columns of a table; {reader}: has none")
    if wanted.first is not None and reader != "folder":
        raise ConfigError(f"first is for folder:PATH; {reader} files have their labels")
    if wanted.split and reader != "hf":
        raise ConfigError(f"split is for hf:NAME; {reader}: has no splits")


def shelf() -> datasets.Shelf:
    """The published sets on this machine, in the folders where they are looked for."""
    return datasets.Shelf(data_set_folders())


def is_published(text: str) -> bool:
    """Does a name mean a published set, or what is called like one?"""
    return text.partition("/")[0] in datasets.PUBLISHED


def published_references() -> frozenset[str]:
    """What published sets are shifts of, which need not be asked in the same run."""
    return frozenset(
        one.reference(part) for one in datasets.PUBLISHED.values() for part in one.parts
    )


def published_names() -> tuple[str, ...]:
    """The name of every part of every published set."""
    return tuple(one.full_name(part) for one in datasets.PUBLISHED.values() for part in one.parts)
