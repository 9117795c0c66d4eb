"""What a test set can tell: from a store's discordance, and from numbers alone."""

import numpy as np
import pytest

from fieldmark.records import ConfigError, Lines, NotKeptError, UnknownNameError
from fieldmark.statistics import minimum_difference, paired_power, paired_size, unpaired_size
from fieldmark.studies import power, size_of_test_set


def rows(finding):
    keys = [one.key for one in finding.table.columns]
    return [dict(zip(keys, row, strict=True)) for row in finding.table.rows]


def test_neighbours_in_the_ranking(world):
    finding = size_of_test_set(world.store, on="mnist-test")
    found = rows(finding)
    assert [one["first"] for one in found] == [
        "cnn-large",
        "cnn-medium",
        "cnn-small",
        "cnn-medium-adversarial",
        "mlp",
        "svm",
        "knn",
    ]
    correct = world.store.correct("mnist-test")
    for one in found:
        a, b = correct.of(one["first"]), correct.of(one["second"])
        discordance = float((a != b).mean())
        assert one["discordance"].value == pytest.approx(discordance)
        assert one["difference"].value == pytest.approx(a.mean() - b.mean())
        assert one["smallest"] == pytest.approx(minimum_difference(400, discordance), nan_ok=True)
        assert one["needed"] == paired_size(discordance, one["difference"].value)
        assert one["needed_unpaired"] == unpaired_size(float(a.mean()), float(b.mean()))


def test_the_size_in_words(world):
    statement = size_of_test_set(world.store, on="mnist-test").statement
    assert statement.startswith("On mnist-test (400 labelled examples), exactly one of two subj")
    assert "(median of 28 pairs; " in statement
    assert "points and more are told with 80 % power (McNemar's exact test, 5 %)." in statement
    assert "Of 7 differences between neighbours in the ranking, " in statement


def test_the_lines_are_the_power_at_the_typical_discordance(world):
    (lines,) = size_of_test_set(world.store, on="mnist-test").figures
    assert isinstance(lines, Lines)
    correct = world.store.correct("mnist-test").matrix()
    pairs = [(a != b).mean() for k, a in enumerate(correct) for b in correct[:k]]
    typical = float(np.median(pairs))
    point = {one.name: one for one in lines.tracks}["1 point"]
    assert point.y[20] == pytest.approx(paired_power(int(point.x[20]), typical, 0.01))
    assert "400 examples" in [one.name for one in lines.tracks]


def test_two_subjects_make_one_pair(filler):
    filler.data("t", 100)
    filler.answer("a", "t", np.arange(100) < 90)
    filler.answer("b", "t", np.arange(100) >= 30)
    statement = size_of_test_set(filler.store, on="t").statement
    assert "is right on 40.0 % of the examples. Then differences" in statement
    assert "neighbours" not in statement


def test_subjects_that_never_disagree(filler):
    filler.data("t", 50)
    for name in ("a", "b", "c"):
        filler.answer(name, "t", np.arange(50) < 40)
    finding = size_of_test_set(filler.store, on="t")
    assert finding.statement.endswith("cannot be told apart by any number.")
    assert finding.figures == ()
    assert [row["smallest"] for row in rows(finding)] == [None, None]
    assert [row["needed"] for row in rows(finding)] == [None, None]


def test_too_few_examples_for_anything(filler):
    filler.data("t", 5)
    filler.answer("a", "t", np.arange(5) < 4)
    filler.answer("b", "t", np.arange(5) < 2)
    assert "there are too few examples" in size_of_test_set(filler.store, on="t").statement


def test_what_cannot_be_sized(filler):
    filler.data("t", 5)
    filler.data("blank", 5, unlabelled=5)
    filler.answer("a", "t", 1.0)
    with pytest.raises(UnknownNameError, match="no condition called 'u'"):
        size_of_test_set(filler.store, on="u")
    with pytest.raises(NotKeptError, match="two subjects, and one subject finished t"):
        size_of_test_set(filler.store, on="t")
    for name in ("a", "b"):
        filler.answer(name, "blank", 1.0)
    with pytest.raises(NotKeptError, match="no example of blank has a label"):
        size_of_test_set(filler.store, on="blank")
    filler.answer("b", "t", 0.4)
    with pytest.raises(ConfigError, match="write 0.8 for 80 %".replace(".", r"\.")):
        size_of_test_set(filler.store, on="t", power=80.0)


def test_power_from_numbers_alone():
    finding = power(n=10_000, difference=0.01, accuracy=0.81, discordance=0.1)
    found = [(row["value"], row["unit"]) for row in rows(finding)]
    assert found[0] == (paired_power(10_000, 0.1, 0.01), "share")
    assert found[1] == (minimum_difference(10_000, 0.1), "share")
    assert found[2] == (8032, "examples")
    assert found[3] == (unpaired_size(0.81, 0.80), "examples")
    assert "With 80 % power these examples tell 0.9 points and more." in finding.statement
    assert "To tell 1 point takes 8,032 examples, on examples of their own 24," in finding.statement
    assert "not given" not in finding.statement


def test_without_a_discordance_errors_are_independent():
    finding = power(accuracy=0.9, difference=0.02)
    assert "is right on 19.6 % of them" in finding.statement
    assert "The discordance was not given" in finding.statement
    (lines,) = finding.figures
    assert [one.name for one in lines.tracks if one.style == "dashed"] == [
        "2 points, unpaired",
        "1,000 examples",
    ]


def test_a_test_set_that_tells_nothing():
    assert "these examples tell none." in power(n=5, discordance=0.1).statement


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"n": 0}, "at least one example"),
        ({"difference": 0.0}, "got 0; write 0.01 for one point"),
        ({"difference": 5.0}, "got 5; write 0.01 for one point"),
        ({"difference": float("nan")}, "got nan"),
        ({"accuracy": 90.0}, "got 90; write 0.9 for 90 %"),
        ({"discordance": 0.0}, "above 0 and at most 1; got 0"),
        ({"discordance": 0.001}, "cannot differ by 0.01"),
        ({"power": 1.0}, "power lies between 0 and 1, got 1"),
        ({"difference": 1e-7, "discordance": 0.1}, "more than 10⁹ examples"),
    ],
)
def test_numbers_that_cannot_be_are_refused(options, said):
    with pytest.raises(ConfigError, match=said):
        power(**options)
