"""ReaL: ImageNet's validation labels made again from what 85 raters answered."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Float64, Int64

from fieldmark.records import Bar, Figure, Forest, Histogram, LabelSets
from fieldmark.replications.checks import Check, Unit
from fieldmark.replications.data import Data, Origin
from fieldmark.replications.imagenetv2_predictions import (
    CLASSES,
    LABELS,
    PREDICTIONS,
    VAL,
    TopFive,
    top5,
)
from fieldmark.replications.replication import Replication
from fieldmark.statistics import Votes, among, dawid_skene, fit_line, majority, mcnemar, multi_label

REPOSITORY = "google-research/reassessed-imagenet"
COMMIT = "bcd006fe12e929f055e0ec7fe39dbf4d64a6881a"
ANSWERS = ("no", "maybe", "yes")
SAYS = np.array([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]])
"""What an answer says of the classes "label wrong" and "label right" to begin with."""

_SOURCE = f"{REPOSITORY}, computed from the same raw files by other code"


def _origin(name: str, sha256: str) -> Origin:
    return Origin(f"imagenet-real/{name}", sha256, REPOSITORY, COMMIT, name)


REAL = _origin("real.json", "d83e9bff374c631aae8439eb064c7019acc56e1b3bc3f56b8380c2a710b0220b")
RATERS = _origin("raters.npz", "d3ffe8082e4e61e9716cbc93a7a4e877e3b1d1240032a176e797b43f19107ec8")
SCORES = _origin("scores.npz", "c4b558569f3da12945c57684294f439214a9cb7919b0ae5b44432bd077d03b79")
GOLDEN = _origin("golden.npz", "738a795e88351799934669ac48bb70e2ebe484b447fc3e09e0c36fbd987d06d2")

ACCURACIES: Mapping[str, float] = {
    "alexnet": 63.06,
    "resnet18": 77.29,
    "vgg16": 79.04,
    "resnet50": 82.96,
    "resnet152": 84.82,
    "densenet161": 83.70,
    "inceptionv3": 83.63,
    "senet154": 86.35,
    "polynet": 86.47,
    "nasnetalarge": 87.28,
    "pnasnet5large": 87.45,
    "pnasnet_large_tf": 87.70,
}
"""ReaL accuracy in percent from the published predictions, computed by other code."""


def real_label_sets(data: Data) -> LabelSets:
    """The right labels of each validation picture in the order of its number, padded with -1."""
    listed: Sequence[Sequence[int]] = json.loads(data.read(REAL))
    sizes = np.array([len(some) for some in listed])
    sets = np.full((len(listed), sizes.max()), -1, np.int64)
    sets[np.arange(sets.shape[1]) < sizes[:, None]] = [one for some in listed for one in some]
    return sets


@lru_cache(maxsize=1)  # unpacking them takes longer than all that is done with them
def rater_votes(data: Data) -> Votes:
    """What each rater answered: is this label right for this picture?"""
    raw = data.arrays(RATERS)
    worker, item, answer = np.nonzero(raw["tensor"])
    names = tuple(f"{picture} / {label}" for picture, label in raw["info"].tolist())
    workers = tuple(str(one) for one in raw["ids"].tolist())
    return Votes(names, workers, ANSWERS, item, worker, answer)


def check(data: Data) -> list[Check]:
    """Counts, raw votes to labels, and what models score on the labels."""
    sets, answers = real_label_sets(data), top5(data, VAL)
    return [*_labels(sets, answers), *_raters(sets, data), *_accuracies(sets, answers)]


def _labels(sets: LabelSets, answers: TopFive) -> list[Check]:
    sizes = (sets >= 0).sum(axis=1)
    kept = sizes > 0
    number, labels = _number(answers.pictures), answers.labels
    inside = (sets[number] == labels[:, None]).any(axis=1)
    multiple = 100 * float((sizes > 1).sum() / kept.sum())
    return [
        _golden("pictures in real.json", 50_000, len(sets), 0, "count"),
        _golden("pictures without a right label", 3_163, int((~kept).sum()), 0, "count"),
        _golden("pictures that ReaL counts", 46_837, int(kept.sum()), 0, "count"),
        _golden("labels per counted picture", 1.2288, float(sizes[kept].mean()), 0.00005),
        _golden("counted pictures with several labels", 15.89, multiple, 0.005, "%"),
        _golden(
            "original label among the right ones",
            90.02,
            100 * float(inside[kept[number]].mean()),
            0.005,
            "%",
        ),
    ]


def _raters(sets: LabelSets, data: Data) -> list[Check]:
    votes = rater_votes(data)
    given = np.bincount(votes.answer, minlength=3)
    each = np.bincount(votes.item, minlength=len(votes.items))
    scores, right = _scored(sets, data)
    fitted = dawid_skene(votes, says=SAYS, smoothing=0.0).consensus
    sure = fitted.posterior[:, 1]
    counts, questions = votes.counts(), len(votes.items)
    soft = counts @ SAYS[:, 1] / each > 0.5
    experts = data.arrays(GOLDEN)["tensor"]
    return [
        _golden("raters", 85, len(votes.workers), 0, "count"),
        _golden("questions (picture, label)", 184_962, questions, 0, "count"),
        _golden("answers to each question, fewest", 5, int(each.min()), 0, "count"),
        _golden("answers to each question, most", 5, int(each.max()), 0, "count"),
        _golden("answers", 924_810, len(votes), 0, "count"),
        _golden('answers "no"', 729_424, int(given[0]), 0, "count"),
        _golden('answers "maybe"', 78_942, int(given[1]), 0, "count"),
        _golden('answers "yes"', 116_444, int(given[2]), 0, "count"),
        _golden("experts", 5, len(experts), 0, "count"),
        _golden("questions to experts", 1_135, experts.shape[1], 0, "count"),
        _golden("questions whose label is in real.json", 32_442, int(right.sum()), 0, "count"),
        _golden("the same as a share", 17.54, 100 * float(right.mean()), 0.005, "%"),
        _golden(
            "released score > 0.8 is membership in real.json",
            100.0,
            100 * float(((scores > 0.8) == right).mean()),
            0,
            "%",
        ),
        _golden("two-class Dawid-Skene, iterations", 22, fitted.iterations, 0, "count"),
        _golden(
            "its log-likelihood per question",
            -2.508012,
            fitted.log_likelihood / questions,
            0.0000005,
        ),
        _golden("its share of right labels", 0.2062, float(fitted.prior[1]), 0.00005),
        _golden(
            "its correlation with the released scores",
            0.9848,
            float(np.corrcoef(sure, scores)[0, 1]),
            0.00005,
        ),
        _golden(
            "its agreement with the released scores, both cut at 0.5",
            98.34,
            100 * float(((sure > 0.5) == (scores > 0.5)).mean()),
            0.005,
            "%",
        ),
        _golden(
            'three "yes" or more against membership',
            93.02,
            100 * float(((counts[:, 2] >= 3) == right).mean()),
            0.005,
            "%",
        ),
        _golden(
            'mean answer ("maybe" is half) above a half against membership',
            94.89,
            100 * float((soft == right).mean()),
            0.005,
            "%",
        ),
    ]


def _accuracies(sets: LabelSets, answers: TopFive) -> list[Check]:
    sets = sets[_number(answers.pictures)]
    found = {
        model: multi_label(answers.classes[row, :, 0].astype(np.int64), sets).micro
        for row, model in enumerate(answers.models)
    }
    plain = answers.correct().mean(axis=1)
    real = np.array([one.value for one in found.values()])
    line = fit_line(plain, real, axis="linear", counted=(50_000, 46_837))
    return [
        *(
            _golden(f"{model}, ReaL accuracy", known, 100 * found[model].value, 0.005, "%")
            for model, known in ACCURACIES.items()
        ),
        _golden("ReaL on plain accuracy, 67 models: slope", 1.0151, line.slope, 0.00005),
        _golden("intercept of that line", 5.238, 100 * line.intercept, 0.0005, "points"),
        _golden("its correlation", 0.9970, float(np.sqrt(line.r2)), 0.00005),
    ]


def figures(data: Data) -> tuple[Figure, ...]:
    """How much the raters' votes leave open, and what models gain by the labels made of them."""
    votes = rater_votes(data)
    sure = dawid_skene(votes, says=SAYS, smoothing=0.0).consensus.posterior[:, 1]
    most = majority(votes)
    differ = most.share < 1
    edges = np.linspace(0, 1, 21)
    groups = (
        ('most said "no"', most.answer == 0),
        ('tied, or most said "maybe"', most.tied | (most.answer == 1)),
        ('most said "yes"', most.answer == 2),
    )
    counts = [
        (name, tuple(np.histogram(sure[some & differ], edges)[0].tolist())) for name, some in groups
    ]
    histogram = Histogram(
        title="What Dawid-Skene makes of questions on which raters differ",
        x_title="probability that the label is right for the picture",
        edges=tuple(edges.tolist()),
        counts=tuple(counts),
        unit="share",
        caption=(
            f"{int(differ.sum()):,} of {len(sure):,} questions, five answers each; the others were "
            "answered by all five alike. ReaL keeps the labels that its own scores put above the "
            "line at 80 %."
        ),
        mark=0.8,
    )
    return histogram, _forest(data)


def _forest(data: Data) -> Forest:
    answers = top5(data, VAL)
    sets = real_label_sets(data)[_number(answers.pictures)]
    compared = {}
    for model in ACCURACIES:
        best = answers.classes[answers.row(model), :, 0].astype(np.int64)
        labelled = np.asarray((sets >= 0).any(axis=1))
        compared[model] = mcnemar(among(best, sets), best == answers.labels, labelled=labelled)
    return Forest(
        title="What models gain when any right label counts",
        x_title="ReaL accuracy minus plain accuracy, on the pictures that ReaL counts",
        bars=tuple(
            Bar(model, "model", one.difference, f"{one.only_a:,} gained, {one.only_b:,} lost")
            for model, one in compared.items()
        ),
        unit="points",
        caption="From the least to the most accurate. 95 % intervals (Tango), paired by picture.",
        mark=0.0,
    )


def _scored(
    sets: LabelSets, data: Data
) -> tuple[Float64[np.ndarray, " q"], Bool[np.ndarray, " q"]]:
    """Per question: the released score, and whether real.json has the label."""
    raw = data.arrays(SCORES)
    questions = raw["info"].tolist()
    row = _number([picture for picture, _ in questions])
    label = np.array([int(label) for _, label in questions])
    return raw["tensor"], np.asarray((sets[row] == label[:, None]).any(axis=1))


def _number(pictures: Sequence[str]) -> Int64[np.ndarray, " n"]:
    """Where a picture stands in real.json: ILSVRC2012_val_00000001.JPEG comes first."""
    return np.array([int(name.rpartition("_")[2].partition(".")[0]) - 1 for name in pictures])


def _golden(
    what: str,
    known: int | float,
    computed: int | float,
    tolerance: int | float,
    unit: Unit = "number",
) -> Check:
    return Check(what, float(known), float(computed), float(tolerance), _SOURCE, unit, golden=True)


IMAGENET_REAL = Replication(
    name="imagenet-real",
    title="ReaL: labels from raw votes, and accuracy on them",
    paper="Beyer et al. 2020, Are we done with ImageNet?, arXiv:2006.07159",
    origins=(REAL, RATERS, SCORES, GOLDEN, CLASSES, LABELS[VAL], PREDICTIONS[VAL]),
    check=check,
    figures=figures,
)
