"""Similarity of subjects whose errors are known."""

import numpy as np
import pytest

from fieldmark.records import ConfigError, Histogram, Matrix, UnknownNameError
from fieldmark.studies import similarity


def by_pair(finding):
    keys = [column.key for column in finding.table.columns]
    return {(row[0], row[1]): dict(zip(keys, row, strict=True)) for row in finding.table.rows}


@pytest.fixture(scope="module")
def digits(world):
    return similarity(world.store, on="mnist-test")


def test_every_pair_has_a_row_most_consistent_first(digits):
    assert len(digits.table.rows) == 28
    kappas = [row[2].value for row in digits.table.rows]
    assert kappas == sorted(kappas, reverse=True)


def test_the_numbers_are_those_of_the_store(digits, world):
    row = by_pair(digits)["knn", "svm"]
    kept = world.store.correct("mnist-test")
    a, b = kept.of("knn"), kept.of("svm")
    assert row["agreement"].value == (a == b).mean()
    assert row["same"].value == (a == b).mean()  # the errors of these subjects are all one class
    chance = a.mean() * b.mean() + (1 - a.mean()) * (1 - b.mean())
    assert row["expected"] == pytest.approx(chance)
    assert row["kappa"].value == pytest.approx(((a == b).mean() - chance) / (1 - chance))


def test_figures_hold_each_pair_once_or_twice(digits):
    matrix, histogram = digits.figures
    assert isinstance(matrix, Matrix)
    assert isinstance(histogram, Histogram)
    values = np.array(matrix.values)
    np.testing.assert_array_equal(values, values.T)
    assert np.isnan(values.diagonal()).all()
    assert sum(histogram.counts[0][1]) == 28


def test_the_statement_says_what_it_does_to_multiplicity(digits):
    assert "subjects this alike count as" in digits.statement
    assert "instead of 2.73 (Bonferroni)" in digits.statement


def test_copies_stand_together_and_count_once(filler):
    filler.data("test", 200)
    rng = np.random.Generator(np.random.PCG64(0))
    masks = {name: rng.random(200) < 0.6 for name in ("a", "m", "z")}
    for name, right in masks.items():
        filler.answer(name, "test", right)
        filler.answer(f"{name}-copy", "test", right)
    found = similarity(filler.store, on="test")
    rows = found.figures[0].rows
    for name in masks:
        assert abs(rows.index(name) - rows.index(f"{name}-copy")) == 1
    assert by_pair(found)["a", "a-copy"]["kappa"].value == 1
    assert "count as 3." in found.statement or "count as 2.9" in found.statement


def test_two_subjects_make_one_pair(filler):
    filler.data("test", 100)
    filler.answer("a", "test", 0.7)
    filler.answer("b", "test", 0.8)
    found = similarity(filler.store, on="test")
    assert "Error consistency (kappa) of a and b is " in found.statement
    assert "Bonferroni" not in found.statement
    assert found.figures[1].caption.startswith("One pair;")


def test_always_right_has_no_consistency(filler):
    filler.data("test", 20)
    for name in ("a", "b"):
        filler.answer(name, "test", np.ones(20, np.bool_))
    found = similarity(filler.store, on="test")
    assert "undefined: nobody is sometimes right and sometimes wrong" in found.statement
    assert not found.table.rows[0][2].defined
    assert "Always right or always wrong: a and b." in found.caveats
    filler.answer("c", "test", 0.5)
    assert "0 pairs" not in similarity(filler.store, on="test").statement


def test_too_few_subjects_and_unknown_names_are_refused(filler):
    filler.data("test", 20)
    filler.answer("a", "test", 0.5)
    with pytest.raises(ConfigError, match="similarity needs at least two subjects on test"):
        similarity(filler.store, on="test")
    with pytest.raises(UnknownNameError):
        similarity(filler.store, on="x" * 100)
