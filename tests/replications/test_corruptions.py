"""Corruption errors, RobustBench and the neighbours of video frames, from their raw data."""

import numpy as np
import pytest

from fieldmark.records import DataError
from fieldmark.replications import REPLICATIONS, testbed_table
from fieldmark.replications.corruption_errors import KNOWN, errors_of, leaderboard
from fieldmark.replications.robustbench import FILES, claims, claims_finding, corruption_table


def verdicts(name, data):
    return {check.what: check for check in REPLICATIONS[name].check(data)}


def test_every_golden_number_is_met_and_the_leaderboard_is_not(data):
    checks = verdicts("corruption-errors", data)
    assert len(checks) == 23
    golden = [check for check in checks.values() if check.golden]
    assert len(golden) == sum(map(len, KNOWN.values())) == 13
    assert {check.verdict for check in golden} == {"agrees"}
    differing = {what for what, check in checks.items() if check.verdict == "differs"}
    assert differing == {
        "resnet50, mCE",
        "resnet50_augmix, mCE",
        "resnet50_trained_on_SIN_and_IN, mCE",
        "resnet50_deepaugment_augmix, mCE",
    }
    assert all("224" in checks[what].note for what in differing)


def test_the_intervals_of_the_table_are_narrow_and_named(data):
    found = errors_of(testbed_table.testbed_scores(data), "resnet50", "on-disk").mean
    assert found.n == 50_000
    assert 0.003 < found.high - found.value < 0.006
    assert "widest" in found.method
    with pytest.raises(DataError, match="the testbed has no model 'resnet51'"):
        errors_of(testbed_table.testbed_scores(data), "resnet51", "on-disk")


def test_a_leaderboard_without_its_section_is_empty():
    assert leaderboard("| a | b | c | 1% | 2%") == {}


def test_robustbench_agrees_but_for_the_claims_that_fell(data):
    checks = verdicts("robustbench", data)
    by_verdict = {
        verdict: [what for what, check in checks.items() if check.verdict == verdict]
        for verdict in ("agrees", "differs", "not in the data")
    }
    assert [len(some) for some in by_verdict.values()] == [14, 3, 2]
    assert all(what.endswith("as reported") for what in by_verdict["differs"])
    assert checks["ResNet-50, mCE on ImageNet-C"].computed == pytest.approx(76.38, abs=0.005)
    assert checks["mCE on ImageNet-3DCC as printed"].computed == 12


def test_claims_and_what_is_left_of_them(data):
    some = claims(data)
    assert len(some) == 185
    assert len(FILES) == 240
    drops = np.array([one.reported - one.reattacked for one in some])
    assert [int((100 * drops > step).sum()) for step in (1, 5, 10)] == [38, 16, 10]
    found = claims_finding(data)
    assert "Of 185 claims, 35 fell under re-attack" in found.statement


def test_a_table_of_corruptions_is_complete(data):
    table = corruption_table(data, "imagenet", "unaggregated_results.csv")
    assert {rows.shape for rows in table.values()} == {(15, 5)}
    assert all(np.isfinite(rows).all() for rows in table.values())


def test_video_neighbours(data):
    checks = verdicts("video-neighbours", data)
    assert {check.verdict for check in checks.values()} == {"agrees"}


@pytest.mark.parametrize("name", ["corruption-errors", "robustbench", "video-neighbours"])
def test_figures_are_made_of_the_data(name, data):
    figures = REPLICATIONS[name].figures(data)
    assert figures
    assert all(figure.caption for figure in figures)
