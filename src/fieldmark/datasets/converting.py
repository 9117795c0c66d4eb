"""Converting: any examples as a folder, a zip archive, WebDataset shards or a Parquet table.

Pictures that lie in files go over byte by byte; pixels held in memory become PNG files. Read back,
the examples have the same ids, labels, classes and content.
"""

import io
import json
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from PIL import Image

from fieldmark.datasets.containers.tars import CLASS_NAMES
from fieldmark.datasets.pictures import SUFFIXES, EncodedPictures
from fieldmark.datasets.writing import Watch, file_names
from fieldmark.records import ConfigError, DataError, Examples

_A_SHARD = 1_000
_A_GROUP = 256  # rows of a Parquet table that are read together
_LONG_AGO = 0  # so that the same examples become the same bytes


@dataclass(frozen=True)
class _Item:
    """One example on its way: what it is called, its labels, and its file."""

    one: str
    labels: tuple[int, ...]
    data: bytes
    suffix: str
    known: dict[str, str]


def convert(examples: Examples, target: Path, *, watch: Watch | None = None) -> Path:
    """Write examples to ``target``, in the form that its name says.

    Args:
        examples: What to write, as they were found: no framing is applied to files.
        target: NAME.parquet, NAME.zip (of class folders), or NAME.shards, a folder
            (WebDataset, 1,000 to a shard). It must not be there yet.
        watch: Told (done, in all).

    Returns:
        What was written: ``target``.

    Raises:
        ConfigError: The name says no form.
        DataError: ``target`` is there, cannot be written, or an example has no label.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from fieldmark.datasets import mnist_test, parquet
        >>> with TemporaryDirectory() as somewhere:
        ...     written = convert(mnist_test(), Path(somewhere) / "digits.parquet")
        ...     read = parquet(written)
        >>> read.ids == mnist_test().ids, (read.images() == mnist_test().images()).all().item()
        (True, True)
    """
    writers: dict[str, Callable[[Examples, Path, Watch | None], None]] = {
        ".parquet": _parquet,
        ".zip": _zip,
        ".shards": _shards,
    }
    if target.suffix not in writers:
        raise ConfigError(
            f"{target.name} says no form; name it {', '.join('*' + s for s in writers)}"
        )
    if target.exists():
        raise DataError(f"{target} is there already, and is left as it is; name another")
    aside = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        writers[target.suffix](examples, aside, watch)
        aside.replace(target)
    except OSError as error:
        raise DataError(f"cannot write {target}: {error.strerror or error}") from error
    return target


def _items(examples: Examples, watch: Watch | None) -> Iterator[_Item]:
    n = len(examples)
    for row, one in enumerate(examples.ids):
        labels = tuple(label for label in examples.labels[row].tolist() if label >= 0)
        known = {key: texts[row] for key, texts in examples.metadata.items()}
        yield _Item(one, labels, *_file(examples, row), known)
        if watch is not None:
            watch(row + 1, n)


def _file(examples: Examples, row: int) -> tuple[bytes, str]:
    """The bytes of an example's picture, and the suffix that they want."""
    pictures = examples.decode
    if isinstance(pictures, EncodedPictures):
        data = pictures.origin.read(np.array([row]))[0]
        if isinstance(data, DataError):
            raise data
        suffix = PurePosixPath(pictures.origin.name(row)).suffix.lower()
        return data, suffix if suffix in SUFFIXES else _suffix(data)
    pixels = examples.images(np.array([row]))[0]
    written = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels).save(written, "PNG")
    return written.getvalue(), ".png"


def _suffix(data: bytes) -> str:
    with Image.open(io.BytesIO(data)) as image:
        return f".{(image.format or 'png').lower()}"


def _parquet(examples: Examples, target: Path, watch: Watch | None) -> None:
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    several = examples.labels.shape[1] > 1
    label = pa.list_(pa.int64()) if several else pa.int64()
    picture = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    named: dict[str, Any] = {"names": list(examples.classes.names), "_type": "ClassLabel"}
    features = {
        "id": {"dtype": "string", "_type": "Value"},
        "image": {"_type": "Image"},
        "label": {"feature": named, "_type": "Sequence"} if several else named,
        **{key: {"dtype": "string", "_type": "Value"} for key in examples.metadata},
    }
    schema = pa.schema(
        [
            *(("id", pa.string()), ("image", picture), ("label", label)),
            *((key, pa.string()) for key in examples.metadata),
        ],
        metadata={"huggingface": json.dumps({"info": {"features": features}})},
    )
    with ParquetWriter(target, schema, compression="none") as table:
        for batch in _batches(_items(examples, watch), _A_GROUP):
            columns = [
                pa.array([item.one for item in batch], pa.string()),
                pa.array(
                    [{"bytes": item.data, "path": PurePosixPath(item.one).name} for item in batch],
                    picture,
                ),
                pa.array([_label(item, several) for item in batch], label),
                *(pa.array([item.known[key] for item in batch]) for key in examples.metadata),
            ]
            table.write_table(pa.Table.from_arrays(columns, schema=schema))


def _label(item: _Item, several: bool) -> list[int] | int | None:
    if several:
        return list(item.labels)
    return item.labels[0] if item.labels else None


def _shards(examples: Examples, target: Path, watch: Watch | None) -> None:
    names = file_names(examples, "")
    target.mkdir()
    (target / CLASS_NAMES).write_text("\n".join(examples.classes.names) + "\n", encoding="utf-8")
    rows = iter(range(len(examples)))
    for shard, batch in enumerate(_batches(_items(examples, watch), _A_SHARD)):
        with tarfile.open(target / f"{shard:06d}.tar", "w", format=tarfile.PAX_FORMAT) as archive:
            for item, row in zip(batch, rows, strict=False):
                _add(archive, item, names[row])


def _add(archive: tarfile.TarFile, item: _Item, name: PurePosixPath) -> None:
    # A key ends at the first dot of the file's name.
    key = str(name.with_name(name.name.replace(".", "-")))
    label = item.labels[0] if len(item.labels) == 1 else list(item.labels)
    told = {**item.known, "id": item.one, "label": label}
    about = json.dumps(told, ensure_ascii=False).encode()
    members = [(item.suffix, item.data), (".json", about)]
    if len(item.labels) == 1:
        members.append((".cls", str(item.labels[0]).encode()))
    for suffix, data in members:
        member = tarfile.TarInfo(key + suffix)
        member.size, member.mtime = len(data), _LONG_AGO
        archive.addfile(member, io.BytesIO(data))


def _zip(examples: Examples, target: Path, watch: Watch | None) -> None:
    kept = [PurePosixPath(one) for one in examples.ids]
    plain = all(map(_has_a_place, examples.ids, examples.first_labels.tolist(), repeat(examples)))
    names = () if plain else file_names(examples, "")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for row, item in enumerate(_items(examples, watch)):
            name = kept[row] if plain else f"{names[row]}{item.suffix}"
            archive.writestr(zipfile.ZipInfo(str(name)), item.data)


def _has_a_place(one: str, label: int, examples: Examples) -> bool:
    """Is an id the path of a picture in the folder of its class already?"""
    path = PurePosixPath(one)
    home = path.parts[0]
    named = len(path.parts) == 2 and label >= 0 and home == examples.classes.names[label]
    return named and path.suffix.lower() in SUFFIXES and not one.startswith((".", "__MACOSX"))


def _batches(items: Iterator[_Item], most: int) -> Iterator[list[_Item]]:
    batch: list[_Item] = []
    for item in items:
        batch.append(item)
        if len(batch) == most:
            yield batch
            batch = []
    if batch:
        yield batch
