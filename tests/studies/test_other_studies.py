"""Curves, comparisons and failures."""

import pytest
from statsmodels.stats.contingency_tables import mcnemar

from fieldmark.records import Cell, ConfigError, Curves, Gallery, NotKeptError, UnknownNameError
from fieldmark.studies import compare, failures, robustness_curves


def test_a_panel_per_change_from_unchanged_to_strongest(world):
    finding = robustness_curves(world.store)
    (curves,) = finding.figures
    assert isinstance(curves, Curves)
    assert [panel.title for panel in curves.panels] == ["blur", "fog", "pgd-linf"]
    assert [panel.x_title for panel in curves.panels] == ["severity"] * 2 + [
        "budget, in pixel units"
    ]
    fog = {one.name: one for one in curves.panels[1].series}
    assert fog["knn"].strengths == (0.0, 1.0, 3.0, 5.0)
    assert fog["knn"].estimates[0].value == 0.8
    assert "late" not in fog
    assert {one.name for one in curves.panels[2].series} == {
        "cnn-small",
        "cnn-medium",
        "cnn-large",
        "cnn-medium-adversarial",
    }
    assert len(finding.table.rows) == 2 * 8 * 4 + (8 + 4 + 4)


def test_the_curves_in_words(world):
    statement = robustness_curves(world.store).statement
    assert statement.startswith("2 shifts and one attack at rising strength.")
    assert "mnist-test+fog@5 costs most: the mean accuracy of 8 subjects falls by " in statement
    assert "mnist-test+blur@5 costs least" in statement
    assert "the mean accuracy of 4 subjects falls by at least 7" in statement


def test_means_leave_out_who_guesses(filler):
    filler.data("t", 400)
    for name, lab, fog in (("tree", 0.9, 0.5), ("svm", 0.8, 0.6), ("guess", 0.1, 0.1)):
        filler.answer(name, "t", lab)
        filler.answer(name, "t+fog@1", fog)
        filler.answer(name, "t+pgd-linf@8/255", fog)
    finding = robustness_curves(filler.store)
    assert "the mean accuracy of 2 subjects above chance falls by 30.0 points [" in (
        finding.statement
    )
    assert finding.figures[0].caption.endswith("Under attack, accuracy is an upper bound.")


def test_curves_without_changes_or_without_the_unchanged(filler):
    filler.data("t", 20)
    filler.refuse("tree", "t+fog@1", "failed", "broke")
    assert "no changed or attacked conditions" in robustness_curves(filler.store).statement
    filler.answer("knn", "t+fog@2", 0.5)
    finding = robustness_curves(filler.store)
    assert finding.statement == "One shift at rising strength."
    assert finding.figures[0].panels[0].series[0].strengths == (2.0,)


def test_two_subjects_are_compared_on_the_same_examples(world):
    finding = compare(world.store, "cnn-medium", "cnn-medium-adversarial", condition="uci-digits")
    row = dict(zip([c.key for c in finding.table.columns], finding.table.rows[0], strict=True))
    correct = world.store.correct("uci-digits")
    a, b = correct.of("cnn-medium"), correct.of("cnn-medium-adversarial")
    assert row["only_first"] == (a & ~b).sum()
    assert row["only_second"] == (b & ~a).sum()
    table = [[0, row["only_first"]], [row["only_second"], 0]]
    assert row["p_exact"] == pytest.approx(mcnemar(table, exact=True).pvalue)
    assert "cnn-medium-adversarial is 5.4 points [" in finding.statement
    assert "more accurate than cnn-medium; exact McNemar p < 0.001" in finding.statement


def test_what_cannot_be_told_is_not_told(world):
    finding = compare(world.store, "cnn-medium", "cnn-large", condition="mnist-test")
    assert "which of the two is more accurate cannot be told (difference −1.5 points [" in (
        finding.statement
    )


def test_attacked_subjects_saw_different_pictures(world):
    finding = compare(world.store, "cnn-medium", "cnn-large", condition="mnist-test+pgd-linf@8/255")
    assert any("made against itself" in one for one in finding.caveats)


def test_a_comparison_without_labels_is_undefined(filler):
    filler.data("blank", 5, unlabelled=5)
    for name in ("a", "b"):
        filler.answer(name, "blank", 1.0)
    finding = compare(filler.store, "a", "b", condition="blank")
    assert "which of the two is better is undefined" in finding.statement


def test_comparisons_that_cannot_be_made(world):
    with pytest.raises(ConfigError, match="knn cannot be compared with itself"):
        compare(world.store, "knn", "knn", condition="mnist-test")
    with pytest.raises(NotKeptError, match=r"no answers of late × mnist-test \(failed: out of"):
        compare(world.store, "knn", "late", condition="mnist-test")
    with pytest.raises(NotKeptError, match=r"late × uci-digits \(it has not been run\)"):
        compare(world.store, "late", "knn", condition="uci-digits")
    with pytest.raises(UnknownNameError, match="no subject called 'kmm'"):
        compare(world.store, "kmm", "knn", condition="mnist-test")


def test_the_gallery_shows_only_wrong_answers_by_the_printed_rule(world):
    finding = failures(world.store, per_condition=3)
    (gallery,) = finding.figures
    assert isinstance(gallery, Gallery)
    assert gallery.rule.startswith("The subject is cnn-large, which has the highest accuracy on")
    for (condition, example, label, said, score), picture in zip(
        finding.table.rows, gallery.pictures, strict=True
    ):
        row = world.store.examples(condition).ids.index(example)
        assert not world.store.correct(condition).of("cnn-large")[row]
        answers = world.store.read(Cell("cnn-large", condition)).answers
        assert said == str(answers.classes[row, 0])
        assert label == str(row % 10)
        assert picture.heading == f"label {label}, said {said} ({score:.2f})"
        assert picture.lines == (condition, example)
        if "pgd" not in condition:
            assert picture.png == example.encode()
    shown = [row[0] for row in finding.table.rows]
    assert max(shown.count(one) for one in shown) <= 3
    assert "mnist-test+fog@1" not in shown  # only the strongest


def test_under_attack_its_own_pictures_are_shown(world):
    found = failures(world.store, subject="cnn-small")
    attacked = [picture.png for picture in found.figures[0].pictures if "pgd" in picture.lines[0]]
    assert attacked
    assert set(attacked) <= {b"P3", b"P5"}
    assert found.figures[0].rule.startswith("The subject cnn-small was asked for.")


def test_the_failures_are_counted(world):
    finding = failures(world.store, subject="tree")
    wrong = ~world.store.correct("mnist-test").of("tree")[:60]
    assert f"{wrong.sum()} of 60 on mnist-test," in finding.statement


def test_failures_that_cannot_be_shown(world, filler):
    with pytest.raises(UnknownNameError, match="no subject called 'nobody'"):
        failures(world.store, subject="nobody")
    with pytest.raises(ConfigError, match="at least one picture per condition is needed, got 0"):
        failures(world.store, per_condition=0)
    filler.data("t", 5)
    filler.refuse("tree", "t", "failed", "broke")
    with pytest.raises(NotKeptError, match="no subject has answers to labelled examples"):
        failures(filler.store)
    filler.answer("knn", "t", 1.0)
    assert failures(filler.store).statement == (
        "The store keeps no labelled pictures of what knn was shown."
    )


def test_a_shift_that_counts_something_else_says_so_on_its_axis(filler):
    filler.data("t", 100)
    for level in (0, 1, 40):
        filler.answer("a", f"t+low-pass@{level}", 0.5)
    (curves,) = robustness_curves(filler.store).figures
    assert [panel.x_title for panel in curves.panels] == ["deviation in pixels"]
    assert curves.panels[0].series[0].strengths == (0.0, 1.0, 40.0)
