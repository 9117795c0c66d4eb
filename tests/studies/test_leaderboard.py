"""Leaderboards of stores whose truth is known: who is first, who shares the place."""

import numpy as np
import pytest

from fieldmark.records import ConfigError, Forest, NotKeptError, UnknownNameError
from fieldmark.studies import leaderboard
from fieldmark.studies.ranking.leaderboard import FIRST


def by_subject(finding):
    keys = [column.key for column in finding.table.columns]
    return {row[1]: dict(zip(keys, row, strict=True)) for row in finding.table.rows}


@pytest.fixture(scope="module")
def digits(world):
    return leaderboard(world.store, on="mnist-test", draws=300)


def test_rows_come_in_the_order_of_accuracy(digits):
    values = [row[3].value for row in digits.table.rows]
    assert values == sorted(values, reverse=True)
    assert digits.table.rows[0][1] == "cnn-large"


def test_the_clearly_worst_are_shown_to_be_behind(digits):
    found = by_subject(digits)
    assert found["cnn-large"]["place"] == 1
    assert found["tree"]["places"].value == 8
    assert found["tree"]["tied"] == 0
    assert found["tree"]["p"] < 1e-6
    assert found["cnn-large"]["p"] is None
    assert found["tree"]["behind"].high < -0.15
    assert sum(row["best"] for row in found.values()) == pytest.approx(1)


def test_the_figures_show_bands_ranks_and_who_shares_the_first_place(digits):
    accuracies, ranks = digits.figures
    assert isinstance(accuracies, Forest)
    assert (accuracies.unit, ranks.unit) == ("share", "rank")
    found = by_subject(digits)
    for bar in accuracies.bars:
        assert (bar.group == FIRST) == (found[bar.name]["place"] == 1)
        assert "for all 8 at once" in bar.estimate.method


def test_a_shared_first_place_is_said_in_words(filler):
    filler.data("test", 300)
    for name, right in (("a", 200), ("b", 203), ("c", 60)):
        filler.answer(name, "test", np.roll(np.arange(300) < right, 20 if name == "a" else 0))
    found = leaderboard(filler.store, on="test", draws=200)
    assert "Two subjects share the first place: b and a." in found.statement
    assert "2 pairs of 3 can be told apart" in found.statement
    assert "leaves the 3 subjects 2 places" in found.statement


def test_one_who_is_first_alone(filler):
    filler.data("test", 200)
    filler.answer("good", "test", 0.9)
    filler.answer("bad", "test", 0.3)
    found = leaderboard(filler.store, on="test", draws=100)
    assert "good is first alone" in found.statement
    assert "The two can be told apart with 95 % confidence." in found.statement


def test_one_example_says_nothing_of_ranks(filler):
    filler.data("test", 1)
    filler.answer("right", "test", np.array([True]))
    filler.answer("wrong", "test", np.array([False]))
    found = leaderboard(filler.store, on="test", draws=10)
    assert "Both share the first place" in found.statement
    assert "From one example nothing can be said of chances." in found.statement
    assert "The two cannot be told apart" in found.statement
    assert all(np.isnan(row[4].low) for row in found.table.rows)


def test_copies_are_named_and_nobody_is_better(filler):
    filler.data("test", 50)
    for name in ("b", "a", "c"):
        filler.answer(name, "test", 0.8)
    right = np.arange(50) < 40
    for name in ("b", "a"):
        filler.answer(f"{name}-copy", "test", right)
    found = leaderboard(filler.store, on="test", draws=50)
    assert "All 5 share the first place" in found.statement
    assert any("one model under two names: a-copy and b-copy" in one for one in found.caveats)


@pytest.mark.parametrize("right", [True, False])
def test_all_right_and_all_wrong(filler, right):
    filler.data("test", 30)
    for name in ("a", "b"):
        filler.answer(name, "test", np.full(30, right))
    found = leaderboard(filler.store, on="test", draws=20)
    assert "a and b have the highest accuracy" in found.statement
    assert by_subject(found)["b"]["rank"].high == 2


def test_examples_without_a_label_are_not_counted(filler):
    filler.data("test", 40, unlabelled=10)
    for name, share in (("a", 0.9), ("b", 0.5)):
        filler.answer(name, "test", share)
    found = leaderboard(filler.store, on="test", draws=20)
    assert by_subject(found)["a"]["accuracy"].n == 30
    assert "Examples without a label are not counted: 10." in found.caveats


def test_the_same_seed_gives_the_same_finding(world, digits):
    assert leaderboard(world.store, on="mnist-test", draws=300) == digits


def test_what_cannot_be_ranked_is_refused(filler, world):
    with pytest.raises(UnknownNameError, match="Did you mean mnist-test"):
        leaderboard(world.store, on="mnist-tset")
    with pytest.raises(NotKeptError, match="no answers yet"):
        leaderboard(filler.store, on="test")
    filler.data("test", 20)
    filler.answer("alone", "test", 0.5)
    with pytest.raises(ConfigError, match="at least two subjects on test; only alone has answered"):
        leaderboard(filler.store, on="test")
    filler.data("bare", 20, unlabelled=20)
    filler.answer("a", "bare", 0.5)
    filler.answer("b", "bare", 0.5)
    with pytest.raises(NotKeptError, match="no example of bare has a label"):
        leaderboard(filler.store, on="bare")
