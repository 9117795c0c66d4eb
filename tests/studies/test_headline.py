"""The headline: true sentences for rich stores and for poor ones."""

import pytest

from fieldmark.records import Estimate
from fieldmark.studies import STUDIES, headline


def test_it_answers_the_question_with_numbers(world):
    finding = headline(world.store)
    text = finding.statement
    assert text.startswith(
        "On uci-digits the 8 subjects are on average 11.2 points [8.1, 14.4] less accurate than "
        "on mnist-test. Held against the line through the standard subjects, "
        "cnn-medium-adversarial does better than expected by 11.9 points ["
    )
    assert "] and for 7 it cannot be told. Of 2 shifts at their strongest, fog@5 costs " in text
    assert "] on average over 8 subjects, and blur@5 least, " in text
    assert (
        "Attacked with the largest budget, none of 4 subjects keeps more than "
        "cnn-medium-adversarial: at most 60.0 % [55.0, 64.8] under pgd-linf@16/255." in text
    )
    assert text.endswith(
        "One cell failed, 8 cells are not applicable and 9 cells have not been run."
    )


def test_every_number_in_its_table_is_an_estimate(world):
    rows = headline(world.store, draws=100).table.rows
    assert all(isinstance(row[4], Estimate) and row[4].defined for row in rows)
    assert {row[2] for row in rows} == {"share", "difference", "slope"}
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
        "At its strongest, fog@1 costs 40.0 points [33.2, 46.8]."
    )


def test_what_cannot_be_told_is_said_so(filler):
    filler.data("t", 60)
    filler.data("far", 60, reference="t")
    filler.answer("tree", "t", 0.9)
    filler.answer("tree", "far", 0.9)
    filler.answer("tree", "t+fog@1", 0.9)
    text = headline(filler.store).statement
    assert "Whether the accuracy of tree changes from t to far cannot be told: the " in text
    assert "is undefined: a line needs at least 3 models, got 1." in text
    assert "Whether the one shift lowers the mean accuracy at its strongest cannot be told." in text


def test_gains_are_called_gains(filler):
    filler.data("t", 300)
    filler.data("easy", 300, reference="t")
    filler.answer("tree", "t", 0.6)
    filler.answer("tree", "easy", 0.9)
    assert "tree is 30.0 points [" in (text := headline(filler.store).statement)
    assert "more accurate than on t." in text


def lab_and_field(filler, field, *, chance=True):
    """Five subjects in the lab and, less or more accurate, in the field."""
    filler.data("t", 1000)
    filler.data("far", 1000, reference="t")
    shares = {"a": 0.9, "b": 0.85, "c": 0.8, "d": 0.75, "e": 0.7}
    for name, share in shares.items():
        filler.answer(name, "t", share)
        filler.answer(name, "far", field(share))
    if chance:
        filler.answer("guess", "t", 0.1)
        filler.answer("guess", "far", 0.1)


def test_who_cannot_be_told_from_chance_is_left_out_of_means_and_counts(filler):
    lab_and_field(filler, lambda share: share - 0.2)
    filler.answer("guess", "t+fog@1", 0.1)
    for name in ("a", "b"):
        filler.answer(name, "t+fog@1", 0.5)
    finding = headline(filler.store)
    assert finding.statement.startswith(
        "On far all 5 subjects above chance are less accurate than on t: by 20.0 points ["
    )
    assert "none does better than expected and for 5 it cannot be told." in finding.statement
    assert "fog@1 costs 37.5 points [" in finding.statement
    assert "] on average over 2 subjects above chance." in finding.statement
    about = {row[1]: row[3] for row in finding.table.rows}
    assert about["mean change from t"] == "5 subjects above chance"


def test_gains_of_all_are_called_gains(filler):
    lab_and_field(filler, lambda share: share + 0.09, chance=False)
    assert headline(filler.store).statement.startswith(
        "On far all 5 subjects are more accurate than on t: by 9.0 points ["
    )


def test_nobody_above_chance(filler):
    filler.data("t", 100)
    filler.data("far", 100, reference="t")
    for condition in ("t", "far", "t+fog@1"):
        filler.answer("guess", condition, 0.1)
    assert headline(filler.store).statement == (
        "No subject is above chance on t, so what far costs is undefined."
    )


@pytest.mark.parametrize(
    ("fog", "blur", "words"),
    [
        (0.5, 0.98, "fog@1 costs most, 40.0 points [37.0, 43.0], and blur@1 costs nothing: acc"),
        (0.5, 0.9, "and for blur@1 it cannot be told whether it costs anything (+0.0 points ["),
        (0.9, 0.9, "Whether any of 2 shifts lowers the mean accuracy at its strongest cannot be"),
        (0.98, 0.99, "There is no sign that any of 2 shifts lowers the mean accuracy at its"),
    ],
)
def test_shifts_that_cost_nothing_are_not_said_to_cost(filler, fog, blur, words):
    filler.data("t", 1000)
    filler.answer("tree", "t", 0.9)
    filler.answer("tree", "t+fog@1", fog)
    filler.answer("tree", "t+blur@1", blur)
    assert words in headline(filler.store).statement


def test_each_attack_has_its_own_best(filler):
    filler.data("t", 100)
    for name, keeps in (("a", 0.2), ("b", 0.1)):
        filler.answer(name, "t", 0.9)
        filler.answer(name, "t+pgd-linf@8/255", keeps)
        filler.answer(name, "t+pgd-l2@1", 0.3 - keeps)
    filler.answer("a", "t+pgd-l1@9", 0.5)
    text = headline(filler.store).statement
    assert "a keeps an accuracy of at most 50.0 % [39.8, 60.2] under pgd-l1@9; " in text
    assert "none of 2 subjects keeps more than b: at most 20.0 % [12.7, 29.2] under pgd-l2" in text
    assert "none of 2 subjects keeps more than a: at most 20.0 % [12.7, 29.2] under pgd-li" in text


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
