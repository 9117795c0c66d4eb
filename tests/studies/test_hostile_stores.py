"""Stores in which something is odd: what studies say of it, in words and in numbers."""

import numpy as np
import pytest

from fieldmark.records import ConfigError, NotKeptError
from fieldmark.store import Store
from fieldmark.studies import (
    benchmark_card,
    effective_robustness,
    failures,
    headline,
    label_errors,
    per_class,
    pm_k,
    progress_over_time,
    public_private,
    reuse_of_test_set,
    robustness_curves,
    transfer_correlation,
)
from tests.contracts import worlds

FOG = "lab-test+fog@5"


@pytest.fixture(scope="module")
def world() -> worlds.World:
    return worlds.small()


@pytest.fixture(scope="module")
def store(world) -> Store:
    return worlds.kept(world)


def other(world, condition, change) -> Store:
    """The same world, but for one of its conditions."""
    some = tuple(one for one in world if one.condition == condition)
    rest = tuple(one for one in world if one.condition != condition)
    return worlds.kept((*rest, *change(some)))


def befallen(world, what) -> Store:
    return worlds.kept(worlds.HOSTILE[what](world))


def test_the_same_examples_in_another_order_are_paired(world, store):
    turned = other(world, FOG, lambda some: worlds.rows(some, worlds.shuffled))
    found, again = (effective_robustness(one, on=FOG, draws=50) for one in (store, turned))
    assert [repr(row) for row in again.table.rows] == [repr(row) for row in found.table.rows]
    assert "(the same ones on both sides)" in again.caveats[0]
    assert robustness_curves(turned).statement == robustness_curves(store).statement


def test_examples_that_are_partly_the_same_are_told_of(world, store):
    some = other(world, FOG, lambda some: worlds.rows(some, lambda examples: np.arange(30)))
    found = effective_robustness(some, on=FOG, draws=50)
    assert any(line.startswith("30 examples on both sides, not all") for line in found.caveats)
    plain = effective_robustness(store, on=FOG, draws=50)
    assert not any("on both sides, not all" in line for line in plain.caveats)


def test_corrected_labels_are_joined_by_id_and_in_the_same_classes(world, store):
    def ceiling(store):
        rows = benchmark_card(store, on="lab-test", labels="lab-relabelled").table.rows
        return next(row[1] for row in rows if row[0] == "label ceiling")

    again = other(world, "lab-relabelled", lambda some: worlds.rows(some, worlds.shuffled))
    assert ceiling(again) == ceiling(store)
    order = np.roll(np.arange(10), 1)
    renamed = other(world, "lab-relabelled", lambda some: worlds.renamed_classes(some, order))
    with pytest.raises(ConfigError, match="the same examples in the same classes"):
        ceiling(renamed)


def test_a_label_counts_wherever_its_padding_stands(world, store):
    late = befallen(world, "labels after their padding")
    told = {"on": "field-test", "subject": "net-s", "draws": 60}
    assert repr(per_class(late, **told).table) == repr(per_class(store, **told).table)
    found, again = (reuse_of_test_set(one, on="field-test", draws=50) for one in (store, late))
    assert again.statement == found.statement


def test_who_has_a_date_and_no_answers_is_left_out(world):
    dates = {"linear-a": 2010.0, "net-s": 2012.0, "net-l": 2013.0, "web-l": 2015.0}
    found = progress_over_time(befallen(world, "some failed"), on="lab-test", dates=dates)
    assert "Left out for want of an accuracy on lab-test: linear-a." in found.caveats
    with pytest.raises(NotKeptError, match="no model that has a date has answers"):
        progress_over_time(befallen(world, "all failed"), on="lab-test", dates=dates)


def test_where_all_failed_that_is_what_is_said(world):
    none = befallen(world, "all failed")
    with pytest.raises(NotKeptError, match="nobody has answered an unchanged test set"):
        transfer_correlation(none)
    for ask in (
        lambda: public_private(none, first="lab-test", second="field-test"),
        lambda: reuse_of_test_set(none, on="field-test"),
    ):
        with pytest.raises(NotKeptError, match="no subject has answers to both lab-test and"):
            ask()


def test_without_labels_it_says_so(world):
    with pytest.raises(ConfigError, match="7 subjects answered no labelled examples"):
        benchmark_card(befallen(world, "no label"), on="field-test")
    found = reuse_of_test_set(befallen(world, "no label"), on="field-test")
    assert found.statement.startswith("No standard subject above chance on lab-test has answers")


def test_where_everybody_is_right_nobody_is_first_or_loses(world):
    right = befallen(world, "everybody right")
    assert "all 7 subjects are right on 100.0 %" in headline(right, draws=50).statement
    assert "Nobody loses anything by that." in pm_k(right, on="field-video", k=3).statement
    found = failures(right)
    assert found.figures == ()
    assert found.table.rows == ()
    ranks = label_errors(right, on="lab-relabelled", reference="lab-test", draws=50).table
    assert {(row[6].low, row[6].high) for row in ranks.rows} == {(1.0, 7.0)}
