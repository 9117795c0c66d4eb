"""Handwritten digits: MNIST, the writers of its digits, its lost digits, and those of the post."""

from collections.abc import Mapping
from dataclasses import replace
from gzip import BadGzipFile
from gzip import decompress as unzip
from pathlib import Path
from types import MappingProxyType
from zlib import error as ZlibError

import numpy as np
from jaxtyping import Int64
from PIL import Image

from fieldmark.datasets.held import numbered_ids
from fieldmark.datasets.idx_files import idx
from fieldmark.datasets.mnist import DIGITS
from fieldmark.datasets.published.layouts import pixel_set
from fieldmark.datasets.published.sets import Download, Opening, PublishedSet
from fieldmark.datasets.uci import in_frame
from fieldmark.records import DataError, Examples, Pixels

_MNIST = {"test": "t10k", "train": "train"}
_WRITERS = "qmnist-{}-labels-idx2-int.gz"
_IMAGES = "qmnist-{}-images-idx3-ubyte.gz"
_QMNIST = {
    "test": ("test", slice(None)),
    "train": ("train", slice(None)),
    "test-10k": ("test", slice(0, 10_000)),
    "test-50k": ("test", slice(10_000, None)),
}
_HEAD = b"\0\0\x0c\x02"  # whole numbers of 32 bits, in two dimensions
_COLUMNS = 8
_USPS_SIDE = 16
_TORCHVISION = "torchvision"
_RAW_QMNIST = "https://raw.githubusercontent.com/facebookresearch/qmnist/master"


def _mnist(opening: Opening) -> Examples:
    """MNIST; with the writers of its digits, where QMNIST's list of them is at hand."""
    images, labels = (
        _found(opening.root, f"{_MNIST[opening.part]}-{kind}")
        for kind in ("images-idx3-ubyte", "labels-idx1-ubyte")
    )
    found = idx(images, labels, classes=DIGITS)
    named = replace(found, card=opening.card)
    file = opening.root / _WRITERS.format(opening.part)
    if not file.is_file():
        return named
    known = extended_labels(file)[: len(named)]
    if len(known) != len(named) or (known[:, 0] != named.first_labels).any():
        raise DataError(f"{file} is of other digits than {images.name}; fetch both again")
    return replace(named, metadata=_told(known))


def _found(root: Path, stem: str) -> Path:
    """An IDX file under one of its names: packed or not, with "-" or "." before "idx"."""
    names = [f"{stem}.gz", stem, stem.replace("-idx", ".idx")]
    return next((root / one for one in names if (root / one).is_file()), root / names[0])


def _qmnist(opening: Opening) -> Examples:
    which, rows = _QMNIST[opening.part]
    known = extended_labels(opening.root / _WRITERS.format(which))
    file = opening.root / _IMAGES.format(which)
    pixels = _idx_images(file)
    if len(pixels) != len(known):
        raise DataError(f"{file} holds {len(pixels):,} images, but there are {len(known):,} labels")
    ids = numbered_ids(len(known))[rows]
    kept = known[rows]
    found = pixel_set(opening, DIGITS, ids, kept[:, 0].astype(np.int64), pixels[rows])
    return replace(found, metadata=_told(kept))


def _told(known: Int64[np.ndarray, "n 8"]) -> Mapping[str, tuple[str, ...]]:
    return {
        "series": tuple(map(str, known[:, 1].tolist())),
        "writer": tuple(map(str, known[:, 2].tolist())),
    }


def extended_labels(file: Path) -> Int64[np.ndarray, "n 8"]:
    """QMNIST's labels: digit, series of NIST, writer, and five columns more.

    Raises:
        DataError: It cannot be read, or is no such file.
    """
    data = _unpacked(file)
    n = int.from_bytes(data[4:8], "big")
    whole = len(data) == 12 + 4 * n * _COLUMNS
    if data[:4] != _HEAD or int.from_bytes(data[8:12], "big") != _COLUMNS or not whole:
        raise DataError(f"{file} holds no labels in {_COLUMNS} columns, or is cut short")
    return np.frombuffer(data, dtype=">i4", offset=12).reshape(n, _COLUMNS).astype(np.int64)


def _idx_images(file: Path) -> Pixels:
    data = _unpacked(file)
    shape = tuple(np.frombuffer(data[4:16], dtype=">u4").tolist())
    if data[:4] != b"\0\0\x08\x03" or len(shape) != 3 or len(data) != 16 + int(np.prod(shape)):
        raise DataError(f"{file} holds no images in IDX form, or is cut short; fetch it again")
    return np.frombuffer(data, dtype=np.uint8, offset=16).reshape(*shape, 1)


def _unpacked(file: Path) -> bytes:
    try:
        return unzip(file.read_bytes())
    except (EOFError, BadGzipFile, ZlibError) as error:
        raise DataError(f"{file} is cut short or damaged; fetch it again") from error
    except OSError as error:
        raise DataError(f"{file} cannot be read ({error.strerror})") from error


def _usps(opening: Opening) -> Examples:
    """The digits of the post, as they are or as MNIST would have framed them."""
    file = next(opening.root / one for one in _USPS.split("|") if (opening.root / one).is_file())
    rows = [line.split() for line in _unpacked(file).decode("ascii", "replace").splitlines()]
    try:
        table = np.array([row for row in rows if row], dtype=np.float64)
    except ValueError as error:
        raise DataError(
            f"{file} is no table of numbers, or is cut short; fetch it again"
        ) from error
    if table.ndim != 2 or table.shape[1] != 1 + _USPS_SIDE**2:
        raise DataError(f"{file} has not {1 + _USPS_SIDE**2} numbers in a row; fetch it again")
    if not (np.abs(table[:, 1:]) <= 1).all() or not np.isin(table[:, 0], range(10)).all():
        raise DataError(f"{file} holds other numbers than digits and levels; fetch it again")
    levels = np.rint((table[:, 1:] + 1) * 127.5).astype(np.uint8)
    pixels = levels.reshape(-1, _USPS_SIDE, _USPS_SIDE)
    if opening.part == "mnist-frame":
        pixels = np.stack([in_frame(_tile(one)) for one in pixels])
    return pixel_set(
        opening,
        DIGITS,
        numbered_ids(len(pixels)),
        table[:, 0].astype(np.int64),
        pixels[..., np.newaxis],
    )


def _tile(levels: np.ndarray) -> np.ndarray:
    """A digit that fills its 16×16, drawn at MNIST's 20×20."""
    return np.asarray(Image.fromarray(levels).resize((20, 20), Image.Resampling.BICUBIC))


_USPS = "zip.test.gz|usps-zip.test.gz"
_MIRROR = "https://storage.googleapis.com/cvdf-datasets/mnist"
_SHA_MNIST = {
    "t10k-images-idx3-ubyte": (
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        1_648_877,
    ),
    "t10k-labels-idx1-ubyte": (
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        4_542,
    ),
    "train-images-idx3-ubyte": (
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        9_912_422,
    ),
    "train-labels-idx1-ubyte": (
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        28_881,
    ),
}
_MD5_QMNIST = {
    _WRITERS.format("test"): "5b5b05890a5e13444e108efe57b788aa",
    _WRITERS.format("train"): "0058f8dd561b90ffdd0f734c6a30e5e4",
    _IMAGES.format("test"): "1394631089c404de565df7b7aeaf9412",
    _IMAGES.format("train"): "ed72d4157d28c017586c42bc6afe6370",
}


def _qmnist_file(name: str, parts: tuple[str, ...]) -> Download:
    return Download(
        f"{_RAW_QMNIST}/{name}", name, f"md5:{_MD5_QMNIST[name]}", parts=parts, listed=_TORCHVISION
    )


SETS = (
    PublishedSet(
        name="mnist",
        title="MNIST: 70,000 handwritten digits",
        source="LeCun, Bottou, Bengio, Haffner 1998, doi:10.1109/5.726791",
        licence="CC BY-SA 3.0 as usually stated",
        collected="Digits of NIST's forms, half by Census employees (series 0 and 1), "
        "half by students (series 4); scaled to fit 20×20 and set into 28×28 by centre of mass",
        not_for="new claims: everybody's models were chosen on its test set",
        parts=MappingProxyType({"test": 10_000, "train": 60_000}),
        classes="the digits 0 to 9",
        folders=("mnist", "MNIST/raw"),
        layout="t10k-images-idx3-ubyte.gz, t10k-labels-idx1-ubyte.gz and so for train, packed or "
        "not; QMNIST's list of labels beside them names series and writers",
        needs=lambda part: tuple(
            f"{_MNIST[part]}-{one}.gz|{_MNIST[part]}-{one}|{_MNIST[part]}-{dotted}"
            for one, dotted in (
                ("images-idx3-ubyte", "images.idx3-ubyte"),
                ("labels-idx1-ubyte", "labels.idx1-ubyte"),
            )
        ),
        read=_mnist,
        downloads=(
            *(
                Download(
                    f"{_MIRROR}/{name}.gz",
                    f"{name}.gz",
                    f"sha256:{digest}",
                    size,
                    parts=("test" if name.startswith("t10k") else "train",),
                    listed="TensorFlow Datasets",
                )
                for name, (digest, size) in _SHA_MNIST.items()
            ),
            _qmnist_file(_WRITERS.format("test"), ("test",)),
            _qmnist_file(_WRITERS.format("train"), ("train",)),
        ),
        traps=(
            "mnist-test and mnist-train, without a slash, are small parts of its training set that "
            "come with Fieldmark.",
        ),
    ),
    PublishedSet(
        name="qmnist",
        title="QMNIST: MNIST made again, with 50,000 test digits that were lost",
        source="Yadav, Bottou 2019, arXiv:1905.10498; facebookresearch/qmnist",
        licence="BSD-style",
        collected="MNIST's steps repeated on NIST's forms until the training digits came out the "
        "same; test-10k is MNIST's test set again, test-50k are its lost digits",
        not_for="a shift as large as other people's handwriting: it is the same collection",
        parts=MappingProxyType(
            {"test": 60_000, "train": 60_000, "test-10k": 10_000, "test-50k": 50_000}
        ),
        classes="the digits 0 to 9",
        folders=("qmnist", "QMNIST/raw"),
        layout="qmnist-test-images-idx3-ubyte.gz, qmnist-test-labels-idx2-int.gz, and so for train",
        needs=lambda part: (
            _IMAGES.format(_QMNIST[part][0]),
            _WRITERS.format(_QMNIST[part][0]),
        ),
        read=_qmnist,
        reference=lambda part: "mnist/test",
        downloads=tuple(
            _qmnist_file(name, ("train",) if "train" in name else ("test", "test-10k", "test-50k"))
            for name in _MD5_QMNIST
        ),
        traps=(
            "Series 0 and 1 are employees, 4 are students: a mean over all hides the difference.",
            "Digits of one writer are not independent: group by writer.",
        ),
    ),
    PublishedSet(
        name="usps",
        title="USPS: 2,007 digits of zip codes on envelopes",
        source="Le Cun et al. 1990; the copy of Hastie, Tibshirani, Friedman, Elements of "
        "Statistical Learning",
        licence="not stated",
        collected="Digits cut from envelopes by the US postal service, set upright and scaled to "
        "16×16; mnist-frame draws them at 20×20 and sets them into 28×28 by centre of mass",
        not_for="telling the effect of handwriting from that of scanner and scaling",
        parts=MappingProxyType({"mnist-frame": 2_007, "test": 2_007}),
        classes="the digits 0 to 9",
        folders=("usps", "mnist"),
        layout="zip.test.gz",
        needs=lambda part: (_USPS,),
        read=_usps,
        reference=lambda part: "mnist/test" if part == "mnist-frame" else "",
        downloads=(
            Download("https://hastie.su.domains/ElemStatLearn/datasets/zip.test.gz", "zip.test.gz"),
        ),
        traps=(
            "Levels run from -1 to 1, and the label is the first of 257 numbers.",
            "Its test set is known to be hard: people err on 2.5 % of it.",
        ),
    ),
)
