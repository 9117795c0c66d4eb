"""Binomial regression against statsmodels, and where it has no answer."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import logit, ndtri
from scipy.stats import t

from fieldmark.records import ConfigError, DataError, generator
from fieldmark.statistics import fit_binomial_line, fit_line, from_axis, to_axis

LINKS = {
    "logit": (logit, sm.families.links.Logit()),
    "probit": (ndtri, sm.families.links.Probit()),
}


def scattered(rng, m=24, n=300, spread=0.2):
    x = rng.uniform(0.4, 0.95, m)
    y = from_axis(1.1 * to_axis(x, "logit") - 0.7 + spread * rng.normal(size=m), "logit")
    return x, rng.binomial(n, y), np.full(m, n, np.int64)


@pytest.mark.parametrize("axis", ["logit", "probit"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_statsmodels_agrees(axis, seed):
    x, hits, sizes = scattered(generator(seed))
    hits[0], hits[1] = 0, 300
    sizes[2] = 500
    place, link = LINKS[axis]
    ours = fit_binomial_line(x, hits, sizes, axis=axis, counted=10_000)
    model = sm.GLM(
        np.stack([hits, sizes - hits], axis=1),
        sm.add_constant(place(x)),
        family=sm.families.Binomial(link),
    )
    theirs = model.fit(tol=1e-12, maxiter=200)
    assert ours.intercept.value == pytest.approx(theirs.params[0], rel=1e-6)
    assert ours.slope.value == pytest.approx(theirs.params[1], rel=1e-6)
    assert ours.explained == pytest.approx(1 - theirs.deviance / theirs.null_deviance, rel=1e-6)
    shares = theirs.predict()
    pearson = ((hits - sizes * shares) ** 2 / (sizes * shares * (1 - shares))).sum()
    assert ours.dispersion == pytest.approx(pearson / 22, rel=1e-6)
    half = theirs.bse[1] * np.sqrt(pearson / 22) * t.ppf(0.975, 22)
    assert ours.slope.high - ours.slope.value == pytest.approx(half, rel=1e-4)


def test_it_agrees_with_least_squares_where_nothing_is_at_the_edge():
    x, hits, sizes = scattered(generator(5), n=50_000, spread=0.05)
    counts = fit_binomial_line(x, hits, sizes, axis="logit", counted=50_000)
    squares = fit_line(x, hits / sizes, axis="logit", counted=(50_000, 50_000))
    assert counts.slope.value == pytest.approx(squares.slope, abs=0.02)
    assert counts.predict(np.array([0.7]))[0] == pytest.approx(
        squares.predict(np.array([0.7]))[0], abs=0.005
    )


def test_dispersion_is_one_for_independent_answers_and_more_for_scattered_models():
    def dispersion(seed, spread):
        models = scattered(generator(seed), spread=spread)
        return fit_binomial_line(*models, axis="logit", counted=999).dispersion

    assert np.mean([dispersion(seed, 0.0) for seed in range(30)]) == pytest.approx(1, abs=0.15)
    assert dispersion(1, 0.2) > 1.5


def test_the_interval_holds_as_often_as_it_says():
    held = 0
    for seed in range(200):
        x, hits, sizes = scattered(generator(seed), m=15, spread=0.15)
        slope = fit_binomial_line(x, hits, sizes, axis="logit", counted=10_000).slope
        held += slope.low <= 1.1 <= slope.high
    assert 181 <= held <= 199  # 190 expected, sd 3.1


@pytest.mark.parametrize(
    ("hits", "reason"),
    [
        ([0, 0, 0, 0], "every answer is wrong"),
        ([100] * 4, "every answer is right"),
        ([0, 0, 100, 100], "no finite line is the likeliest"),
        ([0, 0, 50, 100], "no finite line is the likeliest"),
    ],
)
@pytest.mark.parametrize("axis", ["logit", "probit"])
def test_no_finite_line_is_undefined_with_the_reason(hits, reason, axis):
    x, sizes = np.array([0.5, 0.6, 0.7, 0.8]), np.full(4, 100, np.int64)
    found = fit_binomial_line(x, np.array(hits), sizes, axis=axis, counted=100)
    assert reason in found.reason
    assert not found.slope.defined
    assert np.isnan(found.predict(x)).all()


def test_too_few_and_equal_models():
    two = np.array([0.5, 0.6])
    ones = np.array([50, 60])
    found = fit_binomial_line(two, ones, np.full(2, 100), axis="logit", counted=9)
    assert found.reason == "a line needs at least 3 models, got 2"
    same = fit_binomial_line(
        np.full(4, 0.5), np.array([1, 2, 3, 4]), np.full(4, 100), axis="logit", counted=9
    )
    assert same.reason == "all 4 models have the same accuracy"


def test_impossible_counts_are_refused():
    x, sizes = np.array([0.5, 0.6, 0.7]), np.full(3, 10, np.int64)
    with pytest.raises(DataError, match="lie between 0 and their number"):
        fit_binomial_line(x, np.array([1, 2, 11]), sizes, axis="logit", counted=9)
    with pytest.raises(DataError, match="one each"):
        fit_binomial_line(x, np.array([1, 2]), sizes, axis="logit", counted=9)
    with pytest.raises(DataError, match="is missing"):
        fit_binomial_line(
            np.array([0.5, np.nan, 0.7]), np.array([1, 2, 3]), sizes, axis="logit", counted=9
        )
    with pytest.raises(ConfigError, match="not the linear one"):
        fit_binomial_line(x, np.array([1, 2, 3]), sizes, axis="linear", counted=9)
