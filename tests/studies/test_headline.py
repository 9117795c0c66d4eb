"""The headline: true sentences for rich stores and for poor ones."""

import pytest

from fieldmark.records import Estimate
from fieldmark.studies import STUDIES, headline


def test_it_answers_the_question_with_numbers(world):
    finding = headline(world.store)
    text = finding.statement
    assert "8 subjects are right on between 70.0 % [65.2, 74.5] (tree) and 97.5 %" in text
    assert "the 8 subjects are on average 11.2 points [8.1, 14.4] less accurate than on" in text
    assert "One subject does better there than the line through the standard subjects" in text
    assert "(cnn-medium-adversarial by 11.9 points [" in text
    assert "Of 2 shifts at their strongest, 2 lower the mean accuracy: mnist-test+fog@5 (−" in text
    assert (
        "none keeps more than cnn-medium-adversarial: a robust accuracy of at most 60.0 %" in text
    )
    assert text.endswith(
        "One cell failed, 8 cells are not applicable and 9 cells have not been run."
    )


def test_every_number_in_its_table_is_an_estimate(world):
    rows = headline(world.store, draws=100).table.rows
    assert all(isinstance(row[3], Estimate) and row[3].defined for row in rows)
    quantities = [row[1] for row in rows]
    assert "mean change from mnist-test" in quantities
    assert "highest robust accuracy, at most" in quantities


def test_one_subject_and_no_natural_shift(filler):
    filler.data("t", 200)
    filler.answer("tree", "t", 0.9)
    filler.answer("tree", "t+fog@1", 0.5)
    assert headline(filler.store).statement == (
        "On t (200 labelled examples) tree is right on 90.0 % [85.0, 93.8]. "
        "No natural shift is kept, so how it fares there cannot be told. "
        "The one shift lowers the mean accuracy at its strongest: "
        "t+fog@1 (−40.0 points [−46.8, −33.2])."
    )


def test_what_cannot_be_told_is_said_so(filler):
    filler.data("t", 60)
    filler.data("far", 60, reference="t")
    filler.answer("tree", "t", 0.9)
    filler.answer("tree", "far", 0.9)
    filler.answer("tree", "t+fog@1", 0.9)
    text = headline(filler.store).statement
    assert (
        "Whether the accuracy of tree changes from t to far (60 labelled examples) cannot" in text
    )
    assert "is undefined: a line needs at least 3 models, there are 1." in text
    assert "Whether the one shift lowers the mean accuracy at its strongest cannot be told." in text


def test_gains_are_called_gains(filler):
    filler.data("t", 300)
    filler.data("easy", 300, reference="t")
    filler.answer("tree", "t", 0.6)
    filler.answer("tree", "easy", 0.9)
    assert "tree is 30.0 points [" in (text := headline(filler.store).statement)
    assert "more accurate than on t." in text


@pytest.mark.parametrize(
    "name", ["headline", "accuracy-grid", "accuracy-summary", "robustness-curves"]
)
def test_a_store_where_everything_failed_still_gives_findings(filler, name):
    filler.data("t", 5)
    filler.data("far", 5, reference="t")
    for condition in ("t", "far", "t+fog@1", "t+pgd-linf@8/255"):
        filler.refuse("tree", condition, "failed", "broke")
    finding = STUDIES[name](filler.store)
    assert finding.statement
    assert "nan" not in finding.statement


def test_without_labels_it_is_undefined(filler):
    filler.data("t", 8, unlabelled=8)
    filler.data("far", 8, reference="t")
    filler.data("lost", 8, reference="elsewhere")
    for condition in ("t", "far", "lost"):
        filler.answer("tree", condition, 1.0)
    text = headline(filler.store).statement
    assert "t has no labelled examples, so accuracy on it is undefined." in text
    assert "What far costs is undefined" in text
    assert "Without their reference nothing is said of lost." in text
