"""Similarity, joint multiplicity and ranks of the 67 models of ImageNetV2, against figures that
were computed by other code. Tolerances: half a unit of the last digit, or what Monte Carlo leaves.
"""

import numpy as np
import pytest

from fieldmark.records import generator
from fieldmark.replications.imagenetv2_predictions import top5
from fieldmark.statistics import (
    effective_number,
    mcnemar_pairs,
    pair_agreement,
    pairwise_critical_value,
    rank_intervals,
    same_answers,
    simultaneous_accuracies,
    tie_groups,
)


@pytest.fixture(scope="module")
def val(data):
    return top5(data, "val")


@pytest.fixture(scope="module")
def matched(data):
    return top5(data, "matched-frequency")


def pairs(matrix, kept=None):
    chosen = matrix if kept is None else matrix[np.ix_(kept, kept)]
    return chosen[np.triu_indices(len(chosen), 1)]


def networks(found):
    return np.array([not name.startswith("fv_") for name in found.models])


@pytest.mark.slow
def test_agreement_and_what_independence_would_make_of_it(val, matched):
    counts = pair_agreement(val.correct())
    assert pairs(counts.observed).mean() == pytest.approx(0.8241, abs=5e-5)
    assert pairs(counts.expected).mean() == pytest.approx(0.6095, abs=5e-5)
    kept = networks(val)
    assert pairs(counts.observed, kept).mean() == pytest.approx(0.8555, abs=5e-5)
    assert pairs(counts.expected, kept).mean() == pytest.approx(0.6306, abs=5e-5)
    there = pair_agreement(matched.correct())
    assert pairs(there.observed).mean() == pytest.approx(0.8045, abs=5e-5)
    assert pairs(there.expected).mean() == pytest.approx(0.5266, abs=5e-5)


@pytest.mark.parametrize(
    ("name", "mean", "low", "high"),
    [("val", 0.6139, 0.3267, 0.8968), ("matched", 0.6385, 0.3649, 0.9106)],
)
@pytest.mark.slow
def test_error_consistency_of_networks(request, name, mean, low, high):
    found = request.getfixturevalue(name)
    kappas = pairs(pair_agreement(found.correct()).kappa, networks(found))
    assert (kappas.mean(), kappas.min(), kappas.max()) == pytest.approx((mean, low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("one", "other", "agreed", "kappa", "same"),
    [
        ("resnet50", "resnet152", 0.8956, 0.7035, 0.8320),
        ("alexnet", "resnet50", 0.7433, 0.4491, 0.6096),
        ("nasnetalarge", "pnasnet5large", 0.9318, 0.7624, 0.8978),
    ],
)
def test_pairs_of_models(val, one, other, agreed, kappa, same):
    rows = [val.row(one), val.row(other)]
    counts = pair_agreement(val.correct()[rows])
    assert counts.observed[0, 1] == pytest.approx(agreed, abs=5e-5)
    assert counts.kappa[0, 1] == pytest.approx(kappa, abs=5e-5)
    assert same_answers(val.classes[rows, :, 0])[0, 1] == pytest.approx(same, abs=5e-5)


@pytest.mark.parametrize(
    ("name", "correlation", "critical", "effective"),
    [("val", 0.593, 3.111, 27.5), ("matched", 0.615, 3.091, 25.7)],
)
@pytest.mark.slow
def test_joint_multiplicity(request, name, correlation, critical, effective):
    counts = pair_agreement(request.getfixturevalue(name).correct())
    found = simultaneous_accuracies(counts, rng=generator(0))
    assert found.correlation == pytest.approx(correlation, abs=5e-4)
    assert found.critical == pytest.approx(critical, abs=0.02)
    assert found.effective == pytest.approx(effective, rel=0.07)  # ± 0.02 in the critical value
    assert effective_number(critical) == pytest.approx(effective, rel=0.005)


@pytest.mark.slow
def test_the_top_four_on_matched_frequency_cannot_be_told_apart(matched):
    correct = matched.correct()
    found = rank_intervals(correct, rng=generator(0), draws=2000)
    order = np.argsort(-correct.sum(axis=1), kind="stable")[:4]
    assert (100 * correct[order].mean(axis=1)).round(2).tolist() == [72.21, 72.19, 72.19, 72.08]
    assert [(found.ranks[row].low, found.ranks[row].high) for row in order] == [(1, 4)] * 4
    # 2,000 draws leave a standard error of 0.011; two models have the same accuracy.
    chances = sorted(found.best[order], reverse=True)
    assert chances == pytest.approx([0.32, 0.28, 0.27, 0.13], abs=0.035)
    first = tie_groups(pair_agreement(correct), rng=generator(0)).first
    assert sorted(first.tolist()) == sorted(order.tolist())


@pytest.mark.parametrize(
    ("name", "one", "other", "only_one", "only_other", "p"),
    [
        ("val", "resnet152", "densenet161", 3006, 2419, 1.67e-15),
        ("matched", "resnet152", "densenet161", 733, 561, 1.93e-6),
        ("val", "senet154", "polynet", 2547, 2324, 0.00147),
        ("matched", "senet154", "polynet", 615, 598, 0.646),
        ("val", "nasnetalarge", "pnasnet5large", 1648, 1763, 0.0509),
        ("val", "pnasnet5large", "pnasnet_large_tf", 1140, 1201, 0.215),
        ("val", "resnet50", "vgg16_bn", 3775, 2390, 4.06e-70),
    ],
)
def test_mcnemar(request, name, one, other, only_one, only_other, p):
    found = request.getfixturevalue(name)
    counts = pair_agreement(found.correct()[[found.row(one), found.row(other)]])
    assert (counts.only_first[0, 1], counts.only_first[1, 0]) == (only_one, only_other)
    assert mcnemar_pairs(counts)[0, 1] == pytest.approx(p, rel=4e-3)


def test_claims_about_the_leaders(val, matched):
    rows = [val.row("senet154"), val.row("polynet")]
    both = [pair_agreement(found.correct()[rows]) for found in (val, matched)]
    told = [tie_groups(counts, rng=generator(0)).better[0, 1] for counts in both]
    assert told == [True, False]
    assert pairwise_critical_value(both[0], rng=generator(0)) == pytest.approx(1.96, abs=1e-3)
