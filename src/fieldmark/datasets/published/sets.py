"""What is known of a published test set: its card, parts, layout, traps and downloads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from fieldmark.datasets.pictures import Reading
from fieldmark.records import DatasetCard, Examples


@dataclass(frozen=True)
class Download:
    """One published file.

    Args:
        url: Where it is published.
        path: Where it belongs in the folder of its set.
        checksum: "sha256:..." or "md5:..." where one is published, or known of the very file that
            is meant; "" where none is.
        size: In bytes; 0 where it is not said.
        unpack: Is it an archive, to be unpacked into the folder of its set?
        strip: How many folders of its members' names are left out then.
        parts: The parts that it serves, by how their names begin; () serves all.
        listed: Who published the checksum.
    """

    url: str
    path: str
    checksum: str = ""
    size: int = 0
    unpack: bool = False
    strip: int = 0
    parts: tuple[str, ...] = ()
    listed: str = ""

    def serves(self, part: str) -> bool:
        """Is it needed for a part, or for all where that is ""?"""
        return (
            not part
            or not self.parts
            or any(part == one or part.startswith(f"{one}/") for one in self.parts)
        )


@dataclass(frozen=True)
class Opening:
    """What a reader is given.

    Args:
        root: The folder of the set.
        part: Which part.
        card: What the examples are to be called.
        reading: How pictures in files are read.
        beside: From the name of another set to its folder; raises where that is not here.
    """

    root: Path
    part: str
    card: DatasetCard
    reading: Reading
    beside: Callable[[str], Path]


@dataclass(frozen=True)
class PublishedSet:
    """A published test set.

    Args:
        name: What it is called here.
        title: One line for people.
        source: Who made it, and where it was published.
        licence: Under which terms it may be used.
        collected: How the pictures and labels were collected.
        not_for: What should not be concluded from it.
        parts: From the name of each part to its number of examples as published; the only part of
            a set that has one is called "".
        classes: Its classes, in words.
        folders: What its folder may be called below a place, the first one by ``fetch``.
        layout: What lies in that folder, in words.
        needs: From a part to the paths that must be there for it; "a|b" wants one of the two.
        read: Reads a part.
        reference: From a part to the in-distribution set that it is a shift of, or "".
        downloads: What may be downloaded.
        ask: Where to ask for what may not, and what to do with it.
        builds_on: Sets that must be here too.
        counted: What ``parts`` counts: "examples", or "videos" whose frames are the examples.
        traps: What trips people up; T-numbers are those of the specification.
    """

    name: str
    title: str
    source: str
    licence: str
    collected: str
    not_for: str
    parts: Mapping[str, int]
    classes: str
    folders: tuple[str, ...]
    layout: str
    needs: Callable[[str], tuple[str, ...]]
    read: Callable[[Opening], Examples]
    reference: Callable[[str], str] = lambda part: ""
    downloads: tuple[Download, ...] = ()
    ask: str = ""
    builds_on: tuple[str, ...] = ()
    counted: str = "examples"
    traps: tuple[str, ...] = ()

    def full_name(self, part: str) -> str:
        """The name of a part, as it is asked for and printed."""
        return f"{self.name}/{part}" if part else self.name

    def card(self, part: str) -> DatasetCard:
        """The card of the examples of a part."""
        return DatasetCard(
            name=self.full_name(part),
            title=f"{self.title}" + (f", {part}" if part else ""),
            source=self.source,
            licence=self.licence,
            collected=self.collected,
            not_for=self.not_for,
            reference=self.reference(part),
        )
