"""Effective robustness: the estimate by hand, the bootstrap by a loop, the intervals by use."""

import time

import numpy as np
import pytest
from scipy.stats import linregress

from fieldmark.records import DataError, generator
from fieldmark.statistics import (
    effective_robustness,
    from_axis,
    resampled_counts,
    resampled_means,
    to_axis,
)


def answers(x, y, rng, n=(800, 600)):
    """Independent answers of models with these accuracies."""
    return (
        (rng.random((len(x), n[0])) < x[:, None]).astype(np.float64),
        (rng.random((len(y), n[1])) < y[:, None]).astype(np.float64),
    )


def on_a_line(m, shift=()):
    x = np.linspace(0.55, 0.93, m)
    y = from_axis(0.9 * to_axis(x, "logit") - 0.6, "logit")
    y[: len(shift)] += shift
    return x, y


def by_hand(x, y, fitted, i):
    others = fitted.copy()
    others[i] = False
    line = linregress(to_axis(x[others], "logit"), to_axis(y[others], "logit"))
    expected = from_axis(line.slope * to_axis(x[[i]], "logit") + line.intercept, "logit")[0]
    return y[i] - expected


def test_each_model_is_held_against_the_line_through_the_others():
    x, y = on_a_line(9, (0.08,))
    first, second = answers(x, y, generator(0))
    fitted = np.arange(9) >= 2
    result = effective_robustness(
        first, second, fitted, axis="logit", paired=False, rng=generator(1), draws=50
    )
    a, b = first.mean(axis=1), second.mean(axis=1)
    for i, (effective, predicted) in enumerate(
        zip(result.effective, result.predicted, strict=True)
    ):
        assert effective.value == pytest.approx(by_hand(a, b, fitted, i))
        assert effective.value + predicted.value == pytest.approx(b[i])
        assert effective.low < effective.value < effective.high
    line = linregress(to_axis(a[fitted], "logit"), to_axis(b[fitted], "logit"))
    assert result.slope.value == result.line.slope == pytest.approx(line.slope)
    assert (result.slope.n, result.line.n) == (7, 7)


def test_the_draws_are_those_of_a_plain_loop():
    """The same standard errors from a bootstrap written without any algebra."""
    x, y = on_a_line(8)
    first, second = answers(x, y, generator(2))
    fitted = np.arange(8) != 3
    rng, draws = generator(3), []
    for _ in range(400):
        rows = (rng.integers(800, size=800), rng.integers(600, size=600))
        a, b = first[:, rows[0]].mean(axis=1), second[:, rows[1]].mean(axis=1)
        models = rng.choice(np.flatnonzero(fitted), size=7)
        line = linregress(to_axis(a[models], "logit"), to_axis(b[models], "logit"))
        place = line.slope * to_axis(a[[3]], "logit") + line.intercept
        draws.append(b[3] - from_axis(place, "logit")[0])
    far = np.quantile(np.abs(np.array(draws) - np.mean(draws)), 0.95)
    alone = effective_robustness(
        first[[3, *np.flatnonzero(fitted)]],
        second[[3, *np.flatnonzero(fitted)]],
        np.arange(8) > 0,
        axis="logit",
        paired=False,
        rng=generator(4),
        draws=3000,
    )
    every, one = alone.effective[0], alone.predicted[0]
    assert every.high - every.value > far  # for all eight at once is wider than for one
    assert every.high - every.value == pytest.approx(far, rel=0.8)
    assert one.high > one.value > one.low


def test_joint_resampling_uses_that_the_examples_are_the_same():
    rng = generator(5)
    x, _ = on_a_line(12)
    first = (rng.random((12, 900)) < x[:, None]).astype(np.float64)
    flipped = rng.random((12, 900)) < 0.03
    second = np.where(flipped, 0.0, first)
    fitted = np.ones(12, np.bool_)
    width = {}
    for paired in (True, False):
        result = effective_robustness(
            first, second, fitted, axis="logit", paired=paired, rng=generator(6), draws=400
        )
        width[paired] = np.mean([one.high - one.low for one in result.effective])
    assert width[True] < 0.6 * width[False]


def test_fewer_than_three_others_is_undefined_with_the_reason():
    x, y = on_a_line(5)
    first, second = answers(x, y, generator(7))
    two = effective_robustness(
        first, second, np.arange(5) < 2, axis="logit", paired=False, rng=generator(8), draws=20
    )
    assert two.line.reason == "a line needs at least 3 models, got 2"
    assert not any(one.defined for one in (*two.effective, *two.predicted, two.slope))
    three = effective_robustness(
        first, second, np.arange(5) < 3, axis="logit", paired=False, rng=generator(8), draws=200
    )
    assert [one.defined for one in three.effective] == [False] * 3 + [True] * 2
    assert three.effective[4].method == "nested bootstrap 95 %, for all 2 at once"


def test_nothing_labelled_and_no_models_are_undefined():
    fitted = np.ones(4, np.bool_)
    none = effective_robustness(
        np.ones((4, 5)), np.ones((4, 0)), fitted, axis="logit", paired=False, rng=generator(0)
    )
    assert none.line.reason == "there are no labelled examples"
    assert not none.effective[0].defined
    empty = effective_robustness(
        np.ones((0, 5)), np.ones((0, 5)), fitted[:0], axis="logit", paired=True, rng=generator(0)
    )
    assert empty.effective == ()
    assert not empty.slope.defined


def test_perfect_models_have_finite_numbers():
    x, y = on_a_line(6)
    first, second = answers(x, y, generator(9))
    first[5] = second[5] = 1.0
    result = effective_robustness(
        first, second, np.ones(6, np.bool_), axis="logit", paired=False, rng=generator(9), draws=99
    )
    assert all(np.isfinite([one.value, one.low, one.high]).all() for one in result.effective)


def test_bad_shapes_are_refused():
    good = np.ones((3, 5))
    with pytest.raises(DataError, match="3, 3 and 2 models: one row each"):
        effective_robustness(
            good, good, np.ones(2, np.bool_), axis="logit", paired=True, rng=generator(0)
        )
    with pytest.raises(DataError, match="5 and 6 examples cannot be paired"):
        effective_robustness(
            good,
            np.ones((3, 6)),
            np.ones(3, np.bool_),
            axis="logit",
            paired=True,
            rng=generator(0),
        )


def test_twenty_models_on_two_thousand_images_take_less_than_two_seconds():
    x, y = on_a_line(20)
    first, second = answers(x, y, generator(10), (2000, 2000))
    start = time.perf_counter()
    effective_robustness(
        first, second, np.ones(20, np.bool_), axis="logit", paired=False, rng=generator(11)
    )
    assert time.perf_counter() - start < 2


def test_resampled_rows_are_a_multinomial():
    counts = resampled_counts(6, draws=20_000, rng=generator(12))
    assert (counts.sum(axis=1) == 6).all()
    np.testing.assert_allclose(counts.mean(axis=0), 1, atol=0.03)
    np.testing.assert_allclose(counts.var(axis=0), 1 - 1 / 6, atol=0.04)
    with pytest.raises(DataError, match="cannot take 5 samples of 0 rows"):
        resampled_counts(0, draws=5, rng=generator(0))


def test_resampled_means_come_in_blocks_of_the_same_law(monkeypatch):
    values = generator(13).random((3, 50))
    monkeypatch.setattr("fieldmark.statistics.ground.resampling._BLOCK", 120)
    means = resampled_means(values, draws=4001, rng=generator(14))
    assert means.shape == (4001, 3)
    np.testing.assert_allclose(means.mean(axis=0), values.mean(axis=1), atol=0.005)
    np.testing.assert_allclose(means.std(axis=0), values.std(axis=1) / np.sqrt(50), rtol=0.06)


@pytest.mark.slow
@pytest.mark.parametrize("beyond", [0.0, 0.06])
def test_the_intervals_hold_for_all_models_at_once(beyond):
    """19 models on a line with a little scatter, one off it by a known amount."""
    rng, rounds, all_hold = generator(15), 150, 0
    x, y = on_a_line(20)
    offsets = np.append(np.zeros(19), beyond)
    for _ in range(rounds):
        first, second = answers(x, y + offsets, rng, (1000, 1000))
        result = effective_robustness(
            first, second, np.arange(20) < 19, axis="logit", paired=False, rng=rng, draws=300
        )
        all_hold += all(
            one.low <= truth <= one.high
            for one, truth in zip(result.effective, offsets, strict=True)
        )
    assert all_hold / rounds >= 0.9
