"""CIFAR-10 and the sets made to be answered by the same models, from plain arrays alone."""

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from fieldmark.datasets.held import numbered_ids
from fieldmark.datasets.published.corrupted import CORRUPTIONS, LEVELS, altered, on_disk
from fieldmark.datasets.published.layouts import array, pixel_set
from fieldmark.datasets.published.sets import Download, Opening, PublishedSet
from fieldmark.records import (
    ClassSpace,
    DataError,
    Examples,
    Labels,
    LabelSets,
    Pixels,
    fingerprint,
)

CIFAR10 = ClassSpace(
    ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
)
"""The ten classes in the order of the labels."""

_SIDE = 32
_RECORD = 1 + 3 * _SIDE * _SIDE
_N = 10_000
_BATCHES = {
    "test": ("test_batch.bin",),
    "train": tuple(f"data_batch_{place}.bin" for place in range(1, 6)),
}
_TFDS = "TensorFlow Datasets"
_RAW = "https://raw.githubusercontent.com"
_10_1 = f"{_RAW}/modestyachts/CIFAR-10.1/d9982abb0bfc4846b8d13a11e66b887d946205d0/datasets"
_10_2 = f"{_RAW}/modestyachts/cifar-10.2/521467a52ad494b78ff9c70051099c0d9ba74d40"
_10_H = f"{_RAW}/jcpeterson/cifar-10h/48da312b193b82e6939ec20f23d1f09cbdd849c8/data"
_VOTES = {"majority": 1.0, "tenth": 0.1}
_TINY_IMAGES = "80 Million Tiny Images, whose authors have withdrawn them"


def batch(file: Path) -> tuple[Pixels, Labels]:
    """The images and labels of a file of the binary version of CIFAR-10.

    Raises:
        DataError: It cannot be read, or is not made of whole records.
    """
    try:
        data = np.frombuffer(file.read_bytes(), dtype=np.uint8)
    except OSError as error:
        raise DataError(f"{file} cannot be read ({error.strerror})") from error
    if not data.size or data.size % _RECORD:
        raise DataError(f"{file} is not made of records of {_RECORD:,} bytes; fetch it again")
    records = data.reshape(-1, _RECORD)
    planes = records[:, 1:].reshape(-1, 3, _SIDE, _SIDE)
    return np.ascontiguousarray(planes.transpose(0, 2, 3, 1)), records[:, 0].astype(np.int64)


def _original(opening: Opening) -> Examples:
    found = [batch(opening.root / one) for one in _BATCHES[opening.part]]
    pixels = np.concatenate([images for images, _ in found])
    labels = np.concatenate([labels for _, labels in found])
    return pixel_set(opening, CIFAR10, numbered_ids(len(pixels)), labels, pixels)


def _new(opening: Opening) -> Examples:
    images = _images(opening.root / f"cifar10.1_{opening.part}_data.npy")
    labels = array(opening.root / f"cifar10.1_{opening.part}_labels.npy")
    return _plain(opening, images, labels)


def _second(opening: Opening) -> Examples:
    file = opening.root / f"cifar102_{opening.part}.npz"
    try:
        with np.load(file, allow_pickle=False) as arrays:
            images, labels = arrays["images"], arrays["labels"]
    except OSError as error:
        raise DataError(f"{file} cannot be read ({error.strerror or 'no archive'})") from error
    except Exception as error:  # damaged bytes make zip, zlib and NumPy raise whatever they like
        raise DataError(
            f"{file} is no archive of the arrays images and labels, or is cut short; fetch it again"
        ) from error
    return _plain(opening, images, labels)


def _corrupted(opening: Opening) -> Examples:
    name, level = opening.part.split("/")
    rows = slice((int(level) - 1) * _N, int(level) * _N)
    images = array(opening.root / f"{on_disk(name)}.npy", mapped=True)
    labels = array(opening.root / "labels.npy")
    if len(images) != len(LEVELS) * _N or len(labels) not in (_N, len(LEVELS) * _N):
        raise DataError(
            f"{opening.root}: {len(images):,} images and {len(labels):,} labels of {name}, not "
            f"{len(LEVELS)} levels of {_N:,}; fetch them again"
        )
    kept = labels if len(labels) == _N else labels[rows]
    return altered(_plain(opening, np.array(images[rows]), kept))


def _voted(opening: Opening) -> Examples:
    """CIFAR-10's test images with the classes that enough people chose."""
    file = opening.root / "cifar10h-counts.npy"
    counts = array(file)
    if counts.shape != (_N, len(CIFAR10)) or not (counts.sum(axis=1) > 0).all():
        raise DataError(f"{file} holds {counts.dtype} {counts.shape}, no votes of people for each")
    pixels, _ = batch(opening.beside("cifar-10") / "test_batch.bin")
    share = counts / counts.sum(axis=1, keepdims=True)
    least = np.minimum(share.max(axis=1, keepdims=True), _VOTES[opening.part])
    sets = _chosen(share, share >= least)
    found = pixel_set(opening, CIFAR10, numbered_ids(_N), sets[:, 0], pixels)
    return _with_sets(found, sets)


def _chosen(share: np.ndarray, chosen: np.ndarray) -> LabelSets:
    """The chosen classes of each row, those with most votes first, padded with -1."""
    order = np.argsort(-share, axis=1, kind="stable")
    kept = np.take_along_axis(chosen, order, axis=1)
    width = int(kept.sum(axis=1).max())
    return np.where(kept, order, -1)[:, :width].astype(np.int64)


def _with_sets(examples: Examples, sets: LabelSets) -> Examples:
    sets.setflags(write=False)
    return replace(examples, labels=sets, content=fingerprint(examples.content, sets))


def _plain(opening: Opening, images: np.ndarray, labels: np.ndarray) -> Examples:
    if images.dtype != np.uint8 or images.shape[1:] != (_SIDE, _SIDE, 3):
        raise DataError(
            f"{opening.root}: images are {images.dtype} {images.shape}, not uint8 (n, 32, 32, 3)"
        )
    if labels.ndim != 1 or not np.issubdtype(labels.dtype, np.integer):
        raise DataError(f"{opening.root}: labels are {labels.dtype} {labels.shape}, not one each")
    return pixel_set(opening, CIFAR10, numbered_ids(len(images)), labels.astype(np.int64), images)


def _images(file: Path) -> np.ndarray:
    return array(file)


SETS = (
    PublishedSet(
        name="cifar-10",
        title="CIFAR-10: photographs of 32×32 and ten classes",
        source="Krizhevsky 2009; www.cs.toronto.edu/~kriz/cifar.html, the binary version",
        licence="not stated",
        collected=f"Chosen by class from {_TINY_IMAGES}, judged by students",
        not_for="small differences: everybody's models were chosen on its test set",
        parts=MappingProxyType({"test": _N, "train": 50_000}),
        classes=", ".join(CIFAR10.names),
        folders=("cifar-10", "cifar-10-batches-bin"),
        layout="test_batch.bin and data_batch_1.bin to data_batch_5.bin, the binary version",
        needs=lambda part: _BATCHES[part],
        read=_original,
        downloads=(
            Download(
                "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
                "cifar-10-binary.tar.gz",
                "sha256:c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
                170_052_171,
                unpack=True,
                strip=1,
                listed=_TFDS,
            ),
        ),
        traps=(
            "The Python version is pickled, which could run any program: it is not read here. The "
            "binary version holds the same images in the same order.",
            "3.3 % of its test images have a near-duplicate in its training set (Barz, Denzler "
            "2020, arXiv:1902.00423).",
        ),
    ),
    PublishedSet(
        name="cifar-10.1",
        title="CIFAR-10.1: a new test set made as CIFAR-10 was",
        source="Recht et al. 2018, arXiv:1806.00451; modestyachts/CIFAR-10.1",
        licence="code and metadata MIT; images as Tiny Images",
        collected=f"From the same words of {_TINY_IMAGES}, judged by the authors; v4 follows "
        "CIFAR-10's distribution of words more closely, v6 has classes of one size",
        not_for="blaming re-use of the old test set for the whole drop",
        parts=MappingProxyType({"v6": 2_000, "v4": 2_021}),
        classes="CIFAR-10's",
        folders=("cifar-10.1", "cifar-10.1/datasets", "CIFAR-10.1", "CIFAR-10.1/datasets"),
        layout="cifar10.1_v6_data.npy and cifar10.1_v6_labels.npy, and so for v4",
        needs=lambda part: (f"cifar10.1_{part}_data.npy", f"cifar10.1_{part}_labels.npy"),
        read=_new,
        reference=lambda part: "cifar-10/test",
        downloads=tuple(
            Download(
                f"{_10_1}/cifar10.1_{part}_{what}.npy",
                f"cifar10.1_{part}_{what}.npy",
                f"sha256:{digest}",
                size,
                parts=(part,),
                listed=_TFDS,
            )
            for part, what, size, digest in (
                (
                    "v6",
                    "data",
                    6_144_128,
                    "2997188e5816f5bd545dc77771b6227828c28146049fcecf3fa10775474cacc6",
                ),
                (
                    "v6",
                    "labels",
                    8_128,
                    "ae40beda001693674edc94d925ee8268cfe68905f8f9aff800c8dcdfcd6c9448",
                ),
                (
                    "v4",
                    "data",
                    6_208_640,
                    "5aaedc268df8f4cffca2ac0cf9e608ae1897a8cddb630c7a850a2ea8f6558e75",
                ),
                (
                    "v4",
                    "labels",
                    8_212,
                    "1f9544300ded199539b6662364ce7fe6c2e1ea9f87408f06db4b1a6184cffb18",
                ),
            )
        ),
        traps=("v4 has 2,021 images and v6 has 2,000: say which.",),
    ),
    PublishedSet(
        name="cifar-10.2",
        title="CIFAR-10.2: another new set made as CIFAR-10 was, with a training part",
        source="Lu et al. 2020; modestyachts/cifar-10.2",
        licence="not stated",
        collected=f"From {_TINY_IMAGES}, judged by other people than CIFAR-10.1's",
        not_for="blaming re-use of the old test set for the whole drop",
        parts=MappingProxyType({"test": 2_000, "train": 10_000}),
        classes="CIFAR-10's",
        folders=("cifar-10.2", "CIFAR-10.2"),
        layout="cifar102_test.npz and cifar102_train.npz with the arrays images and labels",
        needs=lambda part: (f"cifar102_{part}.npz",),
        read=_second,
        reference=lambda part: "cifar-10/test",
        downloads=(
            Download(
                f"{_10_2}/cifar102_test.npz",
                "cifar102_test.npz",
                "sha256:e4fd6462bd5141ed293acd52ea570952f65d1bfd4ec9b068f87742f75a7a632e",
                6_393_664,
                parts=("test",),
                listed="a public reader of it",
            ),
            Download(f"{_10_2}/cifar102_train.npz", "cifar102_train.npz", parts=("train",)),
        ),
        traps=(
            "It was published as pickled dictionaries (.npy) first, which could run any program: "
            "only the .npz files are read.",
        ),
    ),
    PublishedSet(
        name="cifar-10-c",
        title="CIFAR-10-C: CIFAR-10's test images under 19 corruptions at five levels",
        source="Hendrycks, Dietterich 2019, arXiv:1903.12261; zenodo.org/records/2535967",
        licence="CC BY 4.0 (Zenodo)",
        collected="Corrupted by a program, kept without loss",
        not_for="robustness to anything else than these corruptions",
        parts=MappingProxyType({f"{one}/{level}": _N for one in CORRUPTIONS for level in LEVELS}),
        classes="CIFAR-10's",
        folders=("cifar-10-c", "CIFAR-10-C"),
        layout="a file for each corruption, such as gaussian_noise.npy, and labels.npy",
        needs=lambda part: (f"{on_disk(part.split('/')[0])}.npy", "labels.npy"),
        read=_corrupted,
        reference=lambda part: "cifar-10/test",
        downloads=(
            Download(
                "https://zenodo.org/records/2535967/files/CIFAR-10-C.tar",
                "CIFAR-10-C.tar",
                "sha256:c72763e101c723b7c507b96205f7e938912a5d587376173b825850cf3cb876a7",
                2_918_471_680,
                unpack=True,
                strip=1,
                listed=f"{_TFDS}; its MD5 on Zenodo is 56bf5dcef84df0e2308c6dcbcbbd8499",
            ),
        ),
        traps=(
            "Each file holds the five levels one after the other, 10,000 images each.",
            "Its constants are those of small pictures, other than ImageNet-C's.",
        ),
    ),
    PublishedSet(
        name="cifar-10h",
        title="CIFAR-10H: what 50 people each called CIFAR-10's test images",
        source="Peterson et al. 2019, arXiv:1908.07086; jcpeterson/cifar-10h",
        licence="CC BY-NC-SA 4.0",
        collected="About 51 workers of Mechanical Turk chose one of ten classes for each image; "
        "majority takes the class with most votes (all of them in a tie), tenth every class with a "
        "tenth of the votes at least",
        not_for="error rates of a person: it is the crowd's",
        parts=MappingProxyType({"majority": _N, "tenth": _N}),
        classes="CIFAR-10's",
        folders=("cifar-10h", "cifar-10h/data"),
        layout="cifar10h-counts.npy, and CIFAR-10's test images in the folder of cifar-10",
        needs=lambda part: ("cifar10h-counts.npy",),
        read=_voted,
        reference=lambda part: "cifar-10/test",
        downloads=(Download(f"{_10_H}/cifar10h-counts.npy", "cifar10h-counts.npy"),),
        builds_on=("cifar-10",),
        traps=("Its rows are in the order of the test set, not sorted by class.",),
    ),
)
