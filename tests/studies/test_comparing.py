"""Two subjects on every condition that both finished."""

from dataclasses import replace

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportions_ztest

from fieldmark.records import Forest, NotKeptError
from fieldmark.studies import compare


def rows(finding):
    keys = [one.key for one in finding.table.columns]
    return [dict(zip(keys, row, strict=True)) for row in finding.table.rows]


@pytest.mark.slow
def test_every_condition_that_both_finished_with_holms_adjustment(world):
    finding = compare(world.store, "knn", "cnn-medium")
    found = rows(finding)
    assert [one["condition"] for one in found] == [
        "mnist-test",
        "uci-digits",
        *(f"mnist-test+{change}@{level}" for change in ("blur", "fog") for level in (1, 3, 5)),
    ]
    exact = [one["p_exact"] for one in found]
    assert [one["p_holm"] for one in found] == pytest.approx(multipletests(exact, method="holm")[1])
    for one in found:
        alone = rows(compare(world.store, "knn", "cnn-medium", condition=one["condition"]))[0]
        for key in ("difference", "p_exact", "p_mid", "p_unpaired", "only_first"):
            assert one[key] == alone[key]
    assert finding.statement.startswith("knn and cnn-medium answered 8 conditions with labels. ")
    assert "cnn-medium is more accurate on 8 (exact McNemar tests, adjusted by Holm" in (
        finding.statement
    )


def test_what_an_unpaired_test_would_have_said(filler):
    """The two differ on few examples, always in the same direction."""
    filler.data("t", 2000)
    wrong = np.arange(2000) < 400
    filler.answer("better", "t", ~wrong)
    filler.answer("worse", "t", ~(wrong | (np.arange(2000) >= 1985)))
    finding = compare(filler.store, "better", "worse", condition="t")
    (row,) = rows(finding)
    assert row["p_exact"] == pytest.approx(2 * 0.5**15)
    _, p = proportions_ztest([1600, 1585], [2000, 2000])
    assert row["p_unpaired"] == pytest.approx(p)
    assert "An unpaired z test would have missed it (p = 0.5" in finding.statement
    assert rows(compare(filler.store, "better", "worse"))[0] == row
    filler.data("u", 2000)
    filler.answer("better", "u", 0.8)
    filler.answer("worse", "u", 0.3)
    both = compare(filler.store, "better", "worse").statement
    assert "better is more accurate on 2 (exact" in both
    assert "would not have told them apart on t, although" in both
    assert "largest on u, where better is 50.0 points [" in both


def test_the_figure_has_a_bar_per_condition(world):
    finding = compare(world.store, "knn", "cnn-medium")
    (forest,) = finding.figures
    assert isinstance(forest, Forest)
    assert (forest.unit, forest.mark) == ("points", 0.0)
    assert [bar.name for bar in forest.bars] == [one["condition"] for one in rows(finding)]
    assert {bar.group for bar in forest.bars} == {"test", "natural shift", "shift"}
    assert compare(world.store, "knn", "tree", condition="mnist-test").figures == ()


def test_attacks_that_one_of_them_did_not_meet_are_left_out(world):
    assert len(compare(world.store, "cnn-large", "knn").table.rows) == 8
    with_attacks = compare(world.store, "cnn-large", "cnn-medium")
    assert len(with_attacks.table.rows) == 10
    assert any("made against itself" in one for one in with_attacks.caveats)


def test_what_cannot_be_told_and_frames_of_videos(filler):
    filler.data("t", 40)
    video = replace(
        filler.examples["t"],
        card=replace(filler.examples["t"].card, name="v"),
        content="v",
        groups=tuple(f"scene-{i // 4}" for i in range(40)),
    )
    filler.store.keep_examples(video)
    filler.examples["v"] = video
    for condition in ("t", "v"):
        filler.answer("twin-1", condition, np.arange(40) < 30)
        filler.answer("twin-2", condition, (np.arange(40) < 29) | (np.arange(40) == 35))
    finding = compare(filler.store, "twin-1", "twin-2")
    assert "On none of them can it be told which is more accurate" in finding.statement
    assert any("The examples of v come in groups" in one for one in finding.caveats)
    alone = compare(filler.store, "twin-1", "twin-2", condition="t")
    assert not any("groups" in one for one in alone.caveats)


def test_conditions_without_labels_are_undefined_and_do_not_count(filler):
    filler.data("blank", 5, unlabelled=5)
    filler.data("t", 50)
    for name in ("a", "b"):
        filler.answer(name, "blank", 1.0)
    assert "is undefined" in compare(filler.store, "a", "b").statement
    for name, share in (("a", 0.9), ("b", 0.2)):
        filler.answer(name, "t", share)
    finding = compare(filler.store, "a", "b")
    assert "On t (50 labelled examples), a is right on 90.0 % [" in finding.statement
    blank = rows(finding)[0]
    assert np.isnan([blank["p_exact"], blank["p_holm"], blank["p_unpaired"]]).all()
    assert len(finding.figures[0].bars) == 1


def test_nothing_in_common(filler):
    filler.data("t", 5)
    filler.data("u", 5)
    filler.answer("a", "t", 1.0)
    filler.answer("b", "u", 1.0)
    with pytest.raises(NotKeptError, match="no condition that both a and b finished"):
        compare(filler.store, "a", "b")
