"""The ImageNet testbed's published table: top-1 accuracy of 338 models under 213 conditions."""

import csv
import json
import re
from io import StringIO

import numpy as np

from fieldmark.records import DataError, Scores
from fieldmark.replications.data import Data, Origin

_TESTBED = "modestyachts/imagenet-testbed"
_TESTBED_COMMIT = "0170eec658d664289d9f61de8f90f967f49abca0"
_WEBSITE = "modestyachts/imagenet-testbed-website"
_WEBSITE_COMMIT = "b9bf53794972196f37963957663dda096abc9a86"

TOP1S = Origin(
    "imagenet-testbed/robustness_top1s.csv",
    "6b32665be2eef1594d6d296fcb07d33fed0dd4ecacacff463841d7cb08e835f7",
    _TESTBED,
    _TESTBED_COMMIT,
    "robustness_top1s.csv",
)
SIZES = Origin(
    "imagenet-testbed/website_results_metadata.csv",
    "9bf83d95021d9d35248f9c5a887c4dd083c0fe1b4054b6a4789563ba8d6b11de",
    _WEBSITE,
    _WEBSITE_COMMIT,
    "results_metadata.csv",
)
TYPES = Origin(
    "imagenet-testbed/model_types.json",
    "933ff99b1562dcbfab4b4d942bf8865413f20e07d8920f671ad037da4b9a38d6",
    _TESTBED,
    _TESTBED_COMMIT,
    "plotting/model_types.py",
    made_from=f"the model lists of {_TESTBED}:plotting/model_types.py at {_TESTBED_COMMIT[:7]}",
)
TESTBED = (TOP1S, SIZES, TYPES)
"""The raw files that ``testbed_scores`` reads."""

LEAST = 0.55
"""Standard models below this accuracy on ``val`` are not fitted."""

_NOT_FITTED = ("aws", "batch64", "subsample")


def testbed_scores(data: Data) -> Scores:
    """The whole table as shares, with the number of images behind each.

    ``standard`` marks the 85 models that the paper fits its lines to: of type STANDARD, at least
    55 % on ``val``, and neither an "aws", a "batch64" nor a "subsample" variant. ``families`` are
    architectures without their sizes: what was built alike is resampled together.

    Raises:
        DataError: The files cannot be had, or do not fit together.

    Source:
        Taori et al. 2020, arXiv:2007.00644; the rule stands in plotting/ of the repository.
    """
    rows = _rows(data, TOP1S)
    sizes = {row[0]: row for row in _rows(data, SIZES)}
    conditions = tuple(rows[0][1:])
    subjects = tuple(row[0] for row in rows[1:])
    if lost := [name for name in subjects if name not in sizes]:
        raise DataError(f"{SIZES.path} has no row for {lost[0]}")
    places = [sizes["model"].index(f"{name}_dataset_size") for name in conditions]
    values = np.array([[_number(cell) for cell in row[1:]] for row in rows[1:]]) / 100
    counts = np.array([[_number(sizes[name][place]) for place in places] for name in subjects])
    counted = np.where(np.isnan(values) | np.isnan(counts), 0, counts).astype(np.int64)
    arch = sizes["model"].index("arch")
    types = testbed_types(data)
    val = values[:, conditions.index("val")]
    return Scores(
        subjects=subjects,
        conditions=conditions,
        values=values,
        counted=counted,
        families=tuple(_family(name, sizes[name][arch]) for name in subjects),
        standard=tuple(
            types[name] == "STANDARD"
            and bool(share >= LEAST)
            and not any(part in name for part in _NOT_FITTED)
            for name, share in zip(subjects, val, strict=True)
        ),
        source=f"{_TESTBED}:robustness_top1s.csv at {_TESTBED_COMMIT[:7]} (Taori et al. 2020)",
    )


def testbed_types(data: Data) -> dict[str, str]:
    """From model to its type: STANDARD, ROBUST_INTV, MORE_DATA, LOW_ACCURACY_CNN and four more.

    Raises:
        DataError: The file cannot be had.
    """
    kinds = json.loads(data.read(TYPES))
    return {name: str(kind["nat_model_type"]) for name, kind in kinds.items()}


def _rows(data: Data, origin: Origin) -> list[list[str]]:
    return list(csv.reader(StringIO(data.read(origin).decode("utf-8"))))


def _number(cell: str) -> float:
    return float(cell) if cell else float("nan")


def _family(name: str, architecture: str) -> str:
    """The architecture up to its first size or version; of the name where none is given.

    Example:
        >>> _family("a", "se_resnext50_32x4d"), _family("b", "inceptionv3")
        ('se_resnext', 'inception')
        >>> _family("resnet50-vtab", "NA")
        'resnet'
    """
    known = "" if architecture.lower() in {"na", "n/a"} else architecture
    return re.split(r"[-_]?[vb]?\d", (known or name).lower(), maxsplit=1)[0]
