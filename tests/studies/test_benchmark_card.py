"""The card of a benchmark."""

import numpy as np
import pytest

from fieldmark.records import ConfigError, Estimate, UnknownNameError
from fieldmark.studies import benchmark_card


def qualities(finding):
    return {row[0]: row[1] for row in finding.table.rows}


@pytest.fixture(scope="module")
def store(rehearsed):
    return rehearsed


def test_the_card_counts_what_it_says(filler):
    filler.data("t", 100, unlabelled=10)
    filler.answer("a", "t", np.arange(100) < 80)
    filler.answer("b", "t", np.arange(100) < 60)
    found = benchmark_card(filler.store, on="t")
    card = qualities(found)
    assert card["size"] == 90
    assert card["highest accuracy"].value == pytest.approx(80 / 90)
    assert card["headroom"].value == pytest.approx(10 / 90)
    assert card["everybody right"].value == pytest.approx(60 / 90)
    assert card["telling"].value == pytest.approx(20 / 90)
    assert card["discrimination"].value == 1
    assert sum(found.figures[0].counts[0][1]) == 90


@pytest.mark.slow
def test_labels_set_a_ceiling(store):
    card = qualities(benchmark_card(store, on="lab-test", labels="lab-relabelled"))
    single, sets = (store.examples(one).labels for one in ("lab-test", "lab-relabelled"))
    assert card["label ceiling"].value == pytest.approx((single == sets).any(axis=1).mean())
    assert 0.95 <= card["label ceiling"].value <= 0.98  # a rehearsal takes 3 % of them away
    with pytest.raises(ConfigError, match="does not show the same examples"):
        benchmark_card(store, on="lab-test", labels="field-test")


def test_another_benchmark_may_know_it_already(store):
    card = qualities(benchmark_card(store, on="lab-test+fog@1", reference="lab-test"))
    assert card["redundancy"].value > 0.9
    assert card["contradiction"].value == 0
    same = qualities(benchmark_card(store, on="lab-test", reference="lab-test"))
    assert same["redundancy"].value == pytest.approx(1)


def test_one_subject_is_no_benchmark(filler, store):
    filler.data("t", 10)
    filler.answer("a", "t", 0.5)
    with pytest.raises(ConfigError, match="once two subjects have answered"):
        benchmark_card(filler.store, on="t")
    with pytest.raises(UnknownNameError):
        benchmark_card(store, on="nothing")


def test_every_number_has_its_n(store):
    for name, value in qualities(benchmark_card(store, on="field-test")).items():
        if isinstance(value, Estimate):
            assert value.n > 0, name
