"""The ImageNet testbed's published table: top-1 accuracy of 338 models under 213 conditions."""

import ast
import csv
import json
import re
from hashlib import sha256
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
_TYPES_SOURCE = Origin(
    "imagenet-testbed/plotting/model_types.py",
    "",
    _TESTBED,
    _TESTBED_COMMIT,
    "plotting/model_types.py",
)
_TYPES_KNOWN = "bb4bcb4f004e63722f98c79f8e71ffbd9bd978d625706a7501cb425838d4a001"
"""SHA-256 of the types as JSON with sorted keys."""

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
    if data.lies_here(TYPES):
        kinds = json.loads(data.read(TYPES))
        return {name: str(kind["nat_model_type"]) for name, kind in kinds.items()}
    found = _types_in(data.read(_TYPES_SOURCE).decode("utf-8"))
    if sha256(json.dumps(found, sort_keys=True).encode()).hexdigest() != _TYPES_KNOWN:
        raise DataError(f"{data.path(_TYPES_SOURCE)} does not hold the published types; remove it")
    return found


def _types_in(code: str) -> dict[str, str]:
    r"""The types in the testbed's source, read as a text and never run.

    Two mappings stand in it: from models to types, and from types to coarser ones, both written
    out as ``NAME: Enum.MEMBER``.

    Example:
        >>> _types_in("model_types_map = {'a': T.LP_ADV}\nmapper = {T.LP_ADV: N.ROBUST_INTV}")
        {'a': 'ROBUST_INTV'}
    """
    written: dict[str, dict[str, str]] = {}
    for node in ast.parse(code).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            name = ast.unparse(node.targets[0])
            pairs = zip(node.value.keys, node.value.values, strict=True)
            written[name] = {_last(key): _last(value) for key, value in pairs if key is not None}
    fine, coarse = written.get("model_types_map", {}), written.get("mapper", {})
    return {model: coarse.get(kind, kind) for model, kind in fine.items()}


def _last(node: ast.expr) -> str:
    """A text as it is, and the last part of a dotted name."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    return ast.unparse(node).rpartition(".")[2]


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
