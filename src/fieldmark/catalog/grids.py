"""Grid files: what to ask of whom, in TOML, checked before anything is loaded."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from fieldmark.catalog.conditions import Conditions
from fieldmark.catalog.datasets import DATASETS, ReadingWatch, Source, source
from fieldmark.catalog.readers import is_published, published_names
from fieldmark.catalog.subjects import SUBJECTS, TrainingWatch, subject
from fieldmark.records import Condition, ConfigError, Placement, Subject, UnknownNameError


def _pair(value: object) -> object:
    return (value, value) if isinstance(value, int) else value


def _pairs(value: object) -> object:
    return tuple(value.items()) if isinstance(value, Mapping) else value


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class DatasetPart(_Part):
    """One entry of ``[datasets]``: where a data set comes from and how it is read."""

    source: str
    size: Annotated[tuple[int, int] | None, Field(strict=False), BeforeValidator(_pair)] = None
    channels: int | None = None
    reference: str = ""
    broken: str = "stop"
    group: str = ""
    classes: str = ""
    split: str = ""
    columns: Annotated[
        tuple[tuple[str, str], ...], Field(strict=False), BeforeValidator(_pairs)
    ] = ()


class RunPart(_Part):
    """The table ``[run]``: what may change the speed of a run, but none of its answers."""

    jobs: int = Field(default=0, ge=0)
    batch: int = Field(default=0, ge=0)
    decoders: int | None = Field(default=None, ge=0)
    memory: Annotated[float, Field(strict=False)] = Field(default=0.0, ge=0)
    engine: Literal["local", "ray"] = "local"
    address: str = ""
    device: str = ""
    channels_last: bool = False
    fold: bool = False
    autocast: str = ""


class GridFile(_Part):
    """A whole grid file.

    ``subjects`` and ``conditions`` are lists of names; a table gives a user's own a short name.
    """

    store: str = "fieldmark-store"
    seed: int = Field(default=0, ge=0)
    subjects: list[str] = Field(min_length=1)
    conditions: list[str] = Field(min_length=1)
    models: Mapping[str, str] = {}
    datasets: Mapping[str, str | DatasetPart] = {}
    run: RunPart = RunPart()


@dataclass(frozen=True)
class Grid:
    """Subjects × conditions, named but not yet made.

    Args:
        subjects: Names of subjects.
        conditions: Names of conditions; ``@*`` stands for all levels of that change.
        store: Where answers are kept, a folder or any fsspec URL.
        seed: The run's seed.
        models: Short names for the user's own models.
        datasets: Short names for the user's own data.
        jobs: Batches asked at the same time; 0 takes every core.
        batch: Images a model is shown at once; 0 takes what suits their size.
        decoders: Processes that make pictures; None chooses.
        memory: GiB that the weights of models loaded at the same time may take; 0 takes half of
            what is free.
        engine: "local" or "ray".
        address: Where the cluster is.
        device: Where models run; "" leaves each as it was loaded.
        channels_last: Do pictures and filters lie as convolutions like them?
        fold: Is normalisation folded into the convolution before it?
        autocast: What nets may round to, "bfloat16" or "float16"; "" for nothing.
        base: The folder that relative paths start from.
    """

    subjects: tuple[str, ...]
    conditions: tuple[str, ...]
    store: str = "fieldmark-store"
    seed: int = 0
    models: Mapping[str, str] | None = None
    datasets: Mapping[str, Source] | None = None
    jobs: int = 0
    batch: int = 0
    decoders: int | None = None
    memory: float = 0.0
    engine: str = "local"
    address: str = ""
    device: str = ""
    channels_last: bool = False
    fold: bool = False
    autocast: str = ""
    base: Path = Path()

    @property
    def placement(self) -> Placement | None:
        """Where models run and how; None where nobody said.

        Raises:
            ConfigError: There is no such device or precision.
        """
        if not (self.device or self.channels_last or self.fold or self.autocast):
            return None
        return Placement(self.device or "cpu", self.channels_last, self.fold, self.autocast)

    def make_subjects(self, watch: TrainingWatch | None = None) -> tuple[Subject, ...]:
        """The subjects, in order, none of them loaded.

        Raises:
            UnknownNameError: No such subject or loader.
            ModelError: A user's own cannot be found.
        """
        own = self.models or {}
        return tuple(
            subject(
                own.get(name, name), name=name if name in own else "", base=self.base, watch=watch
            )
            for name in self.subjects
        )

    def make_conditions(self, watch: ReadingWatch | None = None) -> tuple[Condition, ...]:
        """The conditions, in order, each once; ``watch`` is told how far data sets are read.

        Raises:
            UnknownNameError: No such data set, shift or attack; or a reference is none.
            ConfigError: A name cannot be read.
            DataError: Images cannot be used.
        """
        own, models = self.datasets or {}, self.models or {}
        conditions = Conditions(self.seed, own, self.base, models, watch)
        made = [one for text in self.conditions for one in conditions.make(text)]
        known = {*DATASETS, *(self.datasets or {}), *(one.examples.card.name for one in made)}
        known.update(published_names())
        known.update(conditions.opened)  # what a slice is a slice of
        for reference in filter(None, (one.examples.card.reference for one in made)):
            if reference not in known:
                raise UnknownNameError("data set to refer to", reference, sorted(known))
        return tuple({condition.name: condition for condition in made}.values())


def read_grid(path: Path) -> Grid:
    """The grid that a TOML file describes; relative paths in it start from its own folder.

    Raises:
        ConfigError: The file is absent, is no TOML, or says something unknown or impossible; the
            line names the file, the key and what to write instead.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        what = getattr(error, "strerror", None) or "not UTF-8 text"
        raise ConfigError(
            f"cannot read {path}: {what}. `fieldmark init` writes a commented grid file"
        ) from error
    try:
        read = GridFile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is no TOML: {error}") from error
    except ValidationError as error:
        raise ConfigError(f"{path}: {_first(error)}") from error
    for part, own, table in (
        ("models", read.models, SUBJECTS),
        ("datasets", read.datasets, DATASETS),
    ):
        taken = next((name for name in own if name in table or is_published(name)), None)
        if taken is not None:  # a report would call by a known name what is something else
            raise ConfigError(
                f"{path}: {part}.{taken}: the catalogue has a {table.kind} of that name; "
                "choose another"
            )
    base = path.resolve().parent
    return Grid(
        subjects=tuple(read.subjects),
        conditions=tuple(read.conditions),
        store=_placed(read.store, base),
        seed=read.seed,
        models=read.models,
        datasets={name: _source(name, part, base) for name, part in read.datasets.items()},
        base=base,
        **dict(read.run),
    )


def _source(name: str, part: str | DatasetPart, base: Path) -> Source:
    if isinstance(part, str):
        return replace(source(part, base=base), name=name)
    return Source(name=name, base=base, **dict(part))


def _placed(store: str, base: Path) -> str:
    return store if "://" in store else str(base / store)


_WANTED: Mapping[str, str] = MappingProxyType(
    {
        "bool_type": "write true or false",
        "float_parsing": "write a number",
        "float_type": "write a number",
        "int_type": "write a whole number",
        "list_type": 'write a list of names, such as ["mnist-test"]',
        "string_type": "write text in quotes",
        "too_long": "write a whole number, or two such as [28, 32]",
        "too_short": "name at least one",
        "tuple_type": "write a whole number, or two such as [28, 32]",
    }
)
"""What to write instead, by pydantic's name of the mistake."""


def _first(error: ValidationError) -> str:
    """The first mistake, in words that name the key."""
    mistake = max(  # the most definite one
        error.errors(), key=lambda one: (len(one["loc"]), one["type"] == "extra_forbidden")
    )
    where = [str(step) for step in mistake["loc"] if step not in ("str", "DatasetPart")]
    if mistake["type"] == "extra_forbidden":
        known = _keys_beside(where[:-1])
        close = get_close_matches(where[-1], known, n=1, cutoff=0.5)
        hint = f"Did you mean {close[0]}?" if close else f"There are: {', '.join(known)}."
        return f"unknown key {'.'.join(where)}. {hint}"
    if mistake["type"] == "missing":
        return f"{'.'.join(where)} is missing"
    said = _WANTED.get(mistake["type"]) or mistake["msg"][:1].lower() + mistake["msg"][1:]
    return f"{'.'.join(where)}: {said}"


def _keys_beside(path: list[str]) -> list[str]:
    part: Any = {"run": RunPart, "datasets": DatasetPart}.get(path[0]) if path else GridFile
    return list(part.model_fields) if part else []
