"""RobustBench: corruption figures from its raw tables, and claims against what re-attacks left."""

import csv
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from math import nan
from types import MappingProxyType

import numpy as np

from fieldmark.records import Budget, DataError, Figure, Finding, Published
from fieldmark.replications.checks import Check
from fieldmark.replications.data import Data, Origin
from fieldmark.replications.manifests import origins_of
from fieldmark.replications.replication import Replication
from fieldmark.statistics import corruption_errors_of_shares
from fieldmark.studies import reported_against_reattacked

_FOLDER = "robustbench/model_info"
_README = Origin(
    "robustbench/README.md",
    "286b0d01ad0c584e15a7de7621d1de33f907e546e8fd6baa451985218f0cc6be",
    "RobustBench/robustbench",
    "78fcc9e48a07a861268f295a777b975f25155964",
    "README.md",
)
FILES: Mapping[str, Origin] = MappingProxyType(
    {origin.path: origin for origin in origins_of("robustbench")}
)
"""Every file of ``model_info`` by its path: a JSON per model, and the raw corruption tables."""

EXAMPLES: Mapping[str, int] = MappingProxyType(
    {"cifar10": 10_000, "cifar100": 10_000, "imagenet": 5_000}
)
"""How many test images RobustBench asks about, by data set."""

_RAW, _RAW_3D = "unaggregated_results.csv", "unaggregated_results_3d.csv"

IMAGENET = (
    ("Standard_R50", "ResNet-50"),
    ("Hendrycks2020AugMix", "AugMix"),
    ("Geirhos2018_SIN_IN", "Stylized ImageNet and ImageNet"),
    ("Hendrycks2020Many", "DeepAugment and AugMix"),
    ("Tian2022Deeper_DeiT-B", "DeiT-B"),
)
CLAIMS = (
    ("cifar10/Linf", "Wang2023Better_WRN-70-16"),
    ("cifar10/Linf", "Ding2020MMA"),
    ("cifar10/Linf", "Pang2020Rethinking"),
    ("cifar10/Linf", "KimWang2020Sensible"),
    ("cifar10/L2", "Engstrom2019Robustness"),
)


@dataclass(frozen=True)
class Claim:
    """What a model's authors reported, and what RobustBench found, as shares."""

    name: str
    threat: str
    reported: float
    reattacked: float
    counted: int


def claims(data: Data) -> tuple[Claim, ...]:
    """Every model with both a reported and a re-attacked robust accuracy (AutoAttack).

    Raises:
        DataError: The files cannot be had.
    """
    found = []
    for path in sorted(FILES):
        _, _, dataset, threat, file = path.split("/")
        if threat == "corruptions" or not file.endswith(".json"):
            continue
        about = json.loads(data.read(FILES[path]))
        reported, reattacked = (_share(about.get(key)) for key in ("reported", "autoattack_acc"))
        if reported == reported and reattacked == reattacked:
            name, n = file.removesuffix(".json"), EXAMPLES[dataset]
            found.append(Claim(name, f"{dataset}/{threat}", reported, reattacked, n))
    return tuple(found)


def published(data: Data) -> tuple[Published, ...]:
    """Every model with an attacked accuracy, as rows that can be held to each other.

    Re-attacked is what RobustBench ranks by: the lower of AutoAttack and of what others found. The
    budget is the one of each model's own file, which is not the same all over a leaderboard.

    Raises:
        DataError: The files cannot be had.
    """
    found = []
    for path in sorted(FILES):
        _, _, dataset, threat, file = path.split("/")
        if threat == "corruptions" or not file.endswith(".json"):
            continue
        about = json.loads(data.read(FILES[path]))
        left = [_share(about.get(key)) for key in ("autoattack_acc", "external")]
        found.append(
            Published(
                model=file.removesuffix(".json"),
                attack="autoattack",
                budget=Budget.parse("linf" if threat == "Linf" else "l2", str(about["eps"])),
                n=EXAMPLES[dataset],
                reported=_share(about.get("reported")),
                reattacked=min(value for value in left if value == value),
                clean=_share(about.get("clean_acc")),
                dataset=dataset,
            )
        )
    return tuple(found)


def claims_finding(data: Data) -> Finding:
    """Which of these claims hold? As a finding with its figures."""
    some = claims(data)
    return reported_against_reattacked(
        [f"{one.name} ({one.threat})" for one in some],
        np.array([one.reported for one in some]),
        np.array([one.reattacked for one in some]),
        np.array([one.counted for one in some]),
        groups=[one.threat for one in some],
    )


def corruption_table(data: Data, dataset: str, raw: str) -> dict[str, np.ndarray]:
    """From a model to its accuracies, float64 (corruptions, severities).

    Raises:
        DataError: The file cannot be had, or is no such table.
    """
    text = data.read(FILES[f"{_FOLDER}/{dataset}/corruptions/{raw}"]).decode("utf-8")
    heads, levels, *rows = list(csv.reader(StringIO(text)))
    if sorted(set(levels[1:])) != ["1", "2", "3", "4", "5"]:
        raise DataError(f"{dataset}/{raw} is no table of corruptions at five severities")
    names = tuple(dict.fromkeys(heads[1:]))
    places = np.array([[at for at, head in enumerate(heads) if head == name] for name in names])
    return {
        row[0]: np.array([float(cell or "nan") for cell in ["", *row[1:]]])[places]
        for row in rows
        if row
    }


def _share(text: object) -> float:
    try:
        return float(str(text)) / 100
    except ValueError:
        return nan


def _printed(data: Data, where: str, model: str) -> Mapping[str, object]:
    about: Mapping[str, object] = json.loads(data.read(FILES[f"{_FOLDER}/{where}/{model}.json"]))
    return about


def _check(data: Data) -> list[Check]:
    return [
        *_accuracies(data),
        *_mean_corruption_errors(data, _RAW, "corruptions_mce", "ImageNet-C"),
        *_mean_corruption_errors(data, _RAW_3D, "corruptions_mce_3d", "ImageNet-3DCC"),
        *_leaderboard(data),
        *_claims(data),
    ]


def _accuracies(data: Data) -> list[Check]:
    """How many printed corruption accuracies are the mean of the raw table's row?"""
    checks = []
    for dataset in EXAMPLES:
        table = corruption_table(data, dataset, _RAW)
        printed = {
            name: 100 * _share(_printed(data, f"{dataset}/corruptions", name)["corruptions_acc"])
            for name in _models(dataset)
        }
        there = [name for name in printed if name in table]
        # Some were rounded and some cut off, so a whole unit of the last digit is allowed.
        near = [abs(100 * table[name].mean() - printed[name]) < 0.01 + 1e-9 for name in there]
        checks.append(
            Check(
                f"{dataset}: corruption accuracies within 0.01 of the mean of their raw row",
                float(len(there)),
                float(sum(near)),
                0.0,
                f"RobustBench/robustbench:model_info/{dataset}/corruptions/*.json",
                "count",
            )
        )
        checks += [
            Check(
                f"{name}, corruption accuracy on {dataset}",
                round(printed[name], 2),
                nan,
                0.01,
                f"RobustBench/robustbench:model_info/{dataset}/corruptions/{name}.json",
                "%",
                "The raw table has no row for it.",
            )
            for name in printed
            if name not in table
        ]
    return checks


def _models(dataset: str) -> list[str]:
    folder = f"{_FOLDER}/{dataset}/corruptions/"
    return [
        path.removeprefix(folder).removesuffix(".json")
        for path in FILES
        if path.startswith(folder) and path.endswith(".json")
    ]


def _mean_corruption_errors(data: Data, raw: str, key: str, title: str) -> list[Check]:
    """The mCE over RobustBench's own AlexNet; only a few models are named, the rest counted."""
    table = corruption_table(data, "imagenet", raw)
    found = {name: _mce(rows, table["AlexNet"]) for name, rows in table.items()}
    printed = {name: _printed(data, "imagenet/corruptions", name)[key] for name in table}
    source = "RobustBench/robustbench:model_info/imagenet/corruptions"
    named = IMAGENET if raw == _RAW else IMAGENET[:1]
    checks = [
        Check(
            f"{words}, mCE on {title}",
            float(str(printed[name])),
            found[name],
            0.0051,
            f"{source}/{name}.json",
            "%",
        )
        for name, words in named
    ]
    equal = sum(abs(found[name] - float(str(value))) <= 0.0051 for name, value in printed.items())
    what = f"mCE on {title} as printed"
    checks.append(Check(what, float(len(printed)), float(equal), 0.0, f"{source}/*.json", "count"))
    return checks


def _mce(accuracies: np.ndarray, baseline: np.ndarray) -> float:
    found = corruption_errors_of_shares(
        1 - accuracies,
        np.full(accuracies.shape, EXAMPLES["imagenet"], np.int64),
        nan,
        1 - baseline.mean(axis=1),
        nan,
    )
    return 100 * found.mean.value


def _leaderboard(data: Data) -> list[Check]:
    """Is the printed leaderboard what the files say? The lower of AutoAttack and other attacks."""
    text = data.read(_README).decode("utf-8")
    section = text.split("#### Linf, eps=8/255", 2)[1].split("####", 1)[0]
    row = re.compile(
        r"\*\*([^*]+)\*\*</sup></sub>\s*\|.*?<sub>([\d.]+)%</sub>.*?<sub>([\d.]+)%</sub>"
    )
    printed = {name: float(robust) for name, _, robust in row.findall(section)}
    kept = {}
    for name in printed:
        about = _printed(data, "cifar10/Linf", name)
        attacked = [100 * _share(about.get(key)) for key in ("autoattack_acc", "external")]
        kept[name] = min(value for value in attacked if value == value)
    equal = sum(abs(kept[name] - value) < 0.0051 for name, value in printed.items())
    return [
        Check(
            "cifar10, Linf: rows of the leaderboard that are as the files say",
            float(len(printed)),
            float(equal),
            0.0,
            "RobustBench/robustbench:README.md, CIFAR-10, Linf",
            "count",
        )
    ]


def _claims(data: Data) -> list[Check]:
    """What authors reported against what AutoAttack left, as RobustBench keeps both."""
    checks = []
    for threat, name in CLAIMS:
        about = _printed(data, threat, name)
        reported, left = (
            round(100 * _share(about[key]), 2) for key in ("reported", "autoattack_acc")
        )
        checks.append(
            Check(
                f"{name}, {threat}: robust accuracy as reported",
                reported,
                left,
                1.0,
                f"the authors, as kept in RobustBench/robustbench:model_info/{threat}/{name}.json",
                "%",
                "What AutoAttack left of it (kept in the same file, not attacked anew here); "
                "one point is allowed for other samples and other budgets."
                + ("" if abs(left - reported) <= 1 else " The claim did not hold."),
            )
        )
    return checks


def _figures(data: Data) -> tuple[Figure, ...]:
    return claims_finding(data).figures


ROBUSTBENCH = Replication(
    "robustbench",
    "corruption errors from the raw tables, and claims of robust accuracy under re-attack",
    "Croce et al. 2021, arXiv:2010.09670",
    (_README, *FILES.values()),
    _check,
    _figures,
)
