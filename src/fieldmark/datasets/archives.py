"""NumPy archives: images, as pixels or as encoded files, and labels in one .npz file."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import numpy as np

from fieldmark.datasets.containers.blobs import blob
from fieldmark.datasets.containers.gathering import Gathered
from fieldmark.datasets.held import held, numbered_classes, numbered_ids, own_card
from fieldmark.datasets.metadata import as_key, as_values
from fieldmark.datasets.naming import printed_name
from fieldmark.datasets.pictures import Reading, read_encoded
from fieldmark.records import ClassSpace, ConfigError, DataError, Examples, Labels, Pixels

_AGAIN = "write it again with np.savez"
_KNOWN = ("images", "labels", "ids", "class_names", "offsets")
_AS_FOUND = Reading()


def npz(
    path: str | Path,
    *,
    name: str | None = None,
    classes: ClassSpace | None = None,
    columns: Mapping[str, str] | None = None,
    reading: Reading = _AS_FOUND,
) -> Examples:
    """Examples from a NumPy archive; arrays of Python objects are never unpickled.

    It holds ``images``, (n, h, w), (n, h, w, 1) or (n, h, w, 3), either uint8 or floats in [0, 1],
    which are rounded to the nearest of 256 levels; ``labels``, whole numbers (n,), -1 where an
    example is not labelled; and perhaps ``ids`` (n,) and ``class_names`` (k,). Where it also holds
    ``offsets``, whole numbers (n + 1,), ``images`` are the bytes of encoded files one after the
    other, uint8 (b,), and image i is ``images[offsets[i]:offsets[i + 1]]``. Every further array
    (n,) of numbers or text is metadata, such as ``writer`` or ``year``.

    Args:
        path: The .npz file.
        name: What to call the set; by default the file's name.
        columns: What the arrays are called otherwise, by the names above.
        reading: How encoded files are read.
        classes: What the labels refer to: by the archive's ``class_names`` where it has them, else
            by position. By default ``class_names``, or else "0", "1", ... up to the largest label.

    Raises:
        DataError: The file is no such archive; the message says what to change.
        ConfigError: ``name`` is not one.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as somewhere:
        ...     file = Path(somewhere) / "pets.npz"
        ...     np.savez(file, images=np.zeros((2, 4, 4), np.uint8), labels=np.array([1, 0]))
        ...     pets = npz(file)
        >>> pets.card.name, pets.frame, pets.classes.names
        ('pets', (4, 4, 1), ('0', '1'))
    """
    file = Path(path).expanduser()
    called = printed_name(name, file.stem)
    arrays = _arrays(file, {**dict(zip(_KNOWN, _KNOWN, strict=True)), **dict(columns or {})})
    encoded_files = (
        blob(arrays["images"], arrays["offsets"], file=str(file)) if "offsets" in arrays else None
    )
    if encoded_files is None and replace(reading, watch=None) != _AS_FOUND:
        raise ConfigError(f"{file} holds pixels, no files: leave out size, channels and broken")
    pixels = _pixels(arrays["images"], file) if encoded_files is None else None
    n = len(arrays["offsets"]) - 1 if pixels is None else len(pixels)
    labels = _labels(arrays["labels"], n, file)
    space = classes
    if "class_names" in arrays:
        listed = _texts(arrays["class_names"], "class_names", file)
        _refuse_beyond(labels, len(listed), file)
        space, labels = _by_name(labels, listed, classes, file)
    elif classes is not None:
        _refuse_beyond(labels, len(classes), file)
    space = space or numbered_classes(labels, file=str(file))
    ids = _texts(arrays["ids"], "ids", file) if "ids" in arrays else numbered_ids(n)
    if len(ids) != n:
        raise DataError(f"{file} has {n} images but {len(ids)} ids; give one id per image")
    card = own_card(
        called,
        f"{n:,} images of {len(space)} classes",
        f"Arrays of the archive {file.name}, made elsewhere",
    )
    told = {
        as_key(key): as_values(column.tolist())
        for key, column in arrays.items()
        if key not in _KNOWN and column.shape == (n,)
    }
    if pixels is not None:
        return replace(held(card, space, ids, labels, pixels), metadata=told)
    assert encoded_files is not None
    found = read_encoded(
        card,
        space,
        ids,
        labels[:, np.newaxis],
        Gathered(tuple(f"{file.name}:{one}" for one in ids), encoded_files),
        reading,
    )
    return replace(found, metadata=told)


def _arrays(file: Path, called: Mapping[str, str]) -> Mapping[str, np.ndarray]:
    found = _members(file)
    missing = [called[key] for key in ("images", "labels") if called[key] not in found]
    if missing:
        instead = ", ".join(map(repr, found[:8])) or "nothing"
        raise DataError(
            f"{file} has no array {' and no array '.join(missing)}, only {instead}; "
            "write np.savez(..., images=..., labels=...), "
            "or say which they are: ?images=NAME&labels=NAME"
        )
    known = {key: _member(file, called[key]) for key in _KNOWN if called[key] in found}
    taken = {*_KNOWN, *(called[key] for key in known)}
    others = {key: _note(file, key) for key in found if key not in taken}
    return known | {key: array for key, array in others.items() if array is not None}


def _note(file: Path, key: str) -> np.ndarray | None:
    """A further array, if it can be metadata: one number or one text per example."""
    try:
        with ZipFile(file) as archive, archive.open(f"{key}.npy") as member:
            version = np.lib.format.read_magic(member)
            reads = np.lib.format.read_array_header_1_0
            shape, _, kind = (reads if version == (1, 0) else np.lib.format.read_array_header_2_0)(
                member
            )
    except Exception:  # whatever else lies in an archive is left alone, as long as nobody asks
        return None
    return _member(file, key) if len(shape) == 1 and kind.kind in "iufbU" else None


def _members(file: Path) -> tuple[str, ...]:
    try:
        with file.open("rb") as opened:
            lone = opened.read(6) == b"\x93NUMPY"
        if lone:
            raise DataError(f"{file} is one array; write np.savez(..., images=..., labels=...)")
        with ZipFile(file) as archive:
            return tuple(member.removesuffix(".npy") for member in archive.namelist())
    except DataError:
        raise
    except OSError as error:
        raise DataError(f"{file} cannot be read ({error.strerror}); name an .npz file") from error
    except Exception as error:  # damaged bytes make zip, zlib and NumPy raise whatever they like
        raise DataError(f"{file} is no .npz archive, or is cut short; {_AGAIN}") from error


def _member(file: Path, key: str) -> np.ndarray:
    try:
        with np.load(file, allow_pickle=False) as archive:
            return np.asarray(archive[key])  # a member that is no .npy file comes as bytes
    except Exception as error:  # here too
        if "allow_pickle" in str(error):
            raise DataError(
                f"{file}: {key} are pickled Python objects, which could run any program; "
                "save a plain array of numbers or text"
            ) from error
        raise DataError(f"{file}: {key} are damaged or cut short; {_AGAIN}") from error


def _pixels(images: np.ndarray, file: Path) -> Pixels:
    shaped = images[..., np.newaxis] if images.ndim == 3 else images
    if shaped.ndim != 4 or 0 in shaped.shape:
        raise DataError(
            f"{file}: images have the shape {images.shape}; give (n, h, w) or (n, h, w, c)"
        )
    if shaped.shape[3] not in (1, 3):
        first = shaped.shape[1] in (1, 3)
        hint = "put channels last: np.moveaxis(images, 1, -1)" if first else "give 1 or 3"
        raise DataError(f"{file}: images have {shaped.shape[3]} channels; {hint}")
    if shaped.dtype == np.uint8:
        return shaped
    if not np.issubdtype(shaped.dtype, np.floating):
        raise DataError(
            f"{file}: images are {shaped.dtype}; give uint8 (0 to 255) or floats in [0, 1]"
        )
    low, high = float(shaped.min()), float(shaped.max())
    if not (low >= 0 and high <= 1):  # so that NaN fails too
        seen = "hold NaN" if np.isnan(low) else f"are floats from {low:g} to {high:g}"
        raise DataError(f"{file}: images {seen}; give floats in [0, 1], or uint8 (0 to 255)")
    # Half floats could not tell 255 levels apart once multiplied.
    return np.rint(shaped.astype(np.float64) * 255).astype(np.uint8)


def _labels(labels: np.ndarray, n: int, file: Path) -> Labels:
    if not np.issubdtype(labels.dtype, np.integer):
        raise DataError(f"{file}: labels are {labels.dtype}; give whole numbers from 0")
    if labels.shape != (n,):
        raise DataError(
            f"{file} has {n} images but labels of the shape {labels.shape}; give one per image"
        )
    if labels.min() < -1:
        raise DataError(
            f"{file}: the label {labels.min()} is negative; number the classes from 0 "
            "(-1 says that an example is not labelled)"
        )
    if labels.max() > np.iinfo(np.int64).max:
        raise DataError(f"{file}: the label {labels.max()} is no class; number them from 0")
    return labels.astype(np.int64)


def _refuse_beyond(labels: Labels, k: int, file: Path) -> None:
    if labels.max() >= k:
        raise DataError(
            f"{file} has the label {labels.max()} but only {k} classes, numbered 0 to {k - 1}"
        )


def _texts(array: np.ndarray, what: str, file: Path) -> tuple[str, ...]:
    whole = np.issubdtype(array.dtype, np.integer)
    if array.ndim != 1 or not (whole or array.dtype.kind == "U"):
        raise DataError(
            f"{file}: {what} are {array.dtype} of the shape {array.shape}; give a list of text"
        )
    return tuple(str(one) for one in array.tolist())


def _by_name(
    labels: Labels, listed: tuple[str, ...], classes: ClassSpace | None, file: Path
) -> tuple[ClassSpace, Labels]:
    """Labels that referred to ``listed`` names, now referring to ``classes``."""
    if classes is None:
        return ClassSpace(listed), labels
    unknown = [one for one in listed if one not in classes.names]
    if unknown:
        raise DataError(
            f"{file}: {unknown[0]!r} of its class_names is none of the {len(classes)} classes given"
        )
    positions = np.array([classes.index(one) for one in listed] + [-1], dtype=np.int64)
    return classes, positions[labels]  # the last position is where -1 points
