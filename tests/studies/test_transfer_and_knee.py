"""Transfer and broken lines of stores whose answer is known."""

import numpy as np
import pytest

from fieldmark.records import ConfigError, NotKeptError, UnknownNameError
from fieldmark.studies import broken_line, effective_robustness, transfer_correlation


def rows(finding):
    keys = [column.key for column in finding.table.columns]
    return {row[0]: dict(zip(keys, row, strict=True)) for row in finding.table.rows}


def test_all_test_sets_but_the_reference_are_predicted(rehearsed):
    found = transfer_correlation(rehearsed)
    assert set(rows(found)) == {
        "cue-conflict-shape",
        "cue-conflict-texture",
        "lab-relabelled",
        "field-test",
        "field-video",
    }
    assert found.title == "What accuracy on lab-test says about other test sets"
    assert rows(found)["field-test"]["r"].value > 0.95
    assert rows(found)["cue-conflict-texture"]["r"].value < 0
    assert "Over 12 standard subjects" in found.statement
    aside = next(one for one in found.caveats if "no standard subjects" in one)
    assert "person-1" in aside
    assert "web-m" in aside


def test_the_sets_may_be_named(rehearsed):
    found = transfer_correlation(
        rehearsed, reference="field-test", on=["field-video", "lab-test"], axis="probit"
    )
    assert list(rows(found)) == ["lab-test", "field-video"]
    assert "2 other test sets" in found.statement
    assert "(probit axis" in found.statement
    (bar, *_) = found.figures[1].bars
    assert bar.name == "all 2 together"


def test_transfer_is_the_same_every_time(rehearsed):
    assert transfer_correlation(rehearsed) == transfer_correlation(rehearsed)


def test_transfer_says_what_is_lacking(filler, rehearsed):
    with pytest.raises(UnknownNameError, match="Did you mean field-test"):
        transfer_correlation(rehearsed, on=["field-tst"])
    with pytest.raises(ConfigError, match="lab-test cannot predict itself"):
        transfer_correlation(rehearsed, on=["lab-test"])
    filler.data("t", 40)
    for name, share in {"a": 0.5, "b": 0.6, "c": 0.7}.items():
        filler.answer(name, "t", share)
    with pytest.raises(NotKeptError, match="holds no test set but t"):
        transfer_correlation(filler.store)
    filler.data("u", 40, reference="t")
    for name in "abc":
        filler.answer(name, "u", 0.5)
    few = transfer_correlation(filler.store)
    assert few.statement.endswith("there are 3 subjects.")
    assert few.figures == ()
    filler.data("blank", 10, reference="t", unlabelled=10)
    filler.answer("a", "blank", 0.5)
    with pytest.raises(NotKeptError, match="blank: no labelled examples"):
        transfer_correlation(filler.store)


def test_a_straight_store_has_no_knee_that_can_be_told(rehearsed):
    found = broken_line(rehearsed, on="field-test")
    numbers = dict(found.table.rows)
    assert "Whether there is a knee cannot be told" in found.statement
    assert numbers["p of no knee"] > 0.05
    assert numbers["knee (reference accuracy)"].n == 12  # people and interventions are not fitted
    given = broken_line(rehearsed, on="field-test", subject="net-s", axis="linear")
    reference = rows(effective_robustness(rehearsed, on="field-test", draws=10))["net-s"]
    assert dict(given.table.rows)["knee (reference accuracy)"].value == pytest.approx(
        reference["reference"].value
    )


def test_a_bent_store_has_one(filler):
    filler.data("t", 1000)
    filler.data("far", 1000, reference="t")
    for place, share in enumerate(np.linspace(0.5, 0.9, 16)):
        filler.answer(f"m{place:02d}", "t", float(share))
        beyond = 0.1 + 0.1 * share + (2.0 * (share - 0.7) if share > 0.7 else 0.0)
        filler.answer(f"m{place:02d}", "far", float(beyond))
    found = broken_line(filler.store, on="far", axis="linear")
    assert "One line does not fit these subjects" in found.statement
    assert dict(found.table.rows)["knee (reference accuracy)"].value == pytest.approx(0.7, abs=0.03)


def test_broken_line_says_what_is_lacking(rehearsed, filler):
    with pytest.raises(UnknownNameError, match="Did you mean net-s"):
        broken_line(rehearsed, on="field-test", subject="nets")
    with pytest.raises(ConfigError, match="is itself a reference"):
        broken_line(rehearsed, on="lab-test")
    few = broken_line(rehearsed, on="field-test", subject="linear-a")
    assert "is undefined: each side needs 3 models; " in few.statement
    filler.data("t", 20)
    filler.data("blank", 20, reference="t", unlabelled=20)
    for name in "abcd":
        filler.answer(name, "t", 0.5)
        filler.answer(name, "blank", 0.5)
    with pytest.raises(ConfigError, match="no labelled examples, so no accuracy"):
        broken_line(filler.store, on="blank")


def test_people_are_drawn_and_never_fitted(rehearsed):
    found = effective_robustness(rehearsed, on="field-test", draws=200)
    seen = rows(found)
    assert not seen["person-1"]["fitted"]
    assert seen["person-1"]["verdict"] != "undefined"
    assert any("for being people: person-1 and person-2." in one for one in found.caveats)
    assert "fitted to 12 standard subjects" in found.statement
    shares = [seen["net-m"][name] for name in ("from_images", "from_models", "from_axis")]
    assert sum(shares) == pytest.approx(1)
    assert seen["net-m"]["swung_by"] in {"deep net", "forest", "linear model", "small net"}
    assert "Leaving any one family out" in found.statement
