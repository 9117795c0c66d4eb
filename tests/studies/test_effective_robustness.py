"""Effective robustness of stores whose answer is known."""

import numpy as np
import pytest
from scipy.stats import linregress

from fieldmark.records import ConfigError, NotKeptError, Scatter, UnknownNameError
from fieldmark.studies import effective_robustness
from fieldmark.studies.answers.board import board
from fieldmark.studies.trends.measured import twin_of


def by_subject(finding):
    keys = [column.key for column in finding.table.columns]
    return {row[0]: dict(zip(keys, row, strict=True)) for row in finding.table.rows}


@pytest.fixture(scope="module")
def natural(world):
    return effective_robustness(world.store, on="uci-digits")


def test_who_was_lifted_is_above_and_nobody_else(natural):
    found = by_subject(natural)
    verdicts = {name: row["verdict"] for name, row in found.items()}
    assert verdicts.pop("cnn-medium-adversarial") == "above the line"
    assert set(verdicts.values()) == {"cannot be told"}
    lifted = found["cnn-medium-adversarial"]["effective"]
    assert lifted.value == pytest.approx(0.12, abs=0.01)
    assert lifted.low > 0
    assert "for all 8 at once" in lifted.method


def test_the_numbers_add_up(natural):
    for row in by_subject(natural).values():
        assert row["accuracy"].value == pytest.approx(
            row["predicted"].value + row["effective"].value
        )


def test_only_standard_subjects_are_fitted(natural):
    fitted = {name for name, row in by_subject(natural).items() if row["fitted"]}
    assert fitted == {"tree", "knn", "svm", "mlp", "cnn-small", "cnn-medium", "cnn-large"}
    assert any("for their intervention: cnn-medium-adversarial" in one for one in natural.caveats)


def test_relative_robustness_is_paired_with_the_twin(natural, world):
    row = by_subject(natural)["cnn-medium-adversarial"]
    correct = world.store.correct("uci-digits")
    gain = correct.of("cnn-medium-adversarial").mean() - correct.of("cnn-medium").mean()
    assert row["twin"] == "cnn-medium"
    assert row["relative"].value == pytest.approx(gain)
    assert by_subject(natural)["cnn-small"]["relative"] is None
    assert twin_of("cnn-large", board(world.store)) is None


def test_the_statement_says_so(natural):
    assert "fitted to 7 standard subjects" in natural.statement
    assert "one subject lies above it (cnn-medium-adversarial by 11.9 points [" in natural.statement
    assert "no subjects lie below it and for 7 subjects it cannot be told" in natural.statement
    assert "points [2.7, 8.4] more accurate than cnn-medium" in natural.statement
    assert any("Left out for lack of answers: late." in one for one in natural.caveats)


def test_the_figure_draws_the_line_that_was_fitted(natural):
    scatter, _ = natural.figures
    assert isinstance(scatter, Scatter)
    assert scatter.trend is not None
    points = {point.name: point for point in scatter.points}
    assert not points["cnn-medium-adversarial"].fitted
    x = np.array([one.x.value for one in scatter.points if one.fitted])
    y = np.array([one.y.value for one in scatter.points if one.fitted])
    line = linregress(np.log(x / (1 - x)), np.log(y / (1 - y)))
    grid, drawn = np.array(scatter.trend.x), np.array(scatter.trend.y)
    expected = line.slope * np.log(grid / (1 - grid)) + line.intercept
    np.testing.assert_allclose(np.log(drawn / (1 - drawn)), expected, atol=1e-9)
    assert (np.array(scatter.trend.low) <= drawn + 1e-9).all()
    assert (np.array(scatter.trend.high) >= drawn - 1e-9).all()


def test_it_is_the_same_every_time(natural, world):
    assert effective_robustness(world.store, on="uci-digits") == natural
    other = effective_robustness(world.store, on="uci-digits", seed=1)
    assert other != natural


@pytest.mark.parametrize("axis", ["linear", "probit"])
def test_other_axes(world, axis):
    finding = effective_robustness(world.store, on="uci-digits", axis=axis, draws=200)
    assert f"on the {axis} axis" in finding.statement
    assert finding.figures[0].axis == axis


def test_corruptions_are_the_mean_over_all_shifts(world):
    finding = effective_robustness(world.store, on="corruptions", draws=200)
    shifts = [f"mnist-test+{change}@{level}" for change in ("blur", "fog") for level in (1, 3, 5)]
    mean = np.mean([world.store.correct(name).of("knn").mean() for name in shifts])
    row = by_subject(finding)["knn"]
    assert row["accuracy"].value == pytest.approx(mean)
    assert "clustered by example" in row["accuracy"].method
    assert "6 shifts of mnist-test" in finding.title
    assert any("(the same ones on both sides)" in one for one in finding.caveats)


def test_under_attack_the_accuracy_is_an_upper_bound(world):
    finding = effective_robustness(world.store, on="mnist-test+pgd-linf@16/255", draws=200)
    found = by_subject(finding)
    assert set(found) == {"cnn-small", "cnn-medium", "cnn-large", "cnn-medium-adversarial"}
    assert found["cnn-small"]["verdict"] == "undefined"
    assert "for 3 subjects it is undefined, for want of three others" in finding.statement
    assert any("upper bound" in one for one in finding.caveats)
    assert any("knn, late, mlp, svm and tree" in one for one in finding.caveats)


def test_too_few_standard_subjects_are_undefined_with_the_reason(filler):
    filler.data("t", 50)
    for name in ("a", "b"):
        filler.answer(name, "t", 0.9)
        filler.answer(name, "t+fog@1", 0.7)
    finding = effective_robustness(filler.store, on="t+fog@1")
    assert finding.statement == (
        "Effective robustness on t+fog@1 is undefined: a line needs at least 3 models, got 2."
    )
    assert finding.figures[0].trend is None


def test_subjects_at_chance_are_neither_fitted_nor_drawn(filler):
    filler.data("t", 100)
    for name, share in {"a": 0.8, "b": 0.9, "c": 0.95, "guess": 0.11}.items():
        filler.answer(name, "t", share)
        filler.answer(name, "t+fog@1", share - 0.1)
    finding = effective_robustness(filler.store, on="t+fog@1", draws=100)
    assert by_subject(finding)["guess"]["fitted"] is False
    assert any("not being above chance on the reference: guess." in one for one in finding.caveats)
    scatter = finding.figures[0]
    assert {one.name for one in scatter.points if one.shown == "outside"} == {"guess"}
    assert scatter.trend.x[0] == pytest.approx(0.8)
    assert scatter.caption.endswith(
        "Outside the figure, for not being above chance: guess (11.0 %, 1.0 %)."
    )


def test_points_beside_the_line_are_named_and_attacked_accuracy_is_a_bound(natural, world):
    scatter, _ = natural.figures
    assert [one.name for one in scatter.points if one.shown == "named"] == [
        "cnn-medium-adversarial"
    ]
    assert scatter.title == "Accuracy on uci-digits against accuracy on mnist-test"
    attacked = effective_robustness(world.store, on="mnist-test+pgd-linf@8/255", draws=50)
    assert attacked.figures[0].y_title == (
        "robust accuracy under mnist-test+pgd-linf@8/255 (upper bound)"
    )


def test_no_labels_and_nobody_with_both(filler):
    filler.data("t", 30)
    filler.data("blank", 30, reference="t", unlabelled=30)
    filler.data("far", 30, reference="t")
    for name in ("a", "b", "c", "d"):
        filler.answer(name, "t", 0.8)
        filler.answer(name, "blank", 0.8)
        filler.refuse(name, "far", "failed", "broke")
    blank = effective_robustness(filler.store, on="blank")
    assert "is undefined: there are no labelled examples." in blank.statement
    far = effective_robustness(filler.store, on="far")
    assert far.statement == "No subject has answers to both t and far, so nothing can be told."
    assert far.table.rows == ()


def test_what_cannot_be_asked_says_what_to_do(world, filler):
    with pytest.raises(ConfigError, match="mnist-test is itself a reference"):
        effective_robustness(world.store, on="mnist-test")
    with pytest.raises(UnknownNameError, match="Did you mean uci-digits"):
        effective_robustness(world.store, on="uci-digit")
    with pytest.raises(UnknownNameError, match="no condition called 'mnist'"):
        effective_robustness(world.store, on="uci-digits", reference="mnist")
    filler.data("alone", 10, reference="elsewhere")
    filler.answer("tree", "alone", 1.0)
    with pytest.raises(NotKeptError, match="held against elsewhere, which this store lacks"):
        effective_robustness(filler.store, on="alone")
    with pytest.raises(NotKeptError, match="holds no shifts: run conditions such as"):
        effective_robustness(filler.store, on="corruptions")


def test_a_mean_over_shifts_needs_all_of_them(filler):
    filler.data("t", 20)
    filler.answer("a", "t", 0.9)
    filler.answer("a", "t+fog@1", 0.9)
    filler.answer("b", "t+blur@1", 0.9)
    finding = effective_robustness(filler.store, on="corruptions")
    assert "No subject has answers to both t and 2 shifts of t" in finding.statement
    assert any("Left out for lack of answers: a and b." in one for one in finding.caveats)
