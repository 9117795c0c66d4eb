"""CIFAR-10.1: 30 models on CIFAR-10's test set and on two releases of a new one."""

import json
from collections.abc import Mapping
from math import nan
from types import MappingProxyType

import numpy as np
from jaxtyping import Bool, Int64

from fieldmark.records import Axis, DataError, Figure, Scores
from fieldmark.replications.checks import Check
from fieldmark.replications.data import Data
from fieldmark.replications.label_errors import LABELS
from fieldmark.replications.manifests import origins_of
from fieldmark.replications.replication import Replication
from fieldmark.statistics import (
    clopper_pearson,
    fit_line,
    pair_agreement,
    rank_correlation,
)
from fieldmark.studies import reuse_of_test_set

REPOSITORY = "modestyachts/CIFAR-10.1"
SETS = ("original", "v4", "v6")
"""CIFAR-10's test set, and two releases of the new one."""

_FILES = {one.original: one for one in origins_of("cifar10.1")}
_ANSWERS = "model_predictions/{set}_predictions/{model}_predictions.json"
MODELS: tuple[str, ...] = tuple(
    sorted(
        path.split("/")[-1].removesuffix("_predictions.json")
        for path in _FILES
        if path.startswith("model_predictions/original_")
    )
)
"""The 30 models whose answers were published, of the paper's 34."""

_PAPER = "Recht et al. 2019, arXiv:1902.10811"
_GOLDEN = f"{REPOSITORY}:model_predictions, computed from the same files by other code"
_README = f"{REPOSITORY}:README.md"
_LECTURE = "Schmidt, lecture 'Do ImageNet Classifiers Generalize to ImageNet?', slide CIFAR-10"
_MISSING = (
    "the paper has 34 models, the repository the answers of 30: those of the AutoAugment models "
    "were not published"
)

# Accuracy in percent on: CIFAR-10's test set, v4, v6.
ROWS: Mapping[str, tuple[float, float, float]] = MappingProxyType(
    {
        "shake_shake_26_2x64d_SSI_cutout16": (97.11, 92.97, 93.10),
        "wrn_28_10": (95.93, 89.71, 90.15),
        "densenet_BC_100_12": (95.54, 87.58, 87.90),
        "resnet_basic_110": (93.46, 85.16, 85.40),
        "vgg_15_BN_64": (92.99, 84.86, 85.05),
        "cudaconvnet": (88.54, 77.54, 78.20),
        "random_features_256k_aug": (85.63, 73.13, 73.60),
        "random_features_32k_no_aug": (83.31, 67.94, 68.70),
        "alexnet_tf_ben": (81.98, 68.88, 69.20),
    }
)

# Slope, intercept (in percent on the linear axis) and r² of v4 on the original, 30 models.
FITS: Mapping[Axis, tuple[float, float, float]] = MappingProxyType(
    {
        "linear": (1.6166, -65.51, 0.9887),
        "probit": (0.9515, -0.3986, 0.9831),
        "logit": (0.8385, -0.4966, 0.9806),
    }
)


def correct(data: Data) -> dict[str, Bool[np.ndarray, "m n"]]:
    """Which of the 30 models were right on which example of each set.

    Raises:
        DataError: The data are not to be had, or are not what they should be.
    """
    labels = _labels(data)
    return {
        one: np.stack([_right(data, model, one, labels[one]) for model in MODELS]) for one in SETS
    }


def scores(data: Data) -> Scores:
    """Accuracy of the 30 models on the three sets, as a table of scores."""
    return _scores(correct(data))


def check(data: Data) -> list[Check]:
    """From the answers of 30 models to what was printed about them."""
    right = correct(data)
    return [
        *_sizes(_labels(data)),
        *_rows(right),
        *_gaps(right),
        *_lines(right),
        *_agreement(right),
        *_lacking(),
    ]


def figures(data: Data) -> tuple[Figure, ...]:
    """CIFAR-10.1 against CIFAR-10, and what would have been seen of re-use."""
    return reuse_of_test_set(scores(data), on="v4", reference="original").figures


def _scores(right: Mapping[str, Bool[np.ndarray, "m n"]]) -> Scores:
    return Scores(
        subjects=MODELS,
        conditions=SETS,
        values=np.stack([right[one].mean(axis=1) for one in SETS], axis=1),
        counted=np.array([[right[one].shape[1] for one in SETS]] * len(MODELS)),
        families=tuple(
            "random features" if model.startswith("random_") else "network" for model in MODELS
        ),
        source=f"{REPOSITORY}: model_predictions",
    )


def _labels(data: Data) -> dict[str, Int64[np.ndarray, " n"]]:
    new = {one: _FILES[f"datasets/cifar10.1_{one}_labels.npy"] for one in ("v4", "v6")}
    origins = {"original": LABELS["CIFAR-10"], **new}
    return {one: data.arrays(origin)[""].astype(np.int64) for one, origin in origins.items()}


def _right(
    data: Data, model: str, one: str, labels: Int64[np.ndarray, " n"]
) -> Bool[np.ndarray, " n"]:
    said = np.array(json.loads(data.read(_FILES[_ANSWERS.format(set=one, model=model)])))
    if said.shape != labels.shape:
        raise DataError(f"{model} has {said.shape} answers to {len(labels)} pictures of {one}")
    return np.asarray(said == labels)


def _accuracy(right: Mapping[str, np.ndarray], model: str, one: str) -> float:
    return float(100 * right[one][MODELS.index(model)].mean())


def _sizes(labels: Mapping[str, np.ndarray]) -> list[Check]:
    ships = 100 * float((labels["v4"] == 8).mean())
    return [
        Check("pictures in v4", 2021.0, float(len(labels["v4"])), 0.0, _README, "count"),
        Check("pictures in v6", 2000.0, float(len(labels["v6"])), 0.0, _README, "count"),
        Check("ships in v4", 8.0, ships, 0.5, _README, "%"),
        Check(
            "pictures in the largest less those in the smallest class of v6",
            0.0,
            float(np.ptp(np.bincount(labels["v6"]))),
            0.0,
            _README,
            "count",
        ),
    ]


def _rows(right: Mapping[str, np.ndarray]) -> list[Check]:
    checks = [
        Check(
            f"{model} on {one}",
            known,
            _accuracy(right, model, one),
            0.005,
            _GOLDEN,
            "%",
            golden=True,
        )
        for model, values in ROWS.items()
        for one, known in zip(SETS, values, strict=True)
    ]
    for model, one, known in (
        ("resnet_basic_110", "original", 93.5),
        ("resnet_basic_110", "v4", 85.2),
        ("random_features_256k_aug", "original", 85.6),
        ("random_features_256k_aug", "v4", 73.1),
    ):
        found = _accuracy(right, model, one)
        checks.append(Check(f"{model} on {one}", known, found, 0.05, f"{_PAPER}, table 1", "%"))
    best = "shake_shake_26_2x64d_SSI_cutout16"
    for one, ends in (("original", (96.8, 97.4)), ("v4", (91.8, 94.0))):
        row = right[one][MODELS.index(best)]
        exact = clopper_pearson(int(row.sum()), len(row))
        checks += [
            Check(
                f"{best} on {one}, {end} end of the exact 95 % interval",
                known,
                100 * found,
                0.05,
                _GOLDEN,
                "%",
                golden=True,
            )
            for end, known, found in zip(
                ("low", "high"), ends, (exact.low, exact.high), strict=True
            )
        ]
    return checks


def _gaps(right: Mapping[str, np.ndarray]) -> list[Check]:
    start = right["original"].mean()
    return [
        Check(
            f"mean gap of 30 models, {one}",
            known,
            float(100 * (start - right[one].mean())),
            0.0005,
            _GOLDEN,
            "points",
            golden=True,
        )
        for one, known in (("v4", 8.111), ("v6", 7.782))
    ]


def _lines(right: Mapping[str, np.ndarray]) -> list[Check]:
    x, y = (right[one].mean(axis=1) for one in ("original", "v4"))
    checks = []
    for axis, known in FITS.items():
        line = fit_line(x, y, axis=axis, counted=(10_000, 2_021))
        scale, last = (100.0, 0.005) if axis == "linear" else (1.0, 5e-5)
        for what, value, found, tolerance in zip(
            ("slope", "intercept", "r²"),
            known,
            (line.slope, scale * line.intercept, line.r2),
            (5e-5, last, 5e-5),
            strict=True,
        ):
            text = f"v4 on the original, {axis}, 30 models: {what}"
            checks.append(Check(text, value, found, tolerance, _GOLDEN, golden=True))
    rank = rank_correlation(x, y, kind="Spearman").value
    what = "Spearman's rank correlation of v4 with the original"
    checks.append(Check(what, 0.9779, rank, 5e-5, _GOLDEN, golden=True))
    return checks


def _agreement(right: Mapping[str, np.ndarray]) -> list[Check]:
    checks = []
    for one, known, alone in (("original", 0.9192, 0.8711), ("v4", 0.8545, 0.7443)):
        counts = pair_agreement(right[one])
        above = np.triu_indices(len(MODELS), k=1)
        found = float(counts.observed[above].mean()), float(counts.expected[above].mean())
        what = f"0-1 agreement on {one}, mean over pairs"
        checks.append(Check(what, known, found[0], 5e-5, _GOLDEN, golden=True))
        what += ", were errors independent"
        checks.append(Check(what, alone, found[1], 5e-5, _GOLDEN, golden=True))
    return checks


def _lacking() -> list[Check]:
    """What was printed and needs the models that are not there."""
    fits = f"{_PAPER}, the linear fits"
    return [
        Check(
            "slope of v4 on the original, linear, 34 models", 1.69, nan, 0.005, fits, note=_MISSING
        ),
        Check("intercept of the same", -72.7, nan, 0.05, fits, "points", note=_MISSING),
        Check("AutoAugment on the original", 98.4, nan, 0.05, f"{_PAPER}, table 1", "%", _MISSING),
        Check("AutoAugment on v4", 95.5, nan, 0.05, f"{_PAPER}, table 1", "%", _MISSING),
        Check("AutoAugment less ResNet, original", 4.9, nan, 0.05, _LECTURE, "points", _MISSING),
        Check("AutoAugment less ResNet, v4", 10.3, nan, 0.05, _LECTURE, "points", _MISSING),
    ]


CIFAR10_1 = Replication(
    name="cifar10.1",
    title="30 models on CIFAR-10 and CIFAR-10.1: accuracies, gap, fits, order",
    paper=_PAPER,
    origins=(LABELS["CIFAR-10"], *_FILES.values()),
    check=check,
    figures=figures,
)
