"""ImageNetV2: 67 models on ImageNet's validation set and on three new test sets."""

from collections.abc import Mapping
from math import nan
from types import MappingProxyType
from typing import Literal

import numpy as np

from fieldmark.records import Axis, Figure, Scores, generator, seed_of
from fieldmark.replications.checks import Check
from fieldmark.replications.data import Data
from fieldmark.replications.imagenetv2_known import (
    CHANGES,
    FITS,
    INTERVALS,
    PAIRS,
    PRINTED,
    RANKS,
    ROWS,
    TIE,
)
from fieldmark.replications.imagenetv2_predictions import (
    MATCHED,
    ORIGINS,
    REPOSITORY,
    SETS,
    THRESHOLD,
    TOP,
    VAL,
    TopFive,
    top5,
)
from fieldmark.replications.replication import Replication
from fieldmark.statistics import (
    Line,
    clopper_pearson,
    fit_line,
    mcnemar,
    rank_correlation,
    rank_intervals,
    two_share_z,
)
from fieldmark.studies import reuse_of_test_set

_PAPER = "Recht et al. 2019, arXiv:1902.10811"
_GOLDEN = f"{REPOSITORY}:data/predictions, computed from the same files by other code"
_KINDS: tuple[Literal["Spearman", "Kendall"], ...] = ("Spearman", "Kendall")
_SIZES: Mapping[str, int] = MappingProxyType({VAL: 50_000, MATCHED: 10_000})


def scores(data: Data) -> Scores:
    """Top-1 accuracy of the 67 models on the four sets, as a table of scores."""
    kept = {name: top5(data, name) for name in SETS}
    return _scores(kept)


def check(data: Data) -> list[Check]:
    """From the answers of 67 models to what was printed about them."""
    kept = {name: top5(data, name) for name in SETS}
    return [
        *_rows(kept),
        *_changes(kept),
        *_lines(kept),
        *_orders(kept),
        *_pairs(kept),
        *_tie(kept[MATCHED]),
        *_trap(kept),
    ]


def figures(data: Data) -> tuple[Figure, ...]:
    """MatchedFrequency against the validation set, and what would have been seen of re-use."""
    made = reuse_of_test_set(scores(data), on=MATCHED, reference=VAL, axis="probit")
    return made.figures


def _scores(kept: Mapping[str, TopFive]) -> Scores:
    models = kept[VAL].models
    right = {name: one.correct() for name, one in kept.items()}
    return Scores(
        subjects=models,
        conditions=tuple(SETS),
        values=np.stack([right[name].mean(axis=1) for name in SETS], axis=1),
        counted=np.array([[right[name].shape[1] for name in SETS]] * len(models)),
        families=tuple("Fisher vectors" if _fisher(one) else "network" for one in models),
        source=f"{REPOSITORY}: data/predictions",
    )


def _fisher(model: str) -> bool:
    return model.startswith("fv_")


def _accuracy(kept: TopFive, model: str) -> float:
    row = kept.row(model)
    return float(100 * (kept.classes[row, :, 0] == kept.labels).mean())


def _rows(kept: Mapping[str, TopFive]) -> list[Check]:
    checks = [
        Check(
            f"{model}, top-1 on {name}",
            known,
            _accuracy(kept[name], model),
            0.005,
            _GOLDEN,
            "%",
            golden=True,
        )
        for model, values in ROWS.items()
        for name, known in zip((VAL, THRESHOLD, MATCHED, TOP), values, strict=True)
        if name in (VAL, MATCHED) or model in ("pnasnet_large_tf", "resnet50", "alexnet")
    ]
    checks += [
        Check(
            f"{model}, top-1 on {name}",
            known,
            _accuracy(kept[name], model),
            0.05,
            f"{_PAPER}, table 1",
            "%",
        )
        for model, values in PRINTED.items()
        for name, known in zip((VAL, MATCHED), values, strict=True)
    ]
    for (model, name), ends in INTERVALS.items():
        hits = int((kept[name].classes[kept[name].row(model), :, 0] == kept[name].labels).sum())
        exact = clopper_pearson(hits, _SIZES[name])
        checks += [
            Check(
                f"{model} on {name}, {end} end of the exact 95 % interval",
                known,
                100 * found,
                0.005,
                _GOLDEN,
                "%",
                golden=True,
            )
            for end, known, found in zip(
                ("low", "high"), ends, (exact.low, exact.high), strict=True
            )
        ]
    return checks


def _changes(kept: Mapping[str, TopFive]) -> list[Check]:
    start = [100 * some.mean() for some in (kept[VAL].correct(), kept[VAL].correct5())]
    checks = []
    for name, (one, five, printed_one, printed_five) in CHANGES.items():
        ends = [100 * some.mean() for some in (kept[name].correct(), kept[name].correct5())]
        for top, end, begin, golden, printed in zip(
            ("top-1", "top-5"), ends, start, (one, five), (printed_one, printed_five), strict=True
        ):
            what = f"mean change of 67 models, {top}, {name}"
            found = float(end - begin)
            checks.append(Check(what, golden, found, 0.0005, _GOLDEN, "points", golden=True))
            checks.append(Check(what, printed, found, 0.05, f"{_PAPER}, the three sets", "points"))
    return checks


def _fit(kept: Mapping[str, TopFive], on: str, axis: Axis, *, fisher: bool = True) -> Line:
    rows = [row for row, name in enumerate(kept[VAL].models) if fisher or not _fisher(name)]
    x, y = (kept[name].correct().mean(axis=1)[rows] for name in (VAL, on))
    return fit_line(x, y, axis=axis, counted=(50_000, 10_000))


def _lines(kept: Mapping[str, TopFive]) -> list[Check]:
    checks = []
    for (which, axis), (slope, intercept, r2) in FITS.items():
        line = _fit(kept, MATCHED, axis, fisher=which.startswith("67"))
        scale = 100.0 if axis == "linear" else 1.0
        for what, known, found, last in (
            ("slope", slope, line.slope, 5e-5),
            ("intercept", intercept, scale * line.intercept, 5e-4 if axis == "linear" else 5e-5),
            ("r²", r2, line.r2, 5e-5),
        ):
            text = f"{MATCHED} on val, {axis}, {which}: {what}"
            checks.append(Check(text, known, found, last, _GOLDEN, golden=True))
    printed = _fit(kept, MATCHED, "linear", fisher=False)
    fitted = f"{MATCHED} on val, linear, without Fisher vectors"
    source = f"{_PAPER}, the linear fits"
    checks.append(Check(f"{fitted}: slope", 1.11, printed.slope, 0.005, source))
    checks.append(
        Check(
            f"{fitted}: intercept",
            -20.2,
            100 * printed.intercept,
            0.1,
            source,
            "points",
            note="the intercept lies far outside the data: half a unit of the printed slope "
            "moves it by 0.4",
        )
    )
    for name, slope in ((THRESHOLD, 1.0378), (TOP, 1.0500)):
        line = _fit(kept, name, "probit")
        what = f"{name} on val, probit, 67 models: slope"
        checks.append(Check(what, slope, line.slope, 5e-5, _GOLDEN, golden=True))
    return checks


def _orders(kept: Mapping[str, TopFive]) -> list[Check]:
    x = kept[VAL].correct().mean(axis=1)
    return [
        Check(
            f"{kind}'s rank correlation of {name} with val, 67 models",
            known,
            rank_correlation(x, kept[name].correct().mean(axis=1), kind=kind).value,
            5e-5,
            _GOLDEN,
            golden=True,
        )
        for name, pair in RANKS.items()
        for kind, known in zip(_KINDS, pair, strict=True)
    ]


def _pairs(kept: Mapping[str, TopFive]) -> list[Check]:
    checks = []
    for (first, second, name), (b, c, p) in PAIRS.items():
        rows = [kept[name].classes[kept[name].row(one), :, 0] for one in (first, second)]
        paired = mcnemar(*(row == kept[name].labels for row in rows))
        what = f"{first} and {second} on {name}"
        last = 0.5 * 10 ** (np.floor(np.log10(p)) - 2)
        checks += [
            Check(
                f"{what}: only the first",
                float(b),
                float(paired.only_a),
                0.0,
                _GOLDEN,
                "count",
                golden=True,
            ),
            Check(
                f"{what}: only the second",
                float(c),
                float(paired.only_b),
                0.0,
                _GOLDEN,
                "count",
                golden=True,
            ),
            Check(
                f"{what}: exact McNemar p",
                p,
                paired.p_exact,
                float(last),
                _GOLDEN,
                "p",
                golden=True,
            ),
        ]
    for first, second, name, p in (
        ("senet154", "polynet", VAL, 0.0718),
        ("resnet152", "densenet161", MATCHED, 0.0101),
    ):
        hits = [
            np.array(
                [int((kept[name].classes[kept[name].row(one), :, 0] == kept[name].labels).sum())]
            )
            for one in (first, second)
        ]
        n = np.array([_SIZES[name]])
        found = float(two_share_z(hits[0], n, hits[1], n)[1][0])
        note = "the other code does not pool the two shares in the variance"
        what = f"{first} and {second} on {name}: p of the unpaired z test"
        checks.append(Check(what, p, found, 1e-4, _GOLDEN, "p", note, golden=True))
    return checks


def _tie(matched: TopFive) -> list[Check]:
    rng = generator(seed_of(0, "imagenetv2", "tie"))
    found = rank_intervals(matched.correct(), rng=rng, draws=1000)
    note = "1,000 paired bootstraps: the standard error of a share is up to .015, twice"
    checks = []
    for model, known in TIE.items():
        row = matched.row(model)
        best = float(found.best[row])
        rank = found.ranks[row]
        checks.append(
            Check(
                f"P({model} is the best on {MATCHED})",
                known,
                best,
                0.05,
                _GOLDEN,
                note=note,
                golden=True,
            )
        )
        for end, value, place in (("best", rank.low, 1.0), ("worst", rank.high, 4.0)):
            what = f"{model} on {MATCHED}: {end} rank in 95 % of test sets"
            checks.append(Check(what, place, value, 0.0, _GOLDEN, "count", golden=True))
    return checks


def _trap(kept: Mapping[str, TopFive]) -> list[Check]:
    """What comes out when fv_16k, stored worst class first on the new sets, is read as it is."""
    val, matched = kept[VAL], kept[MATCHED]
    y = matched.correct().mean(axis=1)
    if not any("fv_16k" in words for words in matched.repaired):
        y[:] = nan
    row = matched.row("fv_16k")
    y[row] = (matched.classes[row, :, 4] == matched.labels).mean()
    x = val.correct().mean(axis=1)
    naive = {
        axis: fit_line(x, y, axis=axis, counted=(50_000, 10_000)).r2 for axis in ("logit", "probit")
    }
    what = "with fv_16k read as stored (worst class first)"
    return [
        Check(
            f"mean change, top-1, {MATCHED}, {what}",
            -12.077,
            float(100 * (y - x).mean()),
            5e-4,
            _GOLDEN,
            "points",
            golden=True,
        ),
        Check(f"r² on the logit axis, {what}", 0.8635, naive["logit"], 5e-5, _GOLDEN, golden=True),
        Check(
            f"r² on the probit axis, {what}", 0.9029, naive["probit"], 5e-5, _GOLDEN, golden=True
        ),
    ]


IMAGENETV2 = Replication(
    name="imagenetv2",
    title="67 models on ImageNet and ImageNetV2: accuracies, fits, order, ties",
    paper=_PAPER,
    origins=ORIGINS,
    check=check,
    figures=figures,
)
