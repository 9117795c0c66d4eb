"""Corruption errors: mCE from the testbed's table, and the leaderboard that does not agree."""

import json
import re
from math import nan

import numpy as np

from fieldmark.records import Bar, DataError, Estimate, Figure, Forest, Scores
from fieldmark.replications.checks import Check
from fieldmark.replications.data import Data, Origin
from fieldmark.replications.replication import Replication
from fieldmark.replications.testbed_table import TESTBED, TOP1S, testbed_scores
from fieldmark.statistics import (
    ALEXNET_CLEAN_ERROR,
    ALEXNET_MEAN_ERRORS,
    CORRUPTIONS,
    CorruptionErrors,
    alexnet_errors,
    corruption_errors_of_shares,
)

_REPOSITORY = "hendrycks/robustness"
_COMMIT = "8190fe329f5f072a06e3a2aea02bb5dda69aed9f"
LEADERBOARD = Origin(
    "hendrycks-robustness/README.md",
    "718d37a53a84615961dcdf519602cfaf1467b192bb691f8e880fbadf9e92de0d",
    _REPOSITORY,
    _COMMIT,
    "README.md",
)
QUOTED = Origin(
    "hendrycks-robustness/alexnet_errors.json",
    "e788ed975288fe96a28679f9861db08aae799490ce1a81626c29d5cd08667b93",
    made_from="the constant ALEXNET_ERR as many public training programs quote it",
)

ON_DISK, IN_MEMORY = "on-disk", "in-memory"

_SIN = "resnet50_trained_on_SIN_and_IN"
_TUNED = "resnet50_trained_on_SIN_and_IN_then_finetuned_on_IN"
_GOLDEN = f"{TOP1S.repository}:{TOP1S.original}, computed by other code"
KNOWN = {
    ON_DISK: {
        "resnet50": 78.20,
        "resnet18": 86.36,
        "vgg19_bn": 83.61,
        "resnet50_augmix": 67.13,
        _SIN: 70.91,
        _TUNED: 75.18,
        "resnet50_deepaugment": 61.97,
        "resnet50_deepaugment_augmix": 56.54,
        "resnext101_32x8d_swsl": 51.60,
        "resnext101_32x8d_deepaugment_augmix": 47.46,
        "alexnet": 102.29,
    },
    IN_MEMORY: {"resnet50": 73.34, "alexnet": 99.01},
}
"""Mean corruption errors that other code computed from the same table, in percent."""

PRINTED = {
    "ResNet-50 Baseline": "resnet50",
    "AugMix": "resnet50_augmix",
    "Stylized ImageNet": _SIN,
    "DeepAugment+AugMix": "resnet50_deepaugment_augmix",
}
"""From the leaderboard's methods to the testbed's models."""

_PIPELINE = (
    "The constants belong to files of 224 pixels cropped at the centre; the testbed resizes them "
    "to 256 first, and so AlexNet itself scores 102.3 there instead of 100."
)
_DECODER = "Other libraries decode and resize JPEGs otherwise: up to 0.05 points."


def errors_of(scores: Scores, model: str, where: str) -> CorruptionErrors:
    """The corruption errors of a model of the testbed, over the published ones of AlexNet.

    Args:
        scores: The testbed's table.
        model: Its name there.
        where: "on-disk" (the published files) or "in-memory" (without glass blur).

    Raises:
        DataError: The table has no such model.
    """
    if model not in scores.subjects:
        raise DataError(f"the testbed has no model {model[:80]!r}")
    row = scores.subjects.index(model)
    kept = corruptions_of(scores, where)
    places = np.array(
        [
            [scores.conditions.index(f"imagenet-c.{name}.{level}_{where}") for level in range(1, 6)]
            for name in kept
        ]
    )
    return corruption_errors_of_shares(
        1 - scores.values[row][places],
        scores.counted[row][places],
        float(1 - scores.column("val")[row]),
        np.array([ALEXNET_MEAN_ERRORS[name] for name in kept]),
        ALEXNET_CLEAN_ERROR,
    )


def corruptions_of(scores: Scores, where: str) -> tuple[str, ...]:
    """The corruptions of the fifteen that the table has, from file or made in memory."""
    return tuple(
        name for name in CORRUPTIONS if f"imagenet-c.{name}.1_{where}" in scores.conditions
    )


def leaderboard(readme: str) -> dict[str, tuple[float, float]]:
    r"""From a method to its (mCE, clean error) in percent, as the README prints them.

    Example:
        >>> leaderboard("## ImageNet-C Leaderboard\n| [AugMix](x) | [H](y) | Yes | 65.3% | 22.47%")
        {'AugMix': (65.3, 22.47)}
    """
    section = readme.partition("## ImageNet-C Leaderboard")[2].partition("\n## ")[0]
    line = re.compile(
        r"^\|\s*\[?([^\]|]+?)\]?(?:\([^)]*\))?\s*\|.*\|\s*([\d.]+)%\s*\|\s*([\d.]+)%", re.M
    )
    return {name: (float(mce), float(clean)) for name, mce, clean in line.findall(section)}


def _check(data: Data) -> list[Check]:
    scores = testbed_scores(data)
    printed = leaderboard(data.read(LEADERBOARD).decode("utf-8"))
    return [*_constants(data), *_golden(scores), *_against_leaderboard(scores, printed)]


def _constants(data: Data) -> list[Check]:
    """Are the constants what they are said to be?"""
    there = data.lies_here(QUOTED)
    quoted = json.loads(data.read(QUOTED))["errors"] if there else {}
    equal = sum(ALEXNET_MEAN_ERRORS[name] == value for name, value in quoted.items())
    means = sum(
        abs(alexnet_errors(name).mean() - printed) < 5e-7
        for name, printed in ALEXNET_MEAN_ERRORS.items()
    )
    return [
        Check(
            "corruptions whose AlexNet error is the mean of its five severities",
            19.0,
            float(means),
            0.0,
            f"{_REPOSITORY}:README.md at 76d9393 (table of AlexNet errors)",
            "count",
        ),
        Check(
            "AlexNet errors that public training programs quote alike",
            15.0,
            float(equal) if there else nan,
            0.0,
            "the constant ALEXNET_ERR of programs derived from AugMix",
            "count",
            "" if there else "they were gathered by hand, and are published nowhere as one file",
        ),
    ]


def _golden(scores: Scores) -> list[Check]:
    return [
        Check(
            f"{model}, mCE {where} over {len(corruptions_of(scores, where))} corruptions",
            known,
            100 * errors_of(scores, model, where).mean.value,
            0.005,
            _GOLDEN,
            "%",
            golden=True,
        )
        for where, models in KNOWN.items()
        for model, known in models.items()
    ]


def _against_leaderboard(scores: Scores, printed: dict[str, tuple[float, float]]) -> list[Check]:
    checks = []
    for method, model in PRINTED.items():
        mce, clean = printed[method]
        found = errors_of(scores, model, ON_DISK).mean.value
        source = f"{_REPOSITORY}:README.md, ImageNet-C leaderboard, {method}"
        own = found / errors_of(scores, "alexnet", ON_DISK).mean.value
        note = f"{_PIPELINE} Divided by that, this is {100 * own:.1f}."
        checks.append(Check(f"{model}, mCE", mce, 100 * found, 0.05, source, "%", note))
        error = 1 - float(scores.column("val")[scores.subjects.index(model)])
        what = f"{model}, error on unchanged images"
        checks.append(Check(what, clean, 100 * error, 0.05, source, "%", _DECODER))
    return checks


def _figures(data: Data) -> tuple[Figure, ...]:
    scores = testbed_scores(data)
    found = {model: errors_of(scores, model, ON_DISK) for model in KNOWN[ON_DISK]}
    order = sorted(found, key=lambda model: found[model].mean.value)
    printed = leaderboard(data.read(LEADERBOARD).decode("utf-8"))
    bars = [Bar(model, "testbed", found[model].mean) for model in order]
    bars += [Bar(method, "leaderboard", _bare(printed[method][0] / 100)) for method in PRINTED]
    return (
        Forest(
            title="Mean corruption error, testbed and leaderboard",
            x_title="mCE: errors over those published of AlexNet",
            bars=tuple(bars),
            unit="share",
            caption="Lower is better; the line at 100 % is AlexNet as published. The same four "
            "models score higher in the testbed, which prepares the images otherwise.",
            mark=1.0,
        ),
    )


def _bare(value: float) -> Estimate:
    """A number that was printed without its interval."""
    return Estimate(value, float("nan"), float("nan"), n=0, method="printed without an interval")


CORRUPTION_ERRORS = Replication(
    "corruption-errors",
    "the mean corruption errors of the testbed's models, and of the public leaderboard",
    "Hendrycks & Dietterich 2019, arXiv:1903.12261",
    (LEADERBOARD, QUOTED, *TESTBED),
    _check,
    _figures,
)
