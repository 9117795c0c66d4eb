"""Label errors in test sets: what five people each said of the labels that an algorithm doubted."""

import json
from collections.abc import Mapping
from math import nan
from types import MappingProxyType

import numpy as np

from fieldmark.records import Bar, Figure, Forest
from fieldmark.replications.checks import Check, Unit
from fieldmark.replications.data import Data, Origin
from fieldmark.replications.replication import Replication
from fieldmark.statistics import Audit

REPOSITORY = "cleanlab/label-errors"
COMMIT = "6d5d6b31a13216290afc40e5c6319399c4d15c06"
_ENOUGH = 3
_GOLDEN = f"{REPOSITORY}:mturk, counted in the same file by other code"
_ABSTRACT = "Northcutt, Athalye & Mueller 2021, arXiv:2103.14749, abstract"
_POST = "Northcutt, Athalye & Mueller 2021, l7.curtisnorthcutt.com/label-errors"


def _origin(path: str, sha256: str) -> Origin:
    return Origin(f"label-errors/{path}", sha256, REPOSITORY, COMMIT, path)


CHECKED: Mapping[str, Origin] = MappingProxyType(
    {
        "MNIST": _origin(
            "mturk/mnist_mturk.json",
            "448bd00fc9df262c68d50d48709d7fa3d5dc966bc66580e5df20e0dcba6e5612",
        ),
        "CIFAR-10": _origin(
            "mturk/cifar10_mturk.json",
            "81b2c16c9eee060d6cc2390f6bbce1e0e7be0a050574be5177c9428f3596b5b5",
        ),
        "CIFAR-100": _origin(
            "mturk/cifar100_mturk.json",
            "b2b4fedc433e814c64fb33eff99976bbeee6355470e127b56d64bc5fb57493c0",
        ),
        "ImageNet": _origin(
            "mturk/imagenet_mturk.json",
            "79807852426782eb04ae9fcc38454a53eb744bba8ac3213a4d290cfa973995f2",
        ),
    }
)
LABELS: Mapping[str, Origin] = MappingProxyType(
    {
        "MNIST": _origin(
            "original_test_labels/mnist_test_set_original_labels.npy",
            "9c4b8d0ef379b2ce0d312470484d79e282a47e092738fca1edff326f9b67c20e",
        ),
        "CIFAR-10": _origin(
            "original_test_labels/cifar10_test_set_original_labels.npy",
            "8fba587d5b11011df52b2a20eb4a272eeaf20c2d162554059f714d4b78d23aed",
        ),
        "CIFAR-100": _origin(
            "original_test_labels/cifar100_test_set_original_labels.npy",
            "522c58d76195541a49f610204c56868e718d46023272d7d0c811682fdebd6e9f",
        ),
        "ImageNet": _origin(
            "original_test_labels/imagenet_val_set_original_labels.npy",
            "02324a6ea2ebf9613c6bb5879aa945ae649fe3c422eb36164419c8ba3582df4d",
        ),
    }
)
KNOWN = {
    "MNIST": (100, 15),
    "CIFAR-10": (275, 54),
    "CIFAR-100": (2_235, 585),
    "ImageNet": (5_440, 2_916),
}
"""(checked, wrong) per test set."""

ELSEWHERE = {"Caltech-256": 458, "QuickDraw": 1_870, "20news": 82, "IMDB": 725}
"""Wrong labels found in sets whose files are not among these data."""


def audit(data: Data, name: str) -> Audit:
    """What was found in one of the test sets.

    A label is wrong when fewer than three of five people chose it ("given"), whatever else they
    chose: the other label, both, or neither.
    """
    answers = json.loads(data.read(CHECKED[name]))
    given = np.array([one["mturk"]["given"] for one in answers])
    examples = len(data.arrays(LABELS[name])[""])
    return Audit(examples, len(given), len(given), int((given < _ENOUGH).sum()))


def check(data: Data) -> list[Check]:
    """How many labels were doubted, and how many of them are wrong."""
    audits = {name: audit(data, name) for name in CHECKED}
    rows = []
    for name, (checked, errors) in KNOWN.items():
        rows += [
            _golden(f"{name}, labels checked", checked, audits[name].checked),
            _golden(f"{name}, wrong labels", errors, audits[name].errors),
        ]
    share = 100 * audits["ImageNet"].found().value
    rows += [
        Check(
            "MNIST, wrong labels, as printed",
            15.0,
            float(audits["MNIST"].errors),
            0.0,
            _POST,
            "count",
        ),
        Check("ImageNet, share of labels that are wrong", 6.0, share, 0.5, _ABSTRACT, "%"),
    ]
    rows += [
        _absent(f"{name}, wrong labels", float(errors), _GOLDEN, golden=True)
        for name, errors in ELSEWHERE.items()
    ]
    return [
        *rows,
        _absent("mean share of wrong labels, ten sets", 3.3, _ABSTRACT, "%", 0.05),
        _absent("mean share of flagged labels that are wrong, ten sets", 51.0, _ABSTRACT, "%", 0.5),
    ]


def figures(data: Data) -> tuple[Figure, ...]:
    """The share of wrong labels that was found in each set."""
    audits = {name: audit(data, name) for name in CHECKED}
    return (
        Forest(
            title="Wrong labels found in four test sets",
            x_title="share of all labels",
            bars=tuple(
                Bar(
                    name,
                    "test set",
                    one.found(),
                    f"{one.errors:,} of {one.checked:,} that were checked, {one.examples:,} in all",
                )
                for name, one in audits.items()
            ),
            unit="share",
            caption=(
                "Lower bounds: only labels that an algorithm flagged were looked at again. "
                "A model that is always right would score one minus this. 95 % intervals "
                "(Clopper-Pearson)."
            ),
            mark=0.0,
        ),
    )


def _golden(what: str, known: int, computed: int) -> Check:
    return Check(what, float(known), float(computed), 0.0, _GOLDEN, "count", golden=True)


def _absent(
    what: str,
    known: float,
    source: str,
    unit: Unit = "count",
    tolerance: float = 0.0,
    *,
    golden: bool = False,
) -> Check:
    note = "the votes on this set, or on all ten, are not among the data that are read here"
    return Check(what, known, nan, tolerance, source, unit, note, golden)


LABEL_ERRORS = Replication(
    name="label-errors",
    title="Wrong labels in the test sets of MNIST, CIFAR-10, CIFAR-100 and ImageNet",
    paper="Northcutt, Athalye & Mueller 2021, Pervasive Label Errors in Test Sets Destabilize "
    "Machine Learning Benchmarks, arXiv:2103.14749",
    origins=(*CHECKED.values(), *LABELS.values()),
    check=check,
    figures=figures,
)
