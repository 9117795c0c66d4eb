"""Fetch: everything that a published set needs and that may be downloaded, into its folder."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fieldmark.datasets.fetching.downloading import download
from fieldmark.datasets.fetching.unpacking import unpack
from fieldmark.datasets.published import Download, PublishedSet
from fieldmark.records import ConfigError, DataError, UnknownNameError

Watch = Callable[[str, int, int], None]
"""Told (file, bytes done, bytes in all or 0) as files come in and are unpacked."""

RECORD = ".fetched.json"
"""In the folder of a set: what was downloaded into it, and with which checksum."""


@dataclass(frozen=True)
class Fetched:
    """What became of a request.

    Args:
        folder: The folder of the set.
        made: Files that were downloaded now.
        kept: Files that were there before.
        parts: The parts that were asked for.
        lacks: What must be had otherwise, in words.
    """

    folder: Path
    made: tuple[str, ...]
    kept: tuple[str, ...]
    parts: tuple[str, ...]
    lacks: tuple[str, ...]


def fetch(found: PublishedSet, part: str, place: Path, *, watch: Watch | None = None) -> Fetched:
    """Download what may be downloaded of a published set, and unpack it.

    What is there already is kept; what was cut off goes on.

    Args:
        found: The set.
        part: Which part, or the beginning of parts: "fog"; "" for all.
        place: The folder that holds a folder per set.
        watch: Told how far it is.

    Raises:
        UnknownNameError: There is no such part.
        DataError: It may not be downloaded by a program, and the line says where to ask; or it
            could not be downloaded or unpacked.
    """
    name = found.full_name(part)
    parts = tuple(one for one in found.parts if _within(one, part))
    if not parts:
        raise UnknownNameError(
            f"part of {found.name}", name, [found.full_name(one) for one in found.parts]
        )
    wanted = [one for one in found.downloads if any(one.serves(which) for which in parts)]
    folder = place / found.folders[0]
    if not wanted:
        raise DataError(
            f"{name} is not published for programs to download: {found.ask}; "
            f"then put it into {folder} as {found.layout}"
        )
    made: list[str] = []
    kept: list[str] = []
    for one in wanted:
        (made if _one(one, folder, watch) else kept).append(one.path)
    lacks = [f"{other}, which it builds on" for other in found.builds_on]
    lacks += [found.ask] if found.ask else []
    return Fetched(folder, tuple(made), tuple(kept), parts, tuple(lacks))


def _within(part: str, asked: str) -> bool:
    return not asked or part == asked or part.startswith(f"{asked}/")


def _one(one: Download, folder: Path, watch: Watch | None) -> bool:
    """Downloads and unpacks one file, where that was not done before; says whether it did."""
    before = _record(folder)
    if before.get(one.path) == _told(one) and (one.unpack or (folder / one.path).exists()):
        return False
    if not one.unpack and (folder / one.path).exists() and one.path not in before:
        return False  # somebody put it there; its reader will say if it is another
    _refuse_without_room(one, folder)
    file = download(one.url, folder / one.path, one.checksum, watch=watch)
    if one.unpack:
        _unpack(one, file, folder, watch)
    _write_record(folder, {**before, one.path: _told(one)})
    return True


def _unpack(one: Download, file: Path, folder: Path, watch: Watch | None) -> None:
    try:
        unpack(file, folder, strip=one.strip, watch=watch)
    except DataError:
        if not one.checksum:  # it may be a page of a server that had a bad day
            file.unlink()
        raise
    file.unlink()


def _refuse_without_room(one: Download, folder: Path) -> None:
    existing = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    free = shutil.disk_usage(existing).free
    needed = one.size * (2 if one.unpack else 1)
    if needed > free:
        raise ConfigError(
            f"{one.path} needs about {needed / 1e9:.1f} GB in {existing}, which has "
            f"{free / 1e9:.1f} GB left; name another folder with --into"
        )


def _told(one: Download) -> dict[str, str]:
    return {"url": one.url, "checksum": one.checksum}


def _record(folder: Path) -> dict[str, object]:
    try:
        found = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write_record(folder: Path, record: dict[str, object]) -> None:
    aside = folder / f"{RECORD}.part"
    aside.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    aside.replace(folder / RECORD)
