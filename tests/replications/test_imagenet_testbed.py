"""The testbed and SQuADShifts from their raw data, and the two claims that they decide."""

import numpy as np
import pytest

from fieldmark.records import DataError
from fieldmark.replications import REPLICATIONS, Data, testbed_table
from fieldmark.replications.imagenet_testbed import V2, knee, line
from fieldmark.replications.squadshifts import squad_scores
from fieldmark.studies import published_effective_robustness, published_transfer


@pytest.fixture(scope="module")
def scores(data):
    return testbed_table.testbed_scores(data)


@pytest.mark.parametrize(("name", "fewest"), [("imagenet-testbed", 60), ("squadshifts", 12)])
def test_every_number_comes_out(data, name, fewest):
    checks = REPLICATIONS[name].check(data)
    assert len(checks) >= fewest
    assert [one for one in checks if one.verdict != "agrees"] == []


def test_the_table_is_whole(scores):
    assert scores.values.shape == (338, 213)
    assert sum(scores.standard) == 85
    there = ~np.isnan(scores.values)
    assert (scores.counted[there] > 0).all()
    assert (scores.counted[~there] == 0).all()
    assert scores.sizes("objectnet-1.0-beta").max() == 18_514
    families = {scores.families[row] for row in np.flatnonzero(scores.standard)}
    assert {"efficientnet", "vgg", "resnet"} <= families


def test_clip_is_above_the_line_on_imagenetv2_and_augmix_is_not(scores):
    found = published_effective_robustness(scores, on=V2, reference="val")
    keys = [column.key for column in found.table.columns]
    rows = {row[0]: dict(zip(keys, row, strict=True)) for row in found.table.rows}
    assert rows["resnet50_clip_zeroshot"]["verdict"] == "above the line"
    assert rows["resnet50_clip_zeroshot"]["effective"].low > 0.03
    augmix = rows["resnet50_augmix"]
    assert augmix["verdict"] == "cannot be told"
    assert augmix["effective"].value < 0
    assert augmix["from_images"] > 0.9


def test_the_knee_is_found_where_the_filter_model_is(scores):
    given, searched = knee(scores), knee(scores, searched=True)
    assert given.p < 0.01
    assert searched.p < 0.01
    assert searched.knee.value == pytest.approx(given.knee.value, abs=0.005)
    assert searched.knee.low < given.knee.value < searched.knee.high


def test_counts_and_least_squares_agree_on_the_line(scores):
    found = published_effective_robustness(scores, on=V2, reference="val", draws=50)
    assert line(scores, V2).slope == pytest.approx(0.923, abs=0.001)
    assert "the slope is 0.92 [0.91, 0.93], with 0.8 times the variance" in found.statement


def test_accuracy_transfers_to_five_natural_shifts(scores):
    found = published_transfer(
        scores,
        reference="val",
        on=[V2, "objectnet-1.0-beta", "imagenet-sketch", "imagenet-vid-robust_pm0"],
    )
    assert "Over 85 standard subjects" in found.statement
    assert "permutation p < 0.001" in found.statement


def test_people_lose_nothing_on_the_new_questions(data):
    scores = squad_scores(data)
    found = published_effective_robustness(scores, on="amazon", reference="new-wiki", axis="probit")
    people = [row for row in found.table.rows if row[1] == "people"]
    assert len(people) == 3
    assert all(row[6].value > 0.05 for row in people)
    assert all(np.isnan(row[6].low) for row in people)  # nobody says how many questions


def test_without_the_data_it_says_so(tmp_path):
    with pytest.raises(DataError, match="is not here"):
        testbed_table.testbed_scores(Data(None, tmp_path, offline=True))
