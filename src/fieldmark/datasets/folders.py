"""Folders of pictures: one folder per class, the way most people keep their images."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from hashlib import blake2b
from os import cpu_count
from pathlib import Path
from typing import TypeVar

import numpy as np

from fieldmark.datasets.held import own_card
from fieldmark.datasets.listing import class_folders, class_space, pictures_of
from fieldmark.datasets.naming import printed_name
from fieldmark.datasets.pictures import RULE, Outline, decoded, outline
from fieldmark.records import (
    STANDARD,
    ClassSpace,
    ConfigError,
    DataError,
    Examples,
    Framing,
    Pixels,
    Rows,
    fingerprint,
)

_THREADS = min(8, cpu_count() or 1)
_FEW = 64  # below this, starting threads costs more than it saves

_In = TypeVar("_In")
_Out = TypeVar("_Out")


@dataclass(frozen=True)
class FilePictures:
    """From rows to their images, decoded from files that must be what they were at opening."""

    files: tuple[Path, ...]
    digests: tuple[str, ...]
    framing: Framing

    def __call__(self, rows: Rows) -> Pixels:
        """The images of ``rows``, uint8 (r, h, w, c); many are decoded side by side.

        Raises:
            DataError: A file is damaged, gone, or not what it was.
        """
        images = np.empty((len(rows), *self.framing.frame), dtype=np.uint8)

        def fill(place: int) -> None:
            images[place] = self._decode(int(rows[place]))

        _side_by_side(fill, range(len(rows)))
        return images

    def _decode(self, row: int) -> np.ndarray:
        file = self.files[row]
        data = _bytes(file)
        if _digest(data) != self.digests[row]:
            raise DataError(f"{file} has changed since the folder was opened; open it again")
        return decoded(data, file=str(file), framing=self.framing)

    def reframed(self, framing: Framing) -> "FilePictures":
        """The same files in another framing."""
        return replace(self, framing=framing)


def folder(
    path: str | Path,
    *,
    name: str | None = None,
    size: int | tuple[int, int] | None = None,
    channels: int | None = None,
    classes: ClassSpace | None = None,
) -> Examples:
    """Examples from a folder that holds one folder of pictures per class.

    Pictures are png, jpg, jpeg, webp, bmp, tif, tiff, gif (first frame), ppm and pgm, of 8 bits per
    channel; other files and hidden ones are left alone. They are turned upright as their EXIF
    orientation says and laid on white where they are transparent. Every file is read at opening
    (for the fingerprint) but decoded only when somebody looks at it.

    Args:
        path: The folder.
        name: What to call the set; by default the folder's name.
        size: (height, width) of the images, or one number for both. Pictures are scaled until they
            cover it (bilinear, antialiased) and cropped around their middle. None leaves it to the
            model: one that says how it wants pictures framed gets them so, any other gets them as
            they are, or, where they are of several sizes, in ``STANDARD`` framing.
        channels: 1 for grey, 3 for colour; by default 1 if every file is grey.
        classes: What the folders' names refer to; by default the names themselves, ordered as
            numbers if they all are numbers, else as text.

    Raises:
        DataError: The folder is not made like that, or holds something that is no picture.
        ConfigError: ``name``, ``size`` or ``channels`` is not one.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from PIL import Image
        >>> with TemporaryDirectory() as pets:
        ...     for kind in ("cat", "dog"):
        ...         (Path(pets) / kind).mkdir()
        ...         Image.new("RGB", (40, 30)).save(Path(pets) / kind / "1.png")
        ...     examples = folder(pets, name="pets", size=24)
        ...     examples.ids, examples.images().shape
        (('cat/1.png', 'dog/1.png'), (2, 24, 24, 3))
    """
    root = Path(path).expanduser()
    called = printed_name(name, root.resolve().name)
    wanted = _size(size)
    if channels not in (None, 1, 3):
        raise ConfigError(f"images have 1 channel (grey) or 3 (colour), not {channels}")
    folders = class_folders(root)
    of_class = {one.name: pictures_of(one, root) for one in folders}
    space = class_space(folders, classes, root)
    files = tuple(file for found in of_class.values() for file in found)
    ids = tuple(file.relative_to(root).as_posix() for file in files)
    sights = _side_by_side(_sight, files)
    outlines = [seen for seen, _ in sights]
    digests = tuple(digest for _, digest in sights)
    depth = channels or (1 if all(seen.grey for seen in outlines) else 3)
    framing = Framing(*wanted, depth) if wanted else _common(outlines, depth)
    pictures = FilePictures(files, digests, framing)
    # Where a model may ask for its own framing, what it gets follows from the files alone; others
    # get the depth that was asked for.
    sort = list(framing.frame) if wanted else ["as they are found", depth]
    counts = [len(found) for found in of_class.values()]
    labels = np.repeat(np.array([space.index(one) for one in of_class], dtype=np.int64), counts)
    labels.setflags(write=False)
    return Examples(
        card=own_card(
            called,
            f"{len(files):,} pictures in {len(folders)} class folders",
            f"Files of the folder {root.resolve().name}: {RULE}; {framing}"
            + ("" if wanted else ", unless a model asks for another framing"),
        ),
        classes=space,
        ids=ids,
        labels=labels[:, np.newaxis],
        frame=framing.frame,
        decode=pictures,
        content=fingerprint(list(ids), labels, list(space.names), sort, RULE, list(digests)),
        reframe=None if wanted else pictures.reframed,
        framing=framing,
    )


def _size(size: int | tuple[int, int] | None) -> tuple[int, int] | None:
    if size is None:
        return None
    height, width = (size, size) if isinstance(size, int) else size
    if min(height, width) < 1:
        raise ConfigError(f"a size is (height, width) in pixels, both 1 or more, got {size}")
    return height, width


def _common(outlines: list[Outline], channels: int) -> Framing:
    """The framing of pictures that nobody asked to be framed: their own size, where it is one."""
    sizes = {seen.size for seen in outlines}
    if len(sizes) > 1:
        return replace(STANDARD, channels=channels)
    return Framing(*sizes.pop(), channels)


def _sight(file: Path) -> tuple[Outline, str]:
    data = _bytes(file)
    return outline(data, file=str(file)), _digest(data)


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise DataError(f"{file} cannot be read ({error.strerror})") from error


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()


def _side_by_side(work: Callable[[_In], _Out], things: Iterable[_In]) -> list[_Out]:
    """``[work(thing) for thing in things]``, in threads where there are many."""
    listed = list(things)
    if len(listed) <= _FEW:
        return [work(thing) for thing in listed]
    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(work, listed))
