"""Lines on three axes, against numpy and statsmodels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import linregress, norm
from statsmodels.regression.linear_model import OLS
from statsmodels.tools import add_constant

from fieldmark.records import DataError, generator
from fieldmark.statistics import fit_line, from_axis, line_band, off_the_edges, to_axis

AXES = st.sampled_from(["linear", "logit", "probit"])
EXACT = (10**9, 10**9)


def cloud(seed, m=12):
    rng = generator(seed)
    x = rng.uniform(0.3, 0.98, m)
    return x, np.clip(x**1.5 + rng.normal(0, 0.02, m), 0.02, 0.99)


@given(st.floats(0.001, 0.999), AXES)
def test_the_axes_can_be_undone(share, axis):
    there = to_axis(np.array([share]), axis)
    assert from_axis(there, axis)[0] == pytest.approx(share)


def test_the_axes_are_what_they_are_called():
    share = np.array([0.1, 0.5, 0.975])
    np.testing.assert_allclose(to_axis(share, "logit"), np.log(share / (1 - share)), atol=1e-12)
    np.testing.assert_allclose(to_axis(share, "probit"), norm.ppf(share), atol=1e-12)
    assert to_axis(share, "linear") is share
    with pytest.raises(DataError, match="between 0 and 1, got 0 to 2"):
        to_axis(np.array([0.0, 2.0]), "logit")


@given(st.integers(1, 500), st.data())
def test_only_the_edges_move(n, data):
    k = data.draw(st.integers(0, n))
    moved = float(off_the_edges(np.array([k / n]), n)[0])
    expected = {0: 0.5 / (n + 1), n: (n + 0.5) / (n + 1)}.get(k, k / n)
    assert moved == pytest.approx(expected)
    assert 0 < moved < 1


@given(st.integers(0, 2**32), AXES)
def test_the_line_is_ordinary_least_squares_on_the_axis(seed, axis):
    x, y = cloud(seed)
    line = fit_line(x, y, axis=axis, counted=EXACT)
    fit = OLS(to_axis(y, axis), add_constant(to_axis(x, axis))).fit()
    assert (line.intercept, line.slope) == pytest.approx(tuple(fit.params), abs=1e-8)
    assert line.r2 == pytest.approx(fit.rsquared)
    assert (line.n, line.axis, line.defined) == (12, axis, True)


def test_a_line_drawn_on_the_axis_is_found_again():
    x = np.linspace(0.2, 0.95, 9)
    y = from_axis(0.8 * to_axis(x, "probit") - 0.3, "probit")
    line = fit_line(x, y, axis="probit", counted=EXACT)
    assert (line.slope, line.intercept, line.r2) == pytest.approx((0.8, -0.3, 1.0))
    np.testing.assert_allclose(line.predict(x), y)
    assert np.isfinite(line.predict(np.array([0.0, 1.0]))).all()


def test_accuracies_of_nothing_and_all_are_moved_off_the_edges():
    x, y = np.array([0.5, 0.8, 1.0]), np.array([0.0, 0.5, 0.9])
    line = fit_line(x, y, axis="logit", counted=(10, 20))
    by_hand = linregress(
        to_axis(np.array([0.5, 0.8, 10.5 / 11]), "logit"),
        to_axis(np.array([0.5 / 21, 0.5, 0.9]), "logit"),
    )
    assert (line.slope, line.intercept) == pytest.approx((by_hand.slope, by_hand.intercept))
    plain = fit_line(x, y, axis="linear", counted=(10, 20))
    assert plain.slope == pytest.approx(linregress(x, y).slope)


def test_an_undefined_line_says_why_and_predicts_nothing():
    few = fit_line(np.array([0.5, 0.6]), np.array([0.4, 0.5]), axis="logit", counted=(10, 10))
    assert few.reason == "a line needs at least 3 models, got 2"
    assert np.isnan(few.predict(np.array([0.5]))).all()
    equal = fit_line(np.full(4, 0.9), np.linspace(0.1, 0.4, 4), axis="logit", counted=(10, 10))
    assert equal.reason == "all 4 models have the same accuracy"
    with pytest.raises(DataError, match="3 accuracies against 2"):
        fit_line(np.full(3, 0.5), np.full(2, 0.5), axis="logit", counted=(10, 10))


def test_the_band_holds_the_line_and_narrows_with_models():
    grid = np.linspace(0.35, 0.95, 20)
    widths = []
    for m in (8, 200):
        x, y = cloud(3, m)
        low, high = line_band(x, y, grid, axis="logit", counted=EXACT, rng=generator(1))
        middle = fit_line(x, y, axis="logit", counted=EXACT).predict(grid)
        assert ((low <= middle) & (middle <= high)).all()
        widths.append((high - low).mean())
    assert widths[1] < 0.4 * widths[0]


def test_the_band_is_as_wide_as_theory_says():
    rng = generator(2)
    x = rng.uniform(0.1, 0.9, 400)
    y = 0.5 * x + 0.2 + rng.normal(0, 0.05, 400)
    low, high = line_band(
        x, y, np.array([0.3, 0.5]), axis="linear", counted=EXACT, rng=rng, draws=4000
    )
    frame = OLS(y, add_constant(x)).fit().get_prediction(add_constant(np.array([0.3, 0.5])))
    assert high - low == pytest.approx(2 * 1.96 * frame.se_mean, rel=0.1)


def test_an_undefined_line_has_no_band():
    two = np.array([0.5, 0.6])
    low, high = line_band(two, two, two, axis="logit", counted=(10, 10), rng=generator(0))
    assert np.isnan([low, high]).all()
