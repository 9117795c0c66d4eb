"""ImageNet-1k: its classes, what is above them in WordNet, and slices of them by a word."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from fieldmark.records.arrays import Rows
from fieldmark.records.classes import ClassSpace
from fieldmark.records.errors import ConfigError, DataError, UnknownNameError
from fieldmark.records.examples import Examples

ORGANISM = "n00004475"
"""What lives or lived, people, plants and fungi among them: 410 classes; the others are objects."""

_NOT = "not-"
_SPECIAL = ("organisms", "objects", "dogs")


@dataclass(frozen=True)
class Synset:
    """What WordNet holds for one thing.

    Args:
        id: Its WordNet 3.0 id, such as "n02084071".
        words: What it is called, the usual word first.
        above: The ids right above it: what it is a kind, or an instance, of.
    """

    id: str
    words: tuple[str, ...]
    above: tuple[str, ...]


@cache
def synsets() -> Mapping[str, Synset]:
    """ImageNet-1k's classes and everything above them by id, 1,860 in all.

    Source:
        WordNet 3.0, Princeton University 2006, under the licence that lies beside the file; made
        by ``scripts/write_imagenet.py``.

    Example:
        >>> synsets()["n02084071"].words
        ('dog', 'domestic dog', 'Canis familiaris')
    """
    text = files("fieldmark.records").joinpath("published/wordnet.csv").read_text("utf-8")
    return {
        row["id"]: Synset(row["id"], tuple(row["words"].split("|")), tuple(row["above"].split()))
        for row in csv.DictReader(text.splitlines())
    }


@cache
def imagenet_classes() -> ClassSpace:
    """The 1,000 classes of ImageNet-1k in the order of everybody's scores: that of their ids.

    Names are WordNet ids, titles the usual word.

    Example:
        >>> space = imagenet_classes()
        >>> len(space), space.names[0], space.titles[0], space.printed[134]
        (1000, 'n01440764', 'tench', 'crane (n02012849)')
    """
    known = synsets()
    above = {one for synset in known.values() for one in synset.above}
    ids = tuple(sorted(one for one in known if one not in above))
    return titled(ClassSpace(ids))


def titled(space: ClassSpace) -> ClassSpace:
    """The same classes with WordNet's words as titles, where all of them are in ImageNet's tree.

    Example:
        >>> titled(ClassSpace(("n01440764", "n01443537"))).printed
        ('tench', 'goldfish')
        >>> titled(ClassSpace(("cat", "dog"))).printed
        ('cat', 'dog')
    """
    if space.titles or not space.names[0].startswith("n") or space.names[0] not in synsets():
        return space
    found = [synsets().get(name) for name in space.names]
    titles = tuple(one.words[0] for one in found if one is not None)
    if len(titles) < len(found):
        return space
    return ClassSpace(space.names, titles, space.members, space.policy)


@cache
def under(synset: str) -> frozenset[str]:
    """The classes of ImageNet-1k that are a kind of something, itself among them.

    Args:
        synset: A WordNet id.

    Raises:
        UnknownNameError: It is neither a class of ImageNet-1k nor above one.

    Example:
        >>> len(under("n02084071")), len(under("n00001740"))
        (118, 1000)
    """
    if synset not in synsets():
        raise UnknownNameError("WordNet id in ImageNet's tree", synset, synsets())
    return frozenset(one for one in imagenet_classes().names if synset in _line(one))


@cache
def _line(synset: str) -> frozenset[str]:
    """A synset and everything above it."""
    above = synsets()[synset].above
    return frozenset([synset]).union(*map(_line, above))


@cache
def class_slice(name: str) -> frozenset[str]:
    """The WordNet ids of the classes that a word stands for.

    ``organisms`` are the 410 classes that live, ``objects`` the other 590, ``dogs`` the 118 breeds
    of the domestic dog. Any other word of WordNet for a class, or for what is above it, in the
    singular or the plural, stands for every class of that kind, and so does an id. ``not-`` before
    it means all others.

    Args:
        name: What was asked for, such as "not-dogs".

    Raises:
        UnknownNameError: WordNet has no such word for anything in ImageNet.
        ConfigError: The word means several things; says which ids to choose from.

    Source:
        The split into organisms and objects, and slices without dogs: Shankar et al. 2020,
        "Evaluating Machine Accuracy on ImageNet".

    Example:
        >>> len(class_slice("objects")), len(class_slice("birds")), len(class_slice("not-dogs"))
        (590, 59, 882)
    """
    word = name.strip().lower().replace("_", " ")
    if word.startswith(_NOT):
        return _all() - class_slice(word.removeprefix(_NOT))
    if word == "objects":
        return _all() - under(ORGANISM)
    if word == "organisms":
        return under(ORGANISM)
    if word in synsets():
        return under(word)
    meant = next((ids for form in _forms(word) if (ids := _called().get(form))), ())
    if not meant:
        raise UnknownNameError("kind of ImageNet class", name, (*_SPECIAL, *_called()))
    if len(meant) > 1:
        told = ", ".join(f"{one} ({_told(one)})" for one in meant)
        raise ConfigError(f"{name!r} means several things in WordNet; write the id: {told}")
    return under(meant[0])


def class_rows(examples: Examples, name: str) -> Rows:
    """The rows of the examples with a label in a slice, int64 (r,), in order.

    Of a space with members (ObjectNet's, say) a class is in the slice if all of its members are.

    Args:
        examples: Examples whose classes, or their members, have WordNet ids for names.
        name: See ``class_slice``.

    Raises:
        DataError: Their classes have no WordNet ids, or no example is in the slice.
        UnknownNameError: There is no such slice.
        ConfigError: It means several things.
    """
    space, wanted = examples.classes, class_slice(name)
    groups = space.members or tuple((one,) for one in space.names)
    if not all(one in synsets() for group in groups for one in group):
        raise DataError(
            f"{examples.card.name} has classes such as {space.names[0]}: slices by kind are of "
            "ImageNet's classes, which have WordNet ids; read a folder with ?classes=imagenet"
        )
    inside = np.array([bool(group) and wanted.issuperset(group) for group in groups])
    labels = examples.labels
    rows = np.flatnonzero(((labels >= 0) & inside[labels]).any(axis=1)).astype(np.int64)
    if not len(rows):
        raise DataError(f"{examples.card.name} has no example of the {len(wanted)} {name} classes")
    return rows


def _all() -> frozenset[str]:
    return frozenset(imagenet_classes().names)


@cache
def _called() -> Mapping[str, tuple[str, ...]]:
    """From a word to what it means: where it is some synset's usual word, those alone."""
    usual: dict[str, list[str]] = {}
    any_word: dict[str, list[str]] = {}
    for one in synsets().values():
        usual.setdefault(one.words[0].lower(), []).append(one.id)
        for word in one.words:
            any_word.setdefault(word.lower(), []).append(one.id)
    return {word: tuple(usual.get(word, ids)) for word, ids in any_word.items()}


def _forms(word: str) -> Iterable[str]:
    """A word and the singulars that it may be the plural of."""
    yield word
    for ending, singular in (("ies", "y"), ("ves", "f"), ("es", ""), ("s", ""), ("i", "us")):
        if word.endswith(ending):
            yield word.removesuffix(ending) + singular


def _told(synset: str) -> str:
    above = synsets()[synset].above
    kind = synsets()[above[0]].words[0] if above else "anything"
    n = len(under(synset))
    return f"a {kind}, {n:,} {'class' if n == 1 else 'classes'}"
