"""Every subject on every condition, and the line per subject."""

import numpy as np
import pytest

from fieldmark.records import Estimate, Grid, UnknownNameError
from fieldmark.statistics import clopper_pearson
from fieldmark.store import open_store
from fieldmark.studies import accuracy_grid, accuracy_summary


def rows(finding):
    keys = [column.key for column in finding.table.columns]
    return [dict(zip(keys, row, strict=True)) for row in finding.table.rows]


def test_every_cell_with_an_outcome_has_a_row(world):
    finding = accuracy_grid(world.store)
    found = {(row["subject"], row["condition"]): row for row in rows(finding)}
    assert len(found) == len(world.store.headers())
    assert found["knn", "mnist-test"]["accuracy"] == clopper_pearson(320, 400)
    refused = found["knn", "mnist-test+pgd-linf@8/255"]
    assert (refused["accuracy"], refused["status"]) == (None, "not applicable")
    assert refused["reason"] == "gives no gradients"


def test_the_grid_says_why_squares_are_empty(world):
    (grid,) = accuracy_grid(world.store).figures
    assert isinstance(grid, Grid)
    assert len(grid.squares) == len(grid.rows) * len(grid.columns)
    reasons = {(one.row, one.column): one.reason for one in grid.squares if one.estimate is None}
    assert reasons["late", "mnist-test"] == "failed: out of memory"
    assert reasons["late", "uci-digits"] == "not run yet"
    assert reasons["svm", "mnist-test+pgd-linf@8/255"] == "not applicable: gives no gradients"
    assert grid.groups[:3] == ("reference", "natural shift", "blur")
    assert grid.rows[0] == "cnn-large"


def test_the_statement_tells_the_best_and_what_is_lacking(world):
    statement = accuracy_grid(world.store).statement
    assert statement.startswith("9 subjects on 10 conditions.")
    assert "On mnist-test (400 labelled examples) cnn-large has the highest accuracy, " in statement
    assert "97.5 % [95.5, 98.8]." in statement
    assert statement.endswith(
        "One cell failed, 8 cells are not applicable and 9 cells have not been run."
    )


def test_equals_are_told(filler):
    filler.data("t", 10)
    for name in ("b", "a", "c"):
        filler.answer(name, "t", 1.0)
    assert "a has the highest accuracy, 100.0 % [69.2, 100.0], as have 2 others." in (
        accuracy_grid(filler.store).statement
    )


def test_some_subjects_and_conditions_can_be_chosen(world):
    finding = accuracy_grid(world.store, subjects=["tree", "knn"], conditions=["uci-digits"])
    assert [row["subject"] for row in rows(finding)] == ["knn", "tree"]
    with pytest.raises(UnknownNameError, match=r"no subject called 'tee'\. Did you mean tree"):
        accuracy_grid(world.store, subjects=["tee"])
    with pytest.raises(UnknownNameError, match="no condition called 'nowhere'"):
        accuracy_grid(world.store, conditions=["nowhere"])


def test_the_summary_has_a_line_per_subject(world):
    found = {row["subject"]: row for row in rows(accuracy_summary(world.store))}
    assert len(found) == 9
    large = found["cnn-large"]
    assert list(large) == [
        "subject",
        "family",
        "mnist-test",
        "uci-digits",
        "mnist-test+shifts",
        "mnist-test+pgd-linf@16/255",
    ]
    assert isinstance(large["mnist-test+shifts"], Estimate)
    assert found["tree"]["mnist-test+pgd-linf@16/255"] is None
    assert found["late"]["mnist-test"] is None


def test_unlabelled_and_unanswered_conditions_do_not_break_it(filler):
    filler.data("blank", 5, unlabelled=5)
    filler.data("t", 5)
    filler.answer("tree", "blank", 1.0)
    filler.refuse("tree", "t", "failed", "broke")
    finding = accuracy_grid(filler.store)
    assert "On blank there is no accuracy to speak of." in finding.statement
    assert "On t there is no accuracy to speak of." in finding.statement
    assert any("without a label are not counted: blank" in one for one in finding.caveats)
    assert "One cell failed." in accuracy_summary(filler.store).statement


def test_the_grid_counts_and_reads_no_cell_twice(world):
    seen = []
    store = open_store(world.store.url, trace=seen.append)
    wanted = accuracy_grid(world.store)
    seen.clear()
    assert accuracy_grid(store) == wanted
    assert not [line for line in seen if line.startswith("read cells")]


def test_examples_without_labels_are_missing_and_told(filler):
    filler.data("t", 10, unlabelled=3)
    filler.answer("a", "t", np.arange(10) < 5)
    finding = accuracy_grid(filler.store)
    assert rows(finding)[0]["accuracy"] == clopper_pearson(5, 7, missing=3)
    assert finding.caveats[-1] == "Examples without a label are not counted: t."


def test_of_many_conditions_the_first_leaders_are_told(filler):
    for number in range(14):
        filler.data(f"t-{number:02d}", 5)
        filler.answer("a", f"t-{number:02d}", 1.0)
    for study in (accuracy_grid, accuracy_summary):
        statement = study(filler.store).statement
        assert statement.count("a has the highest accuracy") == 12
        assert "Who leads on 2 more conditions the table tells." in statement
