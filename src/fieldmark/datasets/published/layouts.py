"""Layouts that several published sets share: class folders, and arrays of pixels."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fieldmark.datasets.held import held
from fieldmark.datasets.listing import class_folders, pictures_of
from fieldmark.datasets.pictures import FileOrigin, read_encoded
from fieldmark.datasets.published.sets import Opening
from fieldmark.records import ClassSpace, DataError, Examples


def places_of(space: ClassSpace) -> Mapping[str, int]:
    """From WordNet id to the class that it belongs to: itself, or one that has it as a member."""
    if not space.members:
        return {name: place for place, name in enumerate(space.names)}
    return {one: place for place, group in enumerate(space.members) for one in group}


def class_of(folder: str, *, places: Mapping[str, int]) -> int:
    """The class that a folder is called after.

    Raises:
        DataError: There is no such class.

    Example:
        >>> class_of("n01443537", places={"n01440764": 0, "n01443537": 1})
        1
    """
    if folder not in places:
        raise DataError(f"the folder {folder} is none of the {len(places)} classes; move it away")
    return places[folder]


def class_folder_set(
    opening: Opening,
    root: Path,
    space: ClassSpace,
    place: Callable[[str], int | None],
    *,
    ids: Callable[[str, str], str] = "{}/{}".format,
    by_id: bool = False,
) -> Examples:
    """Examples of a folder of class folders.

    Args:
        opening: What is asked for.
        root: The folder that holds the class folders.
        space: The classes.
        place: From a folder's name to its class; None for one that is left out.
        ids: From the names of a folder and a file to the id of the example.
        by_id: Examples in the order of their ids, and not class by class.

    Raises:
        DataError: The folder is not made like that.
    """
    files: list[tuple[str, str]] = []
    labels: list[int] = []
    for home in class_folders(root):
        label = place(home.name)
        if label is None:
            continue
        names = [one.name for one in pictures_of(home, root)]
        files += [(home.name, one) for one in names]
        labels += [label] * len(names)
    if not files:
        raise DataError(f"{root} holds none of the folders of {opening.card.name}")
    called = [ids(*one) for one in files]
    turns: Sequence[Any] = called if by_id else list(zip(labels, files, strict=True))
    order = sorted(range(len(files)), key=turns.__getitem__)
    return picture_set(
        opening,
        root,
        space,
        [called[row] for row in order],
        np.array([labels[row] for row in order]),
        ["/".join(files[row]) for row in order],
    )


def picture_set(
    opening: Opening,
    root: Path,
    space: ClassSpace,
    ids: Sequence[str],
    labels: np.ndarray,
    files: Sequence[str],
    *,
    groups: Sequence[str] = (),
) -> Examples:
    """Examples of files at known places.

    Args:
        opening: What is asked for.
        root: The folder that the files' names start from.
        space: The classes.
        ids: One name per example.
        labels: One label per example, or a set of them padded with -1.
        files: One file per example.
        groups: What each example belongs to, or ().

    Raises:
        DataError: A file cannot be read, or is no picture.
    """
    sets = (labels[:, np.newaxis] if labels.ndim == 1 else labels).astype(np.int64)
    return read_encoded(
        opening.card,
        space,
        ids,
        sets,
        FileOrigin(str(root), tuple(files)),
        opening.reading,
        groups=tuple(groups),
    )


def pixel_set(
    opening: Opening, space: ClassSpace, ids: Sequence[str], labels: np.ndarray, pixels: np.ndarray
) -> Examples:
    """Examples held in memory.

    Raises:
        DataError: Images and labels are not equally many, or a label is no class.
    """
    if len(pixels) != len(labels):
        raise DataError(
            f"{opening.root}: {len(pixels):,} images but {len(labels):,} labels; fetch them again"
        )
    if labels.size and not -1 <= labels.min() <= labels.max() < len(space):
        raise DataError(f"{opening.root} has labels outside its {len(space)} classes")
    return held(opening.card, space, tuple(ids), labels.astype(np.int64), pixels)


def array(file: Path, *, mapped: bool = False) -> np.ndarray:
    """The array of an .npy file; nothing is unpickled.

    Args:
        file: The file.
        mapped: Leave it on disk, and read what is looked at.

    Raises:
        DataError: It cannot be read, or holds Python objects.
    """
    try:
        found = np.load(file, allow_pickle=False, mmap_mode="r" if mapped else None)
    except OSError as error:
        raise DataError(f"{file} cannot be read ({error.strerror or 'it is cut short'})") from error
    except (ValueError, EOFError) as error:
        if "allow_pickle" in str(error) or "pickle" in str(error).lower():
            raise DataError(
                f"{file} holds pickled Python objects, which could run any program: "
                "fetch the form that holds plain arrays"
            ) from error
        raise DataError(f"{file} is no .npy file, or is cut short; fetch it again") from error
    if not isinstance(found, np.ndarray):
        raise DataError(f"{file} is an archive of arrays, not an .npy file")
    return found


def text_of(file: Path) -> str:
    """The text of a small file.

    Raises:
        DataError: It cannot be read, or is no text.
    """
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DataError(f"{file} cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{file} is no text; fetch it again") from error


def facts_in(file: Path) -> object:
    """What a JSON file holds.

    Raises:
        DataError: It cannot be read, or is none.
    """
    import json

    try:
        found: object = json.loads(text_of(file))
    except ValueError as error:
        raise DataError(f"{file} is no JSON, or is cut short; fetch it again") from error
    return found
