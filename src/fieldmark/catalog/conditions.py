"""Conditions by name: the one parser of ``examples[key=value]+change@level``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from fieldmark.catalog.changes import change, is_change, levels
from fieldmark.catalog.datasets import DATASETS, ReadingWatch, Source, source
from fieldmark.catalog.readers import is_published, published_names, shelf
from fieldmark.catalog.selections import read_selection
from fieldmark.records import (
    CLASSES,
    MOST_SLICES,
    SELECTION,
    Condition,
    ConfigError,
    DataError,
    Examples,
    Slice,
    UnknownNameError,
    asked_otherwise,
    every_slice,
    parse_slices,
    selected,
    selection_named,
    sliced,
)

_CHANGED = re.compile(
    r"(?P<examples>.+)\+(?P<change>(?:python:[\w.]+:)?[A-Za-z0-9_.-]+)@(?P<level>[^+@]+)", re.DOTALL
)

_WORDNET = re.compile(r"n\d{8}")


@dataclass(frozen=True)
class ConditionName:
    """A condition's name, taken apart.

    Example:
        >>> ConditionName.parse("mnist-test+pgd-linf@8/255")
        ConditionName(examples='mnist-test', change='pgd-linf', level='8/255', slices=())
        >>> str(ConditionName.parse("photos[camera=a|b][year>=2020]+fog@3").slices[1])
        '[year>=2020]'
        >>> str(ConditionName.parse("folder:a+b@home"))
        'folder:a+b@home'
    """

    examples: str
    change: str = ""
    level: str = ""
    slices: tuple[Slice, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "ConditionName":
        """The parts of a printed name; every name that is printed can be parsed.

        Raises:
            ConfigError: The name is empty, or a change lacks its level.
        """
        text = text.strip()
        if not text:
            raise ConfigError("a condition needs a name, such as mnist-test+gaussian-noise@3")
        whole, slices, rest = parse_slices(text)
        if slices:
            return cls._of_slices(text, whole, slices, rest)
        found = _CHANGED.fullmatch(text)
        if found and not _is_path(found["examples"], found["change"]):
            parsed = cls(found["examples"], found["change"], found["level"])
            if ":" not in parsed.examples and cls.parse(parsed.examples).change:
                raise ConfigError(f"{text!r} names two changes; a condition has one at most")
            return parsed
        head, plus, tail = text.rpartition("+")
        if plus and ":" not in head:
            named, _, level = tail.partition("@")
            lacks = "level" if not level else "data set" if not head else "change"
            example = f"{head or 'mnist-test'}+{named or 'contrast'}@{level or '3'}"
            raise ConfigError(f"{text!r} says no {lacks}; write {example}")
        return cls(text)

    @classmethod
    def _of_slices(
        cls, text: str, whole: str, slices: tuple[Slice, ...], rest: str
    ) -> "ConditionName":
        if not whole:
            raise ConfigError(f"{text!r} says no data set; write mnist-test{text}")
        if cls.parse(whole).change:
            raise ConfigError(f"{text!r}: slices stand before the change: NAME[key=value]+fog@3")
        changed = cls.parse(f"x{rest}")
        return cls(whole, changed.change, changed.level, slices)

    @property
    def set(self) -> str:
        """The examples with their slices, without the change."""
        return f"{self.examples}{''.join(map(str, self.slices))}"

    def __str__(self) -> str:
        return f"{self.set}+{self.change}@{self.level}" if self.change else self.set

    def spread(self) -> tuple["ConditionName", ...]:
        """Itself, or all levels of its change where the level is ``*``.

        Raises:
            UnknownNameError: No change has that name.
            ConfigError: The change is an attack; a budget has no natural list.

        Example:
            >>> [str(one) for one in ConditionName.parse("mnist-test+contrast@*").spread()][-1]
            'mnist-test+contrast@5'
        """
        if self.level != "*":
            return (self,)
        known = levels(self.change)
        if not known:
            raise ConfigError(f"{self} means all levels, but {self.change} takes any number")
        return tuple(replace(self, level=level) for level in known)


def _is_path(examples: str, change_name: str) -> bool:
    """In ``folder:a+b@home`` the plus belongs to the path, unless what follows is a change."""
    return ":" in examples and not is_change(change_name)


@dataclass
class Conditions:
    """Makes conditions from names; each data set is opened once, however many conditions use it.

    Args:
        seed: The run's seed.
        sources: Data sets that the user named.
        base: The folder that relative paths start from.
        models: Short names of the user's own models, which may be surrogates.
        watch: Told how far data sets are read.
    """

    seed: int = 0
    sources: Mapping[str, Source] = field(default_factory=dict)
    base: Path = field(default_factory=Path)
    models: Mapping[str, str] = field(default_factory=dict)
    watch: ReadingWatch | None = None
    _opened: dict[str, Examples] = field(default_factory=dict, repr=False)
    _sliced: dict[str, tuple[Examples, ...]] = field(default_factory=dict, repr=False)

    def make(self, text: str) -> tuple[Condition, ...]:
        """The condition of that name; one for each part, value or level where that is ``*``.

        Raises:
            UnknownNameError: No such data set, shift or attack.
            ConfigError: The name cannot be read, or the level is not one of the change's.
            DataError: The images cannot be used.
        """
        name = ConditionName.parse(text)
        return tuple(
            self._one(one, examples) for examples in self._sets(name) for one in name.spread()
        )

    @property
    def opened(self) -> tuple[str, ...]:
        """The printed names of the data sets that were opened, sliced ones as a whole."""
        return tuple(one.card.name for one in self._opened.values())

    def _one(self, name: ConditionName, examples: Examples) -> Condition:
        if not name.change:
            return Condition(examples, None, self.seed)
        changed = change(name.change, name.level, base=self.base, models=self.models)
        return Condition(examples, changed, self.seed)

    def _sets(self, name: ConditionName) -> tuple[Examples, ...]:
        """The examples that are meant: one set, or one for each part or value that ``*`` means."""
        named = name.examples
        parts = shelf().spread(named) if ":" not in named and is_published(named) else (named,)
        found: tuple[Examples, ...] = tuple(map(self._examples, parts))
        for one in name.slices:
            found = tuple(part for whole in found for part in self._parts(whole, one))
            if len(found) > MOST_SLICES:
                raise DataError(
                    f"{name} would be {len(found):,} sets of examples, and {MOST_SLICES} are the "
                    "most; choose values"
                )
        return found

    def _parts(self, whole: Examples, one: Slice) -> tuple[Examples, ...]:
        key = f"{whole.content} {whole.card.name}{one}"
        if key not in self._sliced:
            self._sliced[key] = self._made(whole, one)
        return self._sliced[key]

    def _made(self, whole: Examples, one: Slice) -> tuple[Examples, ...]:
        if one.key == SELECTION and SELECTION not in whole.metadata:
            return (selected(whole, read_selection(self.base / selection_named(one))),)
        space = whole.classes
        own = one.key == CLASSES and not space.members and not _WORDNET.match(space.names[0])
        asked = None if own else asked_otherwise(whole, one)
        if asked is not None:
            return (asked,)
        return tuple(sliced(whole, each) for each in every_slice(whole, one))

    def _examples(self, text: str) -> Examples:
        if text not in self._opened:
            if text in self.sources:
                chosen = self.sources[text]
            elif ":" in text or "?" in text or is_published(text):
                chosen = source(text, base=self.base)
            elif text in DATASETS:
                chosen = Source(text)
            else:
                known = (*self.sources, *DATASETS, *published_names())
                raise UnknownNameError("data set", text, known)
            self._opened[text] = chosen.examples(self.watch)
        return self._opened[text]
