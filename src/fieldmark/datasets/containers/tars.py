"""WebDataset shards: tar files whose members of one name are one example."""

import json
import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from fieldmark.datasets.containers.gathering import Gathered
from fieldmark.datasets.containers.labelling import Raw, labelled
from fieldmark.datasets.containers.members import MOST_BYTES, refuse_name, refuse_twice
from fieldmark.datasets.held import own_card
from fieldmark.datasets.metadata import as_key, as_values
from fieldmark.datasets.naming import printed_name
from fieldmark.datasets.pictures import SUFFIXES, Reading, read_encoded
from fieldmark.records import ClassSpace, DataError, Examples

CLASS_NAMES = "classnames.txt"
"""The file beside the shards that names the classes, one a line."""

_RANGE = re.compile(r"\{(\d+)\.\.(\d+)\}")
_COUNTED = re.compile(r"%0?(\d*)d")
_SMALL = 1_000_000  # of a label or a description
_AS_FOUND = Reading()


@dataclass(frozen=True)
class Slices:
    """From rows to bytes that lie one after the other in files."""

    files: tuple[Path, ...]
    which: tuple[int, ...]
    starts: tuple[int, ...]
    sizes: tuple[int, ...]

    def __call__(self, row: int) -> bytes:
        """The bytes of one row.

        Raises:
            DataError: The file is gone or shorter than it was.
        """
        file = self.files[self.which[row]]
        try:
            with file.open("rb") as opened:
                opened.seek(self.starts[row])
                data = opened.read(self.sizes[row])
        except OSError as error:
            raise DataError(f"{file} cannot be read ({error.strerror})") from error
        if len(data) != self.sizes[row]:
            raise DataError(f"{file} is shorter than it was; fetch it again")
        return data


@dataclass
class _Sample:
    """The members of one example, by what follows its key."""

    key: str
    shard: int
    parts: dict[str, tuple[int, int]] = field(default_factory=dict)


def webdataset(
    path: str | Path,
    *,
    name: str | None = None,
    classes: ClassSpace | None = None,
    columns: Mapping[str, str] | None = None,
    reading: Reading = _AS_FOUND,
) -> Examples:
    """Examples from WebDataset shards, read where they lie.

    An example is a run of members that are called alike up to the first dot of the file's name: a
    picture, and its label in ``.cls`` (a number or a word) or in ``.json`` under "label". Its id is
    the "id" of the ``.json``, or else the common name, and what else
    that says of it is metadata. Classes are named by ``classnames.txt``
    beside the shards, one a line.

    Args:
        path: A .tar file, a folder of them, ``shard-{000000..000009}.tar``, or ``shard-%06d.tar``,
            which counts from 0 until one is missing.
        name: What to call the set; by default the name of the folder or the file.
        classes: What the labels refer to; by default what the shards say.
        columns: What is called otherwise: "images" an ending such as "input.png", "labels" and
            "ids" keys of the ``.json``.
        reading: How the pictures are read.

    Raises:
        DataError: A shard is missing, cut short, packed or not to be trusted; an example has no
            picture or no label; a key comes twice.
        ConfigError: ``name`` is not one.

    Source:
        The format as the webdataset library reads it.
    """
    shards = _shards(Path(path).expanduser())
    home = shards[0].parent.name.removesuffix(".shards")
    called = printed_name(name, shards[0].stem if shards == (Path(path),) else home)
    said = dict(columns or {})
    samples = [one for place, shard in enumerate(shards) for one in _samples(shard, place)]
    if not samples:
        raise DataError(f"{shards[0]} holds no examples")
    refuse_twice((one.key for one in samples), archive=str(path), what="example")
    pictures = [_picture(one, shards, said.get("images", "")) for one in samples]
    told = [_told(one, shards, said) for one in samples]
    space, labels = labelled(
        [label for _, label, _ in told],
        names=_class_names(shards[0].parent),
        classes=classes,
        file=str(path),
    )
    places = [one.parts[part] for one, part in zip(samples, pictures, strict=True)]
    names = tuple(
        f"{shards[one.shard].name}:{one.key}.{part}"
        for one, part in zip(samples, pictures, strict=True)
    )
    found = read_encoded(
        own_card(
            called,
            f"{len(samples):,} pictures in {len(shards)} shards",
            f"WebDataset {shards[0].name}{'' if len(shards) == 1 else ', ...'}",
        ),
        space,
        [found for found, _, _ in told],
        labels,
        Gathered(
            names,
            Slices(
                shards,
                tuple(one.shard for one in samples),
                tuple(start for start, _ in places),
                tuple(length for _, length in places),
            ),
        ),
        reading,
    )
    return replace(found, metadata=_metadata([about for _, _, about in told]))


def _shards(path: Path) -> tuple[Path, ...]:
    text = str(path)
    if _RANGE.search(text):
        found = [Path(one) for one in _spread(text)]
    elif _COUNTED.search(path.name):
        found = []
        while (shard := Path(text % len(found))).is_file():
            found.append(shard)
        found = found or [Path(text % 0)]
    elif path.is_dir():
        found = sorted(path.glob("*.tar"))
        if not found:
            raise DataError(f"{path} holds no .tar files; name a folder of WebDataset shards")
    else:
        found = [path]
    for shard in found:
        if not shard.is_file():
            raise DataError(f"{shard} does not exist; name the shards that there are")
    return tuple(found)


def _spread(text: str) -> Iterator[str]:
    found = _RANGE.search(text)
    if found is None:
        yield text
        return
    first, last = found.groups()
    for number in range(int(first), int(last) + 1):
        whole = f"{number:0{len(first)}d}"
        yield from _spread(text[: found.start()] + whole + text[found.end() :])


def _samples(shard: Path, place: int) -> list[_Sample]:
    samples: list[_Sample] = []
    try:
        whole = shard.stat().st_size
        with tarfile.open(shard, "r:") as archive:
            for member in archive:
                if member.isdir():
                    continue
                _refuse(member, shard, whole)
                home, _, base = member.name.rpartition("/")
                key, _, part = base.partition(".")
                key = f"{home}/{key}" if home else key
                if not samples or samples[-1].key != key:
                    samples.append(_Sample(key, place))
                if part.lower() in samples[-1].parts:
                    raise DataError(f"{shard} holds the member {member.name!r} twice; keep one")
                samples[-1].parts[part.lower()] = (member.offset_data, member.size)
    except OSError as error:
        raise DataError(f"{shard} cannot be read ({error.strerror})") from error
    except tarfile.TarError as error:
        with shard.open("rb") as opened:
            packed = opened.read(2) in (b"\x1f\x8b", b"BZ", b"\xfd7", b"(\xb5")
        hint = "is packed; unpack it to a plain .tar" if packed else "is no tar, or is cut short"
        raise DataError(f"{shard} {hint}: members are read where they lie") from error
    return samples


def _refuse(member: tarfile.TarInfo, shard: Path, whole: int) -> None:
    refuse_name(member.name, archive=str(shard))
    if not member.isreg():
        raise DataError(f"{shard} holds {member.name!r}, which is a link or a device, no file")
    if member.size > MOST_BYTES:
        raise DataError(f"{shard} holds {member.name!r} of {member.size:,} bytes: no picture")
    if member.offset_data + member.size > whole:
        raise DataError(f"{shard} is cut short within {member.name!r}; fetch it again")


def _picture(sample: _Sample, shards: tuple[Path, ...], wanted: str) -> str:
    """What follows the key of the member that is the picture."""
    where = f"{shards[sample.shard]}: the example {sample.key}"
    if wanted:
        if wanted not in sample.parts:
            raise DataError(f"{where} has no .{wanted}, only {', '.join(sample.parts)}")
        return wanted
    found = [part for part in sample.parts if PurePosixPath(f"x.{part}").suffix in SUFFIXES]
    if len(found) == 1:
        return found[0]
    if found:
        raise DataError(f"{where} has the pictures {', '.join(found)}; say which: ?images=ENDING")
    raise DataError(f"{where} has no picture, only {', '.join(sample.parts)}")


def _told(
    sample: _Sample, shards: tuple[Path, ...], said: dict[str, str]
) -> tuple[str, Raw, dict[str, Any]]:
    """What the example is called, its label, and what else its description says."""
    where = f"{shards[sample.shard]}: the example {sample.key}"
    about = _description(sample, shards, where)
    found = about.pop(said.get("ids", "id"), sample.key)
    label = about.pop(said.get("labels", "label"), None)
    if "cls" in sample.parts and label is None:
        text = _text(sample, shards, "cls", where)
        label = int(text) if re.fullmatch(r"-?\d+", text) else text
    listed = label if isinstance(label, list) else [label]
    if not all(isinstance(one, int | str) and not isinstance(one, bool) for one in listed):
        raise DataError(
            f'{where} has no label; put it into {sample.key}.cls, or under "label" into .json'
        )
    return str(found), label, about


def _metadata(told: list[dict[str, Any]]) -> dict[str, tuple[str, ...]]:
    """What descriptions say besides: one text per example, where it is no list or object."""
    keys = dict.fromkeys(key for about in told for key in about)
    plain = [key for key in keys if not any(isinstance(one.get(key), list | dict) for one in told)]
    return {as_key(key): as_values(one.get(key) for one in told) for key in plain}


def _description(sample: _Sample, shards: tuple[Path, ...], where: str) -> dict[str, Any]:
    if "json" not in sample.parts:
        return {}
    try:
        about = json.loads(_text(sample, shards, "json", where))
    except ValueError as error:
        raise DataError(f"{where} has a .json that is none") from error
    if not isinstance(about, dict):
        raise DataError(f"{where} has a .json that names nothing; write an object")
    return about


def _text(sample: _Sample, shards: tuple[Path, ...], part: str, where: str) -> str:
    start, length = sample.parts[part]
    if length > _SMALL:
        raise DataError(f"{where} has a .{part} of {length:,} bytes, which is no label")
    try:
        return Slices(shards, (sample.shard,), (start,), (length,))(0).decode().strip()
    except UnicodeDecodeError as error:
        raise DataError(f"{where} has a .{part} that is no text") from error


def _class_names(folder: Path) -> tuple[str, ...]:
    file = folder / CLASS_NAMES
    if not file.is_file():
        return ()
    try:
        return tuple(line for line in file.read_text(encoding="utf-8").splitlines() if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{file} cannot be read as text") from error
