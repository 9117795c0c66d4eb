"""What was asked for: a loader, what it is to load, and options, read with care."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from pathlib import Path

from fieldmark.records import ConfigError, UnknownNameError

COMMON = ("name", "device", "channels_last", "fold", "autocast")
"""Options of every loader; who calls a loader reads them."""


@dataclass(frozen=True)
class Asked:
    """A model as somebody typed it: ``loader:PLACE?key=value&key=value``.

    Args:
        loader: The word before the colon.
        place: What is to be loaded: a name, a file, a folder.
        options: The rest, by key.
        base: The folder that relative paths start from.
        cache: Where what takes long may be kept.
        token: What an endpoint is shown to let us in; kept nowhere.

    Example:
        >>> asked = Asked.read("onnx:nets/a.onnx?size=224&mean=0.5,0.5,0.5")
        >>> asked.loader, asked.place, asked.numbers("mean")
        ('onnx', 'nets/a.onnx', (0.5, 0.5, 0.5))
    """

    loader: str
    place: str
    options: Mapping[str, str] = field(default_factory=dict)
    base: Path = Path()
    cache: Path = Path()
    token: str = field(default="", repr=False)

    @classmethod
    def read(
        cls, text: str, *, base: Path = Path(), cache: Path = Path(), token: str = ""
    ) -> "Asked":
        """What ``text`` asks for.

        Raises:
            ConfigError: An option has no value, or comes twice, or nothing is named.
        """
        loader, _, rest = text.partition(":")
        mark = "#" if loader in ("http", "https") else "?"
        place, _, query = rest.partition(mark)
        options: dict[str, str] = {}
        for pair in filter(None, query.split("&")):
            key, equals, value = pair.partition("=")
            if not equals or not value:
                raise ConfigError(f"{loader}: option {pair[:60]!r} has no value; write key=value")
            if key in options:
                raise ConfigError(f"{loader}: option {key[:60]} is given twice")
            options[key] = value
        if not place:
            raise ConfigError(f"{text[:80]!r} names no model")
        return cls(loader, place, options, base, cache, token)

    @property
    def text(self) -> str:
        """As it was typed, but for options that decide no answer."""
        told = [f"{key}={value}" for key, value in self.options.items() if key not in COMMON]
        mark = "#" if self.loader in ("http", "https") else "?"
        return f"{self.loader}:{self.place}" + (mark + "&".join(told) if told else "")

    @property
    def path(self) -> Path:
        """The place as a path."""
        return self.base / Path(self.place).expanduser()

    def only(self, *known: str) -> None:
        """Nothing, where each option is one of these or of ``COMMON``.

        Raises:
            UnknownNameError: An option is not.
        """
        for key in self.options:
            if key not in (*known, *COMMON):
                raise UnknownNameError(f"option of {self.loader}:", key, (*known, *COMMON))

    def having(self, **more: str) -> "Asked":
        """The same with more options."""
        return replace(self, options={**self.options, **more})

    def text_of(self, key: str, default: str = "") -> str:
        """An option as it was typed."""
        return self.options.get(key, default)

    def whole(self, key: str, default: int, *, least: int = 1, most: int = 2**31) -> int:
        """An option that is a whole number.

        Raises:
            ConfigError: It is none, or out of its range.
        """
        text = self.options.get(key)
        if text is None:
            return default
        if not text.isdecimal() or not least <= int(text[:20]) <= most:
            raise ConfigError(
                f"{self.loader}: {key}={text[:40]} is not a whole number from {least} to {most}"
            )
        return int(text)

    def numbers(self, key: str, default: Sequence[float] = ()) -> tuple[float, ...]:
        """An option that is a list of numbers, or one of them: "0.485,0.456,0.406".

        Semicolons part them too, for lines where commas part subjects.

        Raises:
            ConfigError: One is no number.
        """
        text = self.options.get(key)
        if text is None:
            return tuple(default)
        try:
            found = tuple(float(one) for one in text.replace(";", ",").split(","))
        except ValueError:
            found = (float("nan"),)
        if not all(isfinite(one) for one in found):
            raise ConfigError(
                f"{self.loader}: {key}={text[:40]} is no list of numbers such as 0.5,0.5,0.5"
            )
        return found

    def one_of(self, key: str, choices: Sequence[str], default: str = "") -> str:
        """An option that is one of some words.

        Raises:
            UnknownNameError: It is another.
        """
        text = self.options.get(key, default)
        if text != default and text not in choices:
            raise UnknownNameError(f"{self.loader}: {key}", text, choices)
        return text
