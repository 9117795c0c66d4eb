"""IDX files: the format in which MNIST and its relatives are published."""

from gzip import BadGzipFile
from gzip import decompress as unzip
from math import prod
from pathlib import Path
from zlib import error as ZlibError

import numpy as np
from jaxtyping import UInt8

from fieldmark.datasets.held import held, numbered_classes, numbered_ids, own_card
from fieldmark.datasets.naming import printed_name
from fieldmark.records import ClassSpace, DataError, Examples

_GZIP = b"\x1f\x8b"
_MAGIC = {"images": b"\0\0\x08\x03", "labels": b"\0\0\x08\x01"}  # bytes, in 3 and 1 dimensions


def idx(
    images: str | Path,
    labels: str | Path,
    *,
    name: str | None = None,
    classes: ClassSpace | None = None,
) -> Examples:
    """Examples from an IDX file of grey images and one of labels, packed with gzip or not.

    Args:
        images: The file of images, such as t10k-images-idx3-ubyte.gz.
        labels: The file of their labels, such as t10k-labels-idx1-ubyte.gz.
        name: What to call the set; by default the name of the file of images.
        classes: What the labels refer to; by default "0", "1", ... up to the largest label.

    Raises:
        DataError: A file is missing, of another format, cut short, or they do not belong together.
        ConfigError: ``name`` is not one.

    Source:
        The format is described on the MNIST page of LeCun, Cortes and Burges.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     pictures, digits = Path(folder) / "pictures", Path(folder) / "digits"
        ...     head, one, two = bytes([0, 0, 8]), bytes([0, 0, 0, 1]), bytes([0, 0, 0, 2])
        ...     _ = pictures.write_bytes(head + bytes([3]) + one + one + two + bytes([7, 9]))
        ...     _ = digits.write_bytes(head + bytes([1]) + one + bytes([4]))
        ...     single = idx(pictures, digits)
        >>> single.images().tolist(), single.first_labels.tolist()
        ([[[[7], [9]]]], [4])
    """
    pictures, answers = Path(images).expanduser(), Path(labels).expanduser()
    called = printed_name(name, pictures.name.removesuffix(".gz"))
    pixels = _array(pictures, "images")
    marks = _array(answers, "labels").astype(np.int64)
    if len(pixels) != len(marks):
        raise DataError(
            f"{pictures} holds {len(pixels)} images but {answers} holds {len(marks)} labels; "
            "name two files of one set"
        )
    space = classes or numbered_classes(marks, file=str(answers))
    if marks.max(initial=0) >= len(space):
        raise DataError(f"{answers} has the label {marks.max()} but only {len(space)} classes")
    card = own_card(
        called,
        f"{len(pixels):,} grey images of {len(space)} classes",
        f"IDX files {pictures.name} and {answers.name}, made elsewhere",
    )
    return held(card, space, numbered_ids(len(pixels)), marks, pixels[..., np.newaxis])


def _array(file: Path, kind: str) -> UInt8[np.ndarray, "..."]:
    data = _content(file)
    magic = _MAGIC[kind]
    if data[:4] != magic:
        other = next((one for one in _MAGIC if data[:4] == _MAGIC[one]), None)
        hint = f"it holds {other}: are the two files swapped?" if other else "name one"
        raise DataError(f"{file} is no IDX file of {kind}; {hint}")
    rank = magic[3]
    start = 4 + 4 * rank
    shape = tuple(np.frombuffer(data[4:start], dtype=">u4").tolist()) if len(data) >= start else ()
    if len(shape) != rank or len(data) - start != prod(shape):
        said = f"{'×'.join(map(str, shape))} bytes" if shape else "its size"
        raise DataError(
            f"{file} is cut short or damaged: it should hold {said} but has "
            f"{max(len(data) - start, 0)} bytes; fetch it again"
        )
    return np.frombuffer(data, dtype=np.uint8, offset=start).reshape(shape)


def _content(file: Path) -> bytes:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise DataError(f"{file} cannot be read ({error.strerror})") from error
    if not data.startswith(_GZIP):
        return data
    try:
        return unzip(data)
    except (EOFError, BadGzipFile, ZlibError) as error:
        raise DataError(f"{file} is cut short or damaged ({error}); fetch it again") from error
