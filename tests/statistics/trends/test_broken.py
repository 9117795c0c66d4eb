"""The broken line: by hand, by search, and how often the test cries wolf."""

import numpy as np
import pytest
from scipy.stats import linregress

from fieldmark.records import DataError, generator
from fieldmark.statistics import broken_line

N = (10_000, 10_000)


def bent(rng, m=50, bend=1.5, noise=0.02, at=0.7):
    x = rng.uniform(0.45, 0.9, m)
    return x, np.clip(0.1 + 0.3 * (x - 0.4) + bend * np.maximum(x - at, 0), 0, 1) + np.clip(
        noise * rng.normal(size=m), -0.05, 0.05
    )


def test_a_given_knee_is_two_fits_without_those_on_it():
    x, y = bent(generator(0))
    x[0] = 0.7
    found = broken_line(x, y, axis="linear", counted=N, rng=generator(1), knee=0.7, draws=200)
    for line, side in ((found.below, x < 0.7), (found.above, x > 0.7)):
        fit = linregress(x[side], y[side])
        assert line.slope == pytest.approx(fit.slope)
        assert line.r2 == pytest.approx(fit.rvalue**2)
        assert line.n == side.sum()
    assert found.knee.value == 0.7
    assert found.knee.n == 49
    assert np.isnan(found.knee.low)
    assert found.slope_below.low < found.slope_below.value < found.slope_below.high
    assert found.change.value == pytest.approx(found.above.slope - found.below.slope)
    assert found.p < 0.01
    np.testing.assert_allclose(
        found.predict(np.array([0.5, 0.8])),
        [found.below.predict(np.array([0.5]))[0], found.above.predict(np.array([0.8]))[0]],
    )


def test_the_search_finds_the_split_with_the_smallest_sum_of_squares():
    x, y = bent(generator(2), m=30)
    found = broken_line(x, y, axis="linear", counted=N, rng=generator(3), draws=300)
    order = np.argsort(x)
    x, y = x[order], y[order]

    def left(split):
        return sum(
            ((y[s] - np.polyval(np.polyfit(x[s], y[s], 1), x[s])) ** 2).sum()
            for s in (slice(0, split), slice(split, None))
        )

    best = min(range(5, 26), key=left)
    assert found.below.n == best
    assert found.knee.value == pytest.approx((x[best - 1] + x[best]) / 2)
    assert found.knee.low <= found.knee.value <= found.knee.high


@pytest.mark.slow
@pytest.mark.parametrize("knee", [None, 0.7])
def test_no_knee_is_rejected_as_often_as_it_should(knee):
    rejected = 0
    for seed in range(120):
        x, y = bent(generator(seed), m=30, bend=0.0)
        y = y + 0.04 * (x - 0.4) * generator(seed + 500).normal(size=30)  # wider on one side
        found = broken_line(
            x, y, axis="linear", counted=N, rng=generator(seed), knee=knee, draws=99
        )
        rejected += found.p <= 0.05
    assert rejected <= 14  # 6 expected; P[more than 14] < 0.1 %


@pytest.mark.slow
def test_a_real_knee_is_found_and_its_interval_holds():
    held = power = 0
    for seed in range(40):
        x, y = bent(generator(seed))
        found = broken_line(x, y, axis="linear", counted=N, rng=generator(seed), draws=150)
        power += found.p <= 0.05
        held += found.knee.low - 0.01 <= 0.7 <= found.knee.high + 0.01
    assert power == 40
    assert held >= 34


def test_permuting_models_changes_nothing_and_families_are_drawn_together():
    x, y = bent(generator(4), m=30)
    order = generator(5).permutation(30)
    one = broken_line(x, y, axis="logit", counted=N, rng=generator(6), draws=50)
    other = broken_line(x[order], y[order], axis="logit", counted=N, rng=generator(6), draws=50)
    assert one == other
    kin = [f"family {i // 3}" for i in range(30)]
    drawn = broken_line(x, y, axis="logit", counted=N, rng=generator(6), families=kin, draws=50)
    assert drawn.above == one.above
    assert drawn.slope_above != one.slope_above


def test_a_perfect_line_has_no_knee():
    x = np.linspace(0.3, 0.8, 20)
    assert broken_line(x, x, axis="linear", counted=N, rng=generator(0), draws=9).p == 1.0


def test_too_few_models_are_undefined_with_the_reason():
    x = np.linspace(0.3, 0.8, 6)
    searched = broken_line(x, x, axis="linear", counted=N, rng=generator(0))
    assert "got 6" in searched.reason
    assert not searched.knee.defined
    given = broken_line(x, x, axis="linear", counted=N, rng=generator(0), knee=0.35)
    assert given.reason == "each side needs 3 models; 1 lie below the knee, 5 above"
    assert given.knee.value == 0.35
    assert np.isnan(given.p)
    same = broken_line(
        np.full(20, 0.5), np.linspace(0, 1, 20), axis="logit", counted=N, rng=generator(0)
    )
    assert not same.defined


def test_hostile_numbers_are_refused():
    x = np.linspace(0.3, 0.8, 9)
    ask = {"axis": "linear", "counted": N, "rng": generator(0)}
    with pytest.raises(DataError, match="9 accuracies against 8"):
        broken_line(x, x[:8], **ask)
    with pytest.raises(DataError, match="missing or outside"):
        broken_line(x, np.where(x > 0.7, np.nan, x), **ask)
    with pytest.raises(DataError, match="a knee is an accuracy"):
        broken_line(x, x, knee=1.5, **ask)
    with pytest.raises(DataError, match="at least one draw"):
        broken_line(x, x, draws=0, **ask)
