"""Data sets by name: the embedded digits, and readers for anybody's own images."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from fieldmark import datasets
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

READERS: Mapping[str, str] = MappingProxyType(
    {
        "folder": "folder:PATH: one sub-folder per class",
        "npz": "npz:FILE: arrays images and labels",
        "idx": "idx:IMAGES,LABELS: MNIST's own format, .gz too",
    }
)


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
        base: The folder that relative paths start from.
        group: The column of the metadata that says who belongs together, or "".
    """

    source: str
    name: str = ""
    size: tuple[int, int] | None = None
    channels: int | None = None
    reference: str = ""
    classes: str = ""
    base: Path = Path()
    group: str = ""

    def examples(self) -> Examples:
        """The examples.

        Raises:
            UnknownNameError: No such data set, reader or class map.
            ConfigError: The source or its options cannot be read.
            DataError: The images or labels cannot be used.
        """
        reader, colon, place = self.source.partition(":")
        if not colon:
            found = DATASETS[self.source].make()
        elif reader not in READERS:
            raise UnknownNameError("reader", reader, READERS)
        elif not place:
            raise ConfigError(f"{self.source!r} names no file; write {READERS[reader]}")
        else:
            found = self._read(reader, place)
        if self.group:
            found = grouped(found, self.group)
        card = found.card
        if self.name or self.reference:
            card = replace(
                card, name=self.name or card.name, reference=self.reference or card.reference
            )
        return found if card is found.card else replace(found, card=card)

    def _read(self, reader: str, place: str) -> Examples:
        name = self.name or None
        classes = class_map(self.classes) if self.classes else None
        if reader == "folder":
            return datasets.folder(
                self.base / place,
                name=name,
                size=self.size,
                channels=self.channels,
                classes=classes,
            )
        if self.size is not None or self.channels is not None:
            raise ConfigError(f"size and channels are for folder:PATH; {reader} files have theirs")
        if reader == "npz":
            return datasets.npz(self.base / place, name=name, classes=classes)
        images, comma, labels = place.partition(",")
        if not comma:
            raise ConfigError(f"{self.source!r} names one file; write {READERS['idx']}")
        return datasets.idx(self.base / images, self.base / labels, name=name, classes=classes)


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
    words = {"name": "", "reference": "", "classes": "", "group": ""}
    for pair in filter(None, query.split("&")):
        key, _, value = pair.partition("=")
        if key == "size":
            size = _size(value)
        elif key == "channels":
            channels = _whole(key, value)
        elif key in words:
            words[key] = value
        else:
            raise UnknownNameError("option of a data set", key, ("size", "channels", *words))
    return Source(place, size=size, channels=channels, base=base, **words)


def _size(text: str) -> tuple[int, int]:
    height, cross, width = text.partition("x")
    return _whole("size", height), _whole("size", width if cross else height)


def _whole(key: str, text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise ConfigError(
            f"{key}={text} is not a whole number above 0; write size=28 or size=28x32"
        )
    return int(text)
