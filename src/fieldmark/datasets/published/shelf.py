"""The shelf: every published set by its name, and which are on this machine."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from fieldmark.datasets.pictures import Reading
from fieldmark.datasets.published import cifar, corrupted, digits, imagenet, labels, stimuli, videos
from fieldmark.datasets.published.sets import Opening, PublishedSet
from fieldmark.records import ConfigError, DataError, Examples, UnknownNameError

PUBLISHED: Mapping[str, PublishedSet] = MappingProxyType(
    {
        one.name: one
        for one in (
            *imagenet.SETS,
            *videos.SETS,
            *corrupted.SETS,
            *labels.SETS,
            *stimuli.SETS,
            *cifar.SETS,
            *digits.SETS,
        )
    }
)
"""Every published set by its name."""

_AS_FOUND = Reading()


def named(name: str) -> tuple[PublishedSet, str]:
    """The set and the part that a name means.

    Args:
        name: Such as "imagenet-a" or "imagenet-v2/matched-frequency".

    Raises:
        UnknownNameError: There is no such set or part; offers the nearest.
        ConfigError: A part must be named.

    Example:
        >>> found, part = named("imagenet-c/fog/3")
        >>> found.name, part, found.parts[part]
        ('imagenet-c', 'fog/3', 50000)
    """
    head, _, part = name.partition("/")
    if head not in PUBLISHED:
        raise UnknownNameError("published test set", head, PUBLISHED)
    found = PUBLISHED[head]
    if not part and part not in found.parts:
        some = found.full_name(next(iter(found.parts)))
        raise ConfigError(f"{head} has {len(found.parts)} parts; name one, such as {some}")
    if part not in found.parts:
        known = [found.full_name(one) for one in found.parts]
        raise UnknownNameError(f"part of {head}", name, known)
    return found, part


@dataclass(frozen=True)
class Shelf:
    """The folders in which published sets are looked for, one after the other.

    Args:
        places: Folders that hold a folder per set; or the very folder of a set.

    Example:
        >>> Shelf(()).root("mnist", "test") is None
        True
    """

    places: tuple[Path, ...]

    def root(self, name: str, part: str | None = None) -> Path | None:
        """The folder of a set, if what a part needs is in it; any part where that is None."""
        found = PUBLISHED[name]
        parts = found.parts if part is None else (part,)
        return next(
            (
                root
                for root in self._candidates(found)
                if any(_holds(root, found.needs(one)) for one in parts)
            ),
            None,
        )

    def present(self, name: str) -> tuple[str, ...]:
        """The parts of a set that are here, those that it builds on too."""
        found = PUBLISHED[name]
        if not all(any(self.present(one)) or self.root(one) for one in found.builds_on):
            return ()
        return tuple(part for part in found.parts if self.root(name, part) is not None)

    def spread(self, name: str) -> tuple[str, ...]:
        """The name itself, or those of all parts that are here where it ends in ``/*``.

        Args:
            name: Such as "imagenet-c/fog/*" or "imagenet-c/*".

        Raises:
            UnknownNameError: There is no such set.
            DataError: No such part is on this machine.
        """
        family, _, rest = name.partition("/")
        if not rest.endswith("*"):
            return (name,)
        if family not in PUBLISHED:
            raise UnknownNameError("published test set", family, PUBLISHED)
        here = [f"{family}/{part}" for part in self.present(family)]
        found = tuple(one for one in here if one.startswith(name[:-1]))
        if not found:
            raise DataError(
                f"no part of {family} that {name} could mean is on this machine: fieldmark card "
                f"{family} says where it is to be had"
            )
        return found

    def read(self, name: str, reading: Reading = _AS_FOUND) -> Examples:
        """The examples that a name means.

        Args:
            name: Such as "imagenet-v2/matched-frequency".
            reading: How pictures in files are read; sets of pixels have their size.

        Raises:
            UnknownNameError: There is no such set or part.
            DataError: It is not on this machine, or its files are not as published.
        """
        found, part = named(name)
        return self._read(found, part, self._must(found, part), reading)

    def read_at(self, name: str, root: Path, reading: Reading = _AS_FOUND) -> Examples:
        """The same, of a set whose folder somebody names.

        Raises:
            UnknownNameError: There is no such set or part.
            DataError: The folder does not hold it, or its files are not as published.
        """
        found, part = named(name)
        if not _holds(root, found.needs(part)):
            raise DataError(
                f"{root} does not hold {name}: it lacks {_in_words(found.needs(part))}; "
                f"name the folder with {found.layout}"
            )
        return self._read(found, part, root, reading)

    def _read(self, found: PublishedSet, part: str, root: Path, reading: Reading) -> Examples:
        opened = found.read(Opening(root, part, found.card(part), reading, self._beside))
        return _counted(opened, found, part)

    def _beside(self, name: str) -> Path:
        found = PUBLISHED[name]
        root = self.root(name)
        return self._must(found, next(iter(found.parts))) if root is None else root

    def _must(self, found: PublishedSet, part: str) -> Path:
        root = self.root(found.name, part)
        if root is not None:
            return root
        needed = _in_words(found.needs(part))
        where = self.places[0] if self.places else Path()
        how = (
            f"`fieldmark fetch {found.full_name(part)}` gets it"
            if any(one.serves(part) for one in found.downloads)
            else f"`fieldmark card {found.name}` says where to ask for it"
        )
        raise DataError(
            f"{found.full_name(part)} is not on this machine: {how}, or put {needed} into "
            f"{where / found.folders[0]}, or name another folder in FIELDMARK_DATA_SETS"
        )

    def _candidates(self, found: PublishedSet) -> Iterator[Path]:
        for place in self.places:
            for folder in found.folders:
                yield place / folder


def _in_words(needed: tuple[str, ...]) -> str:
    return ", ".join(one.replace("|", " or ") for one in needed)


def _holds(root: Path, needed: tuple[str, ...]) -> bool:
    return all(any((root / one).exists() for one in some.split("|")) for some in needed)


def _counted(examples: Examples, found: PublishedSet, part: str) -> Examples:
    """The same, whose card says so where these are not as many as were published."""
    published = found.parts[part]
    here = len(set(examples.groups)) if found.counted == "videos" else len(examples)
    if here == published:
        return examples
    card = examples.card
    told = f"{card.title} ({here:,} {found.counted} here, {published:,} published)"
    return replace(examples, card=replace(card, title=told))
