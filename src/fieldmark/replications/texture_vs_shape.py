"""Texture vs shape: what people and nets answer where an object's shape and texture disagree."""

import re
from collections.abc import Mapping
from math import nan

import numpy as np

from fieldmark.records import Bar, Estimate, Figure, Forest
from fieldmark.replications.checks import Check
from fieldmark.replications.data import Data
from fieldmark.replications.manifests import origins_of
from fieldmark.replications.replication import Replication
from fieldmark.replications.trials import Trials, read_trials
from fieldmark.statistics import accuracy, clustered_accuracy, clustered_shape_bias, shape_bias

REPOSITORY = "rgeirhos/texture-vs-shape"
README = f"Geirhos et al. 2019; {REPOSITORY}:README.md"
BESIDE = "bethgelab/model-vs-human:raw-data, the same trials counted there by other code"

CONFLICT = "style-transfer-512-nomask-experiment"
RETRAINED = "-trained-CNNs"
"""What the folders of nets that were run again, or trained otherwise, end in."""

EXPERIMENTS = {
    "original-experiment": "photographs",
    "grayscale-experiment": "greyscale",
    "silhouette-filled-experiment": "silhouettes",
    "edge-experiment": "edges",
    "texture-experiment": "textures",
    CONFLICT: "cue conflict",
}
"""Experiments in which everybody saw the same pictures, and what to call them."""


def check(data: Data) -> list[Check]:
    """How many people answered, and the shape bias of people and of nets."""
    trials = _trials(data)
    people = {pair: one for pair, one in trials.items() if pair[1].startswith("subject")}
    again = CONFLICT + RETRAINED
    shown = trials[CONFLICT, "alexnet"]
    return [
        Check("trials of people", 48_560.0, float(sum(map(len, people.values()))), 0.0, README,
              "count"),
        Check("people", 97.0, float(len(people)), 0.0, README, "count"),
        Check("cue-conflict pictures", 1280.0, float(len(np.unique(shown.image))), 0.0, README,
              "count"),
        Check("shape bias of AlexNet (torchvision)", 25.3, _percent(trials[again, "alexnet"]), 0.05,
              README, "%"),
        Check("shape bias of VGG-16 (torchvision)", 9.2, _percent(trials[again, "vgg16"]), 0.05,
              README, "%"),
        Check("shape bias of people", 0.9587, _together(people).value, 5e-5, BESIDE, golden=True),
        *(
            Check(f"accuracy of people on {EXPERIMENTS[name]}", printed, _accuracy(people, name),
                  5e-5, BESIDE, golden=True)
            for name, printed in (
                ("edge-experiment", 0.8712),
                ("silhouette-filled-experiment", 0.7531),
                (CONFLICT, 0.7755),
            )
        ),
        *_otherwise_aggregated(trials),
    ]  # fmt: skip


def figures(data: Data) -> tuple[Figure, ...]:
    """The shape bias of everybody, and accuracies on all kinds of pictures."""
    trials = _trials(data)
    people = {pair: one for pair, one in trials.items() if pair[1].startswith("subject")}
    biases = [Bar("people together", "people", _together(people))]
    for (experiment, who), one in trials.items():
        if experiment.removesuffix(RETRAINED) == CONFLICT:
            again = experiment.endswith(RETRAINED)
            biases.append(Bar(_called(who, again=again), _kind(who), _bias(one)))
    return (
        Forest(
            title="Shape bias of people and nets",
            x_title="share of decisions by shape",
            bars=tuple(sorted(biases, key=lambda bar: -bar.estimate.value)),
            unit="share",
            caption=(
                "Of answers that named the class of either cue, the share that named the shape's; "
                "95 % exact intervals (of people together: clustered by picture)."
            ),
            mark=0.5,
        ),
        Forest(
            title="Accuracy of people and nets on pictures without one of the cues",
            x_title="accuracy",
            bars=tuple(_accuracies(trials)),
            unit="share",
            caption="People: the mean over all who saw the pictures, clustered by picture.",
            mark=1 / 16,
        ),
    )


def _trials(data: Data) -> Mapping[tuple[str, str], Trials]:
    """From (experiment, who) to trials; who is named by the file, as nets repeat inside."""
    found = {}
    for origin in ORIGINS:
        experiment, file = origin.original.split("/")[1:]
        who = re.sub(r"^.*-experiment_|_session.*$", "", file)
        found[experiment, who] = read_trials(data, [origin])
    return found


def _cues(trials: Trials) -> tuple[np.ndarray, np.ndarray, Trials]:
    """(by shape, by texture) of the trials whose two cues are of different classes."""
    conflict = trials.where(trials.texture != trials.category)
    return conflict.right, conflict.answer == conflict.texture, conflict


def _bias(trials: Trials) -> Estimate:
    by_shape, by_texture, _ = _cues(trials)
    return shape_bias(by_shape, by_texture)


def _percent(trials: Trials) -> float:
    return 100 * _bias(trials).value


def _together(people: Mapping[tuple[str, str], Trials]) -> Estimate:
    """The pooled shape bias of all who saw the cue-conflict pictures."""
    cues = [_cues(one) for (experiment, _), one in people.items() if experiment == CONFLICT]
    by_shape, by_texture = (
        np.concatenate([trials.joined(cue[part]) for *cue, trials in cues]) for part in (0, 1)
    )
    return clustered_shape_bias(by_shape, by_texture)


def _accuracy(people: Mapping[tuple[str, str], Trials], experiment: str) -> float:
    some = [one.accuracy for (name, _), one in people.items() if name == experiment]
    return float(np.mean(some))


def _accuracies(trials: Mapping[tuple[str, str], Trials]) -> list[Bar]:
    bars = []
    for experiment, title in EXPERIMENTS.items():
        here = {who: one for (name, who), one in trials.items() if name == experiment}
        right = [one.joined(one.right) for who, one in here.items() if who.startswith("subject")]
        whole = clustered_accuracy(np.concatenate(right))
        bars.append(Bar(f"{title}, {len(right)} people", "people", whole))
        for who, one in here.items():
            if not who.startswith("subject"):
                bars.append(Bar(f"{title}, {_called(who)}", _kind(who), accuracy(one.right)))
    return bars


def _called(who: str, *, again: bool = False) -> str:
    """A name for a figure: nets that were run twice say with which software."""
    name = re.sub(r"_train_.*", ", stylised", who).replace("subject-", "person ")
    return f"{name} (torchvision)" if again and name in ("alexnet", "vgg16") else name


def _kind(who: str) -> str:
    if who.startswith("subject"):
        return "people"
    return "trained on stylised pictures" if "_train_" in who else "trained on photographs"


def _otherwise_aggregated(trials: Mapping[tuple[str, str], Trials]) -> list[Check]:
    """Numbers of the README that the kept decisions do not give, or cannot."""
    again = CONFLICT + RETRAINED
    plain, stylised = (
        _percent(trials[again, who]) for who in ("resnet50", "resnet50_train_60_epochs")
    )
    why = "the kept decisions merge the probabilities of classes otherwise than the README"
    absent = "the decisions of this net are not in the repository"
    return [
        Check("shape bias of ResNet-50", 21.39, plain, 0.005, README, "%", why),
        Check("shape bias of model A (ResNet-50, stylised)", 81.37, stylised, 0.005, README, "%",
              why),
        Check("shape bias of model B (ResNet-50, both)", 34.65, nan, 0.005, README, "%", absent),
        Check("shape bias of model C (model B, fine-tuned)", 20.54, nan, 0.005, README, "%",
              absent),
    ]  # fmt: skip


ORIGINS = origins_of("texture-vs-shape")

TEXTURE_VS_SHAPE = Replication(
    name="texture-vs-shape",
    title="people follow shape where nets follow texture",
    paper="Geirhos et al. 2019, arXiv:1811.12231",
    origins=ORIGINS,
    check=check,
    figures=figures,
)
