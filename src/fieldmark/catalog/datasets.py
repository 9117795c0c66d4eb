"""Data sets by name: the embedded digits, published sets, and readers for anybody's own images."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

from fieldmark import datasets
from fieldmark.catalog.readers import COLUMNS, READERS, Wanted, is_published, read, shelf
from fieldmark.catalog.tables import Entry, Table
from fieldmark.records import ConfigError, Examples, UnknownNameError, class_map, grouped

DATASETS: Table[Callable[[], Examples]] = Table(
    "data set",
    "fieldmark.datasets",
    MappingProxyType(
        {
            "mnist-test": Entry(
                "1,000 MNIST digits: the in-distribution test", datasets.mnist_test
            ),
            "mnist-train": Entry("4,000 MNIST digits to learn from", datasets.mnist_train),
            "uci-digits": Entry(
                "1,797 UCI digits in MNIST's frame: other writers, another scanner",
                datasets.uci_digits,
            ),
        }
    ),
)

ReadingWatch = Callable[[str, int, int], None]
"""Told (what is read, pictures done, in all) as a data set is opened."""


@dataclass(frozen=True)
class Source:
    """Where a data set of the user's comes from, and how it is to be read.

    Args:
        source: A name of the catalogue, or ``reader:PATH``.
        name: What it is called here; "" takes the catalogue's or the file's own name.
        size: (height, width) that images are brought to, or None to keep theirs.
        channels: 1 or 3, or None to keep theirs.
        reference: The in-distribution set that this is a natural shift of, or "".
        classes: The published map whose classes the labels refer to, such as "imagenet"; "" takes
            what the files say.
        broken: "stop" where a broken picture is an error, "missing" where it counts as missing.
        first: What numbered class folders count from, 0 or 1; None tells it from the numbers.
        base: The folder that relative paths start from.
        group: The column of the metadata that says who belongs together, or "".
        columns: What a table calls its images, labels and ids, where it calls them otherwise.
        split: Which part of a Hugging Face data set; "" takes the test set.
    """

    source: str
    name: str = ""
    size: tuple[int, int] | None = None
    channels: int | None = None
    reference: str = ""
    classes: str = ""
    broken: str = "stop"
    first: int | None = None
    base: Path = Path()
    group: str = ""
    columns: tuple[tuple[str, str], ...] = ()
    split: str = ""

    def examples(self, watch: ReadingWatch | None = None) -> Examples:
        """The examples; ``watch`` is told how far their opening is.

        Raises:
            UnknownNameError: No such data set, reader or class map.
            ConfigError: The source or its options cannot be read.
            DataError: The images or labels cannot be used.
        """
        found = self._found(watch)
        if self.group:
            found = grouped(found, self.group)
        card = found.card
        if self.name or self.reference:
            card = replace(
                card, name=self.name or card.name, reference=self.reference or card.reference
            )
        return found if card is found.card else replace(found, card=card)

    def _found(self, watch: ReadingWatch | None) -> Examples:
        reader, colon, place = self.source.partition(":")
        told = None if watch is None else partial(watch, self.name or self.source)
        reading = datasets.Reading(self.size, self.channels, self.broken, told)
        if colon and not place:
            known = READERS.get(reader, f"{reader}:FOLDER")
            raise ConfigError(f"{self.source!r} names no file; write {known}")
        if is_published(reader):
            self._refuse_for_published()
            if not colon:
                return shelf().read(self.source, reading)
            return shelf().read_at(reader, self.base / Path(place).expanduser(), reading)
        if not colon:
            return DATASETS[self.source].make()
        if reader not in READERS:
            raise UnknownNameError("reader", reader, READERS)
        wanted = Wanted(
            self.name or None,
            class_map(self.classes) if self.classes else None,
            reading,
            dict(self.columns),
            self.split,
            self.first,
        )
        return read(reader, self.base, place, wanted)

    def _refuse_for_published(self) -> None:
        told = {"classes": self.classes, "split": self.split, "columns": self.columns}
        wrong = [key for key, value in told.items() if value]
        wrong += [] if self.first is None else ["first"]
        if wrong:
            raise ConfigError(f"{self.source} is published with its {wrong[0]}; leave that out")


def source(text: str, *, base: Path = Path()) -> Source:
    """The source that ``text`` says: ``NAME``, or ``reader:PATH?size=28&channels=1``.

    Args:
        text: What was typed.
        base: The folder that relative paths start from.

    Raises:
        ConfigError: An option is unknown or cannot be read.

    Example:
        >>> source("folder:photos?size=224&channels=3").size
        (224, 224)
    """
    place, _, query = text.partition("?")
    size: tuple[int, int] | None = None
    channels: int | None = None
    words = {"name": "", "reference": "", "classes": "", "broken": "stop", "group": "", "split": ""}
    columns: list[tuple[str, str]] = []
    first: int | None = None
    for pair in filter(None, query.split("&")):
        key, _, value = pair.partition("=")
        if key == "size":
            size = _size(value)
        elif key == "channels":
            channels = _whole(key, value)
        elif key == "first":
            first = _first(value)
        elif key in words:
            words[key] = value
        elif key in COLUMNS:
            columns.append((key, value))
        else:
            known = ("size", "channels", "first", *words, *COLUMNS)
            raise UnknownNameError("option of a data set", key, known)
    told = tuple(columns)
    return Source(
        place, size=size, channels=channels, first=first, base=base, columns=told, **words
    )


def _size(text: str) -> tuple[int, int]:
    height, cross, width = text.partition("x")
    return _whole("size", height), _whole("size", width if cross else height)


def _first(text: str) -> int:
    if text not in ("0", "1"):
        raise ConfigError(f"first={text}: classes are counted from 0 or from 1")
    return int(text)


def _whole(key: str, text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise ConfigError(
            f"{key}={text} is not a whole number above 0; write size=28 or size=28x32"
        )
    return int(text)
