"""Model vs human: how accurate people are on 17 sets of distorted pictures, and how alike they err.

The trials of the models were not published, those of the people were: 85,120 of them.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from math import nan

import numpy as np

from fieldmark.records import Bar, Estimate, Figure, Forest, generator, seed_of
from fieldmark.replications.checks import Check
from fieldmark.replications.data import Data, Origin
from fieldmark.replications.manifests import origins_of
from fieldmark.replications.replication import Replication
from fieldmark.replications.trials import Trials, read_trials
from fieldmark.statistics import (
    Consistency,
    all_pairs,
    clustered_accuracy,
    clustered_shape_bias,
    mean_consistency,
)

REPOSITORY = "bethgelab/model-vs-human"
RAW = f"{REPOSITORY}:raw-data"
REPORT = f"Geirhos et al. 2021; {REPOSITORY}:latex-report/example-report.pdf, figure 1"
README = f"Geirhos et al. 2021; {REPOSITORY}:README.md"

PUBLISHED = {
    "sketch": (0.9163, 0.3696, 0.8999),
    "stylized": (0.4713, 0.5006, 0.7503),
    "edge": (0.8712, 0.3184, None),
    "silhouette": (0.7531, 0.4757, None),
    "cue-conflict": (0.7755, 0.3311, None),
    "colour": (0.8977, 0.4485, None),
    "rotation": (0.8451, 0.4368, None),
    "uniform-noise": (0.5537, 0.3615, None),
    "low-pass": (0.5609, 0.3577, None),
    "phase-scrambling": (0.5511, 0.3357, None),
}
"""From a set to people's accuracy, mean kappa and mean observed consistency."""

UNDISTORTED = {
    "colour": "cr",
    "contrast": "c100",
    "high-pass": "inf",
    "low-pass": "0",
    "phase-scrambling": "0",
    "power-equalisation": "0",
    "false-colour": "true",
    "rotation": "0",
    "eidolonI": "1-10-10",
    "eidolonII": "1-3-10",
    "eidolonIII": "1-0-10",
    "uniform-noise": "0.00",
}
"""The condition of each set in which nothing was done to the pictures."""

FEWEST_RIGHT = 0.2
"""Conditions in which people are not right more often than this are not in the four bars.

The toolbox lists by name what it leaves out (modelvshuman/plotting/plot.py); this rule and
``UNDISTORTED`` give the same list, where "low-pass 15", at exactly 0.2, is out.
"""

BARS = (
    ("accuracy", 0.722815, "(a)"),
    ("squared accuracy difference", 0.006566, "(b)"),
    ("observed consistency", 0.808542, "(c)"),
    ("error consistency", 0.431216, "(d)"),
)


def check(data: Data) -> list[Check]:
    """Accuracy and consistency of people on each set, their shape bias, and the four bars."""
    sets = _sets(data)
    trials = float(sum(len(one) for one in sets.values()))
    return [
        Check("trials of people", 85_120.0, trials, 0.0, RAW, "count", golden=True),
        Check(
            "sets of pictures", 17.0, float(len(sets)), 0.0, f"{README}, first paragraph", "count"
        ),
        *(one for name in PUBLISHED for one in _of_a_set(name, sets[name])),
        Check("shape bias of people", 0.9587, _shape_bias(sets).value, 5e-5, RAW, golden=True),
        *_bars(sets),
        *_of_models(),
    ]


def figures(data: Data) -> tuple[Figure, ...]:
    """People's accuracy on every set, and how alike they err."""
    sets = _sets(data)
    accuracies, kappas = [], []
    for name, trials in sorted(sets.items()):
        group = f"{len(trials.subjects)} people"
        right = np.concatenate(trials.by_condition(), axis=1)
        accuracies.append(Bar(name, group, clustered_accuracy(right)))
        kappas.append(Bar(name, group, _consistency(trials, draws=200).kappa))
    return (
        Forest(
            title="How accurate people are on distorted pictures",
            x_title="accuracy",
            bars=tuple(sorted(accuracies, key=lambda bar: -bar.estimate.value)),
            unit="share",
            caption="Mean over people and conditions of a set; intervals clustered by picture.",
            mark=1 / 16,
        ),
        Forest(
            title="How alike people err",
            x_title="error consistency (kappa) of two people",
            bars=tuple(sorted(kappas, key=lambda bar: -bar.estimate.value)),
            unit="number",
            caption=(
                "Mean over conditions and pairs of people; 95 % bootstrap intervals over pictures "
                "and people. 0 is chance."
            ),
            mark=0.0,
        ),
    )


def _sets(data: Data) -> Mapping[str, Trials]:
    def of(origin: Origin) -> str:
        return origin.original.split("/")[1]

    return {name: read_trials(data, some) for name, some in groupby(ORIGINS, of)}


def _of_a_set(name: str, trials: Trials) -> Sequence[Check]:
    accuracy, kappa, observed = PUBLISHED[name]
    found = _consistency(trials, draws=0)
    source = f"{RAW}/{name}"
    checks = [
        Check(f"{name}, accuracy of people", accuracy, trials.accuracy, 5e-5, source, golden=True),
        Check(
            f"{name}, mean kappa of two people",
            kappa,
            found.kappa.value,
            5e-5,
            source,
            golden=True,
        ),
    ]
    if observed is not None:
        what = f"{name}, observed consistency of two people"
        checks.append(Check(what, observed, found.observed.value, 5e-5, source, golden=True))
    return checks


def _consistency(trials: Trials, *, draws: int) -> Consistency:
    people = range(len(trials.subjects))
    return mean_consistency(
        trials.by_condition(),
        all_pairs(people),
        rng=generator(seed_of(0, "model-vs-human", *trials.conditions)),
        sampled=people,
        draws=draws,
    )


def _shape_bias(sets: Mapping[str, Trials]) -> Estimate:
    trials = sets["cue-conflict"]
    conflict = trials.where(trials.texture != trials.category)
    by_texture = conflict.joined(conflict.answer == conflict.texture)
    return clustered_shape_bias(conflict.joined(conflict.right), by_texture)


def _bars(sets: Mapping[str, Trials]) -> list[Check]:
    """The mean over sets, each set the mean over its conditions, as the toolbox draws it."""
    distorted = [_distorted(name, trials) for name, trials in sets.items()]
    found = [_consistency(trials, draws=0) for trials in distorted]
    computed = (
        np.mean([trials.accuracy for trials in distorted]),
        np.mean([one.difference.value for one in found]),
        np.mean([one.observed.value for one in found]),
        np.mean([one.kappa.value for one in found]),
    )
    note = "published as a drawing: the height of the bar against its axis, from the file's numbers"
    return [
        Check(f"all sets, {what} of people", printed, float(value), 5e-7, f"{REPORT}{panel}",
              note=note)
        for (what, printed, panel), value in zip(BARS, computed, strict=True)
    ]  # fmt: skip


def _distorted(name: str, trials: Trials) -> Trials:
    """Without the undistorted pictures, and those that people hardly recognise."""
    kept = [
        one
        for one in trials.conditions
        if one != UNDISTORTED.get(name)
        and trials.right[trials.condition == one].mean() > FEWEST_RIGHT
    ]
    return trials.where(np.isin(trials.condition, kept))


def _of_models() -> list[Check]:
    note = "the trials of the models were not published with those of the people"
    return [
        Check("ResNet-50, accuracy on distorted pictures", 0.559, nan, 5e-4, README, note=note),
        Check("ResNet-50, error consistency with people", 0.208, nan, 5e-4, README, note=note),
    ]


ORIGINS = origins_of("model-vs-human")

MODEL_VS_HUMAN = Replication(
    name="model-vs-human",
    title="people on 17 sets of distorted pictures: accuracy, error consistency, shape bias",
    paper="Geirhos et al. 2021, arXiv:2106.07411",
    origins=ORIGINS,
    check=check,
    figures=figures,
)
