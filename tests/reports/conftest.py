"""Plausible findings, as studies would make them of 18 subjects and 47 conditions."""

import io
from math import exp, log

import numpy as np
import pytest
from PIL import Image
from scipy.stats import beta

from fieldmark.records import (
    Column,
    Curves,
    Estimate,
    Finding,
    Gallery,
    Grid,
    Panel,
    Picture,
    Point,
    Scatter,
    Series,
    Square,
    Table,
    Trend,
    generator,
    seed_of,
    undefined,
)
from fieldmark.reports import figure_svg, page

METHOD = "Clopper-Pearson 95 %"
SUBJECTS = {
    "logistic": ("linear model", 2.4, 0.0),
    "ridge": ("linear model", 1.8, 0.0),
    "nearest-centroid": ("linear model", 1.5, 0.1),
    "knn-1": ("nearest neighbour", 2.7, 0.1),
    "knn-5": ("nearest neighbour", 2.8, 0.1),
    "svm-rbf": ("kernel machine", 3.3, 0.1),
    "svm-poly": ("kernel machine", 3.1, 0.0),
    "forest": ("tree ensemble", 2.8, -0.3),
    "boosting": ("tree ensemble", 2.9, -0.4),
    "mlp-small": ("fully connected net", 2.9, 0.0),
    "mlp-large": ("fully connected net", 3.2, 0.0),
    "cnn-small": ("convolutional net", 3.5, 0.2),
    "cnn-medium": ("convolutional net", 3.9, 0.2),
    "cnn-large": ("convolutional net", 4.1, 0.2),
    "cnn-augmented": ("convolutional net", 4.0, 1.2),
    "cnn-adversarial-linf": ("convolutional net", 3.5, 1.0),
    "cnn-adversarial-l2": ("convolutional net", 3.6, 0.8),
    "scattering-linear": ("scattering", 3.2, 0.4),
}
ROBUST = {
    "cnn-augmented": "augmented: noise, blur, shifts",
    "cnn-adversarial-linf": "adversarial training, Linf 0.2",
    "cnn-adversarial-l2": "adversarial training, L2 1.5",
}
CORRUPTIONS = (
    *("gaussian-noise", "impulse-noise", "defocus-blur", "fog"),
    *("contrast", "pixelate", "rotation", "translation"),
)
BUDGETS = {"pgd-linf": ("8/255", "16/255", "51/255"), "pgd-l2": ("0.75", "1.5")}
SHIFTS = tuple(f"mnist-test+{name}@{k}" for name in CORRUPTIONS for k in range(1, 6))
ATTACKS = tuple(f"mnist-test+{name}@{size}" for name, sizes in BUDGETS.items() for size in sizes)
CONDITIONS = ("mnist-test", "uci-digits", *SHIFTS, *ATTACKS)
GROUPS = ("test", "natural shift", *["shift"] * len(SHIFTS), *["attack"] * len(ATTACKS))
DIFFERENTIABLE = ("linear model", "fully connected net", "convolutional net")


def proportion(share, n):
    """What would be estimated if n examples were answered with this accuracy."""
    hits = round(share * n)
    low = 0.0 if hits == 0 else float(beta.ppf(0.025, hits, n - hits + 1))
    high = 1.0 if hits == n else float(beta.ppf(0.975, hits + 1, n - hits))
    return Estimate(hits / n, low, high, n=n, method=METHOD)


def accuracy(subject, condition):
    """A plausible accuracy, or None where the subject cannot be attacked."""
    family, skill, robustness = SUBJECTS[subject]
    noise = float(generator(seed_of(0, subject, condition)).normal(0, 0.15))
    if condition == "mnist-test":
        return proportion(1 / (1 + exp(-skill)), 1000)
    if condition == "uci-digits":
        return proportion(1 / (1 + exp(-(0.9 * skill - 1.6 + 0.5 * robustness + noise))), 1797)
    change, _, level = condition.partition("+")[2].partition("@")
    if change in BUDGETS:
        if family not in DIFFERENTIABLE:
            return None
        rank = 1 + BUDGETS[change].index(level)
        return proportion(1 / (1 + exp(-(skill - (2.6 - robustness * 1.4) * rank + noise))), 1000)
    drop = (
        0.55 * int(level) * (1.3 - 0.6 * robustness) * (1 + 0.3 * (CORRUPTIONS.index(change) % 3))
    )
    return proportion(1 / (1 + exp(-(skill - drop + noise))), 1000)


def effective_robustness(condition="uci-digits", title="handwriting of other people"):
    """One scatter with its line; a study of one shift."""
    points, rows = [], []
    pairs = {name: (accuracy(name, "mnist-test"), accuracy(name, condition)) for name in SUBJECTS}
    told = {name: pair for name, pair in pairs.items() if pair[1] is not None}
    logit = lambda p: log(min(max(p, 5e-4), 1 - 5e-4) / (1 - min(max(p, 5e-4), 1 - 5e-4)))  # noqa: E731
    fitted = [name for name in told if name not in ROBUST]
    x = np.array([logit(told[name][0].value) for name in fitted])
    y = np.array([logit(told[name][1].value) for name in fitted])
    slope, intercept = np.polyfit(x, y, 1)
    grid = np.linspace(x.min() - 0.3, x.max() + 0.3, 40)
    back = lambda z: 1 / (1 + np.exp(-z))  # noqa: E731
    spread = 0.15 + 0.08 * (grid - x.mean()) ** 2
    trend = Trend(
        "standard models",
        tuple(map(float, back(grid))),
        tuple(map(float, back(slope * grid + intercept))),
        tuple(map(float, back(slope * grid + intercept - spread))),
        tuple(map(float, back(slope * grid + intercept + spread))),
    )
    for name, (inside, outside) in pairs.items():
        family = SUBJECTS[name][0]
        seen = outside or undefined(METHOD)
        points.append(Point(name, family, inside, seen, name not in ROBUST, ROBUST.get(name, "")))
        gap = undefined("bootstrap 95 %")
        if outside is not None:
            expected = float(back(slope * logit(inside.value) + intercept))
            gap = Estimate(
                outside.value - expected,
                outside.low - expected,
                outside.high - expected,
                n=outside.n,
                method="bootstrap 95 %",
            )
        rows.append((name, family, inside, seen, gap))
    columns = (
        Column("subject", "subject", ""),
        Column("family", "family", ""),
        Column("reference", "mnist-test", "share right on the reference"),
        Column("shifted", condition, "share right under the shift"),
        Column("gap", "effective robustness", "accuracy above the line"),
    )
    return Finding(
        "effective-robustness",
        f"Does anything rise above the line on {condition} ({title})?",
        f"On {condition} accuracy follows accuracy on mnist-test: the line fitted to "
        f"{len(fitted)} standard models has slope {slope:.2f} on logit axes. The model that was "
        "trained with augmentation lies above it.",
        Table(columns, tuple(rows)),
        (
            Scatter(
                f"Accuracy on {condition} against mnist-test",
                "accuracy on mnist-test",
                f"accuracy on {condition}",
                tuple(points),
                trend,
                "logit",
                "Each point is a subject with 95 % intervals. Dotted: y = x. Line: standard "
                "models, with its 95 % band.",
            ),
        ),
        ("The line is fitted to models that were fitted to the same 5,000 digits.",),
    )


def accuracy_grid():
    squares, rows = [], []
    for name in SUBJECTS:
        for condition in CONDITIONS:
            found = accuracy(name, condition)
            reason = "" if found else f"{name} gives no gradients"
            if name == "boosting" and condition.endswith("fog@5"):
                found, reason = None, "failed: out of memory"
            squares.append(Square(name, condition, found, reason))
            rows.append((name, condition, found, reason))
    titles = ("subject", "condition", "accuracy", "reason")
    return Finding(
        "accuracy-grid",
        "How accurate is every subject under every condition?",
        f"{len(rows)} squares: {len(SUBJECTS)} subjects under {len(CONDITIONS)} conditions.",
        Table(tuple(Column(title, title, "") for title in titles), tuple(rows)),
        (
            Grid(
                "Accuracy of every subject under every condition",
                tuple(SUBJECTS),
                CONDITIONS,
                GROUPS,
                tuple(squares),
                "Whole percent; n/a where a subject cannot be asked.",
            ),
        ),
        ("An attack by gradients says nothing about subjects that have none.",),
    )


def robustness_curves():
    changes = {name: tuple("12345") for name in CORRUPTIONS} | BUDGETS
    panels = []
    for change, levels in changes.items():
        series = []
        for name, (family, _, _) in SUBJECTS.items():
            found = [accuracy(name, f"mnist-test+{change}@{level}") for level in levels]
            if found[0] is None:
                continue
            sizes = [strength_of(level) for level in levels]
            kept = (accuracy(name, "mnist-test"), *found)
            series.append(Series(name, family, (0.0, *sizes), kept))
        x_title = "budget (pixel units)" if change in BUDGETS else "severity"
        panels.append(Panel(change, x_title, tuple(series)))
    return Finding(
        "robustness-curves",
        "How fast does accuracy fall?",
        "Noise hurts most; the adversarially trained net loses least under attack.",
        Table((Column("change", "change", ""),), tuple((panel.title,) for panel in panels)),
        (Curves("Accuracy against strength", tuple(panels), "Strength 0 is mnist-test."),),
    )


def strength_of(level):
    top, _, bottom = level.partition("/")
    return float(top) / float(bottom or 1)


def digit(seed):
    """A blurred 28 × 28 blob, as PNG."""
    rng = generator(seed)
    y, x = np.mgrid[:28, :28]
    angle = np.arctan2(y - 14, x - 14) + rng.uniform(0, 6)
    ring = np.exp(-((np.hypot(x - 14, y - 14) - 7 - 2 * np.cos(angle)) ** 2) / 4)
    noise = rng.uniform(0, 0.25, (28, 28))
    grey = np.clip((ring + noise) * 220, 0, 255).astype(np.uint8)
    with io.BytesIO() as png:
        Image.fromarray(grey).save(png, "PNG")
        return png.getvalue()


def failures():
    pictures = tuple(
        Picture(
            digit(seed),
            f"mnist-test+{CORRUPTIONS[seed % 8]}@{1 + seed % 5}",
            (
                f"label {seed % 10}",
                f"cnn-large: {(seed * 7) % 10} (0.{99 - seed})",
                f"id test-{seed:04}",
            ),
        )
        for seed in range(12)
    )
    rows = tuple((picture.heading, picture.lines[1]) for picture in pictures)
    return Finding(
        "failures",
        "What do the failures look like?",
        "Twelve confident errors of the most accurate subject.",
        Table((Column("condition", "condition", ""), Column("answer", "answer", "")), rows),
        (
            Gallery(
                "Confident errors of cnn-large",
                "Of each condition, the wrong answer with the highest score; ties by id.",
                pictures,
            ),
        ),
        ("Twelve pictures illustrate, they do not measure.",),
    )


def headline():
    told = (
        (
            "mnist-test",
            "highest accuracy",
            "share",
            "cnn-large",
            accuracy("cnn-large", "mnist-test"),
        ),
        ("mnist-test", "lowest accuracy", "share", "ridge", accuracy("ridge", "mnist-test")),
        ("uci-digits", "mean change from mnist-test", "difference", "18 subjects", _change(-0.214)),
        (
            "mnist-test+fog@5",
            "mean change at the strongest level",
            "difference",
            "18 subjects",
            _change(-0.431),
        ),
        (
            "mnist-test+pixelate@5",
            "mean change at the strongest level",
            "difference",
            "18 subjects",
            _change(-0.4),
        ),
        (
            "mnist-test+pgd-linf@16/255",
            "highest robust accuracy, at most",
            "share",
            "cnn-augmented",
            accuracy("cnn-augmented", "mnist-test+pgd-linf@16/255"),
        ),
    )
    keys = ("condition", "quantity", "unit", "about", "estimate")
    return Finding(
        "headline",
        "Does it hold up in the field?",
        "On mnist-test 18 subjects are right on between 85.8 % (ridge) and 98.4 % (cnn-large). On "
        "uci-digits they are on average 21.4 points less accurate. Of 8 shifts at the strongest "
        "level kept, all lower the mean accuracy, most of all fog (43.1 points).",
        Table(tuple(Column(key, key.capitalize(), "") for key in keys), told),
        (),
        ("Digits are easy; nothing here is about photographs.",),
    )


def _change(value):
    return Estimate(value, value - 0.013, value + 0.012, n=1000, method="normal 95 %")


def every():
    return [
        headline(),
        effective_robustness(),
        effective_robustness("mnist-test+gaussian-noise@3", "noise"),
        effective_robustness("mnist-test+pgd-linf@16/255", "worst case"),
        accuracy_grid(),
        robustness_curves(),
        failures(),
    ]


@pytest.fixture(scope="session")
def findings():
    return every()


@pytest.fixture(scope="session")
def scatter():
    return effective_robustness().figures[0]


@pytest.fixture(scope="session")
def attacked_scatter():
    return effective_robustness("mnist-test+pgd-linf@16/255", "worst case").figures[0]


@pytest.fixture(scope="session")
def grid():
    return accuracy_grid().figures[0]


@pytest.fixture(scope="session")
def curves():
    return robustness_curves().figures[0]


@pytest.fixture(scope="session")
def gallery():
    return failures().figures[0]


@pytest.fixture(scope="session")
def text(findings):
    return page(
        findings,
        title="Digits in the field",
        subtitle="18 subjects.",
        meta={"Seed": "0"},
        commands=["fieldmark run"],
        caveats=["One more thing.", "Digits are easy; nothing here is about photographs."],
    )


@pytest.fixture(scope="session")
def scatter_svg(scatter):
    return figure_svg(scatter)
