"""The board: order, references, and what it says about names that are not there."""

import pytest

from fieldmark.records import ConfigError, NotKeptError, UnknownNameError
from fieldmark.studies import STUDIES, Kept, KeptAnswers, KeptExamples, accuracy_grid
from fieldmark.studies.answers.board import board, changes


def test_conditions_come_in_reading_order(world):
    assert list(board(world.store).conditions) == [
        "mnist-test",
        "uci-digits",
        *(f"mnist-test+{change}@{level}" for change in ("blur", "fog") for level in (1, 3, 5)),
        "mnist-test+pgd-linf@8/255",
        "mnist-test+pgd-linf@16/255",
    ]


def test_a_store_is_what_studies_need(world):
    assert isinstance(world.store, Kept)
    assert isinstance(world.store.correct("mnist-test"), KeptAnswers)
    assert isinstance(world.store.examples("mnist-test"), KeptExamples)


def test_every_condition_knows_its_reference(world):
    cells = board(world.store)
    assert cells.reference_of("uci-digits") == "mnist-test"
    assert cells.reference_of("mnist-test+fog@3") == "mnist-test"
    with pytest.raises(ConfigError, match="mnist-test is itself a reference: choose a natural"):
        cells.reference_of("mnist-test")
    with pytest.raises(UnknownNameError, match=r"no condition called 'uci-digit'\. Did you mean"):
        cells.reference_of("uci-digit")


def test_changes_are_ladders(world):
    found = changes(board(world.store), ("shift",))
    assert found["mnist-test", "fog"] == tuple(f"mnist-test+fog@{level}" for level in (1, 3, 5))
    assert len(found) == 2


def test_unlabelled_examples_are_missing(filler):
    filler.data("odd", 20, unlabelled=5)
    filler.answer("tree", "odd", 1.0)
    answered = board(filler.store).answered("odd")
    assert (len(answered.ids), answered.missing) == (15, 5)
    assert (answered.accuracy("tree").n, answered.accuracy("tree").missing) == (15, 5)


def test_an_empty_store_says_what_to_do(filler):
    with pytest.raises(NotKeptError, match="holds no answers yet: ask with fieldmark run"):
        accuracy_grid(filler.store)


def test_studies_are_found_by_name():
    from fieldmark.catalog import STUDIES as NAMED

    assert {"accuracy-grid", "compare", "effective-robustness", "headline"} < set(STUDIES)
    assert {name: NAMED[name].make for name in NAMED.own} == dict(STUDIES)
