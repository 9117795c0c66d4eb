"""Which pictures a folder holds: one folder per class, nothing hidden, nothing outside."""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path

from fieldmark.datasets.pictures import SUFFIXES
from fieldmark.records import ClassSpace, DataError, titled

_NUMBER = re.compile(r"[0-9]+")


def class_folders(root: Path) -> tuple[Path, ...]:
    """The class folders directly in ``root``, in the order of their classes.

    Names that are all whole numbers are ordered as numbers, so that 2 stands before 10.

    Raises:
        DataError: There is no such folder, or it holds no class folders, or pictures beside them.
    """
    if not root.is_dir():
        what = "is a file, not a folder" if root.exists() else "does not exist"
        raise DataError(f"{root} {what}; name a folder that holds one folder per class")
    entries = _visible(root, root)
    folders = [entry for entry in entries if entry.is_dir()]
    loose = [entry.name for entry in entries if _is_picture(entry)]
    if loose:
        raise DataError(
            f"{root} has {len(loose):,} picture{'s' if len(loose) > 1 else ''} outside any class "
            f"folder, such as {loose[0]}; move each into the folder of its class"
        )
    if not folders:
        raise DataError(f"{root} holds no class folders; make one per class, with its pictures")
    if all(_NUMBER.fullmatch(folder.name) for folder in folders):
        folders.sort(key=lambda folder: (int(folder.name), folder.name))
    return tuple(folders)


def pictures_of(folder: Path, root: Path) -> tuple[Path, ...]:
    """The pictures of one class, by name; files with other suffixes are left alone.

    Raises:
        DataError: There are none, or a folder among them, or one that lies elsewhere.
    """
    entries = _visible(folder, root)
    nested = [entry.name for entry in entries if entry.is_dir()]
    pictures = tuple(entry for entry in entries if _is_picture(entry))
    if nested:
        hint = f"name {folder} itself, or" if not pictures else "pictures lie directly in it:"
        raise DataError(f"class folder {folder} holds the folder {nested[0]}; {hint} move it away")
    if not pictures:
        what = f"{len(entries)} files but none is a picture" if entries else "nothing"
        raise DataError(
            f"class folder {folder} holds {what}; add pictures ({' '.join(sorted(SUFFIXES))}) "
            "or remove it"
        )
    return pictures


def class_space(folders: Iterable[Path], classes: ClassSpace | None, root: Path) -> ClassSpace:
    """The classes that the folders stand for: ``classes`` where given, else the folders' names.

    Where all names are WordNet ids of ImageNet's tree, people's words become their titles.

    Raises:
        DataError: There is only one class.
    """
    names = tuple(folder.name for folder in folders)
    if classes is None and len(names) < 2:
        raise DataError(f"{root} holds only the class folder {names[0]}; two are the least")
    return classes or titled(ClassSpace(names))


def class_places(
    names: Sequence[str], classes: ClassSpace, root: Path, *, first: int | None = None
) -> list[int]:
    """For each class folder, the position of its class.

    Where the folders are numbers and the classes are not, folders count the classes: from 0 where
    one is called 0, from 1 where one is called as the last number would be.

    Args:
        names: The folders' names.
        classes: What they stand for.
        root: Where they are, for the message.
        first: What counting starts from, 0 or 1; None tells it from the numbers.

    Raises:
        DataError: A folder is none of the classes, or counts beyond them, or it cannot be told
            where the counting starts.
    """
    if all(map(_NUMBER.fullmatch, names)) and not any(map(_NUMBER.fullmatch, classes.names)):
        return _counted(names, len(classes), root, first)
    known = {name: position for position, name in enumerate(classes.names)}
    for name in names:
        if name not in known:
            close = get_close_matches(name, classes.names, n=1)
            hint = f"did you mean {close[0]}?" if close else "rename it or move it away"
            raise DataError(
                f"class folder {root / name} is none of the {len(classes)} classes; {hint}"
            )
    return [known[name] for name in names]


def _counted(names: Sequence[str], k: int, root: Path, start: int | None) -> list[int]:
    """Positions of folders whose names count ``k`` classes."""
    numbers = [int(name) for name in names]
    if len(set(numbers)) < len(numbers):
        twice = next(one for one in numbers if numbers.count(one) > 1)
        alike = [name for name, one in zip(names, numbers, strict=True) if one == twice]
        raise DataError(f"{root} has several folders for class {twice}: {', '.join(alike)}")
    first, last = min(numbers), max(numbers)
    lowest = start if start is not None else min(first, 1)
    if first < lowest or last >= k + lowest:
        raise DataError(
            f"{root} has class folders {first} to {last}, but there are {k:,} classes: numbers go "
            f"from 0 to {k - 1}, or from 1 to {k}"
        )
    if start is None and first > 0 and last < k:
        raise DataError(
            f"{root} has class folders {first} to {last}, and neither 0 nor {k}: it cannot be told "
            f"whether the {k:,} classes are counted from 0 or from 1; say first=0 or first=1 (of a "
            "folder: ?first=0), or name folders by class"
        )
    return [number - lowest for number in numbers]


def _is_picture(entry: Path) -> bool:
    return entry.suffix.lower() in SUFFIXES and entry.is_file()


def _visible(folder: Path, root: Path) -> list[Path]:
    try:
        found = sorted(folder.iterdir(), key=lambda entry: entry.name)
    except OSError as error:
        raise DataError(f"{folder} cannot be read ({error.strerror})") from error
    entries = [entry for entry in found if not entry.name.startswith((".", "__MACOSX"))]
    for entry in entries:
        _refuse_strange(entry, root)
    return entries


def _refuse_strange(entry: Path, root: Path) -> None:
    """Refuses links that lead out of the set: another machine would see another set."""
    try:
        entry.name.encode()
    except UnicodeEncodeError:
        raise DataError(f"{str(entry)!a} has a name that is not UTF-8; rename it") from None
    if not entry.is_symlink():
        return
    if not entry.exists():
        raise DataError(f"{entry} is a link to nothing; remove it")
    if not entry.resolve().is_relative_to(root.resolve()):
        raise DataError(f"{entry} is a link that leaves {root}; put a copy in its place")
