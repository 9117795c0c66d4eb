"""The ImageNet testbed: which models are robust beyond what their accuracy on ImageNet predicts?"""

import csv
from dataclasses import dataclass
from io import StringIO
from math import copysign, sqrt

import numpy as np

from fieldmark.records import Axis, Bar, Figure, Forest, Scores, generator, seed_of
from fieldmark.replications.checks import Check, Unit
from fieldmark.replications.data import Data, Origin
from fieldmark.replications.replication import Replication
from fieldmark.replications.testbed_table import (
    LEAST,
    TESTBED,
    testbed_scores,
    testbed_types,
)
from fieldmark.statistics import BrokenLine, Line, broken_line, fit_line, pearson
from fieldmark.studies import published_broken_line, published_effective_robustness

PAPER_GRID = Origin(
    "imagenet-testbed/robustness_top1s.28477dc.csv",
    "e523b5316582d8d5843f11aae8885bcdc3f6d02461cd0289f4c128670828e770",
    "modestyachts/imagenet-testbed",
    "28477dc7912df34bed05ccdb4da963dbb91dd1b4",
    "robustness_top1s.csv",
)
V2 = "imagenetv2-matched-frequency-format-val"
OBJECTNET = "objectnet-1.0-beta"
SKETCH, R, A = "imagenet-sketch", "imagenet-r", "imagenet-a"
VID0, VID10 = "imagenet-vid-robust_pm0", "imagenet-vid-robust_pm10"
YTBB0, YTBB10 = "ytbb-robust_pm0", "ytbb-robust_pm10"
REFERENCES = {
    V2: "val",
    OBJECTNET: "val-on-objectnet-classes",
    SKETCH: "val",
    R: "val-on-imagenet-r-classes",
    A: "val-on-imagenet-a-classes",
    VID0: "val-on-vid-robust-classes",
    VID10: VID0,
    YTBB10: YTBB0,
}
"""What each condition is held against: the same classes of ImageNet, or the anchor frames alone."""

FILTER = "resnet50"
"""ImageNet-A holds only images that this model got wrong: there the line breaks."""

_GOLDEN = "modestyachts/imagenet-testbed:robustness_top1s.csv, fitted by other code"
_ABSTRACT = "Taori et al. 2020, arXiv:2007.00644, abstract"
_COUNTED = "modestyachts/imagenet-testbed:robustness_top1s.csv, counted by other code"


@dataclass(frozen=True)
class Fit:
    """A line through the standard models, as other code found it on the logit axis."""

    on: str
    title: str
    n: int
    slope: float
    intercept: float
    r: float
    probit_r2: float | None = None
    linear_r2: float | None = None


FITS = (
    Fit(V2, "ImageNetV2", 85, 0.92323, -0.49769, 0.9980, 0.9956, 0.9915),
    Fit(OBJECTNET, "ObjectNet", 85, 0.98091, -1.92829, 0.9760, 0.9518, 0.9094),
    Fit(SKETCH, "ImageNet-Sketch", 85, 1.07092, -2.37007, 0.9322),
    Fit(R, "ImageNet-R", 80, 0.63684, -2.10772, 0.9431),
    Fit(VID0, "ImageNet-Vid, pm-0", 85, 0.53356, -1.46172, 0.9741, 0.9484, 0.8634),
    Fit(VID10, "ImageNet-Vid, pm-10 given pm-0", 85, 1.09001, -0.79496, 0.9832, 0.9662, 0.9605),
    Fit(YTBB10, "YTBB, pm-10 given pm-0", 85, 1.27034, -0.69037, 0.9501, 0.9017, 0.8964),
)
BEYOND = (
    (V2, "efficientnet-l2-noisystudent", 1.11),
    (V2, "instagram-resnext101_32x48d", 1.26),
    (V2, "resnext101_32x8d_swsl", 1.19),
    (V2, "resnet152-imagenet11k", 2.12),
    (V2, "resnet50_clip_zeroshot", 5.79),
    (V2, "vit_b_32_clip_zeroshot", 5.63),
    (V2, "resnet50_augmix", -0.50),
    (V2, "resnet50_trained_on_SIN", 1.46),
    (V2, "resnet50_cutmix", -1.07),
    (V2, "BiT-M-R152x4-ILSVRC2012", -0.31),
    (OBJECTNET, "resnet50_clip_zeroshot", 17.85),
    (OBJECTNET, "vit_b_32_clip_zeroshot", 18.10),
    (OBJECTNET, "efficientnet-l2-noisystudent", 3.26),
    (OBJECTNET, "BiT-M-R152x4-ILSVRC2012", -5.84),
    (SKETCH, "vit_b_32_clip_zeroshot", 28.02),
    (SKETCH, "instagram-resnext101_32x16d", 21.81),
    (R, "vit_b_32_clip_zeroshot", 38.95),
    (VID10, "resnet50_l2_eps3_robust", 8.11),
    (VID10, "resnet50_clip_zeroshot", -6.80),
)
"""Effective robustness in points, as other code computed it."""

_KINDS = {
    "STANDARD": "standard",
    "ROBUST_INTV": "robustness intervention",
    "MORE_DATA": "trained on more data",
}


def line(scores: Scores, on: str, axis: Axis = "logit") -> Line:
    """The line through the standard models that have both accuracies."""
    x, y = scores.column(REFERENCES[on]), scores.column(on)
    fitted = np.array(scores.standard) & ~np.isnan(x) & ~np.isnan(y)
    sizes = [int(scores.sizes(name)[fitted].min()) for name in (REFERENCES[on], on)]
    return fit_line(x[fitted], y[fitted], axis=axis, counted=(sizes[0], sizes[1]))


def beyond(scores: Scores, on: str) -> np.ndarray:
    """Every model's accuracy minus what the line expects, in points; NaN where not measured."""
    x, y = scores.column(REFERENCES[on]), scores.column(on)
    there = ~np.isnan(x) & ~np.isnan(y)
    found = np.full(len(x), np.nan)
    found[there] = 100 * (y[there] - line(scores, on).predict(x[there]))
    return found


def knee(scores: Scores, *, searched: bool = False) -> BrokenLine:
    """ImageNet-A's two lines, parted at ResNet-50 or where they fit best."""
    x, y = scores.column(REFERENCES[A]), scores.column(A)
    fitted = np.array(scores.standard) & ~np.isnan(x) & ~np.isnan(y)
    place = float(x[scores.subjects.index(FILTER)])
    return broken_line(
        x[fitted],
        y[fitted],
        axis="logit",
        counted=(10_000, 7_500),
        knee=None if searched else place,
        rng=generator(seed_of(0, "ImageNet-A")),
    )


def check(data: Data) -> list[Check]:
    """The size of the grid, the lines, the models beside them, and the knee."""
    scores = testbed_scores(data)
    return [
        *_grid_checks(data, scores),
        *(one for fit in FITS for one in _fit_checks(scores, fit)),
        *_knee_checks(scores),
        *_beyond_checks(scores),
    ]


def _grid_checks(data: Data, scores: Scores) -> list[Check]:
    rows = list(csv.reader(StringIO(data.read(PAPER_GRID).decode("utf-8"))))
    return [
        _count("models in the paper's grid", 204, len(rows) - 1, printed=True),
        _count("conditions in the paper's grid", 213, len(rows[0]) - 1, printed=True),
        _count("models in the newest grid", 338, len(scores.subjects)),
        _count("models that lines are fitted to", 85, sum(scores.standard)),
    ]


def _fit_checks(scores: Scores, fit: Fit) -> list[Check]:
    found = line(scores, fit.on)
    named = f"{fit.title}, line on the logit axis"
    rows = [
        _golden(f"{named}: slope", fit.slope, found.slope, 5e-6),
        _golden(f"{named}: intercept", fit.intercept, found.intercept, 5e-6),
        _golden(f"{named}: r", fit.r, _r(found), 5e-5),
    ]
    axes: tuple[tuple[Axis, float | None], ...] = (
        ("probit", fit.probit_r2),
        ("linear", fit.linear_r2),
    )
    rows += [
        _golden(f"{fit.title}, {axis} axis: r²", r2, line(scores, fit.on, axis).r2, 5e-5)
        for axis, r2 in axes
        if r2 is not None
    ]
    return rows if fit.n == 85 else [_count(f"{fit.title}, models fitted", fit.n, found.n), *rows]


def _knee_checks(scores: Scores) -> list[Check]:
    found = knee(scores)
    below, above = found.below, found.above
    name = "ImageNet-A"
    return [
        _golden(f"{name}, knee: ResNet-50 on val", 91.86, 100 * found.knee.value, 0.005, "%"),
        _golden(f"{name}, slope below the knee", 0.6894, below.slope, 5e-5),
        _golden(f"{name}, intercept below", -5.1400, below.intercept, 5e-5),
        _golden(f"{name}, r below", 0.641, _r(below), 5e-4),
        _golden(f"{name}, slope above the knee", 2.9560, above.slope, 5e-5),
        _golden(f"{name}, intercept above", -10.2774, above.intercept, 5e-5),
        _golden(f"{name}, r above", 0.951, _r(above), 5e-4),
        _count(f"{name}, models below the knee", 33, below.n),
        _count(f"{name}, models above the knee", 51, above.n),
    ]


def _beyond_checks(scores: Scores) -> list[Check]:
    found = {on: beyond(scores, on) for on in dict.fromkeys(on for on, _, _ in BEYOND)}
    titles = {fit.on: fit.title for fit in FITS}
    about = found[V2][np.array(scores.standard)]
    spread = sqrt((about**2).sum() / (len(about) - 2))
    return [
        Check(
            f"effective robustness on {titles[on]}: {name}",
            published,
            float(found[on][scores.subjects.index(name)]),
            0.005,
            _GOLDEN,
            "points",
            golden=True,
        )
        for on, name, published in BEYOND
    ] + [
        _golden(
            "sd of the standard models about the line on ImageNetV2", 0.43, spread, 0.005, "points"
        )
    ]


def figures(data: Data) -> tuple[Figure, ...]:
    """The lines on three natural shifts, and what synthetic robustness says about natural."""
    scores = testbed_scores(data)
    types = testbed_types(data)
    shown = _above(scores, types)
    lines = [
        published_effective_robustness(shown, on=on, reference=REFERENCES[on]).figures[0]
        for on in (V2, OBJECTNET, VID10)
    ]
    broken = published_broken_line(scores, on=A, reference=REFERENCES[A], subject=FILTER)
    return (*lines, broken.figures[0], synthetic_and_natural(scores, types))


def synthetic_and_natural(scores: Scores, types: dict[str, str]) -> Forest:
    """Of the robustness interventions: does effective robustness on corruptions carry over?"""
    chosen = np.array([types[name] == "ROBUST_INTV" for name in scores.subjects])
    synthetic = _beyond_corruptions(scores)
    bars = []
    for fit in FITS:
        natural = beyond(scores, fit.on)
        there = chosen & ~np.isnan(natural) & ~np.isnan(synthetic)
        bars.append(Bar(fit.title, "", pearson(synthetic[there], natural[there])))
    return Forest(
        title="Does robustness to corruptions carry over to natural shifts?",
        x_title="correlation of effective robustness on corruptions with that on the shift",
        bars=tuple(bars),
        unit="number",
        caption=(
            "Over the models with a robustness intervention; corruptions are the mean of all "
            "on-disk corruptions and severities. 95 % intervals (Fisher); models of one kind count "
            "as independent. A correlation says that the order carries over, not by how much: on "
            "ImageNetV2 and ObjectNet all of these models lie within a few points of the line."
        ),
        mark=0.0,
    )


def _beyond_corruptions(scores: Scores) -> np.ndarray:
    """Effective robustness on the mean of the on-disk corruptions; NaN where one is missing."""
    columns = [
        place
        for place, name in enumerate(scores.conditions)
        if name.startswith("imagenet-c.") and name.endswith("_on-disk")
    ]
    x, y = scores.column("val"), scores.values[:, columns].mean(axis=1)
    there = ~np.isnan(x) & ~np.isnan(y)
    fitted = there & np.array(scores.standard)
    found = np.full(len(x), np.nan)
    one = fit_line(x[fitted], y[fitted], axis="logit", counted=(50_000, 50_000))
    found[there] = y[there] - one.predict(x[there])
    return found


def _above(scores: Scores, types: dict[str, str]) -> Scores:
    """The models of at least 55 %, coloured by what was done to them."""
    rows = np.flatnonzero(scores.column("val") >= LEAST).tolist()
    return Scores(
        subjects=tuple(scores.subjects[row] for row in rows),
        conditions=scores.conditions,
        values=scores.values[rows],
        counted=scores.counted[rows],
        families=tuple(_KINDS.get(types[scores.subjects[row]], "other") for row in rows),
        standard=tuple(scores.standard[row] for row in rows),
        source=scores.source,
    )


def _r(found: Line) -> float:
    return copysign(sqrt(found.r2), found.slope)


def _golden(
    what: str, known: float, computed: float, tolerance: float, unit: Unit = "number"
) -> Check:
    return Check(what, known, float(computed), tolerance, _GOLDEN, unit, golden=True)


def _count(what: str, known: int, computed: int, *, printed: bool = False) -> Check:
    source = _ABSTRACT if printed else _COUNTED
    return Check(what, float(known), float(computed), 0.0, source, "count", golden=not printed)


IMAGENET_TESTBED = Replication(
    name="imagenet-testbed",
    title="Effective robustness of 338 ImageNet models on natural shifts",
    paper="Taori et al. 2020, Measuring Robustness to Natural Distribution Shifts in Image "
    "Classification, arXiv:2007.00644",
    origins=(*TESTBED, PAPER_GRID),
    check=check,
    figures=figures,
)
