"""Writing: a condition's pictures as files, in the layout that the published sets have.

``change/level/class/file``, as in ImageNet-C, with a ``fieldmark.json`` beside the class folders
that says what they were made from. A file is there whole or not at all, and a run that was stopped
goes on with what is missing.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image

from fieldmark.datasets.pictures import SUFFIXES
from fieldmark.records import Condition, ConfigError, DataError, Examples, fingerprint

Watch = Callable[[int, int], None]
"""Told (done, in all) as files are written."""

NOTE = "fieldmark.json"

_BATCH = 32
_LONGEST_NAME = 120


@dataclass(frozen=True)
class Written:
    """What became of a condition.

    Args:
        folder: The folder that holds its class folders.
        made: How many files were written now.
        kept: How many were there before.
    """

    folder: Path
    made: int
    kept: int


def write_condition(
    condition: Condition,
    root: Path,
    *,
    format: str = "png",
    quality: int = 85,
    watch: Watch | None = None,
) -> Written:
    """A shifted condition's pictures, written to ``root/change/level/class/file``.

    Reading the folder back gives the very same pictures where the format is "png".

    Args:
        condition: What is written; a shift or a sequence.
        root: The folder that holds, or is to hold, all changes.
        format: "png" keeps every grey level; "jpg" is what ImageNet-C was published in.
        quality: Of the JPEG files; 85 in ImageNet-C.
        watch: Told how far it is.

    Raises:
        ConfigError: The condition is an attack, or not changed at all; or no such format.
        DataError: An example has no label; the folder holds another condition, or cannot be
            written.
    """
    proof = condition.certificate is not None
    if condition.attack is not None or condition.change is None or proof:
        what = "an attack, which depends on the model" if condition.attack else "not changed"
        raise ConfigError(f"{condition.name} is {what}; name a shift, such as mnist-test+fog@3")
    if format not in ("png", "jpg"):
        raise ConfigError(f"files are written as png or jpg, not {format!r}")
    if not 1 <= quality <= 95:
        raise ConfigError(f"the quality of a JPEG file is 1 to 95, got {quality}")
    folder = root / _safe(condition.change.name) / _safe(condition.level)
    files = file_names(condition.examples, f".{format}")
    try:
        _begin(condition, folder, _about(condition, format, quality))
        left = [row for row, file in enumerate(files) if not (folder / file).exists()]
        for start in range(0, len(left), _BATCH):
            rows = left[start : start + _BATCH]
            images = condition.images(np.array(rows, dtype=np.int64))
            for row, image in zip(rows, images, strict=True):
                _put(folder / files[row], partial(_save, image=image, quality=quality))
            if watch is not None:
                watch(len(files) - len(left) + start + len(rows), len(files))
    except OSError as error:
        raise DataError(f"cannot write {folder}: {error.strerror or error}") from error
    return Written(folder, len(left), len(files) - len(left))


def file_names(examples: Examples, suffix: str) -> tuple[PurePosixPath, ...]:
    """A path for each example, ``class/file``; no two alike, whatever the ids are.

    Args:
        examples: Their ids and first labels.
        suffix: What file names end with.

    Raises:
        DataError: An example has no label, and so no folder.
    """
    unlabelled = np.flatnonzero(examples.first_labels < 0)
    if len(unlabelled):
        raise DataError(
            f"{len(unlabelled)} examples of {examples.card.name} have no label, such as "
            f"{examples.ids[unlabelled[0]][:80]}: there is no class folder to put them in"
        )
    homes = _distinct([_safe(name) for name in examples.classes.names], examples.classes.names)
    names = examples.classes.names
    stems = [
        f"{homes[label]}/{_stem(one, names[label])}"
        for one, label in zip(examples.ids, examples.first_labels.tolist(), strict=True)
    ]
    return tuple(PurePosixPath(stem + suffix) for stem in _distinct(stems, examples.ids))


def _stem(one: str, home: str) -> str:
    """The name of an example's file: its id without its class folder and its old suffix."""
    path = PurePosixPath(one.removeprefix(f"{home}/"))
    bare = path.with_suffix("") if path.suffix.lower() in SUFFIXES else path
    return _safe("-".join(part for part in bare.parts if part != "/"))


def _safe(name: str) -> str:
    """A name that every file system takes, and that leads to no other folder."""
    plain = re.sub(r"[^A-Za-z0-9._ -]+", "-", name).strip(" .-")
    return plain if 0 < len(plain) <= _LONGEST_NAME else f"{plain[:80]}-{fingerprint(name)}"


def _distinct(found: Sequence[str], meant: Sequence[str]) -> list[str]:
    """The same names, but a mark on those that some file systems take for one."""
    seen: dict[str, int] = {}
    for name in found:
        seen[name.casefold()] = seen.get(name.casefold(), 0) + 1
    return [
        name if seen[name.casefold()] == 1 else f"{name}-{fingerprint(whose)[:8]}"
        for name, whose in zip(found, meant, strict=True)
    ]


def _about(condition: Condition, format: str, quality: int) -> dict[str, object]:
    assert condition.change is not None
    return {
        "condition": condition.name,
        "fingerprint": condition.fingerprint,
        "seed": condition.seed,
        "settings": dict(condition.change.settings),
        "examples": condition.examples.card.name,
        "n": len(condition.examples),
        "format": format if format == "png" else f"jpg, quality {quality}",
    }


def _begin(condition: Condition, folder: Path, about: dict[str, object]) -> None:
    """The note that says what is in the folder; one that says something else is not overruled."""
    note, text = folder / NOTE, json.dumps(about, indent=2, ensure_ascii=False)
    if not note.exists():
        if folder.exists() and any(folder.iterdir()):
            raise DataError(f"{folder} holds files that Fieldmark did not write; name another one")
        _put(note, lambda path: path.write_text(text + "\n", encoding="utf-8"))
        return
    try:
        found = json.loads(note.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(f"{note} cannot be read; remove {folder} to write it anew") from error
    if found != json.loads(text):
        other = [
            key for key in about if not isinstance(found, dict) or found.get(key) != about[key]
        ]
        raise DataError(
            f"{folder} holds {condition.name} made otherwise ({', '.join(other[:4])}): "
            "name another folder, or remove that one"
        )


def _put(path: Path, write: Callable[[Path], object]) -> None:
    """A file that is whole as soon as it has its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.part")
    write(aside)
    aside.replace(path)


def _save(path: Path, *, image: np.ndarray, quality: int) -> None:
    picture = Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)
    if path.name.endswith(".jpg.part"):
        picture.save(path, "JPEG", quality=quality, optimize=True)
    else:
        picture.save(path, "PNG")
