"""Class by class: against scikit-learn, and what is not kept is said."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, top_k_accuracy_score

from fieldmark.records import Answers, Estimate, Forest, NotKeptError, UnknownNameError
from fieldmark.studies import per_class


def rows(finding):
    keys = [one.key for one in finding.table.columns]
    return [dict(zip(keys, row, strict=True)) for row in finding.table.rows]


@pytest.fixture
def ranked(filler):
    """300 examples of ten classes, five classes kept of each answer."""
    filler.data("t", 300)
    draw = np.random.default_rng(0)
    truth = filler.examples["t"].first_labels
    scores = draw.normal(size=(300, 10))
    scores[np.arange(300), truth] += np.where(truth == 3, 0.5, 2.0)
    best = np.argsort(-scores, axis=1)[:, :5]
    header = filler.header("net", "t")
    shares = np.full((300, 5), 0.1, np.float32)
    filler.store.commit(header, 0, Answers(best.astype(np.uint16), shares))
    filler.store.finish(header)
    filler.answer("plain", "t", 0.4)
    return filler, truth, scores


def test_top_1_top_5_and_the_mean_over_classes(ranked):
    filler, truth, scores = ranked
    first, second = rows(per_class(filler.store, on="t"))
    said = scores.argmax(axis=1)
    assert (first["subject"], second["subject"]) == ("net", "plain")
    assert first["top_1"].value == pytest.approx((said == truth).mean())
    assert first["top_5"].value == pytest.approx(top_k_accuracy_score(truth, scores, k=5))
    assert first["macro"].value == pytest.approx(balanced_accuracy_score(truth, said))
    assert first["macro_bootstrap"].value == first["macro"].value
    assert first["worst"] == "3"
    assert first["worst_counted"].value < first["worst_shrunken"].value
    assert first["lowest_sure"].low < first["lowest"].low
    assert second["top_5"] is None


def test_every_class_of_one_subject(ranked):
    filler, truth, scores = ranked
    finding = per_class(filler.store, on="t", subject="net")
    found = rows(finding)
    assert found[0]["class"] == "3"
    assert sorted(one["class"] for one in found) == [str(k) for k in range(10)]
    for one in found:
        own = truth == int(one["class"])
        assert one["top_1"].value == pytest.approx((scores.argmax(axis=1) == truth)[own].mean())
        assert one["top_1"].n == one["shrunken"].n == 30
    assert sum(one["chance_worst"] for one in found) == pytest.approx(1)
    assert [one["shrunken"].value for one in found] == sorted(
        one["shrunken"].value for one in found
    )
    assert finding.statement.startswith("On t (300 labelled examples of 10 classes), net is right")
    assert "(3, 30 examples); allowing for its having been picked" in finding.statement


def test_the_figure_sets_counted_beside_shrunken(ranked):
    (forest,) = per_class(ranked[0].store, on="t").figures
    assert isinstance(forest, Forest)
    assert forest.title == "The worst classes of net on t"
    assert [bar.name for bar in forest.bars[:2]] == ["3", "3, shrunken"]
    assert len(forest.bars) == 2 * 10 + 2
    assert forest.mark == forest.bars[-1].estimate.value
    assert all(isinstance(bar.estimate, Estimate) for bar in forest.bars)


def test_what_is_not_kept_is_said(ranked):
    caveats = per_class(ranked[0].store, on="t").caveats
    assert "Fewer than five classes are kept, so no top-5, of plain." in caveats


def test_classes_without_examples_are_missing(filler):
    filler.data("few", 4)
    filler.answer("a", "few", np.array([True, True, True, False]))
    finding = per_class(filler.store, on="few", subject="a")
    assert len(finding.table.rows) == 4
    assert "6 classes of 10 have no examples here: missing, not wrong." in finding.caveats
    (row,) = rows(per_class(filler.store, on="few"))
    assert (row["macro"].n, row["macro"].missing) == (4, 6)


def test_one_class_only(filler):
    filler.data("one", 1)
    filler.answer("a", "one", 1.0)
    statement = per_class(filler.store, on="one").statement
    assert statement.startswith("On one (one labelled example of one class), a is right on 100.0 %")
    assert "picked" not in statement


def test_unlabelled_examples_and_several_labels(filler):
    filler.data("t", 20, unlabelled=5)
    filler.answer("a", "t", 1.0)
    (row,) = rows(per_class(filler.store, on="t"))
    assert (row["top_1"].n, row["top_1"].missing) == (15, 5)
    labels = np.stack([filler.examples["t"].first_labels, np.full(20, 7)], axis=1)
    both = replace(
        filler.examples["t"],
        card=replace(filler.examples["t"].card, name="m"),
        content="m",
        labels=labels,
    )
    filler.store.keep_examples(both)
    filler.examples["m"] = both
    filler.answer("a", "m", 1.0)
    assert any("several right labels" in one for one in per_class(filler.store, on="m").caveats)


def test_the_same_seed_gives_the_same_finding(ranked):
    store = ranked[0].store
    assert per_class(store, on="t", seed=3) == per_class(store, on="t", seed=3)


def test_what_cannot_be_studied(filler):
    filler.data("t", 5)
    filler.data("blank", 5, unlabelled=5)
    filler.answer("a", "t", 1.0)
    filler.refuse("b", "t", "failed", "broke")
    with pytest.raises(UnknownNameError, match="no condition called 'u'"):
        per_class(filler.store, on="u")
    with pytest.raises(UnknownNameError, match="no subject called 'c'"):
        per_class(filler.store, on="t", subject="c")
    with pytest.raises(NotKeptError, match="there are no answers of b × t"):
        per_class(filler.store, on="t", subject="b")
    filler.answer("a", "blank", 1.0)
    with pytest.raises(NotKeptError, match="no example of blank has a label"):
        per_class(filler.store, on="blank")
    filler.data("u", 5)
    filler.refuse("b", "u", "failed", "broke")
    with pytest.raises(NotKeptError, match="nobody has finished u"):
        per_class(filler.store, on="u")
