"""Folders of pictures: one folder per class, the way most people keep their images."""

from pathlib import Path

import numpy as np

from fieldmark.datasets.held import own_card
from fieldmark.datasets.listing import class_folders, class_places, class_space, pictures_of
from fieldmark.datasets.metadata import beside
from fieldmark.datasets.naming import printed_name
from fieldmark.datasets.pictures import FileOrigin, Reading, Watch, read_encoded
from fieldmark.records import ClassSpace, ConfigError, Examples


def folder(
    path: str | Path,
    *,
    name: str | None = None,
    size: int | tuple[int, int] | None = None,
    channels: int | None = None,
    classes: ClassSpace | None = None,
    broken: str = "stop",
    watch: Watch | None = None,
    first: int | None = None,
) -> Examples:
    """Examples from a folder that holds one folder of pictures per class.

    Pictures are png, jpg, jpeg, webp, bmp, tif, tiff, gif (first frame), ppm and pgm, of 8 bits per
    channel; other files and hidden ones are left alone. They are turned upright as their EXIF
    orientation says and laid on white where they are transparent. Every file is read at opening
    (for the fingerprint) but decoded only when somebody looks at it. A ``metadata.csv`` or
    ``metadata.jsonl`` beside the class folders says more of each (``file_name`` is "class/file").

    Args:
        path: The folder.
        name: What to call the set; by default the folder's name.
        size: (height, width) of the images, or one number for both. Pictures are scaled until they
            cover it (bilinear, antialiased) and cropped around their middle. None leaves it to the
            model: one that says how it wants pictures framed gets them so, any other gets them as
            they are, or, where they are of several sizes, in ``STANDARD`` framing.
        channels: 1 for grey, 3 for colour; by default 1 if every file is grey.
        classes: What the folders' names refer to; by default the names themselves, ordered as
            numbers if they all are numbers, else as text. Folders that are numbers count classes
            that are none, from 0 or from 1.
        broken: "stop" refuses what is no picture here, and what cannot be decoded where somebody
            looks at it. "missing" decodes every picture here: the broken ones have no label, so
            that they count as missing, are shown as black, and are listed in ``Examples.broken``.
        watch: Told (done, in all) as files are read.
        first: The number of the first class where folders count them, 0 or 1; None tells it from
            the numbers, if there is a folder for the first or for the last class.

    Raises:
        DataError: The folder is not made like that, or holds something that is no picture.
        ConfigError: ``name``, ``size``, ``channels``, ``broken`` or ``first`` is
            not one.

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
    reading = Reading(size, channels, broken, watch)
    if first not in (None, 0, 1):
        raise ConfigError(f"classes are counted from 0 or from 1, not from {first}")
    folders = class_folders(root)
    of_class = {one.name: pictures_of(one, root) for one in folders}
    space = class_space(folders, classes, root)
    places = class_places(list(of_class), space, root, first=first)
    files = tuple(file for found in of_class.values() for file in found)
    ids = tuple(file.relative_to(root).as_posix() for file in files)
    counts = [len(found) for found in of_class.values()]
    labels = np.repeat(np.array(places, dtype=np.int64), counts)
    card = own_card(
        called,
        f"{len(files):,} pictures in {len(folders)} class folders",
        f"Files of the folder {root.resolve().name}",
    )
    return read_encoded(
        card,
        space,
        ids,
        labels[:, np.newaxis],
        FileOrigin(str(root), ids),
        reading,
        metadata=beside(root, ids),
    )
